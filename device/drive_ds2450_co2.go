// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"math"
)

// The carbon dioxide sensor is a SenseAir K30 on a DS2450: channel A has its
// output, 1 mV for a ppm, B its internal voltage, which is about 3.2 V, and D its
// supply, about 5 V (manual page DS2450 of OWFS).

func co2Volts(ctx context.Context, c Chip, channel int) (float64, error) {
	v, err := c.Read(ctx, "volt", Element{Index: channel})
	return v.Num(), err
}

func co2Parts(ctx context.Context, c Chip, _ Element) (Value, error) {
	volts, err := co2Volts(ctx, c, 0)
	return Int(int64(math.Round(volts * 1000))), err
}

// co2Well is 1 if the internal voltage is right, and 0 if not.
func co2Well(ctx context.Context, c Chip, _ Element) (Value, error) {
	volts, err := co2Volts(ctx, c, 1)
	if volts > 3 && volts < 3.4 {
		return Num(1), err
	}
	return Num(0), err
}

// co2Supplied tells whether there is the supply that the sensor needs, 4.5 V at
// least (K30 data sheet, power requirements).
func co2Supplied(ctx context.Context, c Chip, _ Element) (Value, error) {
	volts, err := co2Volts(ctx, c, 3)
	return Flag(volts >= 4.5), err
}
