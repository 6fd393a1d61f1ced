// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
)

// An archive is written in the form that the kernel takes as initial file
// system ("newc", in its Documentation/driver-api/early-userspace/buffer-format.rst).
type archive struct {
	w     io.Writer
	inode int
	at    int // bytes written
	err   error
}

// The kinds of file.
const (
	kindFolder  = 0o040000
	kindFile    = 0o100000
	kindDevice  = 0o020000
	trailerName = "TRAILER!!!"
)

func (a *archive) folder(name string)            { a.entry(name, kindFolder|0o755, 0, 0, nil) }
func (a *archive) file(name string, data []byte) { a.entry(name, kindFile|0o755, 0, 0, data) }

func (a *archive) device(name string, major, minor int) {
	a.entry(name, kindDevice|0o600, major, minor, nil)
}

// end ends the archive and returns the first error there was.
func (a *archive) end() error {
	a.inode = -1
	a.entry(trailerName, 0, 0, 0, nil)
	return a.err
}

func (a *archive) entry(name string, mode, major, minor int, data []byte) {
	a.inode++
	a.write([]byte("070701"))
	for _, field := range [...]int{
		a.inode, mode, 0, 0, 1, 0, len(data),
		0, 0, major, minor, len(name) + 1, 0,
	} {
		a.write(fmt.Appendf(nil, "%08X", field))
	}
	a.write([]byte(name + "\x00"))
	a.align()
	a.write(data)
	a.align()
}

func (a *archive) align() { a.write(make([]byte, -a.at&3)) }

func (a *archive) write(p []byte) {
	if a.err == nil {
		_, a.err = a.w.Write(p)
		a.at += len(p)
	}
}
