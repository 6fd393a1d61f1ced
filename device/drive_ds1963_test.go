// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"math"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

// Both kinds of memory that counts: the first page with a counter differs.
func TestCountingMemories(t *testing.T) {
	for family, first := range map[byte]int{0x1A: 12, 0x18: 8} {
		b, rom := newBench(), testROM(family)
		var chip memoryChip = sim.NewDS1963L(rom, b.clock)
		if family == 0x18 {
			chip = sim.NewDS1963S(rom, b.clock)
		}
		b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
		all := pattern(3, 512)
		b.write(t, rom, "memory", device.Bytes(all))
		if !bytes.Equal(chip.Memory()[:512], all) {
			t.Fatalf("%02X: the memory is not as written", family)
		}
		b.want(t, rom, "memory", device.Bytes(all))
		b.want(t, rom, "pages/page.7", device.Bytes(all[224:256]))
		for i, v := range b.read(t, rom, "pages/count.ALL").List() {
			want := int64(math.MaxUint32) // no counter: ones
			if i >= first {
				want = 1
			}
			if v.Int() != want {
				t.Errorf("%02X: page %d was written %d times, want %d", family, i, v.Int(), want)
			}
		}
		b.write(t, rom, "pages/page.15", device.Bytes(all[480:])) // as it is
		b.want(t, rom, "pages/count.15", device.Int(1))
		b.write(t, rom, "pages/page.15", device.Text("new"))
		b.want(t, rom, "pages/count.15", device.Int(2))
		b.want(t, rom, "pages/page.15", device.Bytes(append([]byte("new"), all[483:]...)))
		wantErr(t, "too long a page", b.tryWrite(rom, "pages/page.1", device.Bytes(make([]byte, 33))), syscall.ERANGE)

		if family == 0x1A {
			b.noisyReads(t, rom, "pages/page.3", "pages/count.15")
		} else {
			b.noisyReads(t, rom, "pages/count.15")
		}
		values := []device.Value{device.Bytes(pattern(1, 32)), device.Bytes(pattern(3, 32))}
		b.noisyWrites(t, rom, "pages/page.2", values, func(v device.Value) bool {
			return bytes.Equal(chip.Memory()[64:96], v.Bytes())
		})
		b.wire.Remove(chip)
		if _, err := b.tryRead(rom, "pages/page.0"); !hw.IsLine(err) {
			t.Errorf("%02X: an iButton that has left: %v", family, err)
		}
	}
}

func TestDS1963LTamper(t *testing.T) {
	b, rom := newBench(), testROM(0x1A)
	chip := sim.NewDS1963L(rom, b.clock)
	b.wire.Add(chip)
	chip.SetCounter(14, 0x01020304)
	b.want(t, rom, "pages/count.14", device.Int(0x01020304))
	b.wantCost(t, "reading a counter", 1, 96+8+32+32+16, func() { b.read(t, rom, "pages/count.14") })
	chip.Open()
	_, err := b.tryRead(rom, "pages/count.14")
	wantErr(t, "an iButton that was opened", err, syscall.EIO)
	b.read(t, rom, "pages/page.14") // the data has its CRC
}

// A scratchpad that the SHA engine has hidden is erased before it is used.
func TestDS1963SHidden(t *testing.T) {
	b, rom := newBench(), testROM(0x18)
	chip := sim.NewDS1963S(rom, b.clock)
	b.wire.Add(chip)
	for _, text := range []string{"one", "two"} {
		chip.Probe()
		b.write(t, rom, "pages/page.0", device.Text(text))
		if got := chip.Memory()[:3]; string(got) != text {
			t.Errorf("the page begins with %q, want %q", got, text)
		}
	}
}
