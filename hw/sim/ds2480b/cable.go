// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"context"
	"io"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"owfs/hw"
)

// Faults are what happens to bytes on a cable, each with a probability, in
// both directions. The zero value is a good cable.
type Faults struct {
	Lose, Garble, Double, Late float64
	Delay                      time.Duration // of those that are late, and all behind them
	Rand                       *rand.Rand
}

// Counts are what has gone over a cable.
type Counts struct {
	ToChip, FromChip uint64
	Overruns         uint64 // bytes that came faster than the chip could take them
	Breaks           uint64
}

// A Cable is a serial line to a chip, and its host's end. Bytes take ten bits
// of time, the chip holds one byte while it works at another (page 22), and
// loses what comes then. A byte sent at another rate than the chip's is garbled,
// or if it is slower, a break.
//
// The methods are those of a serial port. One goroutine may write and another
// read.
type Cable struct {
	chip    *Chip
	clock   hw.Clock
	patient bool // no byte is lost because the chip is busy

	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup
	buffer chan symbol // the one that the chip holds

	mu         sync.Mutex
	observer   func(toChip bool, b byte)
	faults     Faults
	counts     Counts
	rate       int // of the host
	deadline   time.Time
	toChip     []symbol
	fromChip   []symbol
	toChipMore chan struct{}
	toHostMore chan struct{}
}

// A symbol is a byte, or -1 for a break, that is there at some time.
type symbol struct {
	b    int
	at   time.Time
	rate int
}

// Plug connects a chip. The host listens at 9600 baud at first.
func Plug(chip *Chip) *Cable { return plug(chip, false) }

// PlugPatient connects a chip that takes all bytes, if need be late: in real
// time, a machine that is busy would bring them in bursts that no port sends.
func PlugPatient(chip *Chip) *Cable { return plug(chip, true) }

func plug(chip *Chip, patient bool) *Cable {
	c := &Cable{
		chip: chip, clock: chip.line.Clock(), patient: patient, rate: 9600,
		buffer: make(chan symbol, 1), toChipMore: make(chan struct{}, 1), toHostMore: make(chan struct{}, 1),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.wg.Go(c.carry)
	c.wg.Go(c.work)
	return c
}

// Close pulls the plug at the host's end.
func (c *Cable) Close() error {
	c.cancel()
	c.wg.Wait()
	return nil
}

// SetFaults changes what goes wrong.
func (c *Cable) SetFaults(f Faults) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = f
}

// Counts returns what has happened so far.
func (c *Cable) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts
}

// SetBaud changes the rate of the host.
func (c *Cable) SetBaud(rate int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rate = rate
	return nil
}

func byteTime(rate int) time.Duration { return 10 * time.Second / time.Duration(rate) }

// Write sends bytes, without waiting for the end of it.
func (c *Cable) Write(p []byte) (int, error) {
	if c.ctx.Err() != nil {
		return 0, os.ErrClosed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range p {
		c.counts.ToChip++
		c.trace(true, b)
		for _, b := range c.suffer(b) {
			c.toChip = c.queue(c.toChip, int(b), c.rate, c.clock.Now(), byteTime(c.rate))
		}
	}
	wake(c.toChipMore)
	return len(p), nil
}

// Observe has f told of each byte that host and chip see from now on.
func (c *Cable) Observe(f func(toChip bool, b byte)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.observer = f
}

func (c *Cable) trace(toChip bool, b byte) {
	if c.observer != nil {
		c.observer(toChip, b)
	}
}

// Break holds the line at start polarity.
func (c *Cable) Break(d time.Duration) error {
	c.mu.Lock()
	c.counts.Breaks++
	c.toChip = c.queue(c.toChip, -1, c.rate, c.clock.Now(), d)
	c.mu.Unlock()
	wake(c.toChipMore)
	return c.clock.Sleep(c.ctx, d)
}

// queue appends what is sent at some time and takes d on the wire.
func (c *Cable) queue(q []symbol, b, rate int, at time.Time, d time.Duration) []symbol {
	if n := len(q); n > 0 && q[n-1].at.After(at) {
		at = q[n-1].at
	}
	f := c.faults
	if f.Late > 0 && f.Rand.Float64() < f.Late {
		d += f.Delay
	}
	return append(q, symbol{b, at.Add(d), rate})
}

// suffer returns what becomes of a byte.
func (c *Cable) suffer(b byte) []byte {
	f := c.faults
	hit := func(p float64) bool { return p > 0 && f.Rand.Float64() < p }
	switch {
	case hit(f.Lose):
		return nil
	case hit(f.Double):
		return []byte{b, b}
	case hit(f.Garble):
		return []byte{b ^ byte(1+f.Rand.IntN(255))}
	}
	return []byte{b}
}

func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// head returns the first symbol of a queue.
func (c *Cable) head(q *[]symbol) (symbol, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(*q) == 0 {
		return symbol{}, false
	}
	return (*q)[0], true
}

// carry brings to the chip what the host has sent.
func (c *Cable) carry() {
	for c.ctx.Err() == nil {
		s, ok := c.head(&c.toChip)
		if !ok {
			select {
			case <-c.ctx.Done():
			case <-c.toChipMore:
			}
			continue
		}
		if c.clock.Sleep(c.ctx, s.at.Sub(c.clock.Now())) != nil {
			return
		}
		c.mu.Lock()
		c.toChip = c.toChip[1:]
		c.mu.Unlock()
		s.b = c.heard(s)
		c.hand(s)
	}
}

// heard is what the chip's receiver makes of a symbol.
func (c *Cable) heard(s symbol) int {
	rate := c.chip.Baud()
	switch {
	case s.b < 0 || s.rate == rate:
		return s.b
	case s.rate < rate: // start polarity lasts longer than a byte: a break
		return -1
	}
	return s.b&0x0F | 0xF0 // several bits in the time of one
}

// hand gives the chip a symbol. It must have taken the one before.
func (c *Cable) hand(s symbol) {
	if s.b < 0 || c.patient {
		select {
		case c.buffer <- s:
		case <-c.ctx.Done():
		}
		return
	}
	select {
	case c.buffer <- s:
	default:
		c.mu.Lock()
		c.counts.Overruns++
		c.mu.Unlock()
	}
}

// work is what the chip does.
func (c *Cable) work() {
	for {
		select {
		case <-c.ctx.Done():
			return
		case s := <-c.buffer:
			if s.b < 0 {
				c.chip.MasterReset()
				continue
			}
			c.chip.receiveAt(c.ctx, byte(s.b), s.at, c.answer)
		}
	}
}

// answer sends a byte to the host.
func (c *Cable) answer(b byte, at time.Time) {
	rate := c.chip.Baud()
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range c.suffer(b) {
		c.counts.FromChip++
		c.fromChip = c.queue(c.fromChip, int(b), rate, at, byteTime(rate))
	}
	wake(c.toHostMore)
}

// SetReadDeadline ends reads that wait for longer.
func (c *Cable) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return nil
}

// Read returns the bytes that have come, or waits for one.
func (c *Cable) Read(p []byte) (int, error) {
	for {
		n, wait, err := c.take(p)
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		t := time.NewTimer(wait)
		select {
		case <-c.ctx.Done():
		case <-t.C:
		case <-c.toHostMore:
		}
		t.Stop()
	}
}

// take returns what is there, or how long to wait for more.
func (c *Cable) take(p []byte) (n int, wait time.Duration, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	for n < len(p) && len(c.fromChip) > 0 && !c.fromChip[0].at.After(now) {
		s := c.fromChip[0]
		c.fromChip = c.fromChip[1:]
		p[n] = byte(s.b)
		if s.rate != c.rate {
			p[n] ^= 0x5A
		}
		c.trace(false, p[n])
		n++
	}
	wait = time.Hour
	if len(c.fromChip) > 0 {
		wait = c.fromChip[0].at.Sub(now)
	}
	if !c.deadline.IsZero() {
		wait = min(wait, c.deadline.Sub(now))
	}
	switch {
	case n > 0:
	case c.ctx.Err() != nil:
		err = io.EOF
	case !c.deadline.IsZero() && !now.Before(c.deadline):
		err = os.ErrDeadlineExceeded
	}
	return n, wait, err
}

// Say sends a byte to the host that the chip has no reason for, as noise on the
// cable would.
func (c *Cable) Say(b byte) { c.answer(b, c.clock.Now()) }
