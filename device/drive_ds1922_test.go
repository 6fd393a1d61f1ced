// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"errors"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func newLogger(kind sim.Logger) (*bench, hw.ROM) {
	b, rom := newBench(), testROM(0x41)
	temp := func(time.Time) float64 { return 21.25 }
	humid := func(time.Time) float64 { return 55 }
	b.wire.Add(sim.NewDS1922(rom, b.clock, kind, temp, humid))
	return b, rom
}

func TestDS1923(t *testing.T) {
	b, rom := newLogger(sim.DS1923)
	b.want(t, rom, "temperature", device.Num(21.25))
	b.near(t, rom, "humidity", 55, 0.05)
	b.noisyReads(t, rom, "temperature", "humidity")
	now := time.Date(2030, 12, 31, 23, 59, 58, 0, time.UTC)
	b.write(t, rom, "clock/date", device.Moment(now))
	b.want(t, rom, "clock/udate", device.Int(now.Unix()))
	b.write(t, rom, "mission/delay", device.Int(0x123456))
	b.want(t, rom, "mission/delay", device.Int(0x123456))
	wantErr(t, "delay", b.tryWrite(rom, "mission/delay", device.Int(1<<24)), syscall.ERANGE)
	for _, name := range []string{"clock/running", "mission/rollover"} {
		for _, on := range []bool{true, false, true} {
			b.write(t, rom, name, device.Flag(on))
			b.want(t, rom, name, device.Flag(on))
		}
	}
	b.want(t, rom, "mission/samplingtemp", device.Flag(false))
	b.want(t, rom, "mission/samplinghumidity", device.Flag(false))
	b.write(t, rom, "clock/running", device.Flag(false))
	wantErr(t, "a mission without a clock", b.tryWrite(rom, "mission/running", device.Flag(true)), syscall.EINVAL)
	b.write(t, rom, "pages/page.15", device.Text("hello"))
	if got := b.read(t, rom, "pages/page.15").Bytes(); !bytes.HasPrefix(got, []byte("hello")) {
		t.Errorf("page 15 is %q", got)
	}
	wantErr(t, "writing registers", b.tryWrite(rom, "pages/page.16", device.Text("x")), syscall.EPERM)
	values := []device.Value{device.Text("one"), device.Text("two")}
	b.noisyWrites(t, rom, "pages/page.2", values, func(v device.Value) bool {
		defer b.noise(1000, 9)
		b.noise(0, 0)
		return bytes.HasPrefix(b.read(t, rom, "pages/page.2").Bytes(), v.Bytes())
	})
}

// A measurement while the clock stands destroys the chip (DS1922L/T data sheet, page
// 18: "unrecoverable state"), so that the clock is started before it.
func TestDS1922ClockStood(t *testing.T) {
	b, rom := newLogger(sim.DS1922L)
	for range 2 {
		b.write(t, rom, "clock/running", device.Flag(false))
		b.want(t, rom, "clock/running", device.Flag(false))
		b.want(t, rom, "temperature", device.Num(21.25))
		b.want(t, rom, "clock/running", device.Flag(true))
	}
}

// A mission measures what the chip can, from a memory that is cleared for it. In the
// memory are then 16 bits each of 21.25 °C, which is 62.25 · 512, and, as a DS1923 has
// two halves, of 55 % (its data sheet, pages 18 and 21).
func TestDS1922Mission(t *testing.T) {
	for _, one := range []struct {
		kind     sim.Logger
		humidity bool
		log      []byte // the temperature and, from 4 KiB on, the humidity
	}{
		{sim.DS1922L, false, []byte{0x7C, 0x80}}, {sim.DS1923, true, []byte{0x7C, 0x80, 0x86, 0xF0}},
	} {
		b, rom := newBench(), testROM(0x41)
		chip := sim.NewDS1922(rom, b.clock, one.kind, func(time.Time) float64 { return 21.25 }, func(time.Time) float64 { return 55 })
		b.wire.Add(chip)
		_, err := b.tryRead(rom, "humidity")
		if one.humidity {
			b.near(t, rom, "humidity", 55, 0.05)
		} else {
			wantErr(t, "the humidity of a DS1922", err, errors.ErrUnsupported)
		}
		for range 2 {
			b.write(t, rom, "mission/running", device.Flag(true))
			b.want(t, rom, "mission/running", device.Flag(true))
			b.want(t, rom, "mission/samplingtemp", device.Flag(true))
			b.want(t, rom, "mission/samplinghumidity", device.Flag(one.humidity))
			wantErr(t, "setting the clock", b.tryWrite(rom, "clock/udate", device.Int(0)), syscall.EBUSY)
			b.write(t, rom, "mission/running", device.Flag(true)) // it goes on
			b.want(t, rom, "mission/running", device.Flag(true))
			m := chip.Memory()
			if got := append(m[0x1000:0x1002:0x1002], m[0x2000:0x2002]...)[:len(one.log)]; !bytes.Equal(got, one.log) {
				t.Errorf("the log begins with % X, want % X", got, one.log)
			}
			if got := m[0x220]; got != 1 {
				t.Errorf("%d samples, want 1", got)
			}
			b.write(t, rom, "mission/running", device.Flag(false))
			b.want(t, rom, "mission/running", device.Flag(false))
		}
	}
}

// What somebody else has prepared is left as it is: a cleared memory, and which of the
// two is measured.
func TestDS1922MissionPrepared(t *testing.T) {
	b, rom := newBench(), testROM(0x41)
	chip := sim.NewDS1922(rom, b.clock, sim.DS1923, func(time.Time) float64 { return 21.25 }, func(time.Time) float64 { return 55 })
	b.wire.Add(chip)
	chip.SetMemory(0x213, []byte{0xC1}) // the temperature, 8 bits
	clear := append(append([]byte{0x96}, make([]byte, 8)...), 0xFF)
	if err := b.line.Do(t.Context(), func(tx *hw.Tx) error { return tx.Command(rom, clear...) }); err != nil {
		t.Fatal(err)
	}
	b.write(t, rom, "mission/running", device.Flag(true))
	b.want(t, rom, "mission/samplinghumidity", device.Flag(false))
	if got := chip.Memory()[0x1000:0x1002]; !bytes.Equal(got, []byte{0x7C, 0}) {
		t.Errorf("the log begins with % X, want 7C 00", got)
	}
}
