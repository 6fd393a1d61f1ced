// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
)

// The humidity sensor of DataNAB is a Honeywell HIH-4000 whose output is on the
// current input of a DS2438, by way of a divider. Its paper (1WTH-PRB
// communication details) is no longer to be had; the figures are those that OWFS
// has from it, and they fit the sensor: without calibration they are the line
// 0.8 V + 31 mV RH of its data sheet, at 5 V.

const dataNAB = "HUMIDIT3" // what page 3 of its sensors holds

// ds2438IsDataNAB asks page 3, once for as long as the device is there.
func ds2438IsDataNAB(ctx context.Context, c Chip) (bool, error) {
	const key = "DS2438 is a DataNAB"
	if known, ok := c.Fact(key).(bool); ok {
		return known, nil
	}
	v, err := c.Read(ctx, "pages/page", Element{Index: 3})
	if err != nil {
		return false, err
	}
	is := string(v.Bytes()) == dataNAB
	c.SetFact(key, is)
	return is, nil
}

// ds2438Shown tells whether there is a directory DATANAB.
func ds2438Shown(ctx context.Context, c Chip, _ string) (bool, error) { return ds2438IsDataNAB(ctx, c) }

// A dataNABLine is the straight line of a sensor at 5 V, and what the divider
// leaves of it is multiplied with.
type dataNABLine struct{ slope, zero float64 }

const (
	dataNABFact    = "DataNAB line"
	dataNABDivider = 85.65 // with the 5 V of the line in it
	dataNABPage    = 6     // of the calibration: AA AA, zero in 0.1 mV, slope in 10 µV, both with the upper byte first
)

// dataNABSetUp makes the chip measure the current as it is, and remembers the
// calibration.
func dataNABSetUp(ctx context.Context, c Chip) (dataNABLine, error) {
	line := dataNABLine{slope: 0.031, zero: 0.8}
	is, err := ds2438IsDataNAB(ctx, c)
	switch {
	case err != nil:
		return line, err
	case !is:
		return line, fmt.Errorf("page 3 does not hold the text %s, so this is no DataNAB: %w", dataNAB, errors.ErrUnsupported)
	}
	if known, ok := c.Fact(dataNABFact).(dataNABLine); ok {
		return known, nil
	}
	if err := c.Write(ctx, "offset", Element{}, Int(0)); err != nil {
		return line, err
	}
	if err := c.Write(ctx, "IAD", Element{}, Flag(true)); err != nil {
		return line, err
	}
	if err := c.Sleep(ctx, ds2438Currents); err != nil { // none of the old measurements are left
		return line, err
	}
	v, err := c.Read(ctx, "pages/page", Element{Index: dataNABPage})
	if err != nil {
		return line, err
	}
	if p := v.Bytes(); p[0] == 0xAA && p[1] == 0xAA && p[4]|p[5] != 0 {
		line.zero = float64(binary.BigEndian.Uint16(p[2:])) / 10000
		line.slope = float64(binary.BigEndian.Uint16(p[4:])) / 100000
	}
	c.SetFact(dataNABFact, line)
	return line, nil
}

// dataNABReset sets the chip up again, for one that was changed by others.
func dataNABReset(ctx context.Context, c Chip, _ Element, v Value) error {
	if !v.Flag() {
		return nil
	}
	c.SetFact(dataNABFact, nil)
	_, err := dataNABSetUp(ctx, c)
	return err
}

func dataNABHumidity(ctx context.Context, c Chip, _ Element) (Value, error) {
	line, err := dataNABSetUp(ctx, c)
	if err != nil {
		return Value{}, err
	}
	var seen [3]float64
	for i, name := range []string{"temperature", "VAD", "vis"} {
		v, err := c.Read(ctx, name, Element{})
		if err != nil {
			return Value{}, err
		}
		seen[i] = v.Num()
	}
	celsius, vad, vis := seen[0], seen[1], seen[2]
	if vad == 0 {
		return Value{}, errors.New("the humidity sensor has no supply: VAD is 0 V")
	}
	return Num((vis/vad*dataNABDivider - line.zero) / line.slope / hih3600.correct(celsius)), nil
}
