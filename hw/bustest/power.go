// SPDX-License-Identifier: Apache-2.0

package bustest

import (
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// sixteenths reads the temperature of the only thermometer, in 1/16 °C.
func (b *bench) sixteenths() int16 {
	b.Helper()
	b.reset()
	p := b.touch(ff(9, hw.SkipROM, 0xBE)...)[2:]
	if hw.CRC8(p) != 0 {
		b.Fatalf("the scratchpad reads % X", p)
	}
	return int16(p[0]) | int16(p[1])<<8
}

// power sends a command with strong pull-up and returns how long it took.
func (b *bench) power(command byte, d time.Duration) time.Duration {
	b.Helper()
	b.reset()
	b.touch(hw.SkipROM)
	began := b.line.Clock().Now()
	got, err := b.bus.Power(b.ctx, command, d)
	b.check(err)
	if got != command {
		b.Errorf("sent %02X with power, the line carried %02X", command, got)
	}
	return b.line.Clock().Now().Sub(began)
}

const powerOn = 85 * 16

// pullUpLasts lets a chip without a supply of its own convert, which takes 750
// ms of strong pull-up, and store its limits, which takes 10 ms.
func pullUpLasts(b *bench) {
	chip := b.thermometer("28.000000000001", 21.5)
	chip.SetParasite(true)
	for range 2 {
		if got := b.sixteenths(); got != powerOn && got != 344 {
			b.Errorf("before the conversion %d/16 °C", got)
		}
		if took := b.power(0x44, 750*time.Millisecond); took < 750*time.Millisecond {
			b.Errorf("a pull-up of 750 ms took %v", took)
		}
		if got := b.sixteenths(); got != 344 {
			b.Errorf("%d/16 °C after 750 ms of pull-up, want 21.5 °C", got)
		}
	}
	b.command(hw.SkipROM, 0x4E, 30, 10, 0x7F)
	b.power(0x48, 10*time.Millisecond)
	if got := chip.EEPROM(); got != [3]byte{30, 10, 0x7F} {
		b.Errorf("stored %v", got)
	}
}

// pullUpEnds: the line is as before at once, and no later than it must be.
func pullUpEnds(b *bench) {
	b.thermometer("28.000000000001", 21.5)
	for _, d := range []time.Duration{0, time.Millisecond, 20 * time.Millisecond, 100 * time.Millisecond} {
		took := b.power(0x44, d)
		if most := d + b.late; took < d || took > most {
			b.Errorf("a pull-up of %v took %v", d, took)
		}
		b.reset()
	}
}

// pullUpShort: a pull-up that ends too soon is not good enough, so that it is
// the pull-up which the test above has seen.
func pullUpShort(b *bench) {
	chip := b.thermometer("28.000000000001", 21.5)
	chip.SetParasite(true)
	b.power(0x44, 100*time.Millisecond)
	b.check(b.line.Clock().Sleep(b.ctx, 700*time.Millisecond))
	if got := b.sixteenths(); got != powerOn {
		b.Errorf("%d/16 °C after 100 ms of pull-up, want the 85 °C of power-on", got)
	}
}

// pulse programs a byte of an EPROM (DS2502 data sheet page 10).
func pulse(b *bench) {
	p, ok := b.bus.(hw.Pulser)
	if !ok {
		return
	}
	chip := sim.NewEPROM(b.rom("09.000000000001"))
	b.line.Add(chip)
	b.command(hw.SkipROM)
	write := []byte{0x0F, 0x05, 0x00, 0xA5}
	crc := hw.CRC8(write)
	if got := b.touch(append(write, 0xFF)...); got[4] != crc {
		b.Fatalf("the CRC is %02X, want %02X", got[4], crc)
	}
	b.check(p.Pulse(b.ctx, 480*time.Microsecond))
	if got := b.touch(0xFF); got[0] != 0xA5 {
		b.Errorf("reads back %02X", got[0])
	}
	if got := chip.Memory()[5]; got != 0xA5 {
		b.Errorf("holds %02X", got)
	}
	b.reset()
}

// overdrive: a chip that was told to follow is reached at overdrive alone, one
// that can't at standard speed alone.
func overdrive(b *bench) {
	s, ok := b.bus.(hw.Speeder)
	if !ok {
		return
	}
	fast := sim.NewDS2413(b.rom("3A.000000000001"))
	b.line.Add(fast)
	b.thermometer("28.000000000001", 20)
	busy := b.line.Counts().Busy
	b.command(hw.OverdriveSkip)
	b.check(s.SetOverdrive(b.ctx, true))
	b.finds(b.bus, hw.SearchROM, []string{"3A.000000000001"})
	b.reset()
	if got := b.touch(hw.SkipROM, 0xF5, 0xFF); got[2] != 0x0F { // both pins high, both outputs off
		b.Errorf("the switch reads %02X at overdrive", got[2])
	}
	// At standard speed the 224 slots and 2 resets would take 15 ms.
	if took := b.line.Counts().Busy - busy; took > 6*time.Millisecond {
		b.Errorf("the line was busy for %v", took)
	}
	b.check(s.SetOverdrive(b.ctx, false))
	b.finds(b.bus, hw.SearchROM, []string{"28.000000000001", "3A.000000000001"})
}
