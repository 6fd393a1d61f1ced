// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"time"

	"owfs/hw"
)

// A DS2404 is an emulated memory with clock, interval timer and cycle counter,
// from its data sheet (29 pages): memory map page 6, registers pages 7 and 8,
// commands pages 9 to 12, write protection pages 12 and 13, interrupts page 17.
// The DS1994 is the same in a can.
type DS2404 struct {
	padMemory
	since  time.Time // up to which the counters have counted
	copies int       // of the same scratchpad
}

// The bits of the control register at 201 (page 7).
const (
	econoWPR = 1 << iota
	econoWPI
	econoWPC
	econoRO
	econoOSC
	econoAuto
	econoStop
)

// NewDS2404 returns a chip that holds 0 and whose oscillator stands still.
func NewDS2404(rom hw.ROM, clock Clock) *DS2404 {
	d := &DS2404{since: clock.Now()}
	d.memory, d.pad = make([]byte, 0x21E), make([]byte, 32)
	d.overflow, d.moves, d.lowAfter = true, true, true
	d.store, d.pass, d.show = d.keep, d.count, d.shown
	d.before = func(command byte) {
		if command == 0x0F {
			d.copies = 0
		}
	}
	d.Alarm = d.alarm
	d.init(rom, clock)
	return d
}

// SetClock sets the clock, and lets the oscillator run.
func (d *DS2404) SetClock(t time.Time) {
	d.mark(func() {
		seconds := uint32(t.Unix())
		copy(d.memory[0x202:], []byte{0, byte(seconds), byte(seconds >> 8), byte(seconds >> 16), byte(seconds >> 24)})
		d.memory[0x201] |= econoOSC
	})
}

// CyclePower takes VCC away and gives it back, which the cycle counter counts.
func (d *DS2404) CyclePower() {
	d.mark(func() {
		d.add(0x20C, 4, 1)
		d.compare(0x20C, 0x21A, 4, 1, 1<<2)
	})
}

// Register returns a byte of the register page as it is now, without the
// effects of reading it.
func (d *DS2404) Register(at int) byte {
	var b byte
	d.mark(func() { b = d.memory[at] })
	return b
}

func (d *DS2404) number(at, n int) (v uint64) {
	for i := n - 1; i >= 0; i-- {
		v = v<<8 | uint64(d.memory[at+i])
	}
	return v
}

func (d *DS2404) add(at, n int, by uint64) {
	v := d.number(at, n) + by
	for i := range n {
		d.memory[at+i] = byte(v >> (8 * i))
	}
}

// compare sets a flag if the alarm lies within the last steps of a counter.
func (d *DS2404) compare(at, alarm, n int, steps uint64, flag byte) {
	if d.number(at, n)-d.number(alarm, n) < steps {
		d.memory[0x200] |= flag
	}
}

// count lets the counters go on to the present time.
func (d *DS2404) count() {
	const tick = time.Second / 256
	steps := uint64(d.clock.Now().Sub(d.since) / tick)
	d.since = d.since.Add(time.Duration(steps) * tick)
	control := d.memory[0x201]
	if control&econoOSC == 0 || steps == 0 {
		return
	}
	d.add(0x202, 5, steps)
	d.compare(0x202, 0x210, 5, steps, 1<<0)
	if control&(econoAuto|econoStop) == 0 {
		d.add(0x207, 5, steps)
		d.compare(0x207, 0x215, 5, steps, 1<<1)
	}
}

// shown is what a read gets; it clears the alarm flags.
func (d *DS2404) shown(at int) byte {
	b := d.memory[at]
	if at == 0x200 {
		d.memory[at] &^= 7
	}
	return b
}

// keep copies the scratchpad but for what is protected.
func (d *DS2404) keep(at int, p []byte) {
	d.copies++
	for i, b := range p {
		d.put(at+i, b)
	}
}

func (d *DS2404) put(at int, b byte) {
	control := d.memory[0x201]
	switch {
	case at == 0x200:
		d.memory[at] = d.memory[at]&7 | b&0x38
	case at == 0x201:
		d.memory[at] = d.newControl(control, b)
	case (at >= 0x202 && at < 0x207 || at >= 0x210 && at < 0x215) && control&econoWPR != 0,
		(at >= 0x207 && at < 0x20C || at >= 0x215 && at < 0x21A) && control&econoWPI != 0,
		(at >= 0x20C && at < 0x210 || at >= 0x21A) && control&econoWPC != 0:
	default:
		d.memory[at] = b
	}
}

// newControl is what becomes of the control register (page 13, figure 7). Its
// lowest bits are set with the third copy only.
func (d *DS2404) newControl(old, b byte) byte {
	const forever = econoWPR | econoWPI | econoWPC
	locked := old & forever
	if locked == 0 {
		if d.copies < 3 {
			b &^= forever
		}
		if b&econoWPI != 0 {
			b &^= econoStop
		}
		return b
	}
	fixed := byte(forever | econoRO)
	if locked&econoWPI != 0 {
		fixed |= econoAuto | econoStop
	}
	if locked&econoWPC != 0 {
		fixed |= 1 << 7
	}
	return old&fixed | b&^fixed | old&econoOSC
}

// alarm: an interrupt is pending if its flag is set and its bit is 0 (page 17).
func (d *DS2404) alarm() (pending bool) {
	d.mark(func() {
		status := d.memory[0x200]
		pending = status&7&^(status>>3) != 0
	})
	return pending
}
