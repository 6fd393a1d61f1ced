// SPDX-License-Identifier: Apache-2.0

package hw

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
)

// ErrNoAdapter means that the bus master is not there, or not yet.
var ErrNoAdapter = errors.New("no bus master")

// A Line owns one Bus and lends it for one transaction at a time. If the
// adapter fails, the Bus is closed, and opened anew for the next transaction.
type Line struct {
	open  func(ctx context.Context) (Bus, error)
	turn  chan struct{} // holds one token: whose turn it is
	bus   Bus           // nil: to be opened
	stats LineStats
}

// LineStats count what happens on a line. They may be read at any time.
type LineStats struct {
	Transactions, Opened, OpenErrors, AdapterErrors  atomic.Uint64
	Resets, NoPresence, Shorts, EchoErrors, CRCFails atomic.Uint64
}

// NewLine returns a line whose adapter is opened with the first transaction.
func NewLine(open func(ctx context.Context) (Bus, error)) *Line {
	l := &Line{open: open, turn: make(chan struct{}, 1)}
	l.turn <- struct{}{}
	return l
}

// Stats returns the line's counters.
func (l *Line) Stats() *LineStats { return &l.stats }

// Do runs a whole transaction (reset … select … command … end of pull-up, or a
// whole search) that nobody else's can come between. Waiting for the turn ends
// with ctx; once it has begun, a transaction is not torn: f gets a context that
// ctx does not end.
func (l *Line) Do(ctx context.Context, f func(tx *Tx) error) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-l.turn:
	}
	defer func() { l.turn <- struct{}{} }()
	if err := ctx.Err(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := l.ready(ctx); err != nil {
		return err
	}
	l.stats.Transactions.Add(1)
	err := f(&Tx{ctx: ctx, bus: l.bus, stats: &l.stats})
	if err != nil && sickAdapter(err) {
		l.stats.AdapterErrors.Add(1)
		l.bus.Close()
		l.bus = nil
	}
	return err
}

// An adapterError came from the Bus and is not the line's.
type adapterError struct{ err error }

func (e *adapterError) Error() string { return e.err.Error() }
func (e *adapterError) Unwrap() error { return e.err }

func sickAdapter(err error) bool {
	var e *adapterError
	return errors.As(err, &e)
}

func (l *Line) ready(ctx context.Context) error {
	if l.bus != nil {
		return nil
	}
	bus, err := l.open(ctx)
	if err != nil {
		l.stats.OpenErrors.Add(1)
		return fmt.Errorf("%w: %w", ErrNoAdapter, err)
	}
	l.stats.Opened.Add(1)
	l.bus = bus
	return nil
}

// Close waits for the transaction that runs and closes the Bus. A transaction
// after Close opens it again.
func (l *Line) Close() error {
	<-l.turn
	defer func() { l.turn <- struct{}{} }()
	if l.bus == nil {
		return nil
	}
	err := l.bus.Close()
	l.bus = nil
	return err
}
