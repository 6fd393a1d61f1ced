// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"owfs/owproto"
)

// owserverModes are the servers that a client meets: complete ones, and those
// that were told to leave something out.
var owserverModes = []struct {
	name string
	args []string
}{
	{"plain", nil},
	{"no_dirall", []string{"--no_dirall"}},
	{"no_get", []string{"--no_get"}},
	{"no_dirall_no_get", []string{"--no_dirall", "--no_get"}},
	{"no_persistence", []string{"--no_persistence"}},
	{"pingcrazy", []string{"--pingcrazy"}},
}

// forEachMode runs f against each kind of owserver.
func forEachMode(t *testing.T, f func(t *testing.T, c *owproto.Client)) {
	for _, mode := range owserverModes {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			c := &owproto.Client{Addr: startOwserver(t, append(mode.args, testDevices)...)}
			t.Cleanup(func() { c.Close() })
			f(t, c)
		})
	}
}

func TestOwprotoReadWrite(t *testing.T) {
	forEachMode(t, func(t *testing.T, c *owproto.Client) {
		ctx := t.Context()
		const path = "/10.000010EF0000/templow" // the simulation always has 1.6 here
		const setting = "/settings/timeout/volatile"
		for _, path := range []string{path, setting} {
			if n, err := c.Write(ctx, path, []byte("17"), 0, 0); n != 2 || err != nil {
				t.Errorf("write %s: %d, %v", path, n, err)
			}
		}
		for _, tt := range []struct {
			path         string
			flags        owproto.Flags
			size, offset int
			want         string
		}{
			{setting, owproto.FlagTrim, 64, 0, "17"},
			{path, 0, 64, 0, "         1.6"},
			{path, owproto.FlagTrim, 64, 0, "1.6"},
			{path, owproto.FlagTrim, 64, 1, ".6"},
			{path, owproto.FlagTrim, 1, 0, "1"},
			{path, owproto.FlagTrim, 64, 3, ""},
			{path, owproto.FlagTrim | owproto.FlagUncached, 64, 0, "1.6"},
			{path, owproto.FlagTrim.WithTemperature(owproto.Fahrenheit), 64, 0, "34.88"},
			{path, owproto.FlagTrim.WithTemperature(owproto.Kelvin), 64, 0, "274.75"},
			{"10.000010EF0000/type", 0, 64, 0, "DS18S20"},
		} {
			got, err := c.Read(ctx, tt.path, tt.flags, tt.size, tt.offset)
			if err != nil || string(got) != tt.want {
				t.Errorf("read %s flags %x size %d offset %d: %q, %v, want %q",
					tt.path, tt.flags, tt.size, tt.offset, got, err, tt.want)
			}
		}
	})
}

func TestOwprotoDir(t *testing.T) {
	forEachMode(t, func(t *testing.T, c *owproto.Client) {
		marked := !strings.Contains(t.Name(), "no_dirall")
		for range 2 { // the second time the client knows what the server lacks
			list, err := c.Dir(t.Context(), "/", owproto.FlagBusList)
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"/10.000010EF0000", "/1D.00001DE20300", "/bus.0", "/settings"} {
				if !slices.Contains(list.Entries, owproto.ListEntry{Path: path, Dir: marked}) {
					t.Errorf("no %s in %+v", path, list.Entries)
				}
			}
			if list.Marked != marked || list.Flags&owproto.DirTemperature == 0 {
				t.Errorf("marked %v, flags %x", list.Marked, list.Flags)
			}
		}
		if n := c.Stats().ByType[owproto.MsgDirAllSlash]; !marked && n != 1 {
			t.Errorf("%d times asked for what the server does not have", n)
		}
		inside, err := c.Dir(t.Context(), "/10.000010EF0000", owproto.FlagOwnet.WithFormat(owproto.FormatFIC))
		if err != nil || !slices.Contains(inside.Entries, owproto.ListEntry{Path: "/10.000010EF0000/type"}) {
			t.Errorf("%+v, %v", inside, err)
		}
		empty, err := c.Dir(t.Context(), "/alarm", 0)
		if err != nil || len(empty.Entries) != 0 {
			t.Errorf("empty directory: %+v, %v", empty, err)
		}
	})
}

func TestOwprotoFormat(t *testing.T) {
	forEachMode(t, func(t *testing.T, c *owproto.Client) {
		names := []string{"10.000010EF0000", "10000010EF0000", "10.000010EF0000.5B", "10.000010EF00005B", "10000010EF0000.5B", "10000010EF00005B"}
		for format, name := range names {
			list, err := c.Dir(t.Context(), "/", owproto.Flags(0).WithFormat(owproto.DeviceFormat(format)))
			if err != nil || len(list.Entries) == 0 || list.Entries[0].Path != "/"+name {
				t.Errorf("format %d: %+v, %v", format, list, err)
			}
		}
	})
}

func TestOwprotoPresence(t *testing.T) {
	forEachMode(t, func(t *testing.T, c *owproto.Client) {
		want := [8]byte{0x10, 0x00, 0x00, 0x10, 0xEF, 0x00, 0x00, 0x5B}
		rom, known, err := c.Presence(t.Context(), "/10.000010EF0000/temperature", 0)
		if rom != want || !known || err != nil {
			t.Errorf("% x, %v, %v", rom, known, err)
		}
		if _, known, err := c.Presence(t.Context(), "/settings", 0); known || err != nil {
			t.Errorf("no device: %v, %v", known, err)
		}
		if _, _, err := c.Presence(t.Context(), "/10.67C6697351FF", 0); !errors.Is(err, owproto.ErrUnknownPath) {
			t.Errorf("absent device: %v", err)
		}
	})
}

func TestOwprotoGet(t *testing.T) {
	forEachMode(t, func(t *testing.T, c *owproto.Client) {
		for range 2 {
			file, err := c.Get(t.Context(), "/10.000010EF0000/type", 0, 64)
			if err != nil || file.IsDir || string(file.Data) != "DS18S20" {
				t.Errorf("file: %+v, %v", file, err)
			}
			dir, err := c.Get(t.Context(), "/10.000010EF0000", 0, 0)
			if err != nil || !dir.IsDir || len(dir.Listing.Entries) < 10 {
				t.Errorf("directory: %+v, %v", dir, err)
			}
			empty, err := c.Get(t.Context(), "/alarm", 0, 64)
			if err != nil || !empty.IsDir || len(empty.Listing.Entries) != 0 {
				t.Errorf("empty directory: %+v, %v", empty, err)
			}
			if _, err := c.Get(t.Context(), "/10.000010EF0000/type", 0, 0); !errors.Is(err, owproto.ErrMessageSize) {
				t.Errorf("file with size 0: %v", err)
			}
			if _, err := c.Get(t.Context(), "/nosuch", 0, 64); !errors.Is(err, owproto.ErrUnknownPath) {
				t.Errorf("unknown path: %v", err)
			}
		}
	})
}

func TestOwprotoErrors(t *testing.T) {
	forEachMode(t, func(t *testing.T, c *owproto.Client) {
		ctx := t.Context()
		// A path of MaxPath bytes leads somewhere, but only these may use it.
		long := strings.Repeat("/uncached", 453) + "/10.000010EF0000/id"
		longer := long + "x"
		if _, _, err := c.Presence(ctx, long, 0); len(long) != owproto.MaxPath || err != nil {
			t.Errorf("presence of a long path: %v", err)
		}
		read := func(path string, size int) error { _, err := c.Read(ctx, path, 0, size, 0); return err }
		write := func(path, data string) error { _, err := c.Write(ctx, path, []byte(data), 0, 0); return err }
		dir := func(path string) error { _, err := c.Dir(ctx, path, 0); return err }
		for _, tt := range []struct {
			name string
			got  error
			want owproto.Errno
		}{
			{"read unknown", read("/nosuch", 64), owproto.ErrUnknownPath},
			{"read directory", read("/10.000010EF0000", 64), owproto.ErrIsDir},
			{"read size 0", read("/10.000010EF0000/type", 0), owproto.ErrMessageSize},
			{"read size too large", read("/10.000010EF0000/type", owproto.MaxRequest+1), owproto.ErrMessageSize},
			{"read path too long", read(long, 64), owproto.ErrMessageSize},
			{"read array too small", read("/29.000029D60200/PIO.ALL", 14), owproto.ErrRange},
			{"write unknown", write("/nosuch", "1"), owproto.ErrUnknownPath},
			{"read path far too long", read(longer, 64), owproto.ErrUnknownPath},
			{"write path too long", write(longer, "1"), owproto.ErrUnknownPath},
			{"write directory", write("/", "1"), owproto.ErrIsDir},
			{"write read-only", write("/10.000010EF0000/type", "1"), owproto.ErrNotSupported},
			{"write syntax", write("/10.000010EF0000/templow", "abc"), owproto.ErrInvalid},
			{"write range", write("/10.000010EF0000/templow", "1e400"), owproto.ErrRange},
			{"write nothing", write("/10.000010EF0000/templow", ""), owproto.ErrInvalid},
			{"dir of a file", dir("/10.000010EF0000/type"), owproto.ErrNotDir},
			{"dir unknown", dir("/nosuch"), owproto.ErrUnknownPath},
			{"dir path too long", dir(long), owproto.ErrMessageSize},
		} {
			var errno owproto.Errno
			if !errors.As(tt.got, &errno) || errno != tt.want {
				t.Errorf("%s: %v, want -%d", tt.name, tt.got, tt.want)
			}
		}
	})
}

// TestOwprotoManyCalls has more calls at once than the server keeps connections.
func TestOwprotoManyCalls(t *testing.T) {
	forEachMode(t, func(t *testing.T, c *owproto.Client) {
		c.MaxIdle = 50
		var wg sync.WaitGroup
		for i := range 100 {
			wg.Go(func() {
				path := fmt.Sprintf("/10.000010EF0000/%s", []string{"type", "family", "id"}[i%3])
				want := []string{"DS18S20", "10", "000010EF0000"}[i%3]
				got, err := c.Read(t.Context(), path, 0, 64, 0)
				if err != nil || string(got) != want {
					t.Errorf("read %s: %q, %v", path, got, err)
				}
			})
		}
		wg.Wait()
		s := c.Stats()
		if s.Idle > 20 || s.Active != 0 {
			t.Errorf("connections left: %+v", s)
		}
		if refused := s.Granted == 0; refused != strings.Contains(t.Name(), "no_persistence") {
			t.Errorf("persistence: %+v", s)
		}
		if crazy := strings.Contains(t.Name(), "pingcrazy"); crazy != (s.Pings > 0) {
			t.Errorf("pings: %+v", s)
		}
	})
}

// TestOwprotoListingBeyondTheOldLimit reads what the shipped clients refuse.
func TestOwprotoListingBeyondTheOldLimit(t *testing.T) {
	c := &owproto.Client{Addr: startOwserver(t, testDevices)}
	defer c.Close()
	path := strings.Repeat("/uncached", 300) + "/29.000029D60200"
	list, err := c.Dir(t.Context(), path, 0)
	if err != nil {
		t.Fatal(err)
	}
	if in := c.Stats().BytesIn; in <= owproto.MaxRequest {
		t.Errorf("the listing has only %d bytes", in)
	}
	for _, e := range list.Entries {
		if !strings.HasPrefix(e.Path, path+"/") {
			t.Fatalf("strange entry %q", e.Path)
		}
	}
}

// TestOwprotoFrames checks the library's idea of a reply, bit by bit.
func TestOwprotoFrames(t *testing.T) {
	c := &owproto.Client{Addr: startOwserver(t, testDevices), NoPersist: true}
	defer c.Close()
	got, err := c.Do(t.Context(), &owproto.Request{Type: owproto.MsgRead, Path: "/10.000010EF0000/type", Flags: 0x80, Size: 8192, Offset: 2,
		Tokens: []owproto.Token{{1, 2, 3}}})
	if err != nil {
		t.Fatal(err)
	}
	want := &owproto.Response{Ret: 5, Flags: 0x80, Size: 5, Offset: 2, Payload: []byte("18S20")}
	if !bytes.Equal(got.AppendTo(nil), want.AppendTo(nil)) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, typ := range []owproto.MessageType{owproto.MsgError, owproto.MsgSize, 11, -5} {
		got, err := c.Do(t.Context(), &owproto.Request{Type: typ, Path: "/"})
		if err != nil || !errors.Is(got.Err(), owproto.ErrUnknownMessage) {
			t.Errorf("%v: %+v, %v", typ, got, err)
		}
	}
}
