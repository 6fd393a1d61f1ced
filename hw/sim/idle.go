// SPDX-License-Identifier: Apache-2.0

package sim

import "time"

// Idle tells the devices that nobody will pull the line low for d from now on,
// and that it feeds those that live on it. It is for bus masters that have no
// strong pull-up, and lets no time pass.
func (l *Line) Idle(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.slaves {
		s.Powered(d)
	}
}
