// SPDX-License-Identifier: Apache-2.0

package text

import "time"

// Form says how values are spelled. The zero value means Celsius, millibar, no padding and the local time zone.
type Form struct {
	Temperature TemperatureScale
	Pressure    PressureScale
	Padded      bool           // numbers stand at the right of 12 columns
	Location    *time.Location // of dates; nil means time.Local
}

func (f Form) location() *time.Location {
	if f.Location == nil {
		return time.Local
	}
	return f.Location
}

// TemperatureScale is the unit of temperatures, numbered as in the flags of an owserver. All else means Celsius.
type TemperatureScale uint8

// The scales of temperature.
const (
	Celsius TemperatureScale = iota
	Fahrenheit
	Kelvin
	Rankine
)

// PressureScale is the unit of pressures, numbered as in the flags of an owserver. All else means Millibar.
type PressureScale uint8

// The scales of pressure.
const (
	Millibar PressureScale = iota
	Atmosphere
	MmHg
	InHg
	PSI
	Pascal
)
