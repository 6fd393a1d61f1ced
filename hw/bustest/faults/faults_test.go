// SPDX-License-Identifier: Apache-2.0

package faults_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"owfs/hw"
	"owfs/hw/bustest/faults"
	"owfs/hw/sim"
)

// A notebook is a test that others may fail.
type notebook struct {
	testing.TB
	errors []string
}

func (n *notebook) Log(...any)          {}
func (n *notebook) Logf(string, ...any) {}
func (n *notebook) Errorf(format string, args ...any) {
	n.errors = append(n.errors, fmt.Sprintf(format, args...))
}

// A liar is a master that gives wrong values, or fails, at each so many-th
// scratchpad that is read.
type liar struct {
	*sim.Line
	calls, every int
	lie          func(p []byte) error
}

func (l *liar) Touch(ctx context.Context, p []byte) error {
	err := l.Line.Touch(ctx, p)
	if len(p) != 9+1+9 || err != nil || l.every == 0 {
		return err
	}
	if l.calls++; l.calls%l.every != 0 {
		return nil
	}
	return l.lie(p)
}

// Each way in which a master can be wrong is seen.
func TestFindsFault(t *testing.T) {
	forge := func(p []byte) error {
		copy(p[10:], []byte{0xAA, 0, 0, 0, 0, 0, 0, 0})
		p[18] = hw.CRC8(p[10:18])
		return nil
	}
	for name, test := range map[string]struct {
		every int
		lie   func(p []byte) error
		heals bool
		want  string // "": it is taken for good
	}{
		"good":               {0, nil, true, ""},
		"some bad CRCs":      {10, func(p []byte) error { p[len(p)-1] ^= 1; return nil }, true, ""},
		"a wrong value":      {10, forge, true, "scratchpad AA"},
		"nothing but errors": {1, func([]byte) error { return hw.ErrEcho }, true, "150 sick lines"},
		"a sick adapter":     {10, func([]byte) error { return errors.New("gone") }, true, "15 sick adapters"},
		"does not heal":      {10, func(p []byte) error { p[len(p)-1] ^= 1; return nil }, false, "does not come back"},
	} {
		clock := &sim.Virtual{}
		line := sim.NewLine(clock)
		all := faults.Put(t, line, faults.Three()...)
		bus := &liar{Line: line, every: test.every, lie: test.lie}
		n := &notebook{TB: t}
		l := hw.NewLine(func(context.Context) (hw.Bus, error) { return bus, nil })
		faults.Run(n, faults.Trial{
			Line: l, Steps: []faults.Step{all.List, all.Read}, Good: 0.6, Adapter: 0.02, Back: 2,
			Heal: func() {
				bus.every = 0
				if !test.heals {
					bus.every = 1
				}
			},
		})
		got := strings.Join(n.errors, "\n")
		if test.want == "" && got != "" || !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q in it", name, got, test.want)
		}
	}
}

// A list that lacks a device is wrong to those who can tell.
func TestLists(t *testing.T) {
	line := sim.NewLine(&sim.Virtual{})
	all := faults.Put(t, line, faults.Three()...)
	l := hw.NewLine(func(context.Context) (hw.Bus, error) { return line, nil })
	defer l.Close()
	line.Remove(all.Chips[1])
	errors := func(step faults.Step) int {
		n := &notebook{TB: t}
		if err := l.Do(t.Context(), func(tx *hw.Tx) error { return step(n, tx) }); err != nil {
			t.Error(err)
		}
		return len(n.errors)
	}
	if some, list := errors(all.ListSome), errors(all.List); some != 0 || list != 1 {
		t.Errorf("with a device missing: %d errors and %d, want 0 and 1", some, list)
	}
	faults.Put(t, line, "28.00000000000A")
	if some := errors(all.ListSome); some != 1 {
		t.Errorf("with a device that nobody expects: %d errors, want 1", some)
	}
}
