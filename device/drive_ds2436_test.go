// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"fmt"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw/sim"
)

// 24, 8 and 8 bytes (DS2436 data sheet, page 10).
func TestDS2436Pages(t *testing.T) {
	b, rom := newBench(), testROM(0x1B)
	chip := sim.NewDS2436(rom)
	b.wire.Add(chip)
	for n, size := range []int{24, 8, 8} {
		page := fmt.Sprintf("pages/page.%d", n)
		data := bytes.Repeat([]byte{0xA0 + byte(n)}, size)
		b.write(t, rom, page, device.Bytes(data))
		if got := chip.Page(n); !bytes.Equal(got, data) {
			t.Errorf("%s is kept as % X", page, got)
		}
		full := append(bytes.Clone(data), bytes.Repeat([]byte{0xFF}, 32-size)...)
		b.want(t, rom, page, device.Bytes(full))
		b.write(t, rom, page, device.Text("ab"))
		copy(full, "ab")
		b.want(t, rom, page, device.Bytes(full))
		b.write(t, rom, page, device.Bytes(full)) // as it was read
		wantErr(t, "too many bytes", b.tryWrite(rom, page, device.Bytes(make([]byte, size+1))), syscall.ERANGE)
		b.noisyReads(t, rom, page)
		values := []device.Value{device.Text("one"), device.Text("two")}
		b.noisyWrites(t, rom, page, values, func(v device.Value) bool { return bytes.HasPrefix(chip.Page(n), v.Bytes()) })
	}
	if !chip.Locked() {
		t.Error("the first page is not locked after it was written")
	}
	start := b.clock.Now()
	b.write(t, rom, "pages/page.0", device.Text("again"))
	// Unlocking, copying and locking take up to 10 ms each.
	if took := b.clock.Now().Sub(start); took < 30*time.Millisecond {
		t.Errorf("writing takes %v, which is too short for the EEPROM", took)
	}
	b.wantCost(t, "writing what is there", 4, 2*(80+88+24*8), func() { b.write(t, rom, "pages/page.0", device.Text("again")) })
}
