// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
)

// What is built around a DS2438: humidity sensors whose output is a part of
// their supply, on VAD and VDD, and others.

func ds2438Sensors() Drivers {
	return Drivers{
		"HIH3600/humidity": {Read: ds2438Humidity(hih3600)},
		"HIH4000/humidity": {Read: ds2438Humidity(hih4000)},
		"HIH5030/humidity": {Read: ds2438Humidity(hih5030)},
		"HTM1735/humidity": {Read: htm1735},
		"humidity":         {Read: ds2438AnyHumidity},
		"MultiSensor/type": {Read: multiSensor},
		"S3-R1-A/current":  {Read: solarCurrent},

		"S3-R1-A/gain":        solarGain.driver(),
		"S3-R1-A/illuminance": {Read: solarIlluminance},
		"B1-R1-A/gain":        barometerGain.driver(),
		"B1-R1-A/offset":      barometerOffset.driver(),
		"B1-R1-A/pressure":    {Read: barometerPressure},
		"DATANAB/humidity":    {Read: dataNABHumidity},
		"DATANAB/reset":       {Write: dataNABReset},
	}
}

// A humiditySensor is a straight line from the relative humidity to the part of
// the supply, and how much the temperature bends it.
type humiditySensor struct {
	slope, zero float64
	correct     func(celsius float64) float64 // the humidity is divided by it
}

var (
	// Honeywell HIH-3610 series: VOUT = VSUPPLY (0.0062 RH + 0.16) at 25 °C,
	// true RH = RH / (1.0546 - 0.00216 T).
	hih3600 = humiditySensor{0.0062, 0.16, func(t float64) float64 { return 1.0546 - 0.00216*t }}
	// Honeywell HIH-4000 series, its first data sheet: the same line, true
	// RH = RH / (1.0305 + 0.000044 T - 0.0000011 T²).
	hih4000 = humiditySensor{0.0062, 0.16, func(t float64) float64 { return 1.0305 + 0.000044*t - 0.0000011*t*t }}
	// Honeywell HIH-5030/5031 series: VOUT = VSUPPLY (0.00636 RH + 0.1515) at
	// 25 °C, true RH = RH / (1.0546 - 0.00216 T).
	hih5030 = humiditySensor{0.00636, 0.1515, func(t float64) float64 { return 1.0546 - 0.00216*t }}
)

func (s humiditySensor) percent(vad, vdd, celsius float64) float64 {
	return (vad/vdd - s.zero) / s.slope / s.correct(celsius)
}

// ds2438Humidity measures what a sensor needs in one transaction, so that all of
// it belongs together. Of the two voltages the one that the chip is set to comes
// first: the other one costs a write to its configuration.
func ds2438Humidity(s humiditySensor) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
		err = ds2438Do(ctx, c, func(tx ds2438Tx) error {
			if err := tx.begin(convertT); err != nil {
				return err
			}
			if err := c.Sleep(tx.ctx, ds2438ConvertTime); err != nil {
				return err
			}
			p, err := tx.convert(ds2438ConvertV, ds2438ADB|ds2438TB)
			if err != nil {
				return err
			}
			first := ds2438Volts(p)
			if err := tx.set(p, ds2438AD, ^p[0]&ds2438AD); err != nil {
				return err
			}
			q, err := tx.convert(ds2438ConvertV, ds2438ADB)
			if err != nil {
				return err
			}
			if q[0]&ds2438AD == p[0]&ds2438AD {
				return unverified("DS2438 input")
			}
			vad, vdd := first, ds2438Volts(q)
			if p[0]&ds2438AD != 0 {
				vad, vdd = vdd, vad
			}
			if vdd == 0 {
				return errors.New("the humidity sensor has no supply: VDD is 0 V")
			}
			v = Num(s.percent(vad, vdd, ds2438Celsius(p)))
			return nil
		})
		return v, err
	}
}

// htm1735 is Humirel's HTM1735, at 5 V: RH = 0.03892 VOUT - 41.98, in mV (data
// sheet revision G).
func htm1735(ctx context.Context, c Chip, _ Element) (Value, error) {
	v, err := c.Read(ctx, "VAD", Element{})
	return Num(38.92*v.Num() - 41.98), err
}

// ds2438AnyHumidity is that of the sensor which is the most common one, unless
// the chip tells that it has another.
func ds2438AnyHumidity(ctx context.Context, c Chip, e Element) (Value, error) {
	other, err := ds2438IsDataNAB(ctx, c)
	if err != nil {
		return Value{}, err
	}
	if other {
		return c.Read(ctx, "DATANAB/humidity", e)
	}
	return c.Read(ctx, "HIH3600/humidity", e)
}

// multiSensor is the kind of an iButtonLink MultiSensor, which the first byte of
// page 3 tells.
func multiSensor(ctx context.Context, c Chip, _ Element) (Value, error) {
	v, err := c.Read(ctx, "pages/page", Element{Index: 3})
	if err != nil {
		return Value{}, err
	}
	switch v.Bytes()[0] {
	case 0x19:
		return Text("MS-TH"), nil
	case 0x1A:
		return Text("MS-TV"), nil
	case 0x1B:
		return Text("MS-TL"), nil
	case 0x1C:
		return Text("MS-TC"), nil
	}
	return Text("unknown"), nil
}
