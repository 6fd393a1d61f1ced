// SPDX-License-Identifier: Apache-2.0

package ds2482

import "io"

// An I2C is an I²C bus. Its methods may be called from several goroutines.
type I2C interface {
	// Tx writes w to the chip at a 7-bit address, and then reads r from it, in
	// one transfer if both are given. A missing acknowledge is ENXIO, EREMOTEIO
	// or EIO, as the kernel's drivers have it.
	Tx(address uint8, w, r []byte) error

	io.Closer
}

// A claimer can keep others from an address.
type claimer interface {
	Claim(address uint8) error
}

// traced is a bus that tells of its transfers.
type traced struct {
	I2C
	trace func(address uint8, w, r []byte, err error)
}

func (t traced) Tx(address uint8, w, r []byte) error {
	err := t.I2C.Tx(address, w, r)
	if t.trace != nil {
		t.trace(address, w, r, err)
	}
	return err
}

// Claim implements claimer, where the bus does.
func (t traced) Claim(address uint8) error {
	if c, ok := t.I2C.(claimer); ok {
		return c.Claim(address)
	}
	return nil
}
