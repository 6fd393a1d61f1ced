// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A mirror answers by path, and notes who has asked for what.
type mirror struct {
	*httptest.Server
	mu    sync.Mutex
	asked []string
}

func newMirror(t *testing.T) *mirror {
	m := &mirror{}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		m.asked = append(m.asked, r.URL.Path)
		n := len(m.asked)
		m.mu.Unlock()
		switch r.URL.Path {
		case "/good":
			w.Write([]byte("hello"))
		case "/updated":
			w.Write([]byte("hallo"))
		case "/torn":
			w.Header().Set("Content-Length", "5")
			w.Write([]byte("hel"))
		case "/busy":
			if n < 3 {
				http.Error(w, "later", http.StatusServiceUnavailable)
				return
			}
			w.Write([]byte("hello"))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(m.Close)
	return m
}

// The checksum of "hello", by sha256sum.
const helloSum = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

func (m *mirror) fetch(t *testing.T, paths ...string) (file string, err error) {
	d := &download{sum: helloSum}
	for _, p := range paths {
		d.from = append(d.from, web(m.URL+p))
	}
	file = filepath.Join(t.TempDir(), "x.deb")
	err = d.to(t.Context(), file)
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "download-*")); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	return file, err
}

// A source that does not have the file, or another one under its name, is left
// for the next; one that fails is asked again.
func TestDownload(t *testing.T) {
	for _, c := range []struct{ paths, asked []string }{
		{[]string{"/good", "/busy"}, []string{"/good"}},
		{[]string{"/gone", "/good"}, []string{"/gone", "/good"}},
		{[]string{"/busy"}, []string{"/busy", "/busy", "/busy"}},
		{[]string{"/updated", "/good"}, []string{"/updated", "/updated", "/updated", "/good"}},
		{[]string{"/torn", "/good"}, []string{"/torn", "/torn", "/torn", "/good"}},
	} {
		m := newMirror(t)
		file, err := m.fetch(t, c.paths...)
		if text, bad := os.ReadFile(file); err != nil || bad != nil || string(text) != "hello" {
			t.Errorf("%q: %q, %v, %v", c.paths, text, bad, err)
		}
		if !slices.Equal(m.asked, c.asked) {
			t.Errorf("asked %q, want %q", m.asked, c.asked)
		}
	}
}

// If nobody has it, the error tells what each has said and what to do.
func TestDownloadFails(t *testing.T) {
	m := newMirror(t)
	file, err := m.fetch(t, "/gone", "/torn")
	if err == nil {
		t.Fatal("a file that is nowhere was got")
	}
	for _, want := range []string{m.URL + "/gone: it does not have it: 404", m.URL + "/torn: ", "EOF", helloSum, "put it there:\n" + file} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not tell %q:\n%v", want, err)
		}
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("half a file is there")
	}
}

// A file that is not the one that was pinned is not taken.
func TestChecksum(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.deb")
	if err := os.WriteFile(name, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := check(name, helloSum); err == nil || !strings.Contains(err.Error(), "want "+helloSum) {
		t.Error(err)
	}
}
