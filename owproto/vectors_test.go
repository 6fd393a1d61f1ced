// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"owfs/owproto"
)

// vector is an exchange of the real server, from testdata.
type vector struct {
	name    string
	request []byte
	replies [][]byte
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	var vs []vector
	for line := range strings.Lines(string(text)) {
		side, digits, _ := strings.Cut(strings.TrimSpace(line), " ")
		frame, err := hex.DecodeString(strings.ReplaceAll(digits, " ", ""))
		switch {
		case side == "#":
			vs = append(vs, vector{name: digits})
		case err != nil:
			t.Fatal(err)
		case side == "C":
			vs[len(vs)-1].request = frame
		case side == "S":
			v := &vs[len(vs)-1]
			v.replies = append(v.replies, frame)
		}
	}
	return slices.DeleteFunc(vs, func(v vector) bool { return v.request == nil }) // the file's own comment
}

// quirks are requests that we read, but would not write in this way.
var quirks = map[string]bool{"read without NUL": true, "write without NUL": true, "unknown version": true}

func TestVectorRequests(t *testing.T) {
	for _, v := range readVectors(t) {
		r := bytes.NewReader(v.request)
		req, err := owproto.ReadRequest(r)
		switch {
		case v.name == "no path":
			if !errors.Is(err, owproto.ErrBadMessage) || errors.Is(err, owproto.ErrFraming) {
				t.Errorf("%s: %v", v.name, err)
			}
		case err != nil || r.Len() != 0:
			t.Errorf("%s: %v, %d bytes left", v.name, err, r.Len())
		case !quirks[v.name] && !bytes.Equal(req.AppendTo(nil), v.request):
			t.Errorf("%s: encoded %x, want %x", v.name, req.AppendTo(nil), v.request)
		}
	}
}

func TestVectorReplies(t *testing.T) {
	for _, v := range readVectors(t) {
		for _, frame := range v.replies {
			r := bytes.NewReader(frame)
			resp, err := owproto.ReadResponse(r, owproto.DefaultMaxReply)
			if err != nil || r.Len() != 0 {
				t.Errorf("%s: %v, %d bytes left", v.name, err, r.Len())
			} else if !bytes.Equal(resp.AppendTo(nil), frame) {
				t.Errorf("%s: encoded %x, want %x", v.name, resp.AppendTo(nil), frame)
			}
		}
	}
}

// TestVectorExchanges has the client ask the questions and get the answers.
func TestVectorExchanges(t *testing.T) {
	for _, v := range readVectors(t) {
		req, err := owproto.ReadRequest(bytes.NewReader(v.request))
		if err != nil {
			continue
		}
		c := newClient(t, serve(t, func(p *peer) {
			if got := p.request(); got != nil && got.Path != req.Path {
				t.Errorf("%s: asked for %q", v.name, got.Path)
			}
			p.Write(bytes.Join(v.replies, nil))
		}))
		got, err := c.Do(t.Context(), req)
		if err != nil {
			t.Errorf("%s: %v", v.name, err)
			continue
		}
		want, _ := owproto.ReadResponse(bytes.NewReader(v.replies[len(v.replies)-1]), owproto.DefaultMaxReply)
		if req.Type == owproto.MsgDir {
			got.Payload, got.Size = nil, 0 // has the elements
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", v.name, got, want)
		}
	}
}
