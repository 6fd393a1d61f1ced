// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"errors"
	"math/bits"
	"slices"
	"sync"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/transport/local"
)

const (
	// convertT is the command that starts a measurement of all thermometers
	// (DS18B20 data sheet page 11; the others have the same).
	convertT = 0x44
	// readPower makes chips on parasite power hold read slots low (page 11).
	readPower = 0xB4
	// massTime is how long a measurement takes that is for all chips on the
	// line, whatever their resolution.
	massTime = 750 * time.Millisecond
	// pollEvery is how often a chip is asked whether it is done. A clone was seen
	// to take 11 ms, so this finds the quick ones early.
	pollEvery = 10 * time.Millisecond
	// crowd is how many chips on parasite power are fed at a time: each draws
	// up to 1.5 mA (page 3), and a bus master gives some 10 mA.
	crowd = 4
)

// measure remembers the latest measurement of each branch that all chips on it
// have taken part in.
type measure struct {
	mu     sync.Mutex
	masses map[string]*mass // by branch
}

// A mass is a measurement by all chips of a branch.
type mass struct {
	began time.Time
	crew  []hw.ROM      // who was known to take part
	done  chan struct{} // closed at the end
	err   error
}

// convert implements device.Chip.Convert. It returns when a measurement of the
// chip has ended that began late enough: one of its own, or one of all chips
// on the line that was begun for somebody else.
func (b *Backend) convert(ctx context.Context, a local.Ask, m device.Measurement) error {
	since := m.Since
	if since.IsZero() {
		since = b.Clock.Now()
		if !a.Uncached {
			since = since.Add(-b.Life().Volatile)
		}
	}
	crew := b.thermometers(a.At.Via)
	if !m.Private {
		b.askAll(ctx, a.At.Via, crew)
	}
	if m.Private || len(crew) < 2 || b.hungry(crew) > crowd && b.parasite(ctx, a) {
		return b.alone(ctx, a, m)
	}
	return b.together(ctx, a.At, since)
}

// hungry counts the chips that draw their power from the line, as far as is
// known; those that were never asked may.
func (b *Backend) hungry(crew []hw.ROM) int {
	n := 0
	for _, rom := range crew {
		if parasite, known := b.facts.get(rom, onParasite).(bool); parasite || !known {
			n++
		}
	}
	return n
}

// onParasite is the fact that a chip draws its power from the line.
const onParasite = "parasite"

// thermometers are the chips of a branch that measure together, as far as they
// have been seen. With more than one, a measurement by all is worth it: who
// reads one will soon read the others.
func (b *Backend) thermometers(via []hw.Hop) []hw.ROM {
	return b.crew(via, device.MassTemperature)
}

// crew are the chips of a branch that take part in a measurement by all.
func (b *Backend) crew(via []hw.Hop, what device.Flags) []hw.ROM {
	var crew []hw.ROM
	for rom := range b.found.here(branch(via)) {
		if f, _ := b.Table.Family(rom.Family()); f.Has(what) {
			crew = append(crew, rom)
		}
	}
	return crew
}

// parasite tells whether the chip draws its power from the line. The answer is
// kept: it does not change without a screwdriver.
func (b *Backend) parasite(ctx context.Context, a local.Ask) bool {
	if known, ok := b.facts.get(a.At.ROM, onParasite).(bool); ok {
		return known
	}
	parasite := false
	err := b.retry(ctx, "power supply", func() error {
		return b.chip(a).Do(ctx, func(tx *hw.Tx) (err error) {
			for asked := 0; asked < 2 && !parasite && err == nil; asked++ { // silence is also that of a chip that has not heard
				if err = tx.Command(a.At.ROM, readPower); err == nil {
					parasite, err = low(tx)
				}
			}
			return err
		})
	})
	if err != nil {
		return true // the careful way serves both
	}
	b.facts.set(a.At.ROM, onParasite, parasite)
	return parasite
}

// alone measures with one chip. On parasite power the line is held for as long
// as it takes; else the chip is polled, and the line left if others want it.
func (b *Backend) alone(ctx context.Context, a local.Ask, m device.Measurement) error {
	if b.parasite(ctx, a) {
		return b.chip(a).Do(ctx, func(tx *hw.Tx) error {
			if err := tx.Select(a.At.ROM); err != nil {
				return err
			}
			return tx.Power(m.Command, m.Time)
		})
	}
	w := wait{most: m.Time, crew: []hw.ROM{a.At.ROM}}
	err := b.chip(a).Do(ctx, func(tx *hw.Tx) error {
		for {
			if err := tx.Command(a.At.ROM, m.Command); err != nil {
				return err
			}
			// Who does not answer the first time either never does, or has not
			// heard the command and would keep its old value, with a good CRC.
			if err := b.poll(tx, &w); err != errSilent {
				return err
			}
			w.again = true
		}
	})
	if err != nil || w.done {
		return err
	}
	return b.Clock.Sleep(ctx, w.most-b.Clock.Now().Sub(w.began))
}

// errSilent is that of a chip of which nothing is known and which does not say
// that it measures.
var errSilent = errors.New("the chip does not say that it measures")

// A wait is a measurement under way.
type wait struct {
	began time.Time
	most  time.Duration // that it takes, from the data sheet
	crew  []hw.ROM      // the chips that take part
	again bool          // the command was given a second time
	done  bool          // they have said that they are done
}

// answering is the fact that a chip holds read slots low while it measures.
const answering = "answers"

// poll reads slots, which the chips hold low while they measure, until they
// let go, the time is over, or somebody else wants the line. Some clones do
// not answer: which, is learned when a chip measures alone.
func (b *Backend) poll(tx *hw.Tx, w *wait) error {
	w.began = b.Clock.Now()
	held, err := low(tx)
	if err != nil {
		return err
	}
	all, some := true, false
	for _, rom := range w.crew {
		answers, known := b.facts.get(rom, answering).(bool)
		if !known && len(w.crew) == 1 {
			if !held && !w.again {
				return errSilent
			}
			answers = held
			b.facts.set(rom, answering, answers)
		}
		all, some = all && answers, some || answers
	}
	if some && !held {
		return hw.ErrEcho // nobody has begun: the command was hit
	}
	// What the chip took the last time, it takes nearly again.
	due, step := pollEvery, time.Duration(4)
	lone := len(w.crew) == 1
	key := "took of " + w.most.String()
	if lone {
		if took, known := b.facts.get(w.crew[0], key).(time.Duration); known {
			due, step = took-took/16, 64
		}
	}
	for all && !b.Line.Wanted() {
		if err := b.Clock.Sleep(context.Background(), pollEvery); err != nil {
			return err
		}
		gone := b.Clock.Now().Sub(w.began)
		if gone < due && gone < w.most {
			continue
		}
		if w.done, err = released(tx); err != nil || w.done {
			if w.done && lone {
				b.facts.set(w.crew[0], key, gone)
			}
			return err
		}
		if gone >= w.most {
			break
		}
		due = gone + gone/step
	}
	return nil
}

// low tells whether the line is held low in read slots. One slot that was
// disturbed does not decide.
func low(tx *hw.Tx) (bool, error) {
	var p [1]byte
	err := tx.Read(p[:])
	return bits.OnesCount8(p[0]) < 4, err
}

// released tells whether nobody holds the line low any more. One slot that was
// disturbed must not end a measurement early, so more are asked.
func released(tx *hw.Tx) (bool, error) {
	for range 3 {
		if bit, err := tx.Bit(); err != nil || bit == 0 {
			return false, err
		}
	}
	return true, nil
}

// together waits for a measurement by all chips of a branch that began at
// since or later, and begins one if there is none.
func (b *Backend) together(ctx context.Context, at local.Address, since time.Time) error {
	m := b.beginMass(ctx, at.Via, func(m *mass) bool {
		return m.err == nil && !m.began.Before(since) && slices.Contains(m.crew, at.ROM)
	})
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-m.done:
		return m.err
	}
}

// beginMass returns the latest measurement of a branch if it will do, or begins
// one.
func (b *Backend) beginMass(ctx context.Context, via []hw.Hop, willDo func(*mass) bool) *mass {
	key := branch(via)
	b.measure.mu.Lock()
	defer b.measure.mu.Unlock()
	if m := b.measure.masses[key]; m != nil && willDo(m) {
		return m
	}
	if b.measure.masses == nil {
		b.measure.masses = map[string]*mass{}
	}
	m := &mass{began: b.Clock.Now(), crew: b.thermometers(via), done: make(chan struct{})}
	b.measure.masses[key] = m
	go b.mass(context.WithoutCancel(ctx), via, m)
	return m
}

// mass runs one measurement by all chips of a branch.
func (b *Backend) mass(ctx context.Context, via []hw.Hop, m *mass) {
	defer close(m.done)
	b.askAll(ctx, via, m.crew)
	err := b.retry(ctx, "measurement by all", func() error { return b.massOnce(ctx, via, m.crew) })
	b.measure.mu.Lock()
	defer b.measure.mu.Unlock()
	m.err = err
}

// massOnce begins a measurement by all and waits for its end. If none of them
// is on parasite power, the line is free for others meanwhile.
func (b *Backend) massOnce(ctx context.Context, via []hw.Hop, crew []hw.ROM) error {
	w := wait{most: massTime, crew: crew}
	err := b.Line.Do(ctx, func(tx *hw.Tx) error {
		tx.Via(via)
		if b.hungry(crew) > 0 || len(crew) == 0 { // or nobody knows
			w.done = true
			if err := tx.Select(hw.ROM{}); err != nil {
				return err
			}
			return tx.Power(convertT, massTime)
		}
		if err := tx.Command(hw.ROM{}, convertT); err != nil {
			return err
		}
		return b.poll(tx, &w)
	})
	if err != nil || w.done {
		return err
	}
	return b.Clock.Sleep(ctx, w.most-b.Clock.Now().Sub(w.began))
}

// askAll asks all chips of a branch at once whether anybody draws its power from
// the line, if that is not known of all. If none does, each is known not to.
func (b *Backend) askAll(ctx context.Context, via []hw.Hop, crew []hw.ROM) {
	known := func() bool {
		return !slices.ContainsFunc(crew, func(rom hw.ROM) bool { return b.facts.get(rom, onParasite) == nil })
	}
	if known() {
		return
	}
	// What fails here is asked chip by chip. That nobody draws is believed when
	// it was told twice: a chip that measures without enough power is wrong.
	_ = b.Line.Do(ctx, func(tx *hw.Tx) error {
		if known() { // somebody else has asked while this one waited for the line
			return nil
		}
		tx.Via(via)
		for range 2 {
			if err := tx.Command(hw.ROM{}, readPower); err != nil {
				return err
			}
			if held, err := low(tx); err != nil || held {
				return err
			}
		}
		for _, rom := range crew {
			b.facts.set(rom, onParasite, false)
		}
		return nil
	})
}
