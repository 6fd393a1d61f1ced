// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"strings"
)

// TemperatureScale is the scale of temperatures. Its number is the code of the owserver protocol.
type TemperatureScale int

// The temperature scales.
const (
	Celsius TemperatureScale = iota
	Fahrenheit
	Kelvin
	Rankine
)

// String returns the name of the scale.
func (s TemperatureScale) String() string {
	return nth(int(s), "Celsius", "Fahrenheit", "Kelvin", "Rankine")
}

// PressureScale is the scale of pressures. Its number is the code of the owserver protocol.
type PressureScale int

// The pressure scales.
const (
	Mbar PressureScale = iota
	Atm
	MmHg
	InHg
	Psi
	Pa
)

// String returns the name of the scale.
func (s PressureScale) String() string {
	return nth(int(s), "mbar", "atm", "mmHg", "inHg", "psi", "Pa")
}

// DeviceFormat is how the id of a device is shown. Its number is the code of the owserver protocol.
type DeviceFormat int

// The device formats: f the family, i the id, c the CRC, Dot where a point is shown.
const (
	FDotI DeviceFormat = iota
	FI
	FDotIDotC
	FDotIC
	FIDotC
	FIC
)

func formatNames() []string { return []string{"f.i", "fi", "f.i.c", "f.ic", "fi.c", "fic"} }

// String returns the format as it is written on the command line.
func (f DeviceFormat) String() string { return nth(int(f), formatNames()...) }

func parseFormat(text string) (DeviceFormat, error) {
	for i, name := range formatNames() {
		if strings.EqualFold(name, text) {
			return DeviceFormat(i), nil
		}
	}
	return 0, badValue("%q is not a device format", text).hint("use one of " + strings.Join(formatNames(), ", "))
}

func nth(i int, names ...string) string {
	if i < 0 || i >= len(names) {
		return fmt.Sprintf("unknown(%d)", i)
	}
	return names[i]
}
