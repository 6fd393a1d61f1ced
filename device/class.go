// SPDX-License-Identifier: Apache-2.0

package device

// Class says how the value of a property comes to change.
type Class uint8

// The classes. A Link is computed from another property of the device, which is the one to be cached.
const (
	Static Class = iota + 1
	Stable
	ReadStable // stable, but a written value must be read back to be known
	Volatile
	SimultaneousTemperature // volatile, and a conversion of the whole line counts
	Link
	Page
	Second
	Statistic
	Uncached
	DirectoryClass // changes when the device moves to another bus
	SubdirClass
)

// String is the name of the class.
func (c Class) String() string {
	switch c {
	case Static:
		return "static"
	case Stable:
		return "stable"
	case ReadStable:
		return "read_stable"
	case Volatile:
		return "volatile"
	case SimultaneousTemperature:
		return "simultaneous_temperature"
	case Link:
		return "link"
	case Page:
		return "page"
	case Second:
		return "second"
	case Statistic:
		return "statistic"
	case Uncached:
		return "uncached"
	case DirectoryClass:
		return "directory"
	case SubdirClass:
		return "subdir"
	}
	return "unknown"
}

// Letter is what stands for the class in a file below /structure: fixed, stable, volatile or time.
func (c Class) Letter() byte {
	switch c {
	case Static, DirectoryClass, SubdirClass:
		return 'f'
	case Stable:
		return 's'
	case Second:
		return 't'
	}
	return 'v'
}

// Lifetime says which of the cache's timeouts applies to a value.
type Lifetime uint8

// The lifetimes. A value of LifetimeNone is not put into the cache.
const (
	LifetimeNone Lifetime = iota
	LifetimeVolatile
	LifetimeStable
	LifetimeDirectory
	LifetimeSecond
)

// String is the name of the lifetime.
func (l Lifetime) String() string {
	switch l {
	case LifetimeVolatile:
		return "volatile"
	case LifetimeStable:
		return "stable"
	case LifetimeDirectory:
		return "directory"
	case LifetimeSecond:
		return "1s"
	}
	return "none"
}

// Lifetime is how long a value of the class may be kept.
func (c Class) Lifetime() Lifetime {
	switch c {
	case Volatile, SimultaneousTemperature:
		return LifetimeVolatile
	case Stable, ReadStable:
		return LifetimeStable
	case DirectoryClass:
		return LifetimeDirectory
	case Second:
		return LifetimeSecond
	}
	return LifetimeNone
}
