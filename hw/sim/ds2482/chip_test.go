// SPDX-License-Identifier: Apache-2.0

package ds2482_test

import (
	"bytes"
	"errors"
	"syscall"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/ds2482"
)

// A bench is one chip at 18h, and a clock that only counts.
type bench struct {
	*testing.T
	bus   *ds2482.Bus
	chip  *ds2482.Chip
	clock *sim.Virtual
	lines [8]*sim.Line
}

func newBench(t *testing.T, build func(b *bench) *ds2482.Chip) *bench {
	b := &bench{T: t, clock: &sim.Virtual{}}
	for i := range b.lines {
		b.lines[i] = sim.NewLine(b.clock)
		t.Cleanup(func() { b.lines[i].Close() })
	}
	b.bus = ds2482.NewBus(b.clock)
	b.chip = build(b)
	b.bus.Put(0x18, b.chip)
	return b
}

func on100(t *testing.T) *bench {
	return newBench(t, func(b *bench) *ds2482.Chip { return ds2482.New100(b.lines[0]) })
}

func (b *bench) send(p ...byte) {
	b.Helper()
	if err := b.bus.Tx(0x18, p, nil); err != nil {
		b.Fatalf("% X: %v", p, err)
	}
}

func (b *bench) refuses(p ...byte) {
	b.Helper()
	if err := b.bus.Tx(0x18, p, nil); !errors.Is(err, syscall.EREMOTEIO) {
		b.Errorf("% X: %v, want it not acknowledged", p, err)
	}
}

func (b *bench) reads(want ...byte) {
	b.Helper()
	got := make([]byte, len(want))
	if err := b.bus.Tx(0x18, nil, got); err != nil || !bytes.Equal(got, want) {
		b.Errorf("reads % X, %v; want % X", got, err, want)
	}
}

func (b *bench) wait(d time.Duration) { b.clock.Sleep(b.Context(), d) }

// The values below are those of the data sheet (19-4930), pages 6 to 14.

func TestPowerOn(t *testing.T) {
	b := on100(t)
	b.reads(0x18, 0x18) // RST, and the line is high
	b.send(0xE1, 0xC3)
	b.reads(0x00)
	b.send(0xE1, 0xF0)
	b.reads(0x18)
	if err := b.bus.Tx(0x19, []byte{0xF0}, nil); !errors.Is(err, syscall.ENXIO) {
		t.Errorf("another address: %v", err)
	}
}

func TestWriteConfiguration(t *testing.T) {
	b := on100(t)
	b.refuses(0xD2, 0x01) // without the complement
	b.refuses(0xD2, 0x11)
	b.send(0xE1, 0xF0)
	b.reads(0x18)
	b.send(0xD2, 0xE1)
	b.reads(0x01, 0x01)
	b.send(0xE1, 0xF0)
	b.reads(0x08) // RST is gone
	b.send(0xD2, 0x69)
	b.reads(0x09)
	b.send(0xF0)
	b.reads(0x18)
	b.send(0xE1, 0xC3)
	b.reads(0x00)
}

func TestInvalidCodes(t *testing.T) {
	b := on100(t)
	for command := range 256 {
		switch command {
		case 0xF0, 0xE1, 0xD2, 0xB4, 0xA5, 0x96, 0x87, 0x78:
		default:
			b.refuses(byte(command))
		}
	}
	for pointer := range 256 {
		switch pointer {
		case 0xF0, 0xE1, 0xC3:
			b.send(0xE1, byte(pointer))
		default:
			b.refuses(0xE1, byte(pointer))
		}
	}
	b.refuses(0xF0, 0x00) // a byte too many
	b.refuses(0xE1, 0xF0, 0x00)
}

func TestResetOfTheLine(t *testing.T) {
	b := on100(t)
	b.send(0xD2, 0xF0)
	b.send(0xB4)
	b.reads(0x09) // busy
	b.wait(1100 * time.Microsecond)
	b.reads(0x09)
	for _, command := range [][]byte{{0xB4}, {0xD2, 0xF0}, {0xA5, 0x00}, {0x96}, {0x87, 0x80}, {0x78, 0x00}} {
		b.refuses(command...)
	}
	b.wait(100 * time.Microsecond)
	b.reads(0x08) // nobody
	b.lines[0].Add(sim.NewDS2413(hw.ROM{0x3A}))
	b.send(0xB4)
	b.wait(1184 * time.Microsecond)
	b.reads(0x0A) // presence
	b.lines[0].SetFaults(sim.Faults{Short: true})
	b.send(0xB4)
	b.wait(1184 * time.Microsecond)
	b.reads(0x04) // a short, and no presence with it
	b.lines[0].SetFaults(sim.Faults{})
	b.send(0xB4)
	b.send(0xF0) // ends it
	b.reads(0x18)
}

func TestBytesAndBits(t *testing.T) {
	b := on100(t)
	rom := hw.ROM{0x3A, 1, 2, 3, 4, 5, 6}
	rom[7] = hw.CRC8(rom[:7])
	b.lines[0].Add(sim.NewDS2413(rom))
	b.send(0xD2, 0xF0)
	b.send(0xB4)
	b.wait(1184 * time.Microsecond)
	b.send(0xA5, 0x33)
	b.wait(500 * time.Microsecond)
	b.reads(0x0B)
	b.wait(60 * time.Microsecond)
	b.reads(0x0A)
	for _, want := range rom[:4] {
		b.send(0x96)
		b.wait(560 * time.Microsecond)
		b.send(0xE1, 0xE1)
		b.reads(want, want)
	}
	for i := range 8 { // the next byte is 4
		b.send(0x87, 0x80)
		b.wait(70 * time.Microsecond)
		want := byte(0x0A)
		if i == 2 {
			want |= 0x20
		}
		b.reads(want)
	}
}

func TestTriplet(t *testing.T) {
	b := on100(t)
	// They differ in the first bit.
	b.lines[0].Add(sim.NewDS2413(hw.ROM{0x3A}), sim.NewDS2413(hw.ROM{0x3B}))
	b.send(0xD2, 0xF0)
	steps := func(first, second byte) (status [3]byte) {
		b.send(0xB4)
		b.wait(1184 * time.Microsecond)
		b.send(0xA5, 0xF0)
		b.wait(560 * time.Microsecond)
		for i, way := range []byte{first, second, 0} {
			b.send(0x78, way)
			b.wait(210 * time.Microsecond)
			if err := b.bus.Tx(0x18, nil, status[i:i+1]); err != nil {
				t.Fatal(err)
			}
		}
		return status
	}
	// A choice is taken as asked; then both have a 1, and then a 0.
	if got := steps(0x00, 0x00); got != [3]byte{0x0A, 0xAA, 0x4A} {
		t.Errorf("with 0 for the choice: % X", got)
	}
	if got := steps(0x80, 0x80); got != [3]byte{0x8A, 0xAA, 0x4A} {
		t.Errorf("with 1 for the choice: % X", got)
	}
	b.send(0xB4) // and now nobody takes part
	b.wait(1184 * time.Microsecond)
	b.send(0xA5, 0xEC)
	b.wait(560 * time.Microsecond)
	b.send(0x78, 0x00)
	b.wait(210 * time.Microsecond)
	b.reads(0xEA)
}

func TestOverdriveTimes(t *testing.T) {
	b := on100(t)
	b.send(0xD2, 0x78)
	b.send(0xB4)
	b.wait(140 * time.Microsecond)
	b.reads(0x09)
	b.wait(10 * time.Microsecond)
	b.reads(0x08)
	b.send(0xA5, 0x00)
	b.wait(80 * time.Microsecond)
	b.reads(0x09)
	b.wait(5 * time.Microsecond)
	b.reads(0x08)
}

// The strong pull-up begins behind a byte or a bit, and ends with the next 1-Wire
// command, a configuration without it, or a reset of the chip (page 7).
func TestStrongPullUp(t *testing.T) {
	b := on100(t)
	for _, end := range [][]byte{{0xB4}, {0xA5, 0x00}, {0x96}, {0x87, 0x80}, {0x78, 0x00}, {0xD2, 0xF0}, {0xF0}} {
		for _, begin := range [][]byte{{0xA5, 0x44}, {0x87, 0x00}} {
			b.send(0xD2, 0xB4)
			b.reads(0x04)
			if b.chip.Pulling() {
				t.Error("it is on before the command")
			}
			b.send(begin...)
			b.wait(600 * time.Microsecond)
			b.send(0xE1, 0xC3)
			b.reads(0x04)
			if !b.chip.Pulling() {
				t.Errorf("it is not on after % X", begin)
			}
			b.send(end...)
			b.wait(2 * time.Millisecond)
			if b.chip.Pulling() || b.chip.Configuration() != 0 {
				t.Errorf("it is on after % X, the configuration is %X", end, b.chip.Configuration())
			}
		}
	}
}

// Codes to write and to read back (DS2482-800, 19-4932, page 11).
func TestChannels(t *testing.T) {
	b := newBench(t, func(b *bench) *ds2482.Chip { return ds2482.New800(b.lines) })
	b.send(0xE1, 0xD2)
	b.reads(0xB8)
	for n, codes := range [][2]byte{
		{0xF0, 0xB8}, {0xE1, 0xB1}, {0xD2, 0xAA}, {0xC3, 0xA3}, {0xB4, 0x9C}, {0xA5, 0x95}, {0x96, 0x8E}, {0x87, 0x87},
	} {
		b.send(0xC3, codes[0])
		b.reads(codes[1], codes[1])
		before := b.lines[n].Counts().Resets
		b.send(0xB4)
		if got := b.lines[n].Counts().Resets - before; got != 1 {
			t.Errorf("channel %d: %d resets", n, got)
		}
		b.refuses(0xC3, 0xF0) // busy
		b.wait(1184 * time.Microsecond)
	}
	b.refuses(0xC3, 0x00)
	b.refuses(0xE1, 0xB4)
	b.send(0xF0)
	b.send(0xE1, 0xD2)
	b.reads(0xB8)
}

func TestDS2483HasAPort(t *testing.T) {
	b := newBench(t, func(b *bench) *ds2482.Chip { return ds2482.NewDS2483(b.lines[0]) })
	b.send(0xE1, 0xB4)
	b.refuses(0xE1, 0xD2)
	b.send(0xC3, 0x06)
}

func TestBusTakesTime(t *testing.T) {
	b := on100(t)
	b.bus.Hertz = 100_000
	began := b.clock.Now()
	b.send(0xE1, 0xF0)
	// Three bytes of nine bits, start and stop.
	if took := b.clock.Now().Sub(began); took != 290*time.Microsecond {
		t.Errorf("two bytes took %v", took)
	}
}
