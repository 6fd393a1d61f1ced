// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"owfs/owproto"
)

func TestResponseRoundTrip(t *testing.T) {
	for _, want := range []owproto.Response{
		{},
		{Ping: true},
		{Ret: -42, Flags: 0xFFFFFFFF},
		{Ret: 3, Size: 3, Offset: 2, Payload: []byte("abc")},
		{Payload: make([]byte, 128066)},
	} {
		got, err := owproto.ReadResponse(bytes.NewReader(want.AppendTo(nil)), owproto.DefaultMaxReply)
		if err != nil || !reflect.DeepEqual(*got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func TestReadResponseTruncated(t *testing.T) {
	resp := data("10")
	whole := resp.AppendTo(nil)
	for n := range whole {
		want := io.ErrUnexpectedEOF
		if n == 0 {
			want = io.EOF
		}
		if _, err := owproto.ReadResponse(bytes.NewReader(whole[:n]), 100); err != want {
			t.Errorf("%d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestReadResponseLimit(t *testing.T) {
	resp := data("12345")
	whole := resp.AppendTo(nil)
	if _, err := owproto.ReadResponse(bytes.NewReader(whole), 5); err != nil {
		t.Error(err)
	}
	var pe *owproto.ProtocolError
	if _, err := owproto.ReadResponse(bytes.NewReader(whole), 4); !errors.As(err, &pe) {
		t.Error(err)
	}
}

// TestAnnouncedLengthCostsNothing announces much and sends little.
func TestAnnouncedLengthCostsNothing(t *testing.T) {
	lie := frame(owproto.Header{Payload: math.MaxInt32}, strings.Repeat("x", 100))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := owproto.ReadResponse(bytes.NewReader(lie), math.MaxInt32)
	runtime.ReadMemStats(&after)
	if err != io.ErrUnexpectedEOF {
		t.Error(err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
		t.Errorf("%d bytes allocated for 100 received", n)
	}
}

func TestResponseErr(t *testing.T) {
	for ret, want := range map[int32]error{
		0: nil, 7: nil, -1: owproto.ErrUnknownPath, -42: owproto.ErrUnknownMessage, math.MinInt32: owproto.Errno(math.MaxInt32),
	} {
		if err := (&owproto.Response{Ret: ret}).Err(); err != want {
			t.Errorf("%d: %v", ret, err)
		}
	}
}
