// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"context"
	"errors"
	"sync"
	"time"
)

// errGaveUp is the outcome of a dial whose caller did not wait for it.
var errGaveUp = errors.New("dial given up")

// gate keeps callers from dialling a peer that is away. It is open until
// a dial fails; then it is shut for the back-off time; then it lets one caller
// through as a probe, while the others wait for the outcome.
type gate struct {
	min, max time.Duration

	mu    sync.Mutex
	err   error         // of the last dial; nil: the gate is open
	wait  time.Duration // the present back-off time
	until time.Time     // when it has passed
	probe chan struct{} // closed when the probe's outcome is known; nil: no probe
}

// enter returns a function for the outcome of the dial, or why not to dial. The
// function tells whether this was the dial that opened the gate again.
func (g *gate) enter(ctx, base context.Context) (report func(error) bool, err error) {
	for {
		report, probe, err := g.try()
		if probe == nil {
			return report, err
		}
		select {
		case <-probe:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-base.Done():
			return nil, ErrClosed
		}
	}
}

// try is enter without the wait: it returns the probe to wait for, if any.
func (g *gate) try() (report func(error) bool, probe <-chan struct{}, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.err == nil:
		return g.reportOpen, nil, nil
	case g.probe != nil:
		return nil, g.probe, nil
	case time.Now().Before(g.until):
		return nil, nil, &DialError{Repeated: true, Err: g.err}
	}
	g.probe = make(chan struct{})
	return g.reportProbe, nil, nil
}

// reportOpen is for dials that began while the gate was open. Of many that fail
// together only the first counts.
func (g *gate) reportOpen(err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil && err != errGaveUp && g.err == nil {
		g.shut(err, g.min)
	}
	return false
}

func (g *gate) reportProbe(err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	close(g.probe)
	g.probe = nil
	switch err {
	case nil:
		g.err = nil
	case errGaveUp: // the next caller probes
	default:
		g.shut(err, min(2*g.wait, g.max))
	}
	return err == nil
}

func (g *gate) shut(err error, wait time.Duration) {
	g.err, g.wait, g.until = err, wait, time.Now().Add(wait)
}
