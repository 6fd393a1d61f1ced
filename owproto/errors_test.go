// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"errors"
	"strings"
	"testing"

	"owfs/owproto"
)

func TestErrorTexts(t *testing.T) {
	cause := errors.New("cause")
	header := owproto.Header{Payload: 4, Code: -1}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{&owproto.OpError{Op: owproto.MsgNop, Err: cause}, "owproto: nop: cause"},
		{&owproto.OpError{Op: owproto.MsgDir, Path: "/a", Err: cause}, "owproto: dir /a: cause"},
		{&owproto.OpError{Op: owproto.MsgDir, Path: strings.Repeat("a", 4000), Err: cause},
			"owproto: dir " + strings.Repeat("a", 197) + "...: cause"},
		{&owproto.DialError{Addr: "h:1", Err: cause}, "no connection to h:1: cause"},
		{&owproto.DialError{Addr: "h:1", Repeated: true, Err: cause}, "no connection to h:1, not tried again yet: cause"},
		{&owproto.ProtocolError{Header: header, Reason: "reason"},
			"protocol violated by peer: reason (header 00000000 00000004 ffffffff 00000000 00000000 00000000)"},
		{&owproto.RequestError{Header: header, Reason: "reason"},
			"owproto: bad request: reason (header 00000000 00000004 ffffffff 00000000 00000000 00000000)"},
		{owproto.ErrSilence, "peer is silent"},
	} {
		if tt.err.Error() != tt.want {
			t.Errorf("got %q, want %q", tt.err, tt.want)
		}
	}
}
