// SPDX-License-Identifier: Apache-2.0

package text

import (
	"fmt"
	"syscall"
)

// A fault reads as its text and is its errno to errors.Is.
type fault struct {
	text  string
	errno syscall.Errno
}

func (f *fault) Error() string { return f.text }
func (f *fault) Unwrap() error { return f.errno }

func faultf(errno syscall.Errno, format string, args ...any) error {
	return &fault{text: fmt.Sprintf(format, args...), errno: errno}
}

// refuse says what was written and what would be right. Of a long text only the beginning is shown.
func refuse(errno syscall.Errno, data []byte, want string) error {
	return faultf(errno, "%.40q is not %s", data, want)
}
