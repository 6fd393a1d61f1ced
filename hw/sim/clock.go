// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"context"
	"sync"
	"time"

	"owfs/hw"
)

// A Clock is the time of an emulated line. hw.Wall lets the line take as long
// as a cable does; Virtual only counts.
type Clock = hw.Clock

// Virtual is a clock that moves only when somebody sleeps, and then at once.
type Virtual struct {
	mu  sync.Mutex
	now time.Time
}

// Now implements Clock.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.now.IsZero() {
		v.now = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return v.now
}

// Sleep implements Clock.
func (v *Virtual) Sleep(ctx context.Context, d time.Duration) error {
	now := v.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.now = now.Add(d)
	return ctx.Err()
}
