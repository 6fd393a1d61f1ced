// SPDX-License-Identifier: Apache-2.0

package sim

import "owfs/hw"

// A DataNAB is an emulated humidity sensor by DataNAB: a DS2438 with the text
// HUMIDIT3 in page 3. At its input VAD is the supply of a Honeywell HIH-4000, and
// at its input for the current is the output of that, by way of a divider.
type DataNAB struct {
	*DS2438
}

// NewDataNAB returns a sensor without a calibration, just powered on.
func NewDataNAB(rom hw.ROM, clock Clock) *DataNAB {
	d := &DataNAB{NewDS2438(rom, clock)}
	d.SetPage(3, [8]byte([]byte("HUMIDIT3")))
	return d
}

// Measure lets it measure. The output of the sensor is the supply times 0.16 +
// 0.0062 for each percent; it tells more of them where it is colder than 25 °C
// (data sheet of the HIH-4000, page 2: true RH = sensor RH / (1.0546 - 0.00216 T)).
func (d *DataNAB) Measure(celsius, percent float64) {
	const supply, divider = 5, 17.13
	shown := percent * (1.0546 - 0.00216*celsius)
	d.SetTemperature(celsius)
	d.SetVoltages(supply, supply, supply*(0.16+0.0062*shown)/divider)
}
