// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"fmt"
	"strings"
)

// TemperatureScale is the unit of temperatures, bits 16 and 17 of Flags.
type TemperatureScale uint8

// The temperature scales.
const (
	Celsius TemperatureScale = iota
	Fahrenheit
	Kelvin
	Rankine
)

var temperatureNames = []string{"C", "F", "K", "R"}

// String returns the letter of the scale: C, F, K or R.
func (s TemperatureScale) String() string { return temperatureNames[s&3] }

// ParseTemperatureScale reads a name as String writes it, in any case.
func ParseTemperatureScale(name string) (TemperatureScale, error) {
	i, err := parseName("temperature scale", temperatureNames, name)
	return TemperatureScale(i), err
}

// PressureScale is the unit of pressures, bits 18 to 20 of Flags.
type PressureScale uint8

// The pressure scales.
const (
	Millibar PressureScale = iota
	Atmosphere
	MmHg
	InHg
	PSI
	Pascal
)

var pressureNames = []string{"mbar", "atm", "mmHg", "inHg", "psi", "Pa"}

// defined maps the undefined values to Millibar, which the server takes them for.
func (s PressureScale) defined() PressureScale {
	if s > Pascal {
		return Millibar
	}
	return s
}

// String returns the name of the scale: mbar, atm, mmHg, inHg, psi or Pa.
func (s PressureScale) String() string { return pressureNames[s.defined()] }

// ParsePressureScale reads a name as String writes it, in any case.
func ParsePressureScale(name string) (PressureScale, error) {
	i, err := parseName("pressure scale", pressureNames, name)
	return PressureScale(i), err
}

// DeviceFormat is the spelling of device names in listings, bits 24 to 31 of
// Flags. The letters mean f family, i id, c CRC.
type DeviceFormat uint8

// The formats of device names.
const (
	FormatFDotI     DeviceFormat = iota // 10.67C6697351FF
	FormatFI                            // 1067C6697351FF
	FormatFDotIDotC                     // 10.67C6697351FF.8D
	FormatFDotIC                        // 10.67C6697351FF8D
	FormatFIDotC                        // 1067C6697351FF.8D
	FormatFIC                           // 1067C6697351FF8D
)

var formatNames = []string{"f.i", "fi", "f.i.c", "f.ic", "fi.c", "fic"}

// defined maps the undefined values to FormatFDotI, which the server takes them for.
func (d DeviceFormat) defined() DeviceFormat {
	if d > FormatFIC {
		return FormatFDotI
	}
	return d
}

// String returns the name of the format, such as "f.i".
func (d DeviceFormat) String() string { return formatNames[d.defined()] }

// ParseDeviceFormat reads a name as String writes it, in any case.
func ParseDeviceFormat(name string) (DeviceFormat, error) {
	i, err := parseName("device format", formatNames, name)
	return DeviceFormat(i), err
}

func parseName(kind string, names []string, name string) (int, error) {
	for i, n := range names {
		if strings.EqualFold(n, name) {
			return i, nil
		}
	}
	return 0, fmt.Errorf("owproto: unknown %s %q (known: %s)", kind, name, strings.Join(names, ", "))
}
