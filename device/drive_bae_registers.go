// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"syscall"
)

// A baeRegister is a number of so many bytes at an address, the higher byte
// first; the elements of an array follow each other.
type baeRegister struct {
	name     string
	at, size int
	kind     baeKind
}

type baeKind uint8

const (
	baeNumber baeKind = iota
	baeNumberRO
	baeYes
	baeYesRO
)

// bae910Registers are those of the BAE0910, by address.
func bae910Registers() []baeRegister {
	all := []baeRegister{
		{"adcc", 2, 1, baeNumber}, {"cntc", 3, 1, baeNumber}, {"outc", 4, 1, baeNumber}, {"pioc", 5, 1, baeNumber},
		{"alarmc", 6, 1, baeNumber}, {"rtcc", 7, 1, baeNumber}, {"tpm1c", 8, 1, baeNumber}, {"tpm2c", 9, 1, baeNumber},
		{"period1", 10, 2, baeNumber}, {"period2", 12, 2, baeNumber},
		{"duty1", 14, 2, baeNumber}, {"duty2", 16, 2, baeNumber}, {"duty3", 18, 2, baeNumber}, {"duty4", 20, 2, baeNumber},
		{"adcap", 22, 2, baeNumberRO}, {"adcan", 24, 2, baeNumberRO},
		{"maxap", 26, 2, baeNumber}, {"maxan", 28, 2, baeNumber},
		{"cps", 30, 2, baeNumberRO},
		{"adctotp", 32, 4, baeNumber}, {"adctotn", 36, 4, baeNumber},
		{"udate", 40, 4, baeNumber}, {"count", 44, 4, baeNumber},
		{"out", 48, 1, baeNumber}, {"pio", 49, 1, baeNumber},
		{"adc", 50, 1, baeNumberRO}, {"cnt", 51, 1, baeNumberRO}, {"alarm", 52, 1, baeNumber},
		{"pc0", 54, 2, baeNumber}, {"pc1", 56, 2, baeNumber}, {"pc2", 58, 2, baeNumber}, {"pc3", 60, 2, baeNumber},
		{"adc10", 62, 2, baeNumberRO},
		{"alap", 64, 2, baeNumber}, {"alan", 66, 2, baeNumber}, {"alcps", 68, 2, baeNumber}, {"alct", 70, 4, baeNumber},
		{"resetcnt", 86, 2, baeNumber}, {"selectcnt", 88, 2, baeNumber},
		{"stalledcnt", 90, 2, baeNumber}, {"ovruncnt", 92, 2, baeNumber}, {"maxcps", 94, 2, baeNumber},
	}
	at := 96 // of the owner's: eight of one byte, four of two, four of four
	for i, letter := range "abcdefghijklmnop" {
		size := 1
		if i >= 8 {
			size = 2
		}
		if i >= 12 {
			size = 4
		}
		all = append(all, baeRegister{"user" + string(letter), at, size, baeNumber})
		at += size
	}
	return all
}

// bae911Registers are those of the BAE0911.
func bae911Registers() []baeRegister {
	return []baeRegister{
		{"pio/pio", 0x7900, 1, baeYes}, {"pio/direction", 0x7916, 1, baeYes}, {"pio/strength", 0x792C, 1, baeYes},
		{"pio/pull_enable", 0x7942, 1, baeYes}, {"pio/pull_down", 0x79A0, 1, baeYes},
		{"alarm/latch", 0x7958, 1, baeYes}, {"alarm/enable_latch", 0x7984, 1, baeYes},
		{"alarm/clear_latchs", 0x7E09, 1, baeYes}, {"alarm/enable_global", 0x7F78, 1, baeNumber},
		{"alarm/userbits", 0x7F83, 4, baeNumber}, {"alarm/userbits_enable", 0x7F87, 4, baeNumber},
		{"counters/count", 0x7F20, 4, baeNumber}, {"counters/enable_counter", 0x796E, 1, baeYes},
		{"counters/enable_encoder0", 0x799A, 1, baeYes}, {"counters/enable_encoder5", 0x799B, 1, baeYes},
		{"counters/enable_encoder8", 0x799C, 1, baeYes}, {"counters/enable_encoder9", 0x799D, 1, baeYes},
		{"counters/enable_encoder16", 0x799E, 1, baeYes}, {"counters/enable_encoder17", 0x799F, 1, baeYes},
		{"analog/adc", 0x7F00, 2, baeNumberRO}, {"analog/adc_enable", 0x79B1, 1, baeYes},
		{"analog/comparator/acmp_enable", 0x79AC, 1, baeYes}, {"analog/comparator/internal_ref", 0x79AD, 1, baeYes},
		{"analog/comparator/changed", 0x79AE, 1, baeYes}, {"analog/comparator/out_state", 0x79AF, 1, baeYesRO},
		{"analog/comparator/out_enable", 0x79B0, 1, baeYes},
		{"pwm1/ref_clock", 0x7A00, 1, baeNumber}, {"pwm2/ref_clock", 0x7A01, 1, baeNumber},
		{"pwm1/period", 0x7A02, 2, baeNumber}, {"pwm2/period", 0x7A04, 2, baeNumber},
		{"pwm1/duty_ch0", 0x7A06, 2, baeNumber}, {"pwm1/duty_ch1", 0x7A08, 2, baeNumber},
		{"pwm2/duty_ch0", 0x7A0A, 2, baeNumber}, {"pwm2/duty_ch1", 0x7A0C, 2, baeNumber},
		{"pwm1/mode_ch0", 0x7A0E, 1, baeNumber}, {"pwm1/mode_ch1", 0x7A0F, 1, baeNumber},
		{"pwm2/mode_ch0", 0x7A10, 1, baeNumber}, {"pwm2/mode_ch1", 0x7A11, 1, baeNumber},
		{"timers/countdown_number", 0x7A12, 1, baeNumber}, {"timers/countdown", 0x7F8B, 1, baeNumber},
		{"timers/clock", 0x7F7A, 4, baeNumber}, {"timers/random", 0x7F7E, 1, baeNumberRO},
		{"user_registers/byte", 0x7FAB, 1, baeNumber}, {"user_registers/word", 0x7FBB, 2, baeNumber},
		{"user_registers/dword", 0x7FDB, 4, baeNumber},
		{"system/poweronflags", 0x7A29, 1, baeNumberRO}, {"system/owidletime", 0x7F79, 1, baeNumber},
		{"system/watchdog1w", 0x7FFB, 1, baeNumber},
		{"automation_engine/global_mem", 0x7C00, 1, baeNumber}, {"automation_engine/pc0", 0x7E07, 2, baeNumber},
		{"serial/scic", 0x7E0A, 1, baeNumber}, {"serial/baud_divisor", 0x7A13, 2, baeNumber},
		{"iic/init", 0x7E00, 1, baeNumber}, {"lcd/init", 0x7E01, 1, baeNumber}, {"sdcard/init", 0x7E04, 1, baeNumber},
	}
}

const (
	bae911PageCRC    = 0x7E0B
	bae911GlobalMem  = 0x7C00
	bae911GlobalSize = 64
)

func baeAddRegisters(d Drivers) {
	for _, r := range bae910Registers() {
		d["910/"+r.name] = r.driver()
	}
	for _, r := range bae911Registers() {
		d["911/"+r.name] = r.driver()
	}
	d["eeprom/pagecrc"] = baeRegister{at: bae911PageCRC, size: 2}.driver()
	global := baeRegister{at: bae911GlobalMem, size: 1}.driver()
	d["911/automation_engine/global_memory"] = Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			if e.Index >= bae911GlobalSize {
				return Value{}, baeNoElement(e)
			}
			return global.Read(ctx, c, e)
		},
		Write: func(ctx context.Context, c Chip, e Element, v Value) error {
			if e.Index >= bae911GlobalSize {
				return baeNoElement(e)
			}
			return global.Write(ctx, c, e, v)
		},
	}
}

func baeNoElement(e Element) error {
	return fmt.Errorf("there is no byte %d of the global memory, which has %d: %w", e.Index, bae911GlobalSize, syscall.ERANGE)
}

func (r baeRegister) driver() Driver {
	d := Driver{Read: r.read, Write: r.write}
	if r.kind == baeNumberRO || r.kind == baeYesRO {
		d.Write = nil
	}
	return d
}

func (r baeRegister) read(ctx context.Context, c Chip, e Element) (Value, error) {
	p, err := baeGet(ctx, c, r.at+e.Index*r.size, r.size)
	if err != nil {
		return Value{}, err
	}
	var n int64
	for _, b := range p {
		n = n<<8 | int64(b)
	}
	if r.kind == baeYes || r.kind == baeYesRO {
		return Flag(n != 0), nil
	}
	return Int(n), nil
}

func (r baeRegister) write(ctx context.Context, c Chip, e Element, v Value) error {
	n, most := v.Int(), int64(1)<<(8*r.size)-1
	if r.kind == baeYes {
		n, most = v.Int()&1, 1
	}
	if n < 0 || n > most {
		return outOfRange(0, most)
	}
	p := make([]byte, r.size)
	for i := range p {
		p[i] = byte(n >> (8 * (r.size - 1 - i)))
	}
	return baePut(ctx, c, r.at+e.Index*r.size, 0, p)
}
