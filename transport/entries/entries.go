// SPDX-License-Identifier: Apache-2.0

// Package entries turns rows of the device tables into entries of a tree, the
// same way for every transport: what a place is called, its mode and size, and
// how long its content may be kept.
package entries

import (
	"io/fs"
	"time"

	"owfs/device"
	"owfs/transport"
)

// DirSize is the size that every directory shows.
const DirSize = 4096

// Times are what the times of files are made from.
type Times struct {
	Start  time.Time // of the program: for what never changes
	Listed time.Time // when the listing of a bus last changed: for devices and what is stable
}

// File returns the entry for a row of a device's table.
func File(name string, f device.File, t Times) transport.Entry {
	e := transport.Entry{Name: name, Dir: f.Dir, Perm: f.Mode.Perm(), Size: f.Size, Lasting: true}
	if f.Prop == nil {
		e.Change, e.ModTime = transport.Listing, t.Listed
		return e
	}
	if f.Prop.Format == device.Directory {
		e.Change, e.ModTime = transport.Listing, t.Start
		return e
	}
	e.Change = change(f.Prop)
	switch e.Change {
	case transport.Static:
		e.ModTime = t.Start
		if e.Dir {
			e.ModTime = t.Listed
		}
	case transport.Stable:
		e.ModTime = t.Listed
	}
	return e
}

// change says how long a value may be kept. A writable property of class
// static (alias) is not static to those who cache it.
func change(p *device.Property) transport.Change {
	switch p.Class {
	case device.Static:
		if p.Access.CanWrite() {
			return transport.Stable
		}
		return transport.Static
	case device.SubdirClass:
		return transport.Static
	case device.Stable, device.ReadStable, device.DirectoryClass:
		return transport.Stable
	case device.Second:
		return transport.Second
	case device.Statistic:
		return transport.Statistic
	}
	return transport.Volatile
}

// Setting returns the entry for a row of a tree that is no device. Nothing in
// it lasts: the rows of class static are settings that anybody may change.
func Setting(name string, f device.File, t Times) transport.Entry {
	e := File(name, f, t)
	if e.Change == transport.Static && !e.Dir {
		e.Change = transport.Stable
	}
	return e
}

// Dir returns the entry of a directory that is in no table.
func Dir(name string, perm fs.FileMode, change transport.Change, mod time.Time) transport.Entry {
	return transport.Entry{Name: name, Dir: true, Perm: perm, Size: DirSize, Change: change, ModTime: mod, Lasting: true}
}

// Device returns the entry of a device's directory.
func Device(name string, t Times) transport.Entry {
	e := Dir(name, 0o777, transport.Listing, t.Listed)
	e.Device = true
	return e
}

// Foreign returns the entry of a file that no table knows: it can be read and
// written as far as anybody knows, and its size is a guess.
func Foreign(name string) transport.Entry {
	return transport.Entry{Name: name, Perm: 0o666, Size: DirSize, Change: transport.Volatile}
}
