// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"reflect"
	"testing"
	"time"

	"owfs/owproto"
)

// FuzzRequest: what decodes is within the limits, and encodes to a frame that
// decodes to the same request.
func FuzzRequest(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(v.request)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		req, err := owproto.ReadRequest(bytes.NewReader(b))
		if err != nil {
			return
		}
		if err := req.Validate(); err != nil && len(b) < owproto.MaxRequest { // a NUL may have to be added
			t.Fatal(err)
		}
		again, err := owproto.ReadRequest(bytes.NewReader(req.AppendTo(nil)))
		if err != nil && len(req.Path) < owproto.MaxPath-1 {
			t.Fatalf("%+v: %v", req, err)
		}
		if err == nil && !reflect.DeepEqual(again, req) {
			t.Errorf("got %+v, want %+v", again, req)
		}
	})
}

// FuzzResponse: what decodes is within the limit, and encodes to the bytes it
// came from, but for the length of a ping.
func FuzzResponse(f *testing.F) {
	for _, v := range readVectors(f) {
		for _, frame := range v.replies {
			f.Add(frame)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		const limit = 1000
		resp, err := owproto.ReadResponse(bytes.NewReader(b), limit)
		if err != nil {
			return
		}
		if len(resp.Payload) > limit {
			t.Fatalf("payload of %d bytes", len(resp.Payload))
		}
		encoded := resp.AppendTo(nil)
		if resp.Ping {
			copy(encoded[4:8], b[4:8])
		}
		if !bytes.Equal(encoded, b[:len(encoded)]) {
			t.Errorf("got %x, want %x", encoded, b)
		}
	})
}

// FuzzClient: whatever the peer sends, the client returns data that this reply
// can mean, or an error.
func FuzzClient(f *testing.F) {
	for _, v := range readVectors(f) {
		f.Add(v.request[11], bytes.Join(v.replies, nil))
	}
	f.Fuzz(func(t *testing.T, typ byte, b []byte) {
		c := &owproto.Client{Dial: func(context.Context, string, string) (net.Conn, error) {
			return &recording{r: bytes.NewReader(b)}, nil
		}}
		defer c.Close()
		const size = 50
		req := &owproto.Request{Type: owproto.MessageType(typ % 12), Path: "/x", Data: []byte("abc"), Size: size}
		resp, err := c.Do(t.Context(), req)
		var pe *owproto.ProtocolError
		switch {
		case err != nil:
			if !errors.As(err, &pe) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("untyped error %v", err)
			}
		case resp.Ping:
			t.Error("a ping is no answer")
		case len(resp.Payload) > len(b):
			t.Error("more data than received")
		case resp.Ret > 0 && req.Type == owproto.MsgRead && len(resp.Payload) > size+1:
			t.Error("more data than asked for")
		}
		c.Get(t.Context(), "/x", 0, size)
		c.Dir(t.Context(), "/x", 0)
		if n, _ := c.Write(t.Context(), "/x", []byte("abc"), 0, 0); n > 3 {
			t.Errorf("%d of 3 bytes written", n)
		}
		if data, _ := c.Read(t.Context(), "/x", 0, size, 0); len(data) > size {
			t.Errorf("%d bytes for %d", len(data), size)
		}
	})
}

// recording is a connection to a peer whose words are all known before.
type recording struct {
	net.Conn
	r *bytes.Reader
}

func (c *recording) Read(p []byte) (int, error)       { return c.r.Read(p) }
func (c *recording) Write(p []byte) (int, error)      { return len(p), nil }
func (c *recording) Close() error                     { return nil }
func (c *recording) SetDeadline(time.Time) error      { return nil }
func (c *recording) SetReadDeadline(time.Time) error  { return nil }
func (c *recording) SetWriteDeadline(time.Time) error { return nil }
