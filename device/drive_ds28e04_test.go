// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func eepromPIO() (*bench, *sim.DS28E04, hw.ROM) {
	b, rom := newBench(), testROM(0x1C)
	chip := sim.NewDS28E04(rom, b.clock)
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	return b, chip, rom
}

func TestDS28E04Memory(t *testing.T) {
	b, chip, rom := eepromPIO()
	all := pattern(5, 512)
	b.write(t, rom, "memory", device.Bytes(all))
	if !bytes.Equal(chip.Memory()[:512], all) {
		t.Fatal("the memory is not as written")
	}
	b.want(t, rom, "pages/page.15", device.Bytes(all[480:]))
	// 550 bytes to the last register, as in the example on page 34.
	got := b.read(t, rom, "memory").Bytes()
	if len(got) != 550 || !bytes.Equal(got[:512], all) || got[0x221] != 3 || got[0x225] != 0x88 {
		t.Errorf("the memory has %d bytes, the last %X", len(got), got[0x220:])
	}
	b.write(t, rom, "memory", device.Bytes(got))
	got[0x203] = 0x55
	wantErr(t, "protection", b.tryWrite(rom, "memory", device.Bytes(got)), syscall.EPERM)
	wantErr(t, "too long", b.tryWrite(rom, "memory", device.Bytes(make([]byte, 551))), syscall.ERANGE)

	chip.SetMemory(0x200, []byte{0x55, 0xAA})
	wantErr(t, "a protected page", b.tryWrite(rom, "pages/page.0", device.Text("x")), syscall.EPERM)
	wantErr(t, "a bit that is 0", b.tryWrite(rom, "pages/page.1", device.Text("\xFF")), syscall.EPERM)
	b.write(t, rom, "pages/page.2", device.Text("free"))
	values := []device.Value{device.Bytes(pattern(1, 32)), device.Bytes(pattern(3, 32))}
	b.noisyWrites(t, rom, "pages/page.2", values, func(v device.Value) bool {
		return bytes.Equal(chip.Memory()[64:96], v.Bytes())
	})
	b.wire.Remove(chip)
	_, err := b.tryRead(rom, "memory")
	wantErr(t, "a chip that has left", err, hw.ErrNoPresence)
}

func TestDS28E04Switches(t *testing.T) {
	b, chip, rom := eepromPIO()
	b.want(t, rom, "PIO.BYTE", device.Bits(0))
	b.want(t, rom, "sensed.BYTE", device.Bits(3))
	b.write(t, rom, "PIO.1", device.Flag(true))
	if got := chip.Latches(); got != 1 {
		t.Errorf("with PIO.1 on the latches are %d, want 1", got)
	}
	b.want(t, rom, "PIO.BYTE", device.Bits(2))
	b.want(t, rom, "sensed.BYTE", device.Bits(1))
	b.want(t, rom, "latch.BYTE", device.Bits(2))
	b.write(t, rom, "latch.BYTE", device.Bits(0))
	b.want(t, rom, "latch.BYTE", device.Bits(0))
	b.write(t, rom, "PIO.BYTE", device.Bits(0))
	chip.PullLow(1)
	b.want(t, rom, "sensed.0", device.Flag(false))
	b.want(t, rom, "sensed.1", device.Flag(true))
	wantErr(t, "PIO", b.tryWrite(rom, "PIO.BYTE", device.Bits(4)), syscall.ERANGE)

	for supply, flags := range map[[2]bool][2]bool{
		{true, false}: {true, false}, {false, true}: {false, true},
	} {
		chip.SetSupply(supply[0], supply[1])
		b.want(t, rom, "power", device.Flag(flags[0]))
		b.want(t, rom, "polarity", device.Flag(flags[1]))
	}
	b.noisyReads(t, rom, "PIO.BYTE", "sensed.BYTE", "latch.BYTE", "power", "set_alarm")
	b.noisyWrites(t, rom, "PIO.BYTE", []device.Value{device.Bits(1), device.Bits(2)}, func(v device.Value) bool {
		return chip.Latches() == 3&^byte(v.Bits())
	})
	b.wantCost(t, "reading the pins", 2, 2*(96+8), func() { b.read(t, rom, "sensed.BYTE") })
	b.wantCost(t, "setting the outputs", 1, 80+16+8, func() { b.write(t, rom, "PIO.BYTE", device.Bits(1)) })
}

func TestDS28E04Alarm(t *testing.T) {
	b, chip, rom := eepromPIO()
	b.want(t, rom, "por", device.Flag(true))
	if !chip.Alarm() {
		t.Error("a chip that has powered on does not take part in the search for alarms")
	}
	b.write(t, rom, "por", device.Flag(false))
	b.want(t, rom, "por", device.Flag(false))
	wantErr(t, "por", b.tryWrite(rom, "por", device.Flag(true)), syscall.EINVAL)
	if chip.Alarm() {
		t.Error("the chip takes part although no channel is chosen")
	}
	for _, n := range []int64{333, 120, 2, 23, 0} {
		b.write(t, rom, "set_alarm", device.Int(n))
		b.want(t, rom, "set_alarm", device.Int(n))
	}
	b.write(t, rom, "set_alarm", device.Int(2)) // channel 0 at low
	if chip.Alarm() {
		t.Error("the chip takes part although channel 0 is high")
	}
	chip.PullLow(1)
	if !chip.Alarm() {
		t.Error("the chip does not take part although channel 0 is low")
	}
	for _, n := range []int64{-1, 4, 40, 400, 1000} {
		wantErr(t, "set_alarm", b.tryWrite(rom, "set_alarm", device.Int(n)), syscall.ERANGE)
	}
}
