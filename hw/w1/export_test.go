// SPDX-License-Identifier: Apache-2.0

package w1

// NewSocket makes a Socket of one end of a socket pair.
func NewSocket(fd int) Socket { return newSocket(fd) }
