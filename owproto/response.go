// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"fmt"
	"io"
)

// DefaultMaxReply is the longest reply that is accepted if nothing else was
// said. The server sets itself no limit; listings of 128 KB have been seen
// (protocol section 4.3).
const DefaultMaxReply = 1 << 20

// Response is what a server sends: the answer, one element of a MsgDir, or a ping.
type Response struct {
	Version VersionWord // always 0
	// Ret is negative for a failure, see Err. Otherwise it is 0, or the
	// number of bytes that a MsgRead got.
	Ret int32
	// Flags are those of the request, with FlagPersist telling whether the
	// connection stays open. In a ping they say nothing.
	Flags Flags
	// Size is the useful length of Payload, or the number of bytes that
	// a MsgWrite wrote. It is 0 in the reply to MsgPresence.
	Size int32
	// Offset is that of the request, or the DirFlags of a listing.
	Offset  int32
	Payload []byte
	// Ping marks a message that is no reply: the server is still busy
	// (protocol section 3.1). It has no Payload.
	Ping bool
}

// Err returns the failure that the server reports, an Errno, or nil.
func (r *Response) Err() error {
	if r.Ret >= 0 {
		return nil
	}
	return errnoOf(r.Ret)
}

func (r *Response) header() Header {
	h := Header{
		Version: r.Version,
		Payload: int32(len(r.Payload)),
		Code:    r.Ret,
		Flags:   r.Flags,
		Size:    r.Size,
		Offset:  r.Offset,
	}
	if r.Ping {
		h.Payload = -1
	}
	return h
}

// AppendTo appends the encoded response to b.
func (r *Response) AppendTo(b []byte) []byte {
	b = r.header().AppendTo(b)
	if r.Ping {
		return b
	}
	return append(b, r.Payload...)
}

// ReadResponse reads one response, pings included, for a client. A payload
// longer than limit is a *ProtocolError, before anything is allocated for it.
// The error is io.EOF if r ended between responses.
func ReadResponse(r io.Reader, limit int) (*Response, error) {
	h, err := ReadHeader(r)
	if err != nil {
		return nil, err
	}
	resp := &Response{
		Version: h.Version,
		Ret:     h.Code,
		Flags:   h.Flags,
		Size:    h.Size,
		Offset:  h.Offset,
		Ping:    h.Payload < 0,
	}
	if resp.Ping {
		return resp, nil
	}
	if int(h.Payload) > limit {
		return nil, &ProtocolError{Header: h, Reason: fmt.Sprintf("payload of %d bytes, the limit is %d", h.Payload, limit)}
	}
	resp.Payload, err = readPayload(r, int(h.Payload))
	if err != nil {
		return nil, err
	}
	return resp, nil
}
