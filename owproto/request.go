// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"strings"
)

// Limits of requests (protocol section 6).
const (
	// MaxRequest bounds payload and tokens of a request together; it is the
	// largest size a read may ask for, too.
	MaxRequest = 100050
	// MaxPath is the longest path; only MsgWrite and MsgPresence may use the
	// last two bytes of it.
	MaxPath = 4096
)

// Request is what a client sends.
type Request struct {
	Type MessageType
	// Path may lack its leading slash. Empty means the root directory.
	Path string
	// Data is the value of a MsgWrite. Other types have none.
	Data []byte

	Flags Flags
	// Size is the most bytes wanted from a MsgRead or MsgGet. On the wire a
	// MsgWrite has the length of Data here, whatever Size says.
	Size int32
	// Offset is the first byte wanted from a MsgRead or MsgGet, or where
	// a MsgWrite begins.
	Offset int32

	// Version of the protocol, 0 today.
	Version uint8
	// FromServer says that an owserver asks. Tokens imply it.
	FromServer bool
	// Tokens name the servers that the request has passed.
	Tokens []Token
}

// Validate returns an error for a request that cannot be sent, or that the
// peer would see as another one.
func (r *Request) Validate() error {
	switch total := r.payloadLen() + TokenSize*len(r.Tokens); {
	case strings.IndexByte(r.Path, 0) >= 0:
		return fmt.Errorf("owproto: path %q contains NUL", r.Path)
	case total > MaxRequest:
		return fmt.Errorf("owproto: request of %d bytes, the limit is %d", total, MaxRequest)
	}
	return nil
}

// AppendTo appends the encoded request to b. What Validate refuses gives a
// frame that the peer misunderstands.
func (r *Request) AppendTo(b []byte) []byte {
	n := r.payloadLen()
	b = Header{
		Version: NewVersionWord(r.Version, r.FromServer || len(r.Tokens) > 0, len(r.Tokens)),
		Payload: int32(n),
		Code:    int32(r.Type),
		Flags:   r.Flags,
		Size:    r.sizeWord(),
		Offset:  r.Offset,
	}.AppendTo(b)
	if n > 0 {
		b = append(b, r.Path...)
		b = append(b, 0)
	}
	if r.Type == MsgWrite {
		b = append(b, r.Data...)
	}
	for i := range r.Tokens {
		b = append(b, r.Tokens[i][:]...)
	}
	return b
}

func (r *Request) sizeWord() int32 {
	if r.Type == MsgWrite {
		return int32(min(len(r.Data), math.MaxInt32))
	}
	return r.Size
}

// payloadLen counts the path with its NUL, and the data. Types that need no
// path send none if it is empty.
func (r *Request) payloadLen() int {
	n := len(r.Path)
	if n > 0 || r.Type.hasPath() {
		n++
	}
	if r.Type == MsgWrite {
		n += len(r.Data)
	}
	return n
}

// ReadRequest reads one request, for a server. The error is io.EOF if r ended
// between requests, and a *RequestError if the client made a mistake.
//
// Nothing is allocated for lengths beyond MaxRequest.
func ReadRequest(r io.Reader) (*Request, error) {
	h, err := ReadHeader(r)
	if err != nil {
		return nil, err
	}
	tokens := TokenSize * h.Version.Tokens()
	if h.Payload < 0 || int64(h.Payload)+int64(tokens) > MaxRequest {
		return nil, &RequestError{Header: h, Ret: ErrMessageSize, Fatal: true, Reason: "length out of bounds"}
	}
	p, err := readPayload(r, int(h.Payload)+tokens)
	if err != nil {
		return nil, err
	}
	return parseRequest(h, p[:h.Payload], p[h.Payload:])
}

func parseRequest(h Header, payload, tokens []byte) (*Request, error) {
	req := &Request{
		Type:       MessageType(h.Code),
		Flags:      h.Flags,
		Size:       h.Size,
		Offset:     h.Offset,
		Version:    h.Version.Version(),
		FromServer: h.Version.FromServer(),
		Tokens:     splitTokens(tokens),
	}
	if reason, ret := req.setPayload(payload); ret != 0 {
		return nil, &RequestError{Header: h, Ret: ret, Reason: reason}
	}
	return req, nil
}

// setPayload takes the payload apart. The data of a write are its last Size
// bytes; the path ends at the first NUL before them, or where they begin.
// What lies between means nothing (protocol section 6).
func (r *Request) setPayload(p []byte) (reason string, ret Errno) {
	switch {
	case len(p) == 0 && r.Type.hasPath():
		return "no path", ErrBadMessage
	case r.Type == MsgWrite && (r.Size < 0 || int(r.Size) >= len(p)):
		return "size does not fit the payload", ErrInvalid
	case r.Type == MsgWrite && r.Size > 0:
		cut := len(p) - int(r.Size)
		p, r.Data = p[:cut], p[cut:]
	}
	path, _, _ := bytes.Cut(p, []byte{0})
	length := len(path)
	if length > 0 && path[0] != '/' {
		length++ // the slash that was left out counts
	}
	switch {
	case length > MaxPath: // the first check, as in the server
		return "path too long", ErrUnknownPath
	case len(p) >= MaxPath && r.Type.pathLimited():
		return "path too long for this message", ErrMessageSize
	}
	r.Path = string(path)
	return "", 0
}

func splitTokens(b []byte) []Token {
	if len(b) == 0 {
		return nil
	}
	tokens := make([]Token, len(b)/TokenSize)
	for i := range tokens {
		copy(tokens[i][:], b[TokenSize*i:])
	}
	return tokens
}
