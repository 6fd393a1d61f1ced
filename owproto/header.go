// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"encoding/binary"
	"fmt"
	"io"
)

// HeaderSize is the length of the header of both requests and replies.
const HeaderSize = 24

// Header is what both directions begin with: six 32-bit words, the most
// significant byte first (protocol section 1.1).
type Header struct {
	Version VersionWord
	Payload int32 // length of what follows, tokens not counted; negative in a reply: ping
	Code    int32 // MessageType of a request, ret of a reply
	Flags   Flags
	Size    int32
	Offset  int32
}

// AppendTo appends the encoded header to b.
func (h Header) AppendTo(b []byte) []byte {
	for _, w := range [...]uint32{
		uint32(h.Version), uint32(h.Payload), uint32(h.Code), uint32(h.Flags), uint32(h.Size), uint32(h.Offset),
	} {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return b
}

// ReadHeader reads one header. The error is io.EOF if r ended before its first
// byte, and io.ErrUnexpectedEOF if it ended later.
func ReadHeader(r io.Reader) (Header, error) {
	var b [HeaderSize]byte
	if _, err := io.ReadFull(r, b[:]); err != nil {
		return Header{}, err
	}
	word := func(i int) uint32 { return binary.BigEndian.Uint32(b[4*i:]) }
	return Header{
		Version: VersionWord(word(0)),
		Payload: int32(word(1)),
		Code:    int32(word(2)),
		Flags:   Flags(word(3)),
		Size:    int32(word(4)),
		Offset:  int32(word(5)),
	}, nil
}

// String shows the words as the protocol's transcripts do.
func (h Header) String() string {
	return fmt.Sprintf("%08x %08x %08x %08x %08x %08x",
		uint32(h.Version), uint32(h.Payload), uint32(h.Code), uint32(h.Flags), uint32(h.Size), uint32(h.Offset))
}
