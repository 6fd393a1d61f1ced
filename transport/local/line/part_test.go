// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"bytes"
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/transport"
)

// Three bytes into a memory of 8192, over the border of two pages of 32: what
// is around them stays, and no more than the two pages is read or written. The
// data sheet of the DS1996 makes that, for each page, a read of 32 bytes (a
// reset and 72+8+16+256 slots; ours are read twice, for want of a CRC), a write
// to the scratchpad, a read of it, and a copy: less than 3000 slots in all.
func TestPartOfALargeMemory(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 0)
		rom, _ := hw.ParseROM("0C.0000000000AB")
		b.wire.Add(sim.NewNVRAM(rom, hw.Wall{}))
		path := "/" + rom.String() + "/memory"
		write := func(at int64, p string) {
			n, err := b.Write(t.Context(), transport.Request{Path: path, Offset: at}, []byte(p))
			if err != nil || n != len(p) {
				t.Fatalf("writing %q at %d: %d, %v", p, at, n, err)
			}
		}
		write(4000, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
		var was sim.Counts
		b.busy(&was)
		write(4030, "xyz") // 4032 begins a page
		if c := b.busy(&was); c.Slots > 3000 {
			t.Errorf("three bytes cost %d slots", c.Slots)
		}
		got, err := b.Read(t.Context(), transport.Request{Path: path})
		if err != nil || !bytes.Equal(got[4000:4037], []byte("0123456789ABCDEFGHIJKLMNOPQRSTxyzXYZ\x00")) || len(got) != 8192 {
			t.Errorf("%d bytes, there %q, %v", len(got), got[4000:4037], err)
		}
	})
}
