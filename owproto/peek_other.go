// SPDX-License-Identifier: Apache-2.0

//go:build !unix || aix || solaris || illumos

package owproto

import "syscall"

// nothingToRead believes that an idle connection is open; a call that finds
// otherwise is repeated.
func nothingToRead(syscall.RawConn) bool { return true }
