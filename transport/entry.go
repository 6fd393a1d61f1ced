// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"io/fs"
	"time"
)

// A Change says how often the content of a place changes, which is how long
// anybody may keep it.
type Change uint8

const (
	// Unknown is kept by nobody.
	Unknown Change = iota
	// Static never changes while the device lives: address, type.
	Static
	// Stable changes when it is written: limits, memory pages.
	Stable
	// Volatile changes by itself: temperature, sensed.
	Volatile
	// Second changes once a second: clocks.
	Second
	// Statistic counts what the program does.
	Statistic
	// Listing is a directory whose entries come and go with the devices.
	Listing
)

// String returns the word used in documentation and extended attributes.
func (c Change) String() string {
	switch c {
	case Static:
		return "static"
	case Stable:
		return "stable"
	case Volatile:
		return "volatile"
	case Second:
		return "second"
	case Statistic:
		return "statistic"
	case Listing:
		return "listing"
	}
	return "unknown"
}

// An Entry is one place of the tree: a directory or a file.
type Entry struct {
	// Name is the last part of the path as listed: "temperature", "PIO.ALL".
	Name string
	// Dir tells a directory from a file.
	Dir bool
	// Perm are the permission bits: 0444, 0666, 0222, 0755, 0777.
	Perm fs.FileMode
	// Size is 4096 for directories, and for files the most bytes a value
	// has, which is not the length of the value now.
	Size int64
	// Change says how long the content may be kept.
	Change Change
	// ModTime is the time shown for the place; zero means "now".
	ModTime time.Time
	// Device is set for a device's own directory: it leaves with the device.
	Device bool
	// Lasting is false for places that may vanish or turn up unannounced,
	// whose names nobody should keep for longer than a moment.
	Lasting bool
}

// Writable tells whether anybody may write the file.
func (e Entry) Writable() bool { return !e.Dir && e.Perm&0o222 != 0 }

// Readable tells whether the file has a value that can be read.
func (e Entry) Readable() bool { return !e.Dir && e.Perm&0o444 != 0 }

// Aliased returns the entry as it is below an alias. The alias can move to
// another device, so nothing below it is static.
func (e Entry) Aliased() Entry {
	if e.Change == Static {
		e.Change = Stable
	}
	return e
}
