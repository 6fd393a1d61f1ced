// SPDX-License-Identifier: Apache-2.0

package device

// Format says how the value of a property is written as text.
type Format uint8

// The formats. Directory is the branch of a hub, where other devices are found; Subdir is a directory of properties.
const (
	Integer Format = iota + 1
	Unsigned
	Float
	Alias
	ASCII
	VASCII // text whose length varies
	Binary
	YesNo
	Bitfield // yes/no in an array that can also be had as one number
	Date
	Temperature
	TemperatureGap // a difference of two temperatures
	Pressure
	Directory
	Subdir
)

// Lengths of the formats whose values are of one size. The others bring their length in each row.
const (
	numberLength = 12
	dateLength   = 24
	aliasLength  = 256
)

// String is the name of the format.
func (f Format) String() string {
	switch f {
	case Integer:
		return "integer"
	case Unsigned:
		return "unsigned"
	case Float:
		return "float"
	case Alias:
		return "alias"
	case ASCII:
		return "ascii"
	case VASCII:
		return "vascii"
	case Binary:
		return "binary"
	case YesNo:
		return "yesno"
	case Bitfield:
		return "bitfield"
	case Date:
		return "date"
	case Temperature:
		return "temperature"
	case TemperatureGap:
		return "tempgap"
	case Pressure:
		return "pressure"
	case Subdir:
		return "subdir"
	case Directory:
		return "directory"
	}
	return "unknown"
}

// formatLetters gives the letter of each format below /structure, in the order of the constants. Where formats share a
// letter, the first one is meant when a text is parsed.
const formatLetters = "iuflaabyydtgpDD"

// Letter is what stands for the format in a file below /structure, '?' for none.
func (f Format) Letter() byte {
	if f < Integer || f > Subdir {
		return '?'
	}
	return formatLetters[f-Integer]
}

// IsDir tells whether the format is one of the two kinds of directory.
func (f Format) IsDir() bool { return f == Subdir || f == Directory }

// length is the size of one value of the format, 0 where each row has its own.
func (f Format) length() int {
	switch f {
	case Integer, Unsigned, Float, Temperature, TemperatureGap, Pressure:
		return numberLength
	case YesNo, Bitfield:
		return 1
	case Date:
		return dateLength
	case Alias:
		return aliasLength
	}
	return 0
}
