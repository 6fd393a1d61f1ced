// SPDX-License-Identifier: Apache-2.0

package owproto_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"owfs/owproto"
)

// directory is a server with one directory, /, and one property, /p. It knows
// the message types given, and has the listing for each of them.
func directory(types ...owproto.MessageType) func(*peer) {
	end := granted(owproto.Response{Offset: 0x8002})
	dirall := granted(list("/a,/p"))
	slash := granted(list("/a/,/p"))
	dirall.Offset, slash.Offset = end.Offset, end.Offset
	prop := granted(data("10"))
	root := map[owproto.MessageType][]owproto.Response{
		owproto.MsgRead: {granted(failure(owproto.ErrIsDir))}, owproto.MsgDir: {granted(list("/a")), ping, granted(list("/p")), end},
		owproto.MsgDirAll: {dirall}, owproto.MsgGet: {dirall}, owproto.MsgDirAllSlash: {slash}, owproto.MsgGetSlash: {slash},
	}
	file := map[owproto.MessageType][]owproto.Response{
		owproto.MsgRead: {prop}, owproto.MsgGet: {prop}, owproto.MsgGetSlash: {prop},
	}
	return func(p *peer) {
		for req := p.request(); req != nil; req = p.request() {
			switch {
			case !slices.Contains(types, req.Type):
				p.send(granted(failure(owproto.ErrUnknownMessage)))
			case req.Path == "/":
				p.send(root[req.Type]...)
			case file[req.Type] != nil:
				p.send(file[req.Type]...)
			default:
				p.send(granted(failure(owproto.ErrNotDir)))
			}
		}
	}
}

var (
	marked   = owproto.Listing{Entries: []owproto.ListEntry{{Path: "/a", Dir: true}, {Path: "/p"}}, Marked: true, Flags: 0x8002}
	unmarked = owproto.Listing{Entries: []owproto.ListEntry{{Path: "/a"}, {Path: "/p"}}, Flags: 0x8002}
)

func TestDir(t *testing.T) {
	for _, tt := range []struct {
		knows    []owproto.MessageType
		want     owproto.Listing
		requests uint64 // for three listings
	}{
		{[]owproto.MessageType{owproto.MsgDirAllSlash}, marked, 3},
		{[]owproto.MessageType{owproto.MsgDirAll, owproto.MsgDir}, unmarked, 4},
		{[]owproto.MessageType{owproto.MsgDir}, unmarked, 5},
	} {
		c := newClient(t, serve(t, directory(tt.knows...)))
		for range 3 {
			got, err := c.Dir(t.Context(), "/", 0)
			if err != nil || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("%v: %+v, %v", tt.knows, got, err)
			}
		}
		if s := c.Stats(); s.Requests != tt.requests || s.Dials != 1 {
			t.Errorf("%v: %+v", tt.knows, s)
		}
	}
}

func TestDirOfNothing(t *testing.T) {
	for _, reply := range []owproto.Response{{}, list("")} {
		c := newClient(t, serve(t, once(reply)))
		got, err := c.Dir(t.Context(), "/", 0)
		if err != nil || len(got.Entries) != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	}
}

func TestDirWithoutNUL(t *testing.T) {
	c := newClient(t, serve(t, once(owproto.Response{Size: 5, Payload: []byte("/a,/b")})))
	got, err := c.Dir(t.Context(), "/", 0)
	if err != nil || len(got.Entries) != 2 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDirWithCommas: an alias may contain one (protocol section 4.3).
func TestDirWithCommas(t *testing.T) {
	c := newClient(t, serve(t, once(list("/a,b/,/c,,d"))))
	got, err := c.Dir(t.Context(), "/", 0)
	want := []owproto.ListEntry{{Path: "/a,b", Dir: true}, {Path: "/c,,d"}}
	if err != nil || !reflect.DeepEqual(got.Entries, want) {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestDirFailsHalfWay: what came before the failure is not lost.
func TestDirFailsHalfWay(t *testing.T) {
	c := newClient(t, serve(t, func(p *peer) {
		for req := p.request(); req != nil; req = p.request() {
			if req.Type == owproto.MsgDir {
				p.send(granted(list("/a")), granted(list("/b,c")), granted(failure(owproto.ErrIO)))
			} else {
				p.send(granted(failure(owproto.ErrUnknownMessage)))
			}
		}
	}))
	got, err := c.Dir(t.Context(), "/", 0)
	want := []owproto.ListEntry{{Path: "/a"}, {Path: "/b,c"}}
	if !errors.Is(err, owproto.ErrIO) || !reflect.DeepEqual(got.Entries, want) {
		t.Errorf("%+v, %v", got, err)
	}
	resp, err := c.Do(t.Context(), &owproto.Request{Type: owproto.MsgDir, Path: "/"})
	if err != nil || resp.Ret != -5 || string(resp.Payload) != "/a,/b,c\x00" {
		t.Errorf("%+v, %v", resp, err)
	}
}

// TestLongListing has the longest reply seen from a real server.
func TestLongListing(t *testing.T) {
	var names []string
	for n := 0; n < 128065-29; n += 30 {
		names = append(names, fmt.Sprintf("/%028d", n))
	}
	reply := list(strings.Join(names, ","))
	if n := len(reply.Payload); n < 128000 {
		t.Fatal(n)
	}
	c := newClient(t, serve(t, once(reply)))
	got, err := c.Dir(t.Context(), "/", 0)
	if err != nil || len(got.Entries) != len(names) || got.Entries[1000].Path != names[1000] {
		t.Errorf("%d entries, %v", len(got.Entries), err)
	}
}

// TestEndlessListing: a MsgDir that never ends must not fill the memory.
func TestEndlessListing(t *testing.T) {
	c := newClient(t, serve(t, func(p *peer) {
		p.request()
		element := list("/a")
		frames := []byte(strings.Repeat(string(element.AppendTo(nil)), 1000))
		for {
			if _, err := p.Write(frames); err != nil {
				return
			}
		}
	}))
	var pe *owproto.ProtocolError
	_, err := c.Do(t.Context(), &owproto.Request{Type: owproto.MsgDir, Path: "/"})
	if in := c.Stats().BytesIn; !errors.As(err, &pe) || in > 3<<20 {
		t.Errorf("%v after %d bytes", err, in)
	}
}

func TestGet(t *testing.T) {
	for _, knows := range [][]owproto.MessageType{
		{owproto.MsgGetSlash},
		{owproto.MsgGet},
		{owproto.MsgRead, owproto.MsgDirAllSlash},
		{owproto.MsgRead, owproto.MsgDir},
	} {
		c := newClient(t, serve(t, directory(knows...)))
		want := unmarked
		if slices.Contains(knows, owproto.MsgGetSlash) || slices.Contains(knows, owproto.MsgDirAllSlash) {
			want = marked
		}
		for range 2 {
			got, err := c.Get(t.Context(), "/p", 0, 10)
			if err != nil || got.IsDir || string(got.Data) != "10" {
				t.Errorf("%v: %+v, %v", knows, got, err)
			}
			got, err = c.Get(t.Context(), "/", 0, 0)
			if err != nil || !got.IsDir || !reflect.DeepEqual(got.Listing, want) {
				t.Errorf("%v: %+v, %v", knows, got, err)
			}
		}
	}
}

// TestGetOfNothing: an empty reply is looked into.
func TestGetOfNothing(t *testing.T) {
	for _, isDir := range []bool{true, false} {
		c := newClient(t, serve(t, func(p *peer) {
			for req := p.request(); req != nil; req = p.request() {
				if req.Type == owproto.MsgGetSlash || isDir {
					p.send(granted(owproto.Response{}))
				} else {
					p.send(granted(failure(owproto.ErrNotDir)))
				}
			}
		}))
		got, err := c.Get(t.Context(), "/", 0, 10)
		if err != nil || got.IsDir != isDir || len(got.Data)+len(got.Listing.Entries) > 0 {
			t.Errorf("%v: %+v, %v", isDir, got, err)
		}
	}
}

// TestNewServer: what one server lacked, the next may have.
func TestNewServer(t *testing.T) {
	old, new := pipes(directory(owproto.MsgDir)), pipes(directory(owproto.MsgDir, owproto.MsgDirAllSlash))
	peer := &absent{serve: old}
	peer.back.Store(true)
	c := &owproto.Client{Dial: peer.dial, MaxIdle: -1, Backoff: owproto.Backoff{Min: 1}}
	defer c.Close()
	if got, err := c.Dir(t.Context(), "/", 0); err != nil || got.Marked {
		t.Errorf("old: %+v, %v", got, err)
	}
	peer.back.Store(false)
	c.Dir(t.Context(), "/", 0)
	peer.serve = new
	peer.back.Store(true)
	c.Dir(t.Context(), "/", 0) // finds that the peer is back
	if got, err := c.Dir(t.Context(), "/", 0); err != nil || !got.Marked {
		t.Errorf("new: %+v, %v", got, err)
	}
}
