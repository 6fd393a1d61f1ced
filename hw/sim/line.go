// SPDX-License-Identifier: Apache-2.0

// Package sim is an emulated 1-Wire line, at the level of bit slots, with
// emulated devices written from their data sheets. It is a second reading of
// those data sheets: it shares no table and no formula with package device, so
// that each can be checked by the other.
//
// The line is a wired AND: a slot reads 0 if anybody pulls it low. It counts
// resets, slots and time, and can be given faults.
package sim

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"owfs/hw"
)

// The length of what happens on a line at standard speed (DS18B20 data sheet
// pages 15 and 20: a reset takes 480 µs low and 480 µs for the presence pulse,
// a slot 60 µs and 1 µs or more to recover), and at overdrive (DS2408 page 3).
const (
	resetTime     = 960 * time.Microsecond
	slotTime      = 70 * time.Microsecond
	resetTimeFast = 128 * time.Microsecond
	slotTimeFast  = 10 * time.Microsecond
)

// A Slave is a device on the line. Its methods are called in the line's order
// and never at the same time.
type Slave interface {
	// Reset is the reset pulse. It tells whether the device answers with a
	// presence pulse.
	Reset(fast bool) (present bool)
	// Slot is one bit slot: pull returns 0 if the device holds the line low.
	Pull() byte
	// See tells what the line carried in the slot that Pull was asked for.
	See(bit byte)
	// Powered tells the device that the line is driven high for d.
	Powered(d time.Duration)
	// Pulse tells the device that there are 12 V on the line for d.
	Pulse(d time.Duration)
}

// Counts are what has happened on a line.
type Counts struct {
	Resets, Slots uint64
	Busy          time.Duration // that resets, slots and pull-ups took
}

// Faults are what goes wrong on a line. The zero value is a good line.
type Faults struct {
	BitErrors  float64 // the probability that a slot is read wrongly by everybody
	Short      bool    // the line is held low
	NoPresence bool    // presence pulses get lost
	Rand       *rand.Rand
}

// A Line is an emulated line with its bus master. It is a hw.Bus.
type Line struct {
	clock Clock

	mu     sync.Mutex
	slaves []Slave
	faults Faults
	counts Counts
	fast   bool // the master is at overdrive
}

// NewLine returns a line without devices.
func NewLine(clock Clock) *Line { return &Line{clock: clock} }

// Add puts a device on the line.
func (l *Line) Add(s ...Slave) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slaves = append(l.slaves, s...)
}

// Remove takes a device off the line.
func (l *Line) Remove(s Slave) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.slaves {
		if l.slaves[i] == s {
			if s, ok := s.(interface{ Stop() }); ok {
				s.Stop()
			}
			l.slaves = append(l.slaves[:i:i], l.slaves[i+1:]...)
			return
		}
	}
}

// SetFaults changes what goes wrong.
func (l *Line) SetFaults(f Faults) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = f
}

// Counts returns what has happened so far.
func (l *Line) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.counts
}

// Reset implements hw.Bus.
func (l *Line) Reset(ctx context.Context) (bool, error) {
	l.mu.Lock()
	d := resetTime
	if l.fast {
		d = resetTimeFast
	}
	l.counts.Resets++
	l.counts.Busy += d
	short, lost := l.faults.Short, l.faults.NoPresence
	present := false
	if !short {
		for _, s := range l.slaves {
			present = s.Reset(l.fast) || present
		}
	}
	l.mu.Unlock()
	if err := l.clock.Sleep(ctx, d); err != nil {
		return false, err
	}
	if short {
		return false, hw.ErrShort
	}
	return present && !lost, nil
}

// slot runs one slot in which the master sends b, and returns what was read.
// It is where the time of most tests goes: the slaves are gone through by their
// index since the race detector looks twice at what range does.
func (l *Line) slot(b byte) byte {
	slaves := l.slaves
	l.counts.Slots++
	for i := range slaves {
		b &= slaves[i].Pull()
	}
	if f := &l.faults; f.Short {
		b = 0
	}
	if f := &l.faults; f.BitErrors > 0 && f.Rand.Float64() < f.BitErrors {
		b ^= 1
	}
	for i := range slaves {
		slaves[i].See(b)
	}
	return b
}

// took counts the time of n slots and returns it.
func (l *Line) took(n int) time.Duration {
	d := slotTime * time.Duration(n)
	if l.fast {
		d = slotTimeFast * time.Duration(n)
	}
	l.counts.Busy += d
	return d
}

// Touch implements hw.Bus.
func (l *Line) Touch(ctx context.Context, p []byte) error {
	l.mu.Lock()
	for i, out := range p {
		var in byte
		for bit := range 8 {
			in |= l.slot(out>>bit&1) << bit
		}
		p[i] = in
	}
	d := l.took(8 * len(p))
	l.mu.Unlock()
	return l.clock.Sleep(ctx, d)
}

// Bits implements hw.Bus.
func (l *Line) Bits(ctx context.Context, p []byte) error {
	l.mu.Lock()
	for i, out := range p {
		p[i] = l.slot(out & 1)
	}
	d := l.took(len(p))
	l.mu.Unlock()
	return l.clock.Sleep(ctx, d)
}

// Power implements hw.Bus.
func (l *Line) Power(ctx context.Context, b byte, d time.Duration) (byte, error) {
	p := []byte{b}
	if err := l.Touch(ctx, p); err != nil {
		return 0, err
	}
	l.mu.Lock()
	for _, s := range l.slaves {
		s.Powered(d)
	}
	l.counts.Busy += d
	l.mu.Unlock()
	return p[0], l.clock.Sleep(ctx, d)
}

// Pulse implements hw.Pulser.
func (l *Line) Pulse(ctx context.Context, d time.Duration) error {
	l.mu.Lock()
	for _, s := range l.slaves {
		s.Pulse(d)
	}
	l.counts.Busy += d
	l.mu.Unlock()
	return l.clock.Sleep(ctx, d)
}

// SetOverdrive implements hw.Speeder.
func (l *Line) SetOverdrive(_ context.Context, on bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fast = on
	return nil
}

// Close implements hw.Bus. The line can still be used.
func (l *Line) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.slaves {
		if s, ok := s.(interface{ Stop() }); ok {
			s.Stop()
		}
	}
	return nil
}
