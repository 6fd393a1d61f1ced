// SPDX-License-Identifier: Apache-2.0

package ds2482

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"owfs/hw/sim"
)

// Faults are what happens on an I²C bus, each with a probability. The zero
// value is a good bus.
type Faults struct {
	NAK    float64 // of a message: the address is not acknowledged
	Garble float64 // of a byte, in either direction
	Rand   *rand.Rand
}

// Counts are what has gone over a bus.
type Counts struct {
	Messages, Bytes, NAKs uint64 // addresses count as bytes
}

// A Bus is an emulated I²C bus.
type Bus struct {
	clock sim.Clock
	// Hertz is how fast it is. 0: messages take no time.
	Hertz int
	// Trace, if set, is told of each transfer, before its faults.
	Trace func(address uint8, w, r []byte, err error)

	mu     sync.Mutex
	chips  map[uint8]*Chip
	faults Faults
	counts Counts
}

// NewBus returns a bus without chips.
func NewBus(clock sim.Clock) *Bus { return &Bus{clock: clock, chips: map[uint8]*Chip{}} }

// Put puts a chip at an address, 18h to 1Fh, or with nil takes it away.
func (b *Bus) Put(address uint8, c *Chip) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if c == nil {
		delete(b.chips, address)
		return
	}
	b.chips[address] = c
}

// SetFaults changes what goes wrong.
func (b *Bus) SetFaults(f Faults) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.faults = f
}

// Counts returns what has happened so far.
func (b *Bus) Counts() Counts {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.counts
}

// Tx writes w to a chip and then reads r from it. A missing acknowledge is the
// error that Linux gives.
func (b *Bus) Tx(address uint8, w, r []byte) error {
	b.mu.Lock()
	bytes, err := b.transfer(address, w, r)
	b.counts.Bytes += uint64(bytes)
	if err != nil {
		b.counts.NAKs++
	}
	if b.Trace != nil {
		b.Trace(address, w, r, err)
	}
	b.mu.Unlock()
	if b.Hertz > 0 {
		d := time.Duration(9*bytes+2) * time.Second / time.Duration(b.Hertz)
		b.clock.Sleep(context.Background(), d)
	}
	return err
}

// Close gives the bus back; it can still be used.
func (b *Bus) Close() error { return nil }

func (b *Bus) transfer(address uint8, w, r []byte) (bytes int, err error) {
	if len(w) > 0 || len(r) == 0 {
		n, err := b.write(address, w)
		if bytes = n; err != nil {
			return bytes, err
		}
	}
	if len(r) > 0 {
		c, err := b.begin(address)
		if bytes++; err != nil {
			return bytes, err
		}
		for i := range r {
			r[i] = b.suffer(c.Send())
		}
		bytes += len(r)
	}
	return bytes, nil
}

// begin addresses a chip.
func (b *Bus) begin(address uint8) (*Chip, error) {
	b.counts.Messages++
	c := b.chips[address]
	if c == nil || b.hit(b.faults.NAK) {
		return nil, fmt.Errorf("address %02Xh was not acknowledged: %w", address, syscall.ENXIO)
	}
	c.Address()
	return c, nil
}

func (b *Bus) write(address uint8, w []byte) (bytes int, err error) {
	c, err := b.begin(address)
	if err != nil {
		return 1, err
	}
	for i, v := range w {
		if !c.Receive(b.suffer(v)) {
			return i + 2, fmt.Errorf("byte %d was not acknowledged: %w", i, syscall.EREMOTEIO)
		}
	}
	return 1 + len(w), nil
}

func (b *Bus) hit(p float64) bool { return p > 0 && b.faults.Rand.Float64() < p }

// suffer returns what becomes of a byte.
func (b *Bus) suffer(v byte) byte {
	if b.hit(b.faults.Garble) {
		v ^= 1 << b.faults.Rand.IntN(8)
	}
	return v
}
