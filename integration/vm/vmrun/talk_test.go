// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"
)

// Host and guest agree on two programs and the end.
func TestTalk(t *testing.T) {
	host, guest := net.Pipe()
	defer host.Close()
	programs := [][]string{{"/bin/a", "-x", "a b"}, {"/bin/b\n"}, nil}
	var ran [][]string
	obeyed := make(chan error, 1)
	go func() {
		defer guest.Close()
		obeyed <- obey(guest, func(args []string) (int, error) {
			ran = append(ran, args)
			return len(args), nil
		})
	}()
	var statuses []int
	next := func() []string {
		p := programs[0]
		programs = programs[1:]
		return p
	}
	if err := talk(host, next, func(status int) { statuses = append(statuses, status) }); err != nil {
		t.Error(err)
	}
	if err := <-obeyed; err != nil {
		t.Error(err)
	}
	if !slices.Equal(statuses, []int{3, 1}) || fmt.Sprintf("%q", ran) != `[["/bin/a" "-x" "a b"] ["/bin/b\n"]]` {
		t.Errorf("ran %q, statuses %v", ran, statuses)
	}
}

// What goes wrong in the guest is told, and its sudden end is no success.
func TestTalkFails(t *testing.T) {
	for said, want := range map[string]string{
		"":                           "ended before the program",
		"ready\n":                    "ended before the program",
		"ready\nended x\n":           `the status "x"`,
		"failed loading 9p: no file": "the guest: loading 9p: no file",
		"hello\n":                    `the guest says "hello"`,
	} {
		port := struct {
			io.Reader
			io.Writer
		}{strings.NewReader(said), io.Discard}
		err := talk(port, func() []string { return []string{"x"} }, func(int) {})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", said, err, want)
		}
	}
}

// Two machines share the tests; the first status that is not 0 counts, and what
// a test has said comes in one piece.
func TestSpread(t *testing.T) {
	var out bytes.Buffer
	s := &spread{
		out: &out, program: "/p", args: []string{"-test.v=true"}, below: "/sub",
		tests: []string{"TestB", "TestC", "TestA"}, limit: time.Minute,
	}
	s.beginWith("TestA")
	s.beginWith("TestNone")
	one, two := &worker{spread: s}, &worker{spread: s}
	want := []string{"/p", "-test.v=true", "-test.run=^TestA$/sub", "-test.timeout=1m0s"}
	if got := one.next(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	two.next()
	two.ended(3, []byte("--- FAIL: TestB\nFAIL\n"))
	two.next()
	one.ended(0, []byte("--- PASS: TestA\nPASS\n"))
	if got := one.next(); got != nil {
		t.Errorf("after the last test: %q", got)
	}
	if err := two.cut([]byte("=== RUN TestC\n")); err == nil || !strings.Contains(err.Error(), "ended in TestC") {
		t.Error(err)
	}
	if s.status != 3 {
		t.Errorf("status %d, want 3", s.status)
	}
	said := "--- FAIL: TestB\nvmrun: TestB ended with status 3\n--- PASS: TestA\n=== RUN TestC\n"
	if out.String() != said {
		t.Errorf("said %q, want %q", out.String(), said)
	}
}

// A single program's sudden end is an error.
func TestSingle(t *testing.T) {
	s := &single{args: []string{"a"}}
	if args := s.next(); !slices.Equal(args, []string{"a"}) || s.next() != nil {
		t.Errorf("%q, and then more", args)
	}
	if err := s.cut(nil); !errors.Is(err, errCut) {
		t.Error(err)
	}
}
