// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw/sim"
)

func TestDS2423(t *testing.T) {
	b, rom := newBench(), testROM(0x1D)
	chip := sim.NewDS2423(rom)
	b.wire.Add(chip)
	chip.Count(0, 3)
	chip.SetCounter(15, 0xFFFFFFFE)
	b.want(t, rom, "counter.A", device.Int(3))
	b.want(t, rom, "counter.B", device.Int(0xFFFFFFFE))
	b.want(t, rom, "counters.ALL", device.List(device.Int(3), device.Int(0xFFFFFFFE)))
	b.want(t, rom, "pages/count.14", device.Int(3))
	b.want(t, rom, "pages/count.0", device.Int(0xFFFFFFFF))

	chip.SetMemory(0, bytes.Repeat([]byte{0x5A}, 512))
	b.write(t, rom, "pages/page.12", device.Text("one"))
	b.write(t, rom, "pages/page.12", device.Text("one")) // the page is as wanted
	b.want(t, rom, "pages/count.12", device.Int(1))
	want := append([]byte("one"), bytes.Repeat([]byte{0x5A}, 29)...)
	b.want(t, rom, "pages/page.12", device.Bytes(want))
	long := bytes.Repeat([]byte("memory of 512 bytes, sixteen pages. "), 15)[:512]
	b.write(t, rom, "memory", device.Bytes(long))
	if !bytes.Equal(chip.Memory(), long) {
		t.Errorf("the memory is % X", chip.Memory())
	}
	b.want(t, rom, "memory", device.Bytes(long))
	wantErr(t, "33 bytes", b.tryWrite(rom, "pages/page.0", device.Bytes(make([]byte, 33))), syscall.ERANGE)
	wantErr(t, "513 bytes", b.tryWrite(rom, "memory", device.Bytes(make([]byte, 513))), syscall.ERANGE)

	b.wantCost(t, "reading a counter", 1, 72+24+8*(1+4+4+2), func() { b.read(t, rom, "counter.A") })
	b.wantCost(t, "reading a page", 1, 72+24+8*(32+4+4+2), func() { b.read(t, rom, "pages/page.0") })
	b.wantCost(t, "writing a page", 3, 72+24+8*42+72+24+8*34+72+32+8, func() { b.write(t, rom, "pages/page.0", device.Text("x")) })

	b.noisyReads(t, rom, "counter.A", "counter.B", "pages/page.3", "pages/count.13")
	first, second := bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)
	before := chip.Counter(13)
	b.noisyWrites(t, rom, "pages/page.13", []device.Value{device.Bytes(first), device.Bytes(second)},
		func(v device.Value) bool { return bytes.Equal(chip.Memory()[13*32:14*32], v.Bytes()) })
	if n := chip.Counter(13) - before; n > 200 {
		t.Errorf("page 13 was written %d times, want 200 at most", n)
	}
}
