// SPDX-License-Identifier: Apache-2.0

// Package transporttest checks that a Transport keeps the contract that its
// interface states. An implementer's test is a few lines: make the transport,
// name some of its places, call Run.
package transporttest

import (
	"context"
	"errors"
	"path"
	"sync"
	"syscall"
	"testing"
	"time"

	"owfs/transport"
)

// A Fixture is a transport with places that the suite may use.
type Fixture struct {
	Transport transport.Transport
	Dir       string // a directory with at least one entry
	File      string // a readable file
	Value     string // what File reads
	ReadOnly  string // a file that can't be written
	WriteOnly string // a file that can't be read; "" if there is none
	Writable  string // a file that can be read and written
	Good      string // a text that Writable takes
	GoodReads string // what Writable reads after Good was written; "" means nothing sure
	Bad       string // a text that Writable refuses with EINVAL; "" if it takes all
	Missing   []string
}

// Run runs the suite on the transport that open makes.
func Run(t *testing.T, open func(t *testing.T) Fixture) {
	f := open(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, Fixture)
	}{
		{"a listing and Stat agree", listingAgrees},
		{"Dir of a file", func(t *testing.T, f Fixture) {
			_, err := f.Transport.Dir(t.Context(), transport.Request{Path: f.File})
			wantErrno(t, err, "dir", f.File, syscall.ENOTDIR)
		}},
		{"Read gives the value", readsValue},
		{"the caller owns what it read", callerOwns},
		{"Read of a directory", func(t *testing.T, f Fixture) {
			_, err := f.Transport.Read(t.Context(), transport.Request{Path: f.Dir})
			wantErrno(t, err, "read", f.Dir, syscall.EISDIR)
		}},
		{"Write of a directory", func(t *testing.T, f Fixture) {
			_, err := f.Transport.Write(t.Context(), transport.Request{Path: f.Dir}, []byte("1"))
			wantErrno(t, err, "write", f.Dir, syscall.EISDIR)
		}},
		{"Read of a write-only file", func(t *testing.T, f Fixture) {
			if f.WriteOnly == "" {
				return
			}
			_, err := f.Transport.Read(t.Context(), transport.Request{Path: f.WriteOnly})
			wantErrno(t, err, "read", f.WriteOnly, syscall.ENOTSUP)
		}},
		{"Write of a read-only file", func(t *testing.T, f Fixture) {
			_, err := f.Transport.Write(t.Context(), transport.Request{Path: f.ReadOnly}, []byte("1"))
			wantErrno(t, err, "write", f.ReadOnly, syscall.ENOTSUP)
		}},
		{"Write and read back", writesBack},
		{"Write keeps no hold of the caller's bytes", writeCopies},
		{"places that are not there", missing},
		{"a context that has ended", ended},
		{"many at once", together},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, f) })
	}
}

func wantErrno(t *testing.T, err error, op, name string, want syscall.Errno) {
	t.Helper()
	var e *transport.Error
	if !errors.As(err, &e) {
		t.Fatalf("%s %s: error %v (%T), want a *transport.Error", op, name, err, err)
	}
	if !errors.Is(err, want) {
		t.Errorf("%s %s: error %v, want %v", op, name, err, want)
	}
	if e.Op != op || e.Path != name {
		t.Errorf("the error names %s %s, want %s %s", e.Op, e.Path, op, name)
	}
}

func listingAgrees(t *testing.T, f Fixture) {
	for _, dir := range []string{"/", f.Dir} {
		list, err := f.Transport.Dir(t.Context(), transport.Request{Path: dir})
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 0 {
			t.Errorf("%s lists nothing", dir)
		}
		seen := map[string]bool{}
		for _, e := range list {
			if e.Name == "" || e.Name == "." || e.Name == ".." || path.Base(e.Name) != e.Name || seen[e.Name] {
				t.Errorf("%s lists %q", dir, e.Name)
			}
			seen[e.Name] = true
			got, err := f.Transport.Stat(t.Context(), transport.Request{Path: path.Join(dir, e.Name)})
			if err != nil {
				t.Errorf("listed, but: %v", err)
				continue
			}
			got.ModTime, e.ModTime = time.Time{}, time.Time{}
			if got != e {
				t.Errorf("%s: listed as %+v, Stat says %+v", path.Join(dir, e.Name), e, got)
			}
		}
	}
}

func read(t *testing.T, f Fixture, name string) string {
	t.Helper()
	b, err := f.Transport.Read(t.Context(), transport.Request{Path: name})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func readsValue(t *testing.T, f Fixture) {
	if got := read(t, f, f.File); got != f.Value {
		t.Errorf("%s reads %q, want %q", f.File, got, f.Value)
	}
}

func callerOwns(t *testing.T, f Fixture) {
	b, err := f.Transport.Read(t.Context(), transport.Request{Path: f.File})
	if err != nil {
		t.Fatal(err)
	}
	clear(b)
	readsValue(t, f)
}

func writesBack(t *testing.T, f Fixture) {
	req := transport.Request{Path: f.Writable}
	n, err := f.Transport.Write(t.Context(), req, []byte(f.Good))
	if err != nil || n != len(f.Good) {
		t.Fatalf("writing %q to %s: %d, %v", f.Good, f.Writable, n, err)
	}
	if got := read(t, f, f.Writable); f.GoodReads != "" && got != f.GoodReads {
		t.Errorf("%s reads %q after %q was written, want %q", f.Writable, got, f.Good, f.GoodReads)
	}
	if f.Bad == "" {
		return
	}
	_, err = f.Transport.Write(t.Context(), req, []byte(f.Bad))
	wantErrno(t, err, "write", f.Writable, syscall.EINVAL)
}

func writeCopies(t *testing.T, f Fixture) {
	data := []byte(f.Good)
	if _, err := f.Transport.Write(t.Context(), transport.Request{Path: f.Writable}, data); err != nil {
		t.Fatal(err)
	}
	clear(data)
	if got := read(t, f, f.Writable); f.GoodReads != "" && got != f.GoodReads {
		t.Errorf("%s reads %q once the writer's bytes were used again", f.Writable, got)
	}
}

func missing(t *testing.T, f Fixture) {
	for _, name := range f.Missing {
		req := transport.Request{Path: name}
		_, err := f.Transport.Stat(t.Context(), req)
		wantErrno(t, err, "stat", name, syscall.ENOENT)
		_, err = f.Transport.Dir(t.Context(), req)
		wantErrno(t, err, "dir", name, syscall.ENOENT)
		_, err = f.Transport.Read(t.Context(), req)
		wantErrno(t, err, "read", name, syscall.ENOENT)
		_, err = f.Transport.Write(t.Context(), req, []byte("1"))
		wantErrno(t, err, "write", name, syscall.ENOENT)
	}
}

func ended(t *testing.T, f Fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Transport.Read(ctx, transport.Request{Path: f.Writable})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Read under a cancelled context: %v", err)
	}
	_, err = f.Transport.Write(ctx, transport.Request{Path: f.Writable}, []byte(f.Good))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Write under a cancelled context: %v", err)
	}
}

func together(t *testing.T, f Fixture) {
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			switch i % 4 {
			case 0:
				readsValue(t, f)
			case 1:
				if _, err := f.Transport.Dir(t.Context(), transport.Request{Path: "/"}); err != nil {
					t.Error(err)
				}
			case 2:
				if _, err := f.Transport.Stat(t.Context(), transport.Request{Path: f.File}); err != nil {
					t.Error(err)
				}
			case 3:
				if _, err := f.Transport.Write(t.Context(), transport.Request{Path: f.Writable}, []byte(f.Good)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}
