// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"math"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func TestClocks(t *testing.T) {
	for _, family := range []byte{0x24, 0x27} {
		b, rom := newBench(), testROM(family)
		chip := sim.NewDS2415(rom, b.clock)
		other := sim.NewSerial(testROM(0x01))
		b.wire.Add(chip, other)
		b.want(t, rom, "udate", device.Int(0))
		b.want(t, rom, "running", device.Flag(false))
		b.write(t, rom, "udate", device.Int(1174618800))
		b.want(t, rom, "date", device.Moment(time.Unix(1174618800, 0)))

		b.write(t, rom, "running", device.Flag(true))
		b.want(t, rom, "running", device.Flag(true))
		if err := b.clock.Sleep(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		b.want(t, rom, "udate", device.Int(int64(chip.Count())))
		if got := chip.Count() - 1174618800; got < 3600 || got > 3601 {
			t.Errorf("after an hour the clock has counted %d s", got)
		}
		now := time.Date(2038, 1, 19, 3, 14, 8, 0, time.UTC)
		b.write(t, rom, "date", device.Moment(now))
		b.write(t, rom, "running", device.Flag(false))
		b.want(t, rom, "date", device.Moment(now))
		b.want(t, rom, "ControlRegister", device.Int(0))

		wantErr(t, "udate", b.tryWrite(rom, "udate", device.Int(-1)), syscall.ERANGE)
		wantErr(t, "udate", b.tryWrite(rom, "udate", device.Int(math.MaxUint32+1)), syscall.ERANGE)
		wantErr(t, "ControlRegister", b.tryWrite(rom, "ControlRegister", device.Int(256)), syscall.ERANGE)
		b.write(t, rom, "ControlRegister", device.Int(0x5B))
		b.want(t, rom, "ControlRegister", device.Int(0x5C))
		b.want(t, rom, "date", device.Moment(now))

		b.wantCost(t, "reading the clock", 1, 80+80, func() { b.read(t, rom, "udate") })
		b.wantCost(t, "stopping it", 3, 2*(80+80)+88, func() { b.write(t, rom, "running", device.Flag(false)) })
		b.noisyReads(t, rom, "udate", "running", "ControlRegister")
		b.noisyWrites(t, rom, "udate", []device.Value{device.Int(0x12345678), device.Int(0xEDCBA987)},
			func(v device.Value) bool { return int64(chip.Count()) == v.Int() })
		b.noisyWrites(t, rom, "running", []device.Value{device.Flag(true), device.Flag(false)},
			func(v device.Value) bool { return chip.Control()&0x0C != 0 == v.Flag() })
		b.wire.Remove(chip)
		_, err := b.tryRead(rom, "udate")
		wantErr(t, "a clock that has left", err, hw.ErrNoPresence)
	}
}

func TestDS2415User(t *testing.T) {
	b, rom := newBench(), testROM(0x24)
	chip := sim.NewDS2415(rom, b.clock)
	b.wire.Add(chip)
	for _, n := range []int64{15, 0, 9} {
		b.write(t, rom, "user", device.Int(n))
		b.want(t, rom, "user", device.Int(n))
		if got := chip.Control() >> 4; int64(got) != n {
			t.Errorf("the user's bits are %X, want %X", got, n)
		}
	}
	for _, n := range []int64{-1, 16} {
		wantErr(t, "user", b.tryWrite(rom, "user", device.Int(n)), syscall.ERANGE)
	}
}

func TestDS2417Interrupt(t *testing.T) {
	b, rom := newBench(), testROM(0x27)
	chip := sim.NewDS2417(rom, b.clock)
	b.wire.Add(chip)
	b.write(t, rom, "running", device.Flag(true))
	b.write(t, rom, "enable", device.Flag(true))
	for i, seconds := range []int64{1, 4, 32, 64, 2048, 4096, 65536, 131072} {
		b.write(t, rom, "interval", device.Int(int64(i)))
		b.want(t, rom, "itime", device.Int(seconds))
		b.write(t, rom, "interval", device.Int(7-int64(i)))
		b.write(t, rom, "itime", device.Int(seconds))
		b.want(t, rom, "interval", device.Int(int64(i)))
		if got := chip.Interrupt(); got != time.Duration(seconds)*time.Second {
			t.Errorf("with itime %d an interrupt every %v", seconds, got)
		}
	}
	b.want(t, rom, "enable", device.Flag(true))
	b.write(t, rom, "enable", device.Flag(false))
	if got := chip.Interrupt(); got != 0 {
		t.Errorf("with the interrupt off, one every %v", got)
	}
	wantErr(t, "interval", b.tryWrite(rom, "interval", device.Int(8)), syscall.ERANGE)
	wantErr(t, "itime", b.tryWrite(rom, "itime", device.Int(5)), syscall.ERANGE)
}

// A user's bits that are changed on a very bad line leave the oscillator as it
// is, or there is an error: a second try must not take what the first has spoilt
// for what was there.
func TestClockKeepsRunning(t *testing.T) {
	b, rom := newBench(), testROM(0x24)
	chip := sim.NewDS2415(rom, b.clock)
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	done := 0
	for seed := range uint64(3000) {
		b.noise(0, 0)
		b.write(t, rom, "ControlRegister", device.Int(0x8C))
		b.noise(150, seed)
		if err := b.tryWrite(rom, "user", device.Int(5)); err != nil {
			continue
		}
		done++
		if got := chip.Control(); got != 0x5C {
			t.Fatalf("with seed %d the control byte is %02X, want 5C", seed, got)
		}
	}
	if done < 1000 {
		t.Errorf("only %d of 3000 writes came to an end", done)
	}
}
