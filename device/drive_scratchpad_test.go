// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

// A memoryChip is an emulated chip whose memory can be looked at.
type memoryChip interface {
	sim.Slave
	Memory() []byte
	SetMemory(at int, p []byte)
}

var memoryChips = []struct {
	family      byte
	count, size int
	row         int
	chip        func(rom hw.ROM, clock sim.Clock) memoryChip
}{
	{0x2D, 4, 32, 8, func(r hw.ROM, c sim.Clock) memoryChip { return sim.NewDS2431(r, c) }},
	{0x23, 16, 32, 32, func(r hw.ROM, c sim.Clock) memoryChip { return sim.NewDS2433(r, c) }},
	{0x43, 80, 32, 32, func(r hw.ROM, c sim.Clock) memoryChip { return sim.NewDS28EC20(r, c) }},
	{0x08, 4, 32, 32, func(r hw.ROM, c sim.Clock) memoryChip { return sim.NewNVRAM(r, c) }},
	{0x06, 16, 32, 32, func(r hw.ROM, c sim.Clock) memoryChip { return sim.NewNVRAM(r, c) }},
	{0x0A, 64, 32, 32, func(r hw.ROM, c sim.Clock) memoryChip { return sim.NewNVRAM(r, c) }},
	{0x0C, 256, 32, 32, func(r hw.ROM, c sim.Clock) memoryChip { return sim.NewNVRAM(r, c) }},
}

// pattern is so many bytes that differ from row to row.
func pattern(seed byte, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = seed + byte(i) + byte(i/256)*13
	}
	return p
}

func TestScratchpadMemories(t *testing.T) {
	for _, m := range memoryChips {
		t.Run(fmt.Sprintf("%02X", m.family), func(t *testing.T) {
			b, rom := newBench(), testROM(m.family)
			chip := m.chip(rom, b.clock)
			b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
			total, last := m.count*m.size, m.count-1
			all := pattern(7, total)
			chip.SetMemory(0, all)
			b.want(t, rom, "memory", device.Bytes(all))
			b.want(t, rom, fmt.Sprintf("pages/page.%d", last), device.Bytes(all[last*m.size:]))

			all = pattern(101, total)
			b.write(t, rom, "memory", device.Bytes(all))
			if !bytes.Equal(chip.Memory()[:total], all) {
				t.Fatal("the memory is not as written")
			}
			b.write(t, rom, fmt.Sprintf("pages/page.%d", last), device.Text("the last page"))
			copy(all[last*m.size:], "the last page")
			b.write(t, rom, "memory", device.Text("begin"))
			copy(all, "begin")
			if !bytes.Equal(chip.Memory()[:total], all) {
				t.Fatal("the memory is not as written in part")
			}
			b.want(t, rom, "memory", device.Bytes(all))

			wantErr(t, "too long a memory", b.tryWrite(rom, "memory", device.Bytes(make([]byte, total+1))), syscall.ERANGE)
			wantErr(t, "too long a page", b.tryWrite(rom, "pages/page.1", device.Bytes(make([]byte, 33))), syscall.ERANGE)

			if m.family == 0x43 { // the only one whose memory is read with a CRC
				b.noisyReads(t, rom, "pages/page.0", fmt.Sprintf("pages/page.%d", last))
			}
			values := []device.Value{device.Bytes(pattern(1, 32)), device.Bytes(pattern(3, 32))}
			b.noisyWrites(t, rom, "pages/page.1", values, func(v device.Value) bool {
				return bytes.Equal(chip.Memory()[32:64], v.Bytes())
			})
			copy(all[32:], chip.Memory()[32:64])
			if !bytes.Equal(chip.Memory()[:total], all) {
				t.Error("with noise, a page was written that was not meant")
			}
		})
	}
}

// A write that ends in the middle, at any place, leaves rows that are old or new.
func TestInterruptedWrite(t *testing.T) {
	for _, m := range memoryChips[:5] {
		b, rom := newBench(), testROM(m.family)
		chip := m.chip(rom, b.clock)
		b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
		old, want := pattern(7, 64), pattern(99, 64)
		chip.SetMemory(0, old)
		_, slots := b.cost(func() { b.write(t, rom, "memory", device.Bytes(want)) })
		said := 0
		for stop := 1; stop < slots; stop += 13 {
			chip.SetMemory(0, old)
			c := &leavingChip{benchChip: b.chip(rom), after: stop, leave: func() { b.wire.Remove(chip) }}
			err := c.family.Drivers["memory"].Write(t.Context(), c, device.Element{}, device.Bytes(want))
			b.wire.Remove(chip)
			b.wire.Add(chip)
			if err == nil {
				t.Errorf("%02X: the chip left after %d of %d slots, and nobody noticed", m.family, stop, slots)
				continue
			}
			if err := b.clock.Sleep(t.Context(), 20*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			now := chip.Memory()
			for row := 0; row < 64; row += m.row {
				part := now[row : row+m.row]
				if !bytes.Equal(part, old[row:row+m.row]) && !bytes.Equal(part, want[row:row+m.row]) {
					t.Errorf("%02X: after %d slots the row at %d is % X", m.family, stop, row, part)
				}
			}
			var from, to int
			if at := strings.Index(err.Error(), "bytes "); at >= 0 {
				if n, _ := fmt.Sscanf(err.Error()[at:], "bytes %d to %d are written", &from, &to); n == 2 {
					said++
					if !bytes.Equal(now[from:to+1], want[from:to+1]) {
						t.Errorf("%02X: after %d slots %q, but it is % X", m.family, stop, err, now[:64])
					}
				}
			}
		}
		if said == 0 {
			t.Errorf("%02X: no error told what was written", m.family)
		}
	}
}

// A leavingChip goes off the line after so many slots.
type leavingChip struct {
	*benchChip
	after int
	leave func()
}

func (c *leavingChip) Do(ctx context.Context, f func(tx *hw.Tx) error) error {
	line := hw.NewLine(func(context.Context) (hw.Bus, error) { return leavingBus{c.bench.wire, c}, nil })
	return line.Do(ctx, f)
}

// spend tells how many of n bits pass before the chip leaves.
func (c *leavingChip) spend(n int) (before int) {
	before = n
	if c.after > 0 && c.after <= n {
		before = c.after - 1
	}
	c.after -= n
	return before
}

type leavingBus struct {
	*sim.Line
	c *leavingChip
}

func (b leavingBus) Touch(ctx context.Context, p []byte) error {
	for i := range p {
		before := b.c.spend(8)
		if before == 8 {
			if err := b.Line.Touch(ctx, p[i:i+1]); err != nil {
				return err
			}
			continue
		}
		bits := make([]byte, 8)
		for bit := range bits {
			bits[bit] = p[i] >> bit & 1
		}
		if err := b.Line.Bits(ctx, bits[:before]); err != nil {
			return err
		}
		b.c.leave()
		if err := b.Line.Bits(ctx, bits[before:]); err != nil {
			return err
		}
		p[i] = 0
		for bit, one := range bits {
			p[i] |= one << bit
		}
	}
	return nil
}

func (b leavingBus) Power(ctx context.Context, out byte, d time.Duration) (byte, error) {
	if b.c.spend(8) < 8 {
		b.c.leave()
	}
	return b.Line.Power(ctx, out, d)
}

func TestDS2431(t *testing.T) {
	b, rom := newBench(), testROM(0x2D)
	chip := sim.NewDS2431(rom, b.clock)
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	chip.SetMemory(0, pattern(7, 128))
	b.wantCost(t, "reading a page", 2, 2*(96+256), func() { b.read(t, rom, "pages/page.1") })
	b.wantCost(t, "reading the memory", 2, 2*(96+1024), func() { b.read(t, rom, "memory") })
	b.wantCost(t, "writing what is there", 2, 2*(96+256), func() { b.write(t, rom, "pages/page.1", device.Bytes(pattern(7+32, 32))) })
	row := 96 + 64 + 16 + 80 + 24 + 64 + 16 + 96 + 8 + 8
	b.wantCost(t, "writing a byte", 2+4, 2*(96+256)+row+96+8, func() { b.write(t, rom, "pages/page.1", device.Text("x")) })

	chip.SetMemory(0x80, []byte{0x55, 0xAA})
	wantErr(t, "a protected page", b.tryWrite(rom, "pages/page.0", device.Text("x")), syscall.EPERM)
	wantErr(t, "a bit that is 0", b.tryWrite(rom, "pages/page.1", device.Text("\xFF")), syscall.EPERM)
	b.write(t, rom, "pages/page.1", device.Text("\x08")) // x but for some bits
	chip.SetMemory(0x84, []byte{0x55})
	b.write(t, rom, "pages/page.2", device.Text("free"))

	b.wire.Remove(chip)
	_, err := b.tryRead(rom, "memory")
	wantErr(t, "a chip that has left", err, hw.ErrNoPresence)
}

func TestDS28EC20Cost(t *testing.T) {
	b, rom := newBench(), testROM(0x43)
	chip := sim.NewDS28EC20(rom, b.clock)
	b.wire.Add(chip)
	b.wantCost(t, "reading a page", 1, 96+272, func() { b.read(t, rom, "pages/page.79") })
	b.wantCost(t, "reading the memory", 20, 20*(96+4*272), func() { b.read(t, rom, "memory") })
	b.wantCost(t, "writing a byte", 5, 96+272+96+8+16+80+24+8+16+104+8+96+8,
		func() { b.write(t, rom, "pages/page.79", device.Bytes(append(bytes.Repeat([]byte{0xFF}, 31), 0))) })
	chip.SetMemory(0xA00, []byte{0xAA})
	b.write(t, rom, "pages/page.7", device.Text("\x12"))
	wantErr(t, "a bit that is 0", b.tryWrite(rom, "pages/page.7", device.Text("\x13")), syscall.EPERM)
}
