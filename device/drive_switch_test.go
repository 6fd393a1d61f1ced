// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func TestDS2408(t *testing.T) {
	b, rom := newBench(), testROM(0x29)
	chip := sim.NewDS2408(rom)
	b.wire.Add(chip)

	b.want(t, rom, "por", device.Flag(true))
	b.write(t, rom, "por", device.Flag(false))
	b.want(t, rom, "por", device.Flag(false))
	wantErr(t, "por can't be set", b.tryWrite(rom, "por", device.Flag(true)), syscall.EINVAL)

	b.want(t, rom, "power", device.Flag(true))
	chip.SetVCC(false)
	b.want(t, rom, "power", device.Flag(false))

	b.want(t, rom, "PIO.BYTE", device.Bits(0))
	b.write(t, rom, "PIO.BYTE", device.Bits(0x81))
	if got := chip.Latches(); got != 0x7E {
		t.Errorf("the outputs are %02X, want 7E: P0 and P7 conduct", got)
	}
	b.want(t, rom, "PIO.7", device.Flag(true))
	b.write(t, rom, "PIO.1", device.Flag(true))
	b.want(t, rom, "PIO.BYTE", device.Bits(0x83))
	chip.PullLow(0x08)
	b.want(t, rom, "sensed.BYTE", device.Bits(0x74))
	wantErr(t, "PIO of 9 bits", b.tryWrite(rom, "PIO.BYTE", device.Bits(0x100)), syscall.ERANGE)

	b.want(t, rom, "latch.BYTE", device.Bits(0x8B))
	b.write(t, rom, "latch.3", device.Flag(true))
	b.want(t, rom, "latch.BYTE", device.Bits(0))

	b.want(t, rom, "strobe", device.Flag(false))
	b.write(t, rom, "strobe", device.Flag(true))
	b.want(t, rom, "strobe", device.Flag(true))

	for n, registers := range map[int64][3]byte{
		100000033: {0x03, 0x03, 0x01},
		222000000: {0xC0, 0x00, 0x02},
		312300123: {0x63, 0xA5, 0x03},
		0:         {},
	} {
		b.write(t, rom, "set_alarm", device.Int(n))
		b.want(t, rom, "set_alarm", device.Int(n))
		got := [3]byte{chip.Register(0x8B), chip.Register(0x8C), chip.Register(0x8D) & 3}
		if got != registers {
			t.Errorf("set_alarm %d sets % X, want % X", n, got, registers)
		}
	}
	b.want(t, rom, "strobe", device.Flag(true)) // set_alarm leaves it
	for _, n := range []int64{4, 400000000, 1000000000, -1} {
		wantErr(t, "set_alarm", b.tryWrite(rom, "set_alarm", device.Int(n)), syscall.ERANGE)
	}
	b.write(t, rom, "out_of_testmode", device.Flag(true))

	b.write(t, rom, "set_alarm", device.Int(123012301))
	b.noisyReads(t, rom, "PIO.BYTE", "sensed.BYTE", "latch.BYTE", "set_alarm", "power", "strobe", "por")
	b.noisyWrites(t, rom, "PIO.BYTE", []device.Value{device.Bits(0x55), device.Bits(0xFF), device.Bits(0)},
		func(v device.Value) bool { return ^chip.Latches() == byte(v.Bits()) })
	b.noisyWrites(t, rom, "set_alarm", []device.Value{device.Int(33), device.Int(333333333)},
		func(v device.Value) bool { return chip.Register(0x8D)&3 == byte(v.Int()/100000000) })
}

func TestDS2408Cost(t *testing.T) {
	b, rom := newBench(), testROM(0x29)
	b.wire.Add(sim.NewDS2408(rom))
	b.wantCost(t, "reading PIO", 1, 72+24+72, func() { b.read(t, rom, "PIO.BYTE") })
	b.wantCost(t, "reading sensed", 1, 72+24+80, func() { b.read(t, rom, "sensed.3") })
	b.wantCost(t, "reading power", 1, 72+24+40, func() { b.read(t, rom, "power") })
	b.wantCost(t, "writing PIO", 1, 72+24+16, func() { b.write(t, rom, "PIO.BYTE", device.Bits(1)) })
	b.wantCost(t, "clearing the latches", 1, 72+8+8, func() { b.write(t, rom, "latch.BYTE", device.Bits(0)) })
}

func TestDS2413(t *testing.T) {
	b, rom := newBench(), testROM(0x3A)
	chip := sim.NewDS2413(rom)
	b.wire.Add(chip)

	b.want(t, rom, "PIO.BYTE", device.Bits(0))
	b.want(t, rom, "sensed.ALL", device.List(device.Flag(true), device.Flag(true)))
	b.write(t, rom, "PIO.B", device.Flag(true))
	if got := chip.Latches(); got != 1 {
		t.Errorf("the outputs are %X, want 1: B conducts", got)
	}
	b.want(t, rom, "PIO.ALL", device.List(device.Flag(false), device.Flag(true)))
	b.want(t, rom, "sensed.BYTE", device.Bits(1))
	chip.PullLow(1)
	b.want(t, rom, "sensed.BYTE", device.Bits(0))
	b.want(t, rom, "piostate", device.Int(0b0010))
	b.write(t, rom, "PIO.BYTE", device.Bits(1))
	b.want(t, rom, "PIO.BYTE", device.Bits(1))
	wantErr(t, "PIO of 3 bits", b.tryWrite(rom, "PIO.BYTE", device.Bits(4)), syscall.ERANGE)

	b.wantCost(t, "reading PIO", 1, 72+8+8, func() { b.read(t, rom, "PIO.BYTE") })
	b.wantCost(t, "writing PIO", 1, 72+24+16, func() { b.write(t, rom, "PIO.BYTE", device.Bits(2)) })
	b.noisyReads(t, rom, "PIO.BYTE", "sensed.BYTE")
	b.noisyWrites(t, rom, "PIO.BYTE", []device.Value{device.Bits(1), device.Bits(3), device.Bits(0), device.Bits(2)},
		func(v device.Value) bool { return ^chip.Latches()&3 == byte(v.Bits()) })
}

func TestDS2406(t *testing.T) {
	b, rom := newBench(), testROM(0x12)
	chip := sim.NewDS2406(rom)
	b.wire.Add(chip)

	b.want(t, rom, "channels", device.Int(2))
	b.want(t, rom, "PIO.BYTE", device.Bits(0))
	b.want(t, rom, "flipflop.BYTE", device.Bits(3))
	b.write(t, rom, "PIO.A", device.Flag(true))
	if got := chip.Latches(); got != 2 {
		t.Errorf("the outputs are %X, want 2: A conducts", got)
	}
	b.want(t, rom, "PIO.BYTE", device.Bits(1))
	b.want(t, rom, "flipflop.ALL", device.List(device.Flag(false), device.Flag(true)))
	b.want(t, rom, "sensed.BYTE", device.Bits(2))
	b.want(t, rom, "latch.BYTE", device.Bits(1))
	chip.PullLow(2)
	b.want(t, rom, "sensed.BYTE", device.Bits(0))
	b.want(t, rom, "latch.BYTE", device.Bits(3))
	b.write(t, rom, "latch.A", device.Flag(false))
	b.want(t, rom, "latch.BYTE", device.Bits(0))
	chip.SetVCC(true)
	b.want(t, rom, "power", device.Flag(true))
	chip.SetVCC(false)
	b.want(t, rom, "power", device.Flag(false))

	b.want(t, rom, "set_alarm", device.Int(331)) // all 1 at power-on
	b.write(t, rom, "set_alarm", device.Int(120))
	b.want(t, rom, "set_alarm", device.Int(120))
	if got := chip.Status(7) & 0x7F; got != 0x4C {
		t.Errorf("status byte 7 is %02X, want 4C: condition 01 10 0, output A conducts", got)
	}
	for _, n := range []int64{400, 140, 112, 1000, -1} {
		wantErr(t, "set_alarm", b.tryWrite(rom, "set_alarm", device.Int(n)), syscall.ERANGE)
	}
	wantErr(t, "PIO of 3 bits", b.tryWrite(rom, "PIO.BYTE", device.Bits(4)), syscall.ERANGE)

	b.wantCost(t, "reading PIO", 1, 72+24+32, func() { b.read(t, rom, "PIO.BYTE") })
	b.wantCost(t, "writing PIO", 2, 72+24+24+72+32+16+16, func() { b.write(t, rom, "PIO.BYTE", device.Bits(2)) })
	b.wantCost(t, "writing the same PIO", 1, 72+24+24, func() { b.write(t, rom, "PIO.BYTE", device.Bits(2)) })
	// Not latch: the wrong bit may be the one that asks to clear the latches.
	b.noisyReads(t, rom, "PIO.BYTE", "sensed.BYTE", "flipflop.BYTE", "set_alarm", "pages/page.1", "channels")
	b.noisyWrites(t, rom, "PIO.BYTE", []device.Value{device.Bits(1), device.Bits(3), device.Bits(0), device.Bits(2)},
		func(v device.Value) bool { return ^chip.Latches()&3 == byte(v.Bits()) })
	b.want(t, rom, "set_alarm", device.Int(120))

	chip.SetSingle(true)
	b.want(t, rom, "channels", device.Int(1))
	b.write(t, rom, "PIO.A", device.Flag(true))
	b.want(t, rom, "PIO.BYTE", device.Bits(1))
}

func TestDS2406Memory(t *testing.T) {
	b, rom := newBench(), testROM(0x12)
	chip := sim.NewDS2406(rom)
	b.wire.Add(chip)
	b.write(t, rom, "pages/page.2", device.Text("written once"))
	if got := string(chip.Memory()[64:76]); got != "written once" {
		t.Errorf("the memory holds %q", got)
	}
	b.wantCost(t, "reading a page", 1, 72+24+8+16+256+16, func() { b.read(t, rom, "pages/page.2") })
	b.wantCost(t, "writing what is there", 1, 392, func() { b.write(t, rom, "pages/page.2", device.Text("written")) })
	wantErr(t, "setting bits of EPROM", b.tryWrite(rom, "pages/page.2", device.Text("W~")), syscall.EPERM)
	wantErr(t, "33 bytes", b.tryWrite(rom, "pages/page.0", device.Bytes(make([]byte, 33))), syscall.ERANGE)
	if got := b.read(t, rom, "memory").Bytes(); string(got) != string(chip.Memory()) {
		t.Errorf("memory is % X, want % X", got, chip.Memory())
	}
	b.write(t, rom, "memory", device.Text("\xFFA189"))
	if shown, err := b.shown(rom, "T8A"); !shown || err != nil {
		t.Errorf("a T8A is not shown as one: %v", err)
	}
	page := []byte("noise")
	b.noisyWrites(t, rom, "pages/page.3", []device.Value{device.Bytes(page)},
		func(device.Value) bool { return string(chip.Memory()[96:101]) == string(page) })
}

func TestDS2405(t *testing.T) {
	b, rom := newBench(), testROM(0x05)
	chip := sim.NewDS2405(rom)
	b.wire.Add(chip)
	for _, on := range []bool{false, true, true, false, true} {
		b.write(t, rom, "PIO", device.Flag(on))
		if chip.On() != on {
			t.Errorf("the output is %v, want %v", chip.On(), on)
		}
		b.want(t, rom, "PIO", device.Flag(on))
		b.want(t, rom, "sensed", device.Flag(!on))
	}
	b.wantCost(t, "reading an output that is on", 1, 8+3*64, func() { b.read(t, rom, "PIO") })
	b.wantCost(t, "reading the pin", 1, 8+3*64+8, func() { b.read(t, rom, "sensed") })
	b.write(t, rom, "PIO", device.Flag(false))
	b.wantCost(t, "reading an output that is off", 2, 8+2+8+3*64+8, func() { b.read(t, rom, "PIO") })
	chip.PullLow(true)
	b.want(t, rom, "sensed", device.Flag(false))
	b.want(t, rom, "PIO", device.Flag(false)) // low, but not by the output
	chip.PullLow(false)
	b.noisyReads(t, rom, "PIO", "sensed")
	b.write(t, rom, "PIO", device.Flag(true))
	b.noisyReads(t, rom, "PIO", "sensed")
	b.noisyWrites(t, rom, "PIO", []device.Value{device.Flag(true), device.Flag(false)},
		func(v device.Value) bool { return chip.On() == v.Flag() })
	b.wire.Remove(chip)
	_, err := b.tryRead(rom, "PIO")
	wantErr(t, "a chip that is away", err, hw.ErrNoPresence)
}

// A testMode is a DS2408 that came up in its test mode: the answer to Channel
// Access Write does not come before 96h, ROM code, 3Ch right after a reset (data
// sheet page 38).
type testMode struct {
	*sim.DS2408
	on   bool
	seen []byte
	bits int
}

func (m *testMode) Reset(fast bool) bool {
	m.seen, m.bits = nil, 0
	return m.DS2408.Reset(fast)
}

func (m *testMode) Pull() byte {
	b := m.DS2408.Pull()
	if m.on && m.bits >= 12*8 && m.seen[9] == 0x5A {
		return 1
	}
	return b
}

func (m *testMode) See(bit byte) {
	m.DS2408.See(bit)
	if m.bits%8 == 0 {
		m.seen = append(m.seen, 0)
	}
	m.seen[m.bits/8] |= bit << (m.bits % 8)
	m.bits++
	rom := m.DS2408.ROM
	if m.bits == 80 && m.seen[0] == 0x96 && hw.ROM(m.seen[1:9]) == rom && m.seen[9] == 0x3C {
		m.on = false
	}
}

func TestDS2408TestMode(t *testing.T) {
	b, rom := newBench(), testROM(0x29)
	chip := &testMode{DS2408: sim.NewDS2408(rom), on: true}
	b.wire.Add(chip)
	b.write(t, rom, "PIO.BYTE", device.Bits(1))
	if chip.on {
		t.Error("PIO was written in test mode")
	}
	chip.on = true
	b.write(t, rom, "out_of_testmode", device.Flag(false))
	if !chip.on {
		t.Error("writing 0 to out_of_testmode did something")
	}
	b.write(t, rom, "out_of_testmode", device.Flag(true))
	if chip.on {
		t.Error("the chip is still in test mode")
	}
}
