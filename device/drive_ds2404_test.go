// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"math"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func econoRAM() (*bench, *sim.DS2404, hw.ROM) {
	b, rom := newBench(), testROM(0x04)
	chip := sim.NewDS2404(rom, b.clock)
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	return b, chip, rom
}

func (b *bench) wait(t *testing.T, d time.Duration) {
	t.Helper()
	if err := b.clock.Sleep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

func TestDS2404Memory(t *testing.T) {
	b, chip, rom := econoRAM()
	all := pattern(9, 512)
	b.write(t, rom, "memory", device.Bytes(all))
	if !bytes.Equal(chip.Memory()[:512], all) {
		t.Fatal("the memory is not as written")
	}
	b.want(t, rom, "memory", device.Bytes(all))
	b.write(t, rom, "pages/page.15", device.Text("the last"))
	b.want(t, rom, "pages/page.15", device.Bytes(append([]byte("the last"), all[488:]...)))
	wantErr(t, "too long", b.tryWrite(rom, "memory", device.Bytes(make([]byte, 513))), syscall.ERANGE)
}

func TestDS2404Clock(t *testing.T) {
	b, chip, rom := econoRAM()
	b.want(t, rom, "udate", device.Int(0))
	b.want(t, rom, "running", device.Flag(false))
	b.write(t, rom, "udate", device.Int(1174618800))
	// The least significant byte, at 202, counts 256ths of a second (page 8).
	for i, want := range []byte{0, 0xB0, 0x42, 0x03, 0x46} {
		if got := chip.Register(0x202 + i); got != want {
			t.Errorf("register %X is %02X, want %02X", 0x202+i, got, want)
		}
	}
	b.want(t, rom, "date", device.Moment(time.Unix(1174618800, 0)))
	b.write(t, rom, "running", device.Flag(true))
	b.wait(t, time.Hour)
	got := b.read(t, rom, "udate").Int() - 1174618800
	if got < 3600 || got > 3601 {
		t.Errorf("after an hour the clock has counted %d s", got)
	}
	b.write(t, rom, "running", device.Flag(false))

	b.write(t, rom, "interval/udate", device.Int(77))
	b.want(t, rom, "interval/udate", device.Int(77))
	b.write(t, rom, "cycle", device.Int(5))
	chip.CyclePower()
	b.want(t, rom, "cycle", device.Int(6))
	b.write(t, rom, "trigger/date", device.Moment(time.Unix(2000000000, 0)))
	b.want(t, rom, "trigger/udate", device.Int(2000000000))
	b.write(t, rom, "trigger/interval_date", device.Moment(time.Unix(99, 0)))
	b.want(t, rom, "trigger/interval_udate", device.Int(99))
	b.write(t, rom, "trigger/cycle", device.Int(math.MaxUint32))
	b.want(t, rom, "trigger/cycle", device.Int(math.MaxUint32))
	for _, name := range []string{"udate", "cycle", "trigger/udate"} {
		wantErr(t, name, b.tryWrite(rom, name, device.Int(-1)), syscall.ERANGE)
		wantErr(t, name, b.tryWrite(rom, name, device.Int(math.MaxUint32+1)), syscall.ERANGE)
	}
	b.noisyReads(t, rom, "udate", "cycle", "trigger/udate", "running", "auto")
	b.noisyWrites(t, rom, "trigger/udate", []device.Value{device.Int(0x12345678), device.Int(0x23456789)}, func(v device.Value) bool {
		return chip.Register(0x214) == byte(v.Int()>>24) && chip.Register(0x211) == byte(v.Int())
	})
	b.wantCost(t, "reading the clock", 2, 2*(96+40), func() { b.read(t, rom, "udate") })
	b.wire.Remove(chip)
	_, err := b.tryRead(rom, "udate")
	wantErr(t, "a chip that has left", err, hw.ErrNoPresence)
}

// The interval timer counts while STOP/START is 0, if it is not automatic.
func TestDS2404Timer(t *testing.T) {
	b, chip, rom := econoRAM()
	b.write(t, rom, "running", device.Flag(true))
	b.want(t, rom, "start", device.Flag(true))
	b.write(t, rom, "start", device.Flag(false))
	if got := chip.Register(0x201); got != 0x50 {
		t.Errorf("the control register is %02X, want 50: STOP and OSC", got)
	}
	b.write(t, rom, "interval/udate", device.Int(10))
	b.wait(t, time.Minute)
	b.want(t, rom, "interval/udate", device.Int(10))
	b.write(t, rom, "start", device.Flag(true))
	b.wait(t, time.Minute)
	b.want(t, rom, "interval/udate", device.Int(70))
	b.write(t, rom, "auto", device.Flag(true))
	b.write(t, rom, "delay", device.Flag(true))
	if got := chip.Register(0x201); got != 0xB0 {
		t.Errorf("the control register is %02X, want B0", got)
	}
}

func TestDS2404Alarms(t *testing.T) {
	b, chip, rom := econoRAM()
	b.write(t, rom, "set_alarm", device.Int(0))
	if got := chip.Register(0x200); got != 0x38 {
		t.Errorf("with no alarm the status is %02X, want 38: a bit that is 0 enables (page 17)", got)
	}
	b.read(t, rom, "alarm") // all counters were as their alarms: 0
	for _, n := range []int64{1, 10, 100, 111, 101} {
		b.write(t, rom, "set_alarm", device.Int(n))
		b.want(t, rom, "set_alarm", device.Int(n))
	}
	if got := chip.Register(0x200); got != 0x10 {
		t.Errorf("with the alarms 101 the status is %02X, want 10", got)
	}
	b.write(t, rom, "trigger/udate", device.Int(1000))
	b.write(t, rom, "trigger/cycle", device.Int(3))
	b.write(t, rom, "cycle", device.Int(2))
	b.write(t, rom, "udate", device.Int(998))
	b.write(t, rom, "running", device.Flag(true))
	b.want(t, rom, "alarm", device.Int(0))
	b.wait(t, 5*time.Second)
	if !chip.Alarm() {
		t.Error("the chip does not take part in the search for alarms")
	}
	b.want(t, rom, "set_alarm", device.Int(101)) // clears the flag in the chip …
	b.want(t, rom, "alarm", device.Int(1))       // … but it is not lost
	b.want(t, rom, "alarm", device.Int(0))
	chip.CyclePower()
	b.want(t, rom, "alarm", device.Int(100))
	for _, n := range []int64{-1, 2, 12, 1000} {
		wantErr(t, "set_alarm", b.tryWrite(rom, "set_alarm", device.Int(n)), syscall.ERANGE)
	}
}

// A counter that was made read-only stays so, and the control bits with it.
func TestDS2404ReadOnly(t *testing.T) {
	b, chip, rom := econoRAM()
	b.write(t, rom, "running", device.Flag(true))
	b.want(t, rom, "readonly/interval", device.Flag(false))
	b.write(t, rom, "readonly/memory", device.Flag(true))
	b.write(t, rom, "readonly/interval", device.Flag(true))
	b.want(t, rom, "readonly/interval", device.Flag(true))
	if got := chip.Register(0x201); got != 0x1A {
		t.Errorf("the control register is %02X, want 1A", got)
	}
	b.write(t, rom, "readonly/interval", device.Flag(true)) // as it is
	b.write(t, rom, "udate", device.Int(7))
	b.write(t, rom, "delay", device.Flag(true))
	for _, name := range []string{"readonly/interval", "readonly/memory", "running"} {
		wantErr(t, name, b.tryWrite(rom, name, device.Flag(false)), syscall.EPERM)
	}
	for _, name := range []string{"readonly/clock", "readonly/cycle", "auto"} {
		wantErr(t, name, b.tryWrite(rom, name, device.Flag(true)), syscall.EPERM)
	}
	wantErr(t, "start", b.tryWrite(rom, "start", device.Flag(false)), syscall.EPERM)
	wantErr(t, "interval", b.tryWrite(rom, "interval/udate", device.Int(1)), syscall.EPERM)
	wantErr(t, "trigger", b.tryWrite(rom, "trigger/interval_udate", device.Int(1)), syscall.EPERM)
}
