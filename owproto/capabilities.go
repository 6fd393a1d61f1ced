// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"errors"
	"sync/atomic"
)

// capabilities remembers the message types that the server does not know or was
// told not to (protocol section 4.4), one bit for each.
type capabilities struct{ missing atomic.Uint32 }

func (c *capabilities) lacks(t MessageType) bool { return c.missing.Load()&(1<<t) != 0 }
func (c *capabilities) learn(t MessageType)      { c.missing.Or(1 << t) }
func (c *capabilities) forget()                  { c.missing.Store(0) }

// isErrno tells whether the server reported e.
func isErrno(err error, e Errno) bool {
	var got Errno
	return errors.As(err, &got) && got == e
}
