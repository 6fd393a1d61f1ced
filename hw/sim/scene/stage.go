// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// Line builds the bus. Its devices are up to date whenever the line is reset,
// which is how every transaction begins; nothing runs in between.
func (s *Scene) Line(clock hw.Clock) *sim.Line {
	st := &stage{scene: s, clock: clock, epoch: s.epoch}
	if st.epoch.IsZero() {
		st.epoch = clock.Now()
	}
	for i := range s.devices {
		st.add(&s.devices[i])
	}
	line := sim.NewLine(clock)
	line.Add(st)
	for i := range s.devices {
		st.wire(i)
		slave := st.guarded(i)
		if at := s.devices[i].behind; at.device > 0 {
			st.chips[at.device-1].(*sim.DS2409).Add(at.pin, slave)
		} else {
			line.Add(slave)
		}
	}
	st.Reset(false)
	if s.errors > 0 {
		line.SetFaults(sim.Faults{BitErrors: s.errors, Rand: rand.New(rand.NewPCG(s.seed, 0))})
	}
	return line
}

// A stage is a scene that is played. It is the first slave on the line, which
// says nothing, but sees each reset before the others do.
type stage struct {
	scene *Scene
	clock hw.Clock
	epoch time.Time
	chips []sim.Slave                 // as in the scene
	steps []func(since time.Duration) // what keeps them up to date
}

func (st *stage) since(t time.Time) time.Duration { return t.Sub(st.epoch) }

// Reset implements sim.Slave.
func (st *stage) Reset(bool) bool {
	since := st.since(st.clock.Now())
	for _, step := range st.steps {
		step(since)
	}
	return false
}

// Pull implements sim.Slave.
func (st *stage) Pull() byte { return 1 }

// See implements sim.Slave.
func (st *stage) See(byte) {}

// Powered implements sim.Slave.
func (st *stage) Powered(time.Duration) {}

// Pulse implements sim.Slave.
func (st *stage) Pulse(time.Duration) {}

// Stop ends what the chips are doing, those behind couplers as well.
func (st *stage) Stop() {
	for _, c := range st.chips {
		stop(c)
	}
}

func stop(s sim.Slave) {
	if s, ok := s.(interface{ Stop() }); ok {
		s.Stop()
	}
}

// add makes a device's chip.
func (st *stage) add(d *device) {
	chip := d.kind.make(parts{rom: d.rom, sibling: d.other, clock: st.clock, address: d.address, curve: func(key string) func(time.Time) float64 {
		return func(t time.Time) float64 { return st.value(d, key, st.since(t)) }
	}})
	if d.parasite {
		switch chip := chip.(type) {
		case interface{ SetParasite(bool) }:
			chip.SetParasite(true)
		case interface{ SetVCC(bool) }:
			chip.SetVCC(false)
		}
	}
	if chip, ok := chip.(interface{ SetDeaf(bool) }); ok {
		chip.SetDeaf(d.deaf)
	}
	if chip, ok := chip.(*sim.MAX31850); ok {
		chip.SetFaults(faults[d.fault])
	}
	if chip, ok := chip.(screen); ok && d.shows != "" {
		chip.onShow(func(text string) { st.show(d.shows, text) })
	}
	if chip, ok := chip.(*sim.DS1922); ok {
		d.logbook.apply(chip)
	}
	if chip, ok := chip.(interface{ SetMemory(int, []byte) }); ok && d.memory != "" {
		chip.SetMemory(0, []byte(d.memory))
	}
	st.chips = append(st.chips, chip)
}

// faults are what can be wrong with a thermocouple.
var faults = map[string]byte{"open": sim.OpenCircuit, "ground": sim.ShortToGround, "supply": sim.ShortToSupply}

// value is what a device would measure.
func (st *stage) value(d *device, key string, since time.Duration) float64 {
	c := d.curves[key]
	return c.at(since, hash(st.scene.seed, append(d.rom[:], key...)...))
}

// wire makes what keeps a device up to date.
func (st *stage) wire(i int) {
	d := &st.scene.devices[i]
	switch chip := st.chips[i].(type) {
	case *sim.DS2423:
		st.count(d, chip)
	case *sim.DS2438:
		startBattery(chip, st.clock)
		st.steps = append(st.steps, func(since time.Duration) {
			value := func(key string) float64 { return st.value(d, key, since) }
			chip.SetTemperature(value("temperature"))
			chip.SetVoltages(value("vdd"), value("vad"), value("vis"))
		})
	case board:
		st.steps = append(st.steps, func(since time.Duration) {
			chip.measure(func(key string) float64 { return st.value(d, key, since) })
		})
	case *sim.EDS:
		st.steps = append(st.steps, func(since time.Duration) { st.measure(d, chip, since) })
	case *sim.HobbyBoards:
		st.steps = append(st.steps, func(since time.Duration) { st.answer(d, chip, since) })
	case *sim.DS2760:
		st.steps = append(st.steps, func(since time.Duration) { st.discharge(d, chip, since) })
	case *sim.WS603:
		st.steps = append(st.steps, func(since time.Duration) { st.blow(d, chip, since) })
	case *sim.DS2436:
		st.steps = append(st.steps, func(since time.Duration) {
			chip.Measure(st.value(d, "volt", since), st.value(d, "temperature", since))
		})
	case *sim.DS2450:
		st.steps = append(st.steps, func(since time.Duration) {
			for n, q := range d.kind.curves {
				chip.SetVoltage(n, st.value(d, q.key, since))
			}
		})
	}
	if d.inputs != [8]input{} {
		st.steps = append(st.steps, func(since time.Duration) { pullLow(st.chips[i], st.low(d, since)) })
	}
}

// startBattery makes the clock right and the battery half full.
func startBattery(chip *sim.DS2438, clock hw.Clock) {
	page := [8]byte{4: 100, 7: 0xFF}
	binary.LittleEndian.PutUint32(page[:], uint32(clock.Now().Unix()))
	chip.SetPage(1, page)
}

// low tells which pins of a switch are held low.
func (st *stage) low(d *device, since time.Duration) (mask byte) {
	for n, in := range d.inputs {
		low := in.low
		if during, _ := in.during.at(since); during {
			low = true
		}
		if in.follows.device > 0 {
			low = st.conducts(in.follows) != in.inverted
		}
		if low {
			mask |= 1 << n
		}
	}
	return mask
}

func pullLow(s sim.Slave, mask byte) {
	switch s := s.(type) {
	case *sim.DS2405:
		s.PullLow(mask&1 == 1)
	case *sim.DS28EA00:
		s.SetPins(mask)
	case interface{ PullLow(byte) }:
		s.PullLow(mask)
	}
}

// conducts tells whether an output does.
func (st *stage) conducts(at end) bool {
	switch s := st.chips[at.device-1].(type) {
	case *sim.DS2405:
		return s.On()
	case *sim.DS2409:
		return s.Control()
	case *sim.DS2450:
		return s.Output(at.pin)
	case interface{ Latches() byte }:
		return s.Latches()>>at.pin&1 == 0
	}
	return false
}

// count lets a DS2423 count. What the time makes it count is set, so that it is
// the same whenever the line is built.
func (st *stage) count(d *device, chip *sim.DS2423) {
	for n, c := range d.counters {
		if c.follows.device == 0 {
			st.steps = append(st.steps, func(since time.Duration) {
				pulses := math.Floor(max(0, since.Seconds()) * c.rate)
				chip.SetCounter(14+n, c.count+uint32(uint64(pulses)))
			})
			continue
		}
		chip.SetCounter(14+n, c.count)
		was := false
		st.steps = append(st.steps, func(time.Duration) {
			is := st.conducts(c.follows)
			if is && !was {
				chip.Count(n, 1)
			}
			was = is
		})
	}
}

// guarded returns a device's chip, or, if it goes away at times, the chip with
// a gate before it.
func (st *stage) guarded(i int) sim.Slave {
	away := st.scene.devices[i].away
	if away == (schedule{}) {
		return st.chips[i]
	}
	_, begun := away.at(st.since(st.clock.Now()))
	return &gate{st: st, index: i, inner: st.chips[i], away: away, begun: begun}
}

// A gate is a contact between the line and a device, which is bad at times. It
// opens and closes at a reset; a device that comes back has lost its power.
type gate struct {
	st    *stage
	index int
	inner sim.Slave
	away  schedule
	begun int64 // how often the device had gone when it was last seen
	open  bool
}

// Reset implements sim.Slave.
func (g *gate) Reset(fast bool) bool {
	away, begun := g.away.at(g.st.since(g.st.clock.Now()))
	if away {
		stop(g.inner)
		g.open = true
		return false
	}
	if g.begun != begun {
		g.st.powerOn(g.index)
	}
	g.begun, g.open = begun, false
	return g.inner.Reset(fast)
}

// Pull implements sim.Slave.
func (g *gate) Pull() byte {
	if g.open {
		return 1
	}
	return g.inner.Pull()
}

// See implements sim.Slave.
func (g *gate) See(bit byte) {
	if !g.open {
		g.inner.See(bit)
	}
}

// Powered implements sim.Slave.
func (g *gate) Powered(d time.Duration) {
	if !g.open {
		g.inner.Powered(d)
	}
}

// Pulse implements sim.Slave.
func (g *gate) Pulse(d time.Duration) {
	if !g.open {
		g.inner.Pulse(d)
	}
}

// powerOn is what coming back means to a device, and to those behind it.
func (st *stage) powerOn(i int) {
	stop(st.chips[i])
	switch chip := st.chips[i].(type) {
	case interface{ PowerOn() }:
		chip.PowerOn()
	case *sim.DS2409:
		const allLinesOff = 0x66
		command(chip, allLinesOff)
		for n := range st.scene.devices {
			if st.scene.devices[n].behind.device == i+1 {
				st.powerOn(n)
			}
		}
	}
}

// command sends bytes to a chip over a line of its own, on which no time
// passes.
func command(s sim.Slave, p ...byte) {
	line := sim.NewLine(&sim.Virtual{})
	line.Add(s)
	ctx := context.Background()
	// Neither call can fail: the clock is virtual and the context does not end.
	_, _ = line.Reset(ctx)
	_ = line.Touch(ctx, append([]byte{hw.SkipROM}, p...))
	line.Close()
}
