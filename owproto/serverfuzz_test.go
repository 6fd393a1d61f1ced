// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"owfs/owproto"
)

// A taped connection plays what a client has sent, and records the answers.
type taped struct {
	net.Conn // nothing of it is called but what is below
	in       bytes.Reader
	out      bytes.Buffer
}

func (c *taped) Read(p []byte) (int, error)       { return c.in.Read(p) }
func (c *taped) Write(p []byte) (int, error)      { return c.out.Write(p) }
func (c *taped) Close() error                     { return nil }
func (c *taped) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *taped) SetReadDeadline(time.Time) error  { return nil }
func (c *taped) SetWriteDeadline(time.Time) error { return nil }

// FuzzServer: whatever is sent, the answers are whole messages, in the order of
// the requests, with their flags, and as many as there are requests up to the
// first that is the last.
func FuzzServer(f *testing.F) {
	for _, path := range []string{"/", "/10.000010EF0000/type", "/10.67C6697351FF", "/nosuch"} {
		for kind := owproto.MsgError; kind <= owproto.MsgGetSlash+1; kind++ {
			r := owproto.Request{Type: kind, Path: path, Size: 100, Flags: owproto.FlagPersist, Data: []byte("10")}
			one := r.AppendTo(nil)
			f.Add(append(one, one...))
			r.Tokens = make([]owproto.Token, 2)
			f.Add(append(one, r.AppendTo(nil)...))
		}
	}
	f.Fuzz(func(t *testing.T, sent []byte) {
		s := &owproto.Server{Handler: owproto.HandlerFunc(little)}
		defer s.Close()
		nc := &taped{}
		nc.in.Reset(sent)
		s.ServeConn(nc)
		requests := bytes.NewReader(sent)
		for {
			req, err := owproto.ReadRequest(requests)
			var bad *owproto.RequestError
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				break
			}
			flags := owproto.Flags(0)
			fatal := false
			switch {
			case errors.As(err, &bad):
				flags, fatal = bad.Header.Flags, bad.Fatal
			case err != nil:
				t.Fatal(err)
			default:
				flags = req.Flags
			}
			if fatal {
				flags &^= owproto.FlagPersist
			}
			for more := true; more; {
				resp, err := owproto.ReadResponse(&nc.out, 1<<20)
				if err != nil {
					t.Fatalf("instead of an answer to %+v: %v", req, err)
				}
				if resp.Flags != flags {
					t.Errorf("flags %x of the answer to %x", resp.Flags, flags)
				}
				more = req != nil && req.Type == owproto.MsgDir && len(resp.Payload) > 0
			}
			if flags&owproto.FlagPersist == 0 {
				break
			}
		}
		if nc.out.Len() > 0 {
			t.Errorf("%d bytes too many: %x", nc.out.Len(), nc.out.Bytes())
		}
	})
}
