// SPDX-License-Identifier: Apache-2.0

package ds2482

import (
	"errors"
	"fmt"
	"syscall"
)

// The addresses that the chips can have: the -100 and the DS2483 fewer of them
// than the -800 (pages 15 and 16).
const (
	FirstAddress = 0x18
	LastAddress  = 0x1F
)

// Addresses returns all of them.
func Addresses() []uint8 {
	var all []uint8
	for a := uint8(FirstAddress); a <= LastAddress; a++ {
		all = append(all, a)
	}
	return all
}

// A Place is a chip at an address.
type Place struct {
	Address uint8
	Kind    Kind
}

// Probe tells which of the addresses have a chip, and of what kind. Chips are
// reset by it. Other chips live at these addresses, too (thermometers of the
// MCP9808 family, accelerometers): what does not answer as a DS2482 does after a
// reset is let alone. The error is one of the bus; places may have been found
// all the same.
func Probe(i2c I2C, addresses []uint8) ([]Place, error) {
	var found []Place
	var sick []error
	for _, address := range addresses {
		kind, err := identify(i2c, address)
		switch {
		case err == nil:
			found = append(found, Place{address, kind})
		case !errors.Is(err, ErrNoChip):
			sick = append(sick, err)
		}
	}
	return found, errors.Join(sick...)
}

// identify finds out what is at an address.
func identify(i2c I2C, address uint8) (Kind, error) {
	if c, ok := i2c.(claimer); ok {
		if err := c.Claim(address); err != nil {
			return 0, fmt.Errorf("address %02Xh: %w", address, err)
		}
	}
	if err := resetChip(i2c, address); err != nil {
		return 0, err
	}
	if config, err := answers(i2c, address, setPointer, pointConfig, 0); err != nil {
		return 0, fmt.Errorf("configuration at address %02Xh: %w", address, err)
	} else if !config {
		return 0, fmt.Errorf("%w at address %02Xh: what is there has no configuration register", ErrNoChip, address)
	}
	// Only the DS2483 has a port register, and only the -800 has channels.
	err := i2c.Tx(address, []byte{setPointer, pointPort}, nil)
	if err == nil {
		return DS2483, nil
	}
	if !unacknowledged(err) {
		return 0, err
	}
	write, read := channelCode(1)
	eight, err := answers(i2c, address, channelSelect, write, read)
	if err != nil {
		return 0, err
	}
	if eight {
		return DS2482x800, nil
	}
	return DS2482x100, nil
}

// answers tells whether a command is acknowledged and leaves the read pointer at
// a register with some content.
func answers(i2c I2C, address uint8, command, parameter, content byte) (bool, error) {
	if err := i2c.Tx(address, []byte{command, parameter}, nil); unacknowledged(err) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	var r [2]byte
	err := i2c.Tx(address, nil, r[:])
	return r == [2]byte{content, content}, err
}

// resetChip sends Device Reset, after which the status is known but for the
// level of the line (page 9).
func resetChip(i2c I2C, address uint8) error {
	var r [2]byte
	err := i2c.Tx(address, []byte{deviceReset}, nil)
	if err == nil {
		err = i2c.Tx(address, nil, r[:])
	}
	switch {
	case unacknowledged(err):
		return fmt.Errorf("%w at address %02Xh: %w", ErrNoChip, address, err)
	case err != nil:
		return fmt.Errorf("address %02Xh: %w", address, err)
	case r[0]&^statusLevel != statusReset || r[1]&^statusLevel != statusReset:
		return fmt.Errorf("%w at address %02Xh: after a reset the status reads %02X and %02Xh", ErrNoChip, address, r[0], r[1])
	}
	return nil
}

// unacknowledged tells the errors that the kernel's drivers have for a chip that
// does not acknowledge.
func unacknowledged(err error) bool {
	return errors.Is(err, syscall.ENXIO) || errors.Is(err, syscall.EREMOTEIO) || errors.Is(err, syscall.EIO)
}
