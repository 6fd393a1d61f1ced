// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
)

// The barometer B1-R1-A and the solar radiation sensor S3-R1-A of Hobby Boards.
// What they are calibrated with is in page 3 of the DS2438, in the places and
// units that OWFS has given it: two bytes each, the lower one first, where 0
// stands for what the sensors have by their data sheets.

// A calibration is one of these numbers.
type calibration struct {
	at     int // in page 3
	unit   float64
	signed bool
	usual  float64 // what 0 stands for
}

var (
	// lx for a µA. Osram's SFH203P has 9.5 µA at 1000 lx.
	solarGain = calibration{at: 2, unit: 0.1, usual: 1000 / 9.5}
	// mbar for a V. The MPXA4115A has 46 mV for a kPa, which is amplified ten times.
	barometerGain = calibration{at: 4, unit: 0.001, usual: 1000. / 46}
	// mbar at 0 V. It is delivered so that 2 V are 28 inHg, 948.2 mbar.
	barometerOffset = calibration{at: 6, unit: 0.05, signed: true, usual: 904.7}
)

const calibrationPage = 3

// number is the number that is stored for a value, 0 for the usual one.
func (n calibration) number(v float64) (int, error) {
	low, high := 0, math.MaxUint16
	if n.signed {
		low, high = math.MinInt16, math.MaxInt16
	}
	r := math.Round(v / n.unit)
	if !(r >= float64(low) && r <= float64(high)) {
		return 0, outOfRange(float64(low)*n.unit, float64(high)*n.unit)
	}
	if r == 0 && v != 0 {
		return 0, fmt.Errorf("%v is nearer to 0, which stands for %.4g, than to %v: %w", v, n.usual, n.unit, outOfRange(n.unit, float64(high)*n.unit))
	}
	return int(r), nil
}

func (n calibration) driver() Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
			err = ds2438Do(ctx, c, func(tx ds2438Tx) error {
				p, err := tx.page(calibrationPage)
				if err != nil {
					return err
				}
				stored := binary.LittleEndian.Uint16(p[n.at:])
				switch {
				case stored == 0:
					v = Num(n.usual)
				case n.signed:
					v = Num(float64(int16(stored)) * n.unit)
				default:
					v = Num(float64(stored) * n.unit)
				}
				return nil
			})
			return v, err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			number, err := n.number(v.Num())
			if err != nil {
				return err
			}
			return ds2438Do(ctx, c, func(tx ds2438Tx) error { return tx.calibrate(n.at, uint16(number)) })
		},
	}
}

// calibrate changes two bytes of page 3, which is EEPROM, and reads them back.
func (t ds2438Tx) calibrate(at int, number uint16) error {
	old, err := t.page(calibrationPage)
	if err != nil || binary.LittleEndian.Uint16(old[at:]) == number {
		return err
	}
	data := binary.LittleEndian.AppendUint16(append([]byte(nil), old[:at]...), number)
	if err := t.write(calibrationPage, old, data); err != nil {
		return err
	}
	got, err := t.page(calibrationPage)
	if err == nil && binary.LittleEndian.Uint16(got[at:]) != number {
		err = unverified("DS2438 calibration")
	}
	return err
}

// barometerPressure is in mbar.
func barometerPressure(ctx context.Context, c Chip, _ Element) (Value, error) {
	var seen [3]float64
	for i, name := range []string{"VAD", "B1-R1-A/gain", "B1-R1-A/offset"} {
		v, err := c.Read(ctx, name, Element{})
		if err != nil {
			return Value{}, err
		}
		seen[i] = v.Num()
	}
	return Num(seen[0]*seen[1] + seen[2]), nil
}

// solarCurrent is the current in µA of the photo diode, whose sense resistor has
// 390 Ω.
func solarCurrent(ctx context.Context, c Chip, _ Element) (Value, error) {
	v, err := c.Read(ctx, "vis", Element{})
	return Num(v.Num() * 1e6 / 390), err
}

// solarIlluminance is in lx. A step of the current is about 60 lx, and without
// light it can be negative: 1 lx stands for all that is less, so that programs
// can draw it on a logarithmic scale.
func solarIlluminance(ctx context.Context, c Chip, e Element) (Value, error) {
	current, err := c.Read(ctx, "S3-R1-A/current", e)
	if err != nil {
		return Value{}, err
	}
	gain, err := c.Read(ctx, "S3-R1-A/gain", e)
	return Num(math.Max(1, current.Num()*gain.Num())), err
}
