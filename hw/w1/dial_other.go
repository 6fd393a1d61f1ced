// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package w1

import "errors"

// Dial opens a socket to the connector of Linux, which is not here.
func Dial(bool) (Socket, error) { return nil, errors.ErrUnsupported }
