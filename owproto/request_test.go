// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"

	"owfs/owproto"
)

// frame builds what no honest client sends.
func frame(h owproto.Header, payload string) []byte { return append(h.AppendTo(nil), payload...) }

func honest(typ owproto.MessageType, size int32, payload string) []byte {
	return frame(owproto.Header{Payload: int32(len(payload)), Code: int32(typ), Size: size}, payload)
}

// TestReadRequest has the cases of protocol section 6 that can be read.
func TestReadRequest(t *testing.T) {
	longest := strings.Repeat("x", owproto.MaxRequest-len("/a\x00"))
	for _, tt := range []struct {
		name  string
		frame []byte
		path  string
		data  string
	}{
		{"with NUL", honest(owproto.MsgRead, 1, "/a\x00"), "/a", ""},
		{"without NUL", honest(owproto.MsgRead, 1, "/a"), "/a", ""},
		{"garbage after NUL", honest(owproto.MsgDir, 0, "/a\x00\x00b"), "/a", ""},
		{"leading NUL", honest(owproto.MsgDir, 0, "\x00a"), "", ""},
		{"nop with payload", honest(owproto.MsgNop, 0, "/a"), "/a", ""},
		{"size is garbage", honest(owproto.MsgDir, -1, "/a\x00"), "/a", ""},
		{"write", honest(owproto.MsgWrite, 2, "/a\x0010"), "/a", "10"},
		{"write without NUL", honest(owproto.MsgWrite, 2, "/a10"), "/a", "10"},
		{"write with size too small", honest(owproto.MsgWrite, 1, "/a\x0010"), "/a", "0"},
		{"write with size one too large", honest(owproto.MsgWrite, 3, "/a\x0010"), "/a", "\x0010"},
		{"write with size payload-1", honest(owproto.MsgWrite, 4, "/a\x0010"), "/", "a\x0010"},
		{"write with size 0", honest(owproto.MsgWrite, 0, "/a\x00"), "/a", ""},
		{"longest write", honest(owproto.MsgWrite, int32(len(longest)), "/a\x00"+longest), "/a", longest},
		{"long path", honest(owproto.MsgPresence, 0, "/"+strings.Repeat("x", 4095)+"\x00"), "/" + strings.Repeat("x", 4095), ""},
		{"token count without the bit", frame(owproto.Header{Version: 7, Payload: 2, Code: 2}, "/a"), "/a", ""},
	} {
		r := bytes.NewReader(tt.frame)
		req, err := owproto.ReadRequest(r)
		if err != nil || r.Len() > 0 {
			t.Errorf("%s: %v, %d bytes left", tt.name, err, r.Len())
		} else if req.Path != tt.path || string(req.Data) != tt.data || req.Tokens != nil {
			t.Errorf("%s: %+v", tt.name, req)
		}
	}
}

// TestReadRequestRefused has the cases of protocol section 6 that cannot.
func TestReadRequestRefused(t *testing.T) {
	head := func(payload int32, version owproto.VersionWord) []byte {
		return frame(owproto.Header{Version: version, Payload: payload, Code: 2}, "/a\x00")
	}
	for _, tt := range []struct {
		name  string
		frame []byte
		ret   owproto.Errno
		fatal bool
	}{
		{"payload negative", head(-1, 0), owproto.ErrMessageSize, true},
		{"payload too large", head(owproto.MaxRequest+1, 0), owproto.ErrMessageSize, true},
		{"payload huge", head(math.MaxInt32, 0), owproto.ErrMessageSize, true},
		{"too many tokens", head(owproto.MaxRequest-15, owproto.NewVersionWord(0, true, 1)), owproto.ErrMessageSize, true},
		{"all bits set", bytes.Repeat([]byte{0xff}, 24), owproto.ErrMessageSize, true},
		{"HTTP", []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), owproto.ErrMessageSize, true},
		{"no path", honest(owproto.MsgRead, 1, ""), owproto.ErrBadMessage, false},
		{"write without payload", honest(owproto.MsgWrite, 0, ""), owproto.ErrBadMessage, false},
		{"write with size of the payload", honest(owproto.MsgWrite, 5, "/a\x0010"), owproto.ErrInvalid, false},
		{"write with huge size", honest(owproto.MsgWrite, math.MaxInt32, "/a\x0010"), owproto.ErrInvalid, false},
		{"write with negative size", honest(owproto.MsgWrite, -1, "/a\x0010"), owproto.ErrInvalid, false},
		{"write with the smallest size", honest(owproto.MsgWrite, math.MinInt32+5, "/x"), owproto.ErrInvalid, false},
		{"long path", honest(owproto.MsgRead, 1, strings.Repeat("x", 4095)+"\x00"), owproto.ErrMessageSize, false},
		{"far too long path", honest(owproto.MsgPresence, 0, strings.Repeat("x", 4097)), owproto.ErrUnknownPath, false},
	} {
		r := bytes.NewReader(tt.frame)
		_, err := owproto.ReadRequest(r)
		var re *owproto.RequestError
		if !errors.As(err, &re) || re.Ret != tt.ret || re.Fatal != tt.fatal || !errors.Is(err, tt.ret) {
			t.Errorf("%s: %v", tt.name, err)
		}
		if errors.Is(err, owproto.ErrFraming) != tt.fatal || !tt.fatal && r.Len() > 0 {
			t.Errorf("%s: %v, %d bytes left", tt.name, err, r.Len())
		}
	}
}

func TestReadRequestTruncated(t *testing.T) {
	req := owproto.Request{Type: owproto.MsgWrite, Path: "/a", Data: []byte("10"), Tokens: make([]owproto.Token, 2)}
	whole := req.AppendTo(nil)
	for n := range whole {
		want := io.ErrUnexpectedEOF
		if n == 0 {
			want = io.EOF
		}
		if _, err := owproto.ReadRequest(bytes.NewReader(whole[:n])); err != want {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestRequestRoundTrip(t *testing.T) {
	for _, want := range []owproto.Request{
		{Type: owproto.MsgNop},
		{Type: owproto.MsgRead, Path: "/a/b", Flags: 0xDEADBEEF, Size: 5, Offset: -3},
		{Type: owproto.MsgDir},
		{Type: owproto.MsgWrite, Path: "/a", Data: []byte("\x00x\x00"), Size: 3, Offset: 7},
		{Type: -7, Path: "/x", Version: 0xFF},
		{Type: owproto.MsgPresence, Path: "/a", FromServer: true},
		{Type: owproto.MsgGet, Path: "/a", FromServer: true, Tokens: []owproto.Token{{1}, {2, 15: 3}}},
	} {
		got, err := owproto.ReadRequest(bytes.NewReader(want.AppendTo([]byte{})))
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func TestRequestValidate(t *testing.T) {
	for _, tt := range []struct {
		req owproto.Request
		ok  bool
	}{
		{owproto.Request{Type: owproto.MsgRead}, true},
		{owproto.Request{Type: owproto.MsgRead, Path: "/a\x00b"}, false},
		{owproto.Request{Type: owproto.MsgWrite, Path: "/a", Data: make([]byte, owproto.MaxRequest-3)}, true},
		{owproto.Request{Type: owproto.MsgWrite, Path: "/a", Data: make([]byte, owproto.MaxRequest-2)}, false},
		{owproto.Request{Type: owproto.MsgRead, Path: "/a", Tokens: make([]owproto.Token, 6253)}, false},
	} {
		if err := tt.req.Validate(); (err == nil) != tt.ok {
			t.Errorf("%v %.10s: %v", tt.req.Type, tt.req.Path, err)
		}
	}
}
