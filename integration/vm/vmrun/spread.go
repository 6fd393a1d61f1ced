// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"
)

// A spread runs each test of a compiled test program by itself, on the next of
// some machines that is free. What a test says comes out in one piece at its end.
type spread struct {
	out     io.Writer
	program string
	args    []string // of the program, without -test.run
	below   string   // of -test.run, what is meant of a test: "/sub"
	limit   time.Duration

	mu     sync.Mutex
	tests  []string // still to run
	status int      // the first one that is not 0
}

// newSpread asks a program for the tests that its arguments mean.
func newSpread(ctx context.Context, j job, limit time.Duration) (*spread, error) {
	s := &spread{out: os.Stdout, program: j.Args[0], limit: limit}
	pattern := "."
	for _, a := range j.Args[1:] {
		if run, ok := strings.CutPrefix(a, "-test.run="); ok {
			pattern = run
			continue
		}
		s.args = append(s.args, a)
	}
	top, below, found := strings.Cut(pattern, "/")
	if found {
		s.below = "/" + below
	}
	list := exec.CommandContext(ctx, s.program, "-test.list="+top)
	list.Dir, list.Env, list.Stderr = j.Dir, j.Env, os.Stderr
	text, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("asking %s for its tests: %w", s.program, err)
	}
	for name := range strings.FieldsSeq(string(text)) {
		if strings.HasPrefix(name, "Test") {
			s.tests = append(s.tests, name)
		}
	}
	return s, nil
}

// beginWith puts a test to the front, if it is among those to run.
func (s *spread) beginWith(first string) {
	if i := slices.Index(s.tests, first); i >= 0 {
		s.tests = slices.Insert(slices.Delete(s.tests, i, i+1), 0, first)
	}
}

// run runs all on up to n machines.
func (s *spread) run(ctx context.Context, m *machine, n int, j job) (status int, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var all sync.WaitGroup
	failed := make(chan error, n)
	for range min(n, len(s.tests)) {
		all.Go(func() {
			err := m.run(ctx, j, &worker{spread: s})
			if err != nil {
				cancel() // what is not run has failed anyway
			}
			failed <- err
		})
	}
	all.Wait()
	close(failed)
	var errs []error
	for err := range failed {
		if !errors.Is(err, context.Canceled) {
			errs = append(errs, err)
		}
	}
	return s.status, errors.Join(errs...)
}

// A worker is one machine's part.
type worker struct {
	*spread
	test string // the one that runs
}

func (w *worker) next() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.test = ""; len(w.tests) == 0 {
		return nil
	}
	w.test, w.tests = w.tests[0], w.tests[1:]
	args := append([]string{w.program}, w.args...)
	return append(args, "-test.run=^"+w.test+"$"+w.below, fmt.Sprintf("-test.timeout=%v", w.limit))
}

func (w *worker) ended(status int, output []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, sum := range [...]string{"PASS\n", "FAIL\n"} { // of one test, which says it already
		output = bytes.TrimSuffix(output, []byte(sum))
	}
	w.out.Write(output)
	if status != 0 {
		fmt.Fprintf(w.out, "vmrun: %s ended with status %d\n", w.test, status)
	}
	if w.status == 0 {
		w.status = status
	}
}

func (w *worker) cut(output []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.out.Write(output)
	if w.test == "" {
		return errors.New("the machine has ended before a test began")
	}
	return fmt.Errorf("the machine has ended in %s", w.test)
}
