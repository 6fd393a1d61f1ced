// SPDX-License-Identifier: Apache-2.0

package text

import "owfs/device"

// Where the scales have their zero, and the size of their degree.
const (
	degree         = 1.8 // °F or °R in one °C
	zeroFahrenheit = 32
	zeroKelvin     = 273.15
	zeroRankine    = 491.67
)

// toScale converts a number from the table's own unit to the one of the form. The conversions to float64 keep the
// compiler from joining a product and a sum, which some processors round differently.
func (f Form) toScale(format device.Format, n float64) float64 {
	switch format {
	case device.Temperature:
		return f.Temperature.fromCelsius(n)
	case device.TemperatureGap:
		return n * f.Temperature.perDegree()
	case device.Pressure:
		return n * f.Pressure.perMillibar()
	}
	return n
}

// fromScale converts a number of the form's unit to the table's own.
func (f Form) fromScale(format device.Format, n float64) float64 {
	switch format {
	case device.Temperature:
		return f.Temperature.toCelsius(n)
	case device.TemperatureGap:
		return n / f.Temperature.perDegree()
	case device.Pressure:
		return n / f.Pressure.perMillibar()
	}
	return n
}

func (s TemperatureScale) fromCelsius(n float64) float64 {
	switch s {
	case Fahrenheit:
		return float64(degree*n) + zeroFahrenheit
	case Kelvin:
		return n + zeroKelvin
	case Rankine:
		return float64(degree*n) + zeroRankine
	}
	return n
}

func (s TemperatureScale) toCelsius(n float64) float64 {
	switch s {
	case Fahrenheit:
		return (n - zeroFahrenheit) / degree
	case Kelvin:
		return n - zeroKelvin
	case Rankine:
		return (n - zeroRankine) / degree
	}
	return n
}

func (s TemperatureScale) perDegree() float64 {
	if s == Fahrenheit || s == Rankine {
		return degree
	}
	return 1
}

func (s PressureScale) perMillibar() float64 {
	switch s {
	case Atmosphere:
		return 0.00098692316931
	case MmHg:
		return 0.7500615613
	case InHg:
		return 0.029529983071
	case PSI:
		return 0.014503773801
	case Pascal:
		return 100
	}
	return 1
}
