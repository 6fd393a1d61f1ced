// SPDX-License-Identifier: Apache-2.0

package hw

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// ErrNoAdapter means that the bus master is not there, or not yet.
var ErrNoAdapter = errors.New("no bus master")

// A Line owns one Bus and lends it for one transaction at a time. If the
// adapter fails, the Bus is closed, and opened anew for the next transaction.
type Line struct {
	open  func(ctx context.Context) (Bus, error)
	turn  chan struct{} // holds one token: whose turn it is
	bus   Bus           // nil: to be opened
	wait  atomic.Int64  // how many wait for their turn
	on    []Hop         // branches that may be on, outermost first
	fast  atomic.Bool   // overdrive is wanted where it can be had
	stats LineStats

	err    error     // why the adapter can't be had
	again  time.Time // when to try again
	absent bool      // somebody was told that it is

	// Clock is what Stats.Busy and Pause go by; unset: Wall. It, and what
	// follows, is set before the line is used.
	Clock Clock
	// Pause is how long an adapter that could not be opened is left alone:
	// transactions fail meanwhile, at once and for the same reason.
	Pause time.Duration
	// Changed, if set, is told when the adapter can't be had, once, and with
	// nil when it can be again. It runs during a transaction.
	Changed func(err error)
}

// LineStats count what happens on a line. They may be read at any time.
type LineStats struct {
	Transactions, Finished             atomic.Uint64 // begun and ended
	Opened, OpenErrors, CloseErrors    atomic.Uint64
	ReopenErrors                       atomic.Uint64 // of the open errors, those after it was there
	AdapterErrors, Timeouts            atomic.Uint64 // the bus master failed; of these, it did not answer in time
	Resets, NoPresence, Shorts         atomic.Uint64
	EchoErrors, CRCFails, VerifyErrors atomic.Uint64 // a value read back was another
	CRC8Tries, CRC8Fails               atomic.Uint64 // check sums looked at, and wrong ones
	CRC16Tries, CRC16Fails             atomic.Uint64
	SelectErrors                       atomic.Uint64 // of the echo errors, those in a ROM code
	Searches, SearchErrors             atomic.Uint64
	PullupErrors, ProgramErrors        atomic.Uint64 // with the strong pull-up, with 12 V
	Overdrives, OverdriveErrors        atomic.Uint64 // attempts to speed up, and failures
	Busy                               atomic.Int64  // nanoseconds that transactions took
}

// NewLine returns a line whose adapter is opened with the first transaction.
func NewLine(open func(ctx context.Context) (Bus, error)) *Line {
	l := &Line{open: open, turn: make(chan struct{}, 1), Clock: Wall{}}
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
	if err := l.take(ctx); err != nil {
		return err
	}
	defer func() { l.turn <- struct{}{} }()
	ctx = context.WithoutCancel(ctx)
	if err := l.ready(ctx); err != nil {
		return err
	}
	l.stats.Transactions.Add(1)
	began := l.Clock.Now()
	tx := &Tx{ctx: ctx, bus: l.bus, stats: &l.stats, line: l}
	err := f(tx)
	if err != nil && tx.fast && IsLine(err) {
		l.stats.OverdriveErrors.Add(1)
	}
	if sick := tx.slow(); err == nil {
		err = sick
	}
	l.stats.Busy.Add(int64(l.Clock.Now().Sub(began)))
	l.stats.Finished.Add(1)
	if err != nil && sickAdapter(err) {
		l.stats.AdapterErrors.Add(1)
		l.drop()
		l.tell(err)
	}
	return err
}

// drop closes an adapter that is sick, or not wanted any more.
func (l *Line) drop() error {
	err := l.bus.Close()
	if err != nil {
		l.stats.CloseErrors.Add(1)
	}
	l.bus, l.on = nil, nil
	return err
}

// SetOverdrive says whether devices that can shall be spoken to at overdrive.
// It is off unless set: not every cable carries it.
func (l *Line) SetOverdrive(on bool) { l.fast.Store(on) }

// Overdrive tells what SetOverdrive has set.
func (l *Line) Overdrive() bool { return l.fast.Load() }

// take waits for the line's turn.
func (l *Line) take(ctx context.Context) error {
	l.wait.Add(1)
	defer l.wait.Add(-1)
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-l.turn:
		return nil
	}
}

// Wanted tells whether somebody waits for the line. A transaction that only
// waits for a chip should then leave it.
func (l *Line) Wanted() bool { return l.wait.Load() > 0 }

// A noted error has been counted.
type noted struct {
	err     error
	adapter bool // the adapter's, not the line's
}

func (e *noted) Error() string { return e.err.Error() }
func (e *noted) Unwrap() error { return e.err }

func sickAdapter(err error) bool {
	var e *noted
	return errors.As(err, &e) && e.adapter
}

func (l *Line) ready(ctx context.Context) error {
	if l.bus != nil {
		return nil
	}
	if l.err != nil && l.Clock.Now().Before(l.again) {
		return l.err
	}
	bus, err := l.open(ctx)
	if err != nil {
		l.stats.OpenErrors.Add(1)
		if l.stats.Opened.Load() > 0 {
			l.stats.ReopenErrors.Add(1)
		}
		l.err, l.again = fmt.Errorf("%w: %w", ErrNoAdapter, err), l.Clock.Now().Add(l.Pause)
		l.tell(err)
		return l.err
	}
	l.stats.Opened.Add(1)
	l.bus, l.err = bus, nil
	l.tell(nil)
	return nil
}

// tell tells that the adapter has gone or come back.
func (l *Line) tell(err error) {
	if l.absent == (err != nil) || l.Changed == nil {
		return
	}
	l.absent = err != nil
	l.Changed(err)
}

// Close waits for the transaction that runs and closes the Bus. A transaction
// after Close opens it again.
func (l *Line) Close() error {
	<-l.turn
	defer func() { l.turn <- struct{}{} }()
	if l.bus == nil {
		return nil
	}
	return l.drop()
}
