// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"context"
	"math"
)

// Nop asks for a sign of life.
func (c *Client) Nop(ctx context.Context) error {
	_, err := c.ask(ctx, &Request{Type: MsgNop})
	return err
}

// Read reads at most size bytes of a property, from offset on. The server takes
// sizes from 1 to MaxRequest. Behind the end there is no data, and no error.
func (c *Client) Read(ctx context.Context, path string, flags Flags, size, offset int) ([]byte, error) {
	rep, err := c.ask(ctx, &Request{Type: MsgRead, Path: path, Flags: flags, Size: clamp(size), Offset: clamp(offset)})
	if err != nil {
		return nil, err
	}
	return rep.data(), nil
}

// Write writes a property and returns how many bytes the server took. These may
// be fewer than given without an error: memory drops what goes past its end
// (protocol section 1.4).
//
// A write is never repeated. If its outcome is not known, the error is an
// ErrWriteUnknown.
func (c *Client) Write(ctx context.Context, path string, data []byte, flags Flags, offset int) (int, error) {
	rep, err := c.ask(ctx, &Request{Type: MsgWrite, Path: path, Data: data, Flags: flags, Offset: clamp(offset)})
	if err != nil {
		return 0, err
	}
	return int(rep.Size), nil
}

// Presence asks whether a path means anything. The ROM code is that of the
// device; it is not known if there is none, or if the server is an old one.
func (c *Client) Presence(ctx context.Context, path string, flags Flags) (rom [8]byte, known bool, err error) {
	rep, err := c.ask(ctx, &Request{Type: MsgPresence, Path: path, Flags: flags})
	if err != nil {
		return rom, false, err
	}
	copy(rom[:], rep.Payload)
	return rom, rom != [8]byte{}, nil
}

// ask is do with the server's failures as errors. The reply comes along with
// these, as it may have elements of a listing.
func (c *Client) ask(ctx context.Context, req *Request) (*reply, error) {
	rep, err := c.do(ctx, req)
	if err != nil {
		return nil, err
	}
	return rep, opError(req.Type, req.Path, rep.Err())
}

// clamp makes a word of n. What does not fit is refused by the server just as
// the largest number that fits.
func clamp(n int) int32 {
	return int32(max(math.MinInt32, min(n, math.MaxInt32)))
}
