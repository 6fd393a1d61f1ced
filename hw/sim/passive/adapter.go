// SPDX-License-Identifier: Apache-2.0

// Package passive is an emulated passive adapter of the DS9097 kind, over an
// emulated line: a few diodes between a serial port and a 1-Wire line, so that
// what the port sends pulls the line low, and what the line carries is what the
// port receives. It shares nothing with the package that drives such adapters.
//
// An Adapter is the port with the line behind it, at the level of the low pulses
// that words make. PTY gives it a name which any program can open.
package passive

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"owfs/hw/sim"
)

// Faults are what happens to words on their way back, each with a probability.
// The zero value is a good adapter.
type Faults struct {
	Lose, Garble, Double, Late float64
	Delay                      time.Duration // of those that are late, and all behind them
	Rand                       *rand.Rand
}

// An Adapter is the host's end. One goroutine may write and another read.
type Adapter struct {
	// Trace, if set, is told of each word that is sent and received.
	Trace func(toLine bool, word byte)
	// Hold is how long a device holds the line low to send a 0, 15 to 60 µs
	// (DS18B20 data sheet page 16). 0: 30 µs.
	Hold time.Duration
	// Weak makes the idle line feed no device, as with a port of low voltage.
	// Else it feeds all, and it does not matter whether it is idle for long
	// enough: nobody knows that beforehand.
	Weak bool

	line  *sim.Line
	clock sim.Clock
	ctx   context.Context
	stop  context.CancelFunc

	mu       sync.Mutex
	faults   Faults
	baud     int
	bits     int
	quiet    time.Time // when what was sent so far has left
	echoes   []echo
	deadline time.Time
	more     chan struct{}
	odd      int
	low      bool // the receiver sees a break
	told     bool // and has said so
}

// idle is longer than a device needs to be fed for.
const idle = time.Minute

// An echo is a word that has come back at some time.
type echo struct {
	word byte
	at   time.Time
}

// New returns an adapter with a port at 9600 baud and words of 8 bits.
func New(line *sim.Line) *Adapter {
	a := &Adapter{line: line, clock: line.Clock(), baud: 9600, bits: 8, more: make(chan struct{}, 1)}
	a.ctx, a.stop = context.WithCancel(context.Background())
	a.quiet = a.clock.Now()
	return a
}

// SetFaults changes what goes wrong.
func (a *Adapter) SetFaults(f Faults) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.faults = f
}

// SetBreak holds the receiver low for good, as a short does at most ports: they
// tell of a break once, by a word of zeros, and then receive nothing.
func (a *Adapter) SetBreak(on bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.low, a.told = on, false
}

// Odd counts low pulses that are of no use on a 1-Wire line: longer than a slot
// that writes 1 may be low, and shorter than one that writes 0.
func (a *Adapter) Odd() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.odd
}

// SetMode changes the rate and the length of words.
func (a *Adapter) SetMode(baud, bits int) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.baud, a.bits = baud, bits
	return nil
}

// Close unplugs the adapter.
func (a *Adapter) Close() error {
	a.stop()
	return nil
}

// Write sends words, without waiting for the end of it.
func (a *Adapter) Write(p []byte) (int, error) {
	if a.ctx.Err() != nil {
		return 0, os.ErrClosed
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if now := a.clock.Now(); now.After(a.quiet) {
		a.quiet = now
	}
	for _, w := range p {
		w &= byte(1<<a.bits - 1)
		a.trace(true, w)
		a.quiet = a.quiet.Add(time.Duration(a.bits+2) * a.bit())
		switch {
		case !a.low:
			a.answer(a.pulses(w))
		case !a.told:
			a.told = true
			a.answer(0)
		}
	}
	if !a.Weak {
		a.line.Idle(idle)
	}
	select {
	case a.more <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (a *Adapter) trace(toLine bool, w byte) {
	if a.Trace != nil {
		a.Trace(toLine, w)
	}
}

// answer queues what comes back of a word.
func (a *Adapter) answer(w byte) {
	f := a.faults
	hit := func(p float64) bool { return p > 0 && f.Rand.Float64() < p }
	at := a.quiet
	if hit(f.Late) {
		at = at.Add(f.Delay)
	}
	if n := len(a.echoes); n > 0 && a.echoes[n-1].at.After(at) {
		at = a.echoes[n-1].at
	}
	if hit(f.Garble) {
		w ^= byte(1 + f.Rand.IntN(1<<a.bits-1))
	}
	if hit(f.Lose) {
		return
	}
	a.echoes = append(a.echoes, echo{w, at})
	if hit(f.Double) {
		a.echoes = append(a.echoes, echo{w, at})
	}
}

// SetReadDeadline ends reads that wait for longer.
func (a *Adapter) SetReadDeadline(t time.Time) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.deadline = t
	return nil
}

// Read returns the words that have come, or waits for one.
func (a *Adapter) Read(p []byte) (int, error) {
	for {
		n, wait, err := a.take(p)
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		t := time.NewTimer(wait)
		select {
		case <-a.ctx.Done():
		case <-t.C:
		case <-a.more:
		}
		t.Stop()
	}
}

// take returns what is there, or how long to wait for more.
func (a *Adapter) take(p []byte) (n int, wait time.Duration, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.clock.Now()
	for n < len(p) && len(a.echoes) > 0 && !a.echoes[0].at.After(now) {
		p[n] = a.echoes[0].word
		a.echoes = a.echoes[1:]
		a.trace(false, p[n])
		n++
	}
	wait = time.Hour
	if len(a.echoes) > 0 {
		wait = a.echoes[a.gathered(len(p))].at.Sub(now)
	}
	if !a.deadline.IsZero() {
		wait = min(wait, a.deadline.Sub(now))
	}
	switch {
	case n > 0:
	case a.ctx.Err() != nil:
		err = io.EOF
	case !a.deadline.IsZero() && !now.Before(a.deadline):
		err = os.ErrDeadlineExceeded
	}
	return n, wait, err
}

// gathered is the last of up to n words that a port lets come before it tells of
// the first: of those that follow each other, as many as its FIFO holds. A port
// without one would have the host woken for each word.
func (a *Adapter) gathered(n int) (last int) {
	const fifo = 14 // of a 16550A, of 16
	gap := 4 * time.Duration(a.bits+2) * a.bit()
	for last+1 < min(n, fifo, len(a.echoes)) && a.echoes[last+1].at.Sub(a.echoes[last].at) <= gap {
		last++
	}
	return last
}

// Say sends a word to the host that nothing has caused, as noise would.
func (a *Adapter) Say(w byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.echoes = append(a.echoes, echo{w, a.clock.Now()})
}
