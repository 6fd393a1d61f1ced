// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw/sim"
)

func TestMinCount(t *testing.T) {
	b, rom := newBench(), testROM(0x1D)
	chip := sim.NewDS2423(rom)
	b.wire.Add(chip)
	chip.SetCounter(14, 700)
	chip.SetCounter(15, 650)
	b.want(t, rom, "mincount", device.Int(650))
	chip.Count(0, 10)
	chip.Count(1, 13)
	b.want(t, rom, "mincount", device.Int(660))
	b.want(t, rom, "mincount", device.Int(660))
	chip.Count(1, 5)
	b.want(t, rom, "mincount", device.Int(660))
	chip.Count(0, 9)
	b.want(t, rom, "mincount", device.Int(660)) // the other one has not moved since

	b.write(t, rom, "mincount", device.Int(4294967290))
	chip.SetCounter(14, 729)
	chip.SetCounter(15, 678)
	b.want(t, rom, "mincount", device.Int(4)) // as the counters do, it begins anew
	chip.SetCounter(15, 0xFFFFFFFF)
	b.write(t, rom, "mincount", device.Int(0))
	chip.Count(0, 3)
	chip.Count(1, 3)
	b.want(t, rom, "mincount", device.Int(3))
	for _, n := range []int64{-1, 1 << 32} {
		wantErr(t, "mincount", b.tryWrite(rom, "mincount", device.Int(n)), syscall.ERANGE)
	}
	b.noisyReads(t, rom, "mincount")
}
