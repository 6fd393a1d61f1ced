// SPDX-License-Identifier: Apache-2.0

package sim

import "time"

// The methods below are for emulated bus masters with a timing of their own:
// they do what happens on the line at once, and let no time pass. The masters
// sleep on the line's clock for as long as it takes them.

// Clock returns the time of the line.
func (l *Line) Clock() Clock { return l.clock }

// ResetPulse is a reset pulse that takes d, presence included. short tells that
// the line stays low.
func (l *Line) ResetPulse(fast bool, d time.Duration) (present, short bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Resets++
	l.counts.Busy += d
	l.fast = fast
	if l.faults.Short {
		return false, true
	}
	for _, s := range l.slaves {
		present = s.Reset(fast) || present
	}
	return present && !l.faults.NoPresence, false
}

// SlotPulse is one slot that takes d, in which the master sends bit. It returns
// what the line carried.
func (l *Line) SlotPulse(fast bool, bit byte, d time.Duration) byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Busy += d
	l.fast = fast
	return l.slot(bit)
}

// PulledUp tells the devices that the line has been driven high for d, from the
// end of the last slot until now.
func (l *Line) PulledUp(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.slaves {
		// What they were fed for ends now: whatever had to be over is.
		s.Powered(0)
	}
	l.counts.Busy += d
}

// Pulse12V puts 12 V on the line for d.
func (l *Line) Pulse12V(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.slaves {
		s.Pulse(d)
	}
	l.counts.Busy += d
}
