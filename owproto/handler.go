// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"context"
	"errors"
)

// A Handler answers the requests of a [Server]: MsgRead, MsgWrite, MsgPresence,
// the listings, and the two that are either. It is called from many goroutines.
//
// The error that it returns is or wraps an Errno to be reported; anything else
// becomes ErrIO, and so does a panic, which is logged. While it works the client
// gets a ping each second. The context ends when the client is found to be gone
// or the server is closed; it carries the tokens of the request, which a
// [Client] that it is given to passes on.
type Handler interface {
	HandleOW(ctx context.Context, req *Request) (Reply, error)
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, req *Request) (Reply, error)

// HandleOW calls f.
func (f HandlerFunc) HandleOW(ctx context.Context, req *Request) (Reply, error) { return f(ctx, req) }

// A Reply is what a Handler answers. Which field counts depends on the request.
type Reply struct {
	Value   []byte   // MsgRead, MsgGet of a file: what was asked for by Size and Offset
	Written int      // MsgWrite: how many bytes were taken
	ROM     [8]byte  // MsgPresence: the device's code, zero if the path names none
	Listing *Listing // a directory; MsgGet and MsgGetSlash may answer so, or with Value
}

// number is the Errno that an error is reported as.
func number(err error) Errno {
	var e Errno
	if errors.As(err, &e) && e > 0 {
		return e
	}
	return ErrIO
}

// frames appends the messages that answer a request.
func (r *Reply) frames(b []byte, req *Request, flags Flags) []byte {
	resp := Response{Flags: flags}
	switch req.Type {
	case MsgWrite:
		resp.Size = int32(r.Written)
	case MsgPresence:
		resp.Payload = r.ROM[:] // Size stays 0 (protocol section 1.3)
	case MsgDir:
		return r.elements(b, flags)
	case MsgDirAll, MsgDirAllSlash:
		r.list(&resp, req.Type == MsgDirAllSlash)
	case MsgGet, MsgGetSlash:
		if r.Listing != nil {
			r.list(&resp, req.Type == MsgGetSlash)
			break
		}
		fallthrough
	default:
		resp.Payload = r.Value
		resp.Ret, resp.Size = int32(len(r.Value)), int32(len(r.Value))
		if len(r.Value) > 0 {
			resp.Offset = req.Offset
		}
	}
	return resp.AppendTo(b)
}

// list fills in a listing of one message (protocol section 4.3).
func (r *Reply) list(resp *Response, marked bool) {
	if r.Listing == nil {
		return
	}
	resp.Offset = int32(r.Listing.Flags)
	var all []byte
	for i, e := range r.Listing.Entries {
		if i > 0 {
			all = append(all, ',')
		}
		all = append(all, e.Path...)
		if marked && e.Dir {
			all = append(all, '/')
		}
	}
	if len(all) == 0 {
		return
	}
	resp.Size = int32(len(all))
	resp.Payload = append(all, 0)
}

// elements appends a listing of one message for each entry, and the message
// that ends it (protocol section 4.1).
func (r *Reply) elements(b []byte, flags Flags) []byte {
	end := Response{Flags: flags}
	if r.Listing != nil {
		end.Offset = int32(r.Listing.Flags)
		for _, e := range r.Listing.Entries {
			one := Response{Flags: flags, Size: int32(len(e.Path)), Payload: append([]byte(e.Path), 0)}
			b = one.AppendTo(b)
		}
	}
	return end.AppendTo(b)
}
