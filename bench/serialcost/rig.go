// SPDX-License-Identifier: Apache-2.0

package serialcost

import (
	"context"
	"errors"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2480b"
	"owfs/owproto"
)

// A Cost is what something takes of the chip and its line.
type Cost struct {
	ToChip, FromChip uint64 // bytes
	Slots, Resets    uint64
	Line             time.Duration // for which the line was busy
	Took             time.Duration // until it was answered
}

// NoLonger is the time that the serial port and the line take at most: as if
// they were never busy together. A byte takes ten bits.
func (c Cost) NoLonger(baud int) time.Duration {
	return time.Duration(c.ToChip+c.FromChip)*10*time.Second/time.Duration(baud) + c.Line
}

// A rig is powered thermometers behind an emulated DS2480B behind a pseudo
// terminal, and a client of the server that has it. Sensor i is at 20+i/4 °C.
type rig struct {
	line     *sim.Line
	pty      *chip.PTY
	client   *owproto.Client
	sensors  []*sim.DS18B20
	switches *sim.DS2408 // nil if there is none
}

func newRig(sensors int, withSwitch bool) (*rig, error) {
	r := &rig{line: sim.NewLine(hw.Wall{})}
	for i := range sensors {
		s := sim.NewDS18B20(code(0x28, i), hw.Wall{}, func() float64 { return celsius(i) })
		r.sensors = append(r.sensors, s)
		r.line.Add(s)
	}
	if withSwitch {
		r.switches = sim.NewDS2408(code(0x29, 0))
		r.line.Add(r.switches)
	}
	pty, err := chip.OpenPTY(chip.New(r.line))
	r.pty = pty
	return r, err
}

func celsius(i int) float64 { return 20 + float64(i)/4 }

// code gives codes whose bits differ at many places, as those of real chips do.
func code(family byte, i int) hw.ROM {
	serial := uint64(i+1) * 0x9E3779B97F4A7C15
	rom := hw.ROM{family}
	for n := range 6 {
		rom[1+n] = byte(serial >> (8 * n))
	}
	rom[7] = hw.CRC8(rom[:7])
	return rom
}

// close ends the emulation. The emulated chips are coroutines, which a caller
// that is locked to its thread could not end.
func (r *rig) close() error {
	done := make(chan error)
	go func() { done <- errors.Join(r.pty.Close(), r.line.Close()) }()
	return <-done
}

// counts returns what has happened so far.
func (r *rig) counts() Cost {
	cable, line := r.pty.Cable.Counts(), r.line.Counts()
	return Cost{ToChip: cable.ToChip, FromChip: cable.FromChip, Slots: line.Slots, Resets: line.Resets, Line: line.Busy}
}

// pause is how long a server lets a chip wait in the midst of what it does, at
// most: the C program waits 0.4 s between two tries to find it.
const pause = 700 * time.Millisecond

// settle waits until nothing happens any more, and returns when the last thing
// has happened.
func (r *rig) settle(ctx context.Context) (time.Time, error) {
	last, now := r.counts(), time.Now()
	for at := now; ; {
		if err := (hw.Wall{}).Sleep(ctx, 2*time.Millisecond); err != nil {
			return at, err
		}
		now = time.Now()
		if c := r.counts(); c != last {
			last, at = c, now
		}
		if now.Sub(at) > pause {
			return at, nil
		}
	}
}

// count does something, and tells what it took, with what is left to be done
// after the answer.
func (r *rig) count(ctx context.Context, do func(context.Context, *rig) error) (Cost, error) {
	before, begun := r.counts(), time.Now()
	err := do(ctx, r)
	took := time.Since(begun)
	if err != nil {
		return Cost{}, err
	}
	_, err = r.settle(ctx)
	return r.since(before, took), err
}

func (r *rig) since(before Cost, took time.Duration) Cost {
	c := r.counts()
	return Cost{
		ToChip: c.ToChip - before.ToChip, FromChip: c.FromChip - before.FromChip,
		Slots: c.Slots - before.Slots, Resets: c.Resets - before.Resets,
		Line: c.Line - before.Line, Took: took,
	}
}
