// SPDX-License-Identifier: Apache-2.0

//go:build !cgo || nousb

package ds2490

func system() host { return without{} }

// without is a build without libusb.
type without struct{}

func (without) list() ([]Stick, error)   { return nil, ErrNoUSB }
func (without) open(Stick) (Port, error) { return nil, ErrNoUSB }
