// SPDX-License-Identifier: Apache-2.0

package owproto

// Flags is the control word of a request (protocol section 2). The zero value
// means: Celsius, millibar, names as f.i, cached values, untrimmed, no bus
// list, no persistence. A reply echoes all bits but FlagPersist.
type Flags uint32

// The single bits. The scales and the format of names have methods of their own.
const (
	FlagBusList  Flags = 1 << 1 // listings add /bus.N, /settings, /uncached …
	FlagPersist  Flags = 1 << 2 // request: keep the connection; reply: it is kept
	FlagAlias    Flags = 1 << 3 // owserver 3.2 ignores it and always shows aliases
	FlagSafe     Flags = 1 << 4 // owserver 3.2 ignores it
	FlagUncached Flags = 1 << 5 // values are read past the server's cache
	FlagTrim     Flags = 1 << 6 // values lose their leading blanks
	FlagOwnet    Flags = 1 << 8 // "a network client asks": no effect, all clients set it
)

const (
	temperatureShift = 16
	temperatureMask  = 0x3 << temperatureShift
	pressureShift    = 18
	pressureMask     = 0x7 << pressureShift
	formatShift      = 24
	formatMask       = 0xFF << formatShift
)

// Temperature returns the scale of temperatures.
func (f Flags) Temperature() TemperatureScale {
	return TemperatureScale(f & temperatureMask >> temperatureShift)
}

// WithTemperature returns f with the scale of temperatures set.
func (f Flags) WithTemperature(s TemperatureScale) Flags {
	return f&^temperatureMask | Flags(s)<<temperatureShift&temperatureMask
}

// Pressure returns the scale of pressures. The undefined values 6 and 7 mean
// Millibar, as in the server.
func (f Flags) Pressure() PressureScale {
	return PressureScale(f & pressureMask >> pressureShift).defined()
}

// WithPressure returns f with the scale of pressures set.
func (f Flags) WithPressure(s PressureScale) Flags {
	return f&^pressureMask | Flags(s)<<pressureShift&pressureMask
}

// Format returns the format of device names. Values above 5 mean FormatFDotI, as
// in the server.
func (f Flags) Format() DeviceFormat {
	return DeviceFormat(f & formatMask >> formatShift).defined()
}

// WithFormat returns f with the format of device names set.
func (f Flags) WithFormat(d DeviceFormat) Flags {
	return f&^formatMask | Flags(d)<<formatShift
}
