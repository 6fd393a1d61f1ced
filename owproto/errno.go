// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"fmt"
	"math"
)

// Errno is the number of a failure that the server reports: the positive form
// of a negative ret word (protocol sections 1.4 and 7). Most follow errno of
// Linux, but ErrUnknownPath does not.
type Errno int32

// The numbers seen on the wire.
const (
	ErrUnknownPath    Errno = 1  // every path that leads nowhere, absent devices too
	ErrNoEntry        Errno = 2  // device lost during retries
	ErrInterrupted    Errno = 4  //
	ErrIO             Errno = 5  // bus trouble; a chained server silent or gone
	ErrNoMemory       Errno = 12 //
	ErrFault          Errno = 14 // empty value for a yes/no
	ErrNoDevice       Errno = 19 //
	ErrNotDir         Errno = 20 // listing of a file
	ErrIsDir          Errno = 21 // read or write of a directory
	ErrInvalid        Errno = 22 // value that does not parse
	ErrPathTooLong    Errno = 26 // leaks from chained servers
	ErrReadOnly       Errno = 30 // server started read-only
	ErrRange          Errno = 34 // number out of range; array read with a small size
	ErrLoop           Errno = 40 // an owserver that asks itself
	ErrUnknownMessage Errno = 42 // message type unknown or switched off
	ErrBadMessage     Errno = 74 // no path
	ErrMessageSize    Errno = 90 // size or path beyond the limits
	ErrNotSupported   Errno = 95 // read of a write-only property, write of a read-only one
	ErrInUse          Errno = 98 // lock not obtained
)

// Error returns the number as it is on the wire and its meaning.
func (e Errno) Error() string {
	text, ok := errnoTexts[e]
	if !ok {
		text = "unknown error"
	}
	return fmt.Sprintf("owserver error -%d: %s", int32(e), text)
}

// Ret returns the ret word that reports e.
func (e Errno) Ret() int32 { return -int32(e) }

// errnoOf is the reverse of Ret, for a negative ret.
func errnoOf(ret int32) Errno {
	if ret == math.MinInt32 { // has no positive form
		return math.MaxInt32
	}
	return Errno(-ret)
}

// errnoTexts has the errno-like numbers and those internal ones of owserver
// that could leak as ErrPathTooLong does.
var errnoTexts = map[Errno]string{
	ErrUnknownPath:    "no such path",
	ErrNoEntry:        "no such entry",
	ErrInterrupted:    "interrupted",
	ErrIO:             "input/output error",
	9:                 "bad file",
	11:                "temporarily not possible",
	ErrNoMemory:       "out of memory",
	13:                "access denied",
	ErrFault:          "bad data",
	16:                "busy",
	ErrNoDevice:       "no such device",
	ErrNotDir:         "not a directory",
	ErrIsDir:          "is a directory",
	ErrInvalid:        "invalid value",
	23:                "server is closing",
	24:                "server is closed",
	ErrPathTooLong:    "path too long",
	27:                "path syntax",
	28:                "device name with wrong CRC",
	29:                "unknown device name",
	ErrReadOnly:       "server is read-only",
	31:                "alias too long",
	32:                "unknown property",
	33:                "property is not an array",
	ErrRange:          "out of range",
	35:                "property is an array",
	36:                "name too long",
	38:                "array index out of range",
	ErrLoop:           "loop of servers",
	41:                "device not found",
	ErrUnknownMessage: "message type not known or switched off",
	44:                "bus is shorted",
	45:                "no such bus",
	47:                "bus does not respond",
	51:                "bus communication failed",
	52:                "bus timed out",
	ErrBadMessage:     "malformed message",
	77:                "extra text after the path",
	ErrMessageSize:    "size out of bounds",
	ErrNotSupported:   "not supported by this property",
	ErrInUse:          "in use",
	99:                "address not available",
	103:               "connection aborted",
	105:               "out of buffers",
}
