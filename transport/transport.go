// SPDX-License-Identifier: Apache-2.0

// Package transport defines the seam between the faces of the 1-Wire
// filesystem (the FUSE mount, the network server, the shell tools) and what
// answers them: a peer owserver, bus lines of our own, or a tree in memory.
//
// A path names a place as the mount shows it, for example
// "/28.FF4A3C021604/temperature"; Parse reads its grammar.
package transport

import (
	"context"

	"owfs/owproto"
)

// A Transport answers requests for a tree of directories and files.
//
// All methods may be called at the same time from many goroutines. They obey
// the context: when it ends they return its error soon, whatever the bus or
// the peer is doing. Errors are *Error; the cause inside is a syscall.Errno
// from this list, or the context's error:
//
//	ENOENT      no such place, or its device is not there
//	ENOTDIR     Dir of a file
//	EISDIR      Read or Write of a directory
//	ENOTSUP     Read of a write-only file, Write of a read-only one
//	EROFS       Write on a transport that is read-only
//	EINVAL      the text does not parse as the property's format
//	ERANGE      it parses, but the value is out of range
//	EFAULT      a yes/no property was given blanks only
//	EMSGSIZE    the value does not fit its text format
//	EADDRINUSE  the bus is locked by somebody else
//	EIO         the peer, the adapter or the line does not answer
type Transport interface {
	// Dir lists a directory, in the order a client shall see. It never
	// returns an empty name, ".", "..", or a name with a slash.
	Dir(ctx context.Context, req Request) ([]Entry, error)

	// Stat tells what Dir would say of one place. It answers from tables and
	// from what is known already, so that names, sizes and modes cost no bus
	// time; only the question whether a device is there may cost a message.
	Stat(ctx context.Context, req Request) (Entry, error)

	// Read returns the whole value as text. The caller owns the bytes.
	Read(ctx context.Context, req Request) ([]byte, error)

	// Write hands over one value, or at req.Offset a part of a text or
	// binary one. It returns how many bytes were taken: fewer than given,
	// with no error, when the rest lies past the end of the property.
	Write(ctx context.Context, req Request, data []byte) (int, error)
}

// A Request says which place is meant and in which form values go and come.
type Request struct {
	// Path is absolute and clean: "/", "/28.FF4A3C021604/temperature".
	Path string
	// Options are the owserver control flags: scales, device name format,
	// uncached, trim. The zero value means Celsius, mbar, f.i, cached,
	// numbers padded to 12 columns.
	Options owproto.Flags
	// Offset is where a Write begins. Only text and binary properties heed it.
	Offset int64
}

// Under returns the request for another path with the same options.
func (r Request) Under(path string) Request {
	r.Path = path
	return r
}

// A Describer tells more about a place than Stat does, as names and values
// ("format": "temperature"). Transports that can't need not implement it.
type Describer interface {
	Describe(ctx context.Context, req Request) (map[string]string, error)
}
