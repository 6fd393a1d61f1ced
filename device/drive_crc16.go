// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"syscall"

	"owfs/hw"
)

// Chips with a CRC-16 send it behind what they were asked and what they
// answered: it covers the command, the address and the data since then.

// exchangeCRC16 sends a command with its address, reads n bytes and their
// CRC-16, and checks it. what is for the error.
func exchangeCRC16(tx *hw.Tx, rom hw.ROM, what string, n int, command ...byte) ([]byte, error) {
	answer, err := tx.Exchange(rom, n+2, command...)
	if err != nil {
		return nil, err
	}
	if !tx.CheckCRC16(hw.CRC16(0, command), answer) {
		return nil, tx.CRCFailed(what)
	}
	return answer[:n], nil
}

// commandCRC16 is exchangeCRC16 for a command after which the chip acts when it
// is read on: that is not begun before the command is known to have come over
// as it was sent.
func commandCRC16(tx *hw.Tx, rom hw.ROM, what string, n int, command ...byte) ([]byte, error) {
	if err := tx.Command(rom, command...); err != nil {
		return nil, err
	}
	answer := make([]byte, n+2)
	if err := tx.Read(answer); err != nil {
		return nil, err
	}
	if !tx.CheckCRC16(hw.CRC16(0, command), answer) {
		return nil, tx.CRCFailed(what)
	}
	return answer[:n], nil
}

// readCRC16 is exchangeCRC16 as a transaction of its own.
func readCRC16(ctx context.Context, c Chip, what string, n int, command ...byte) (data []byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		data, err = exchangeCRC16(tx, c.ROM(), what, n, command...)
		return err
	})
	return data, err
}

// addressed spells a command with a 16-bit address, as nearly all chips take it.
func addressed(command byte, address int, data ...byte) []byte {
	return append([]byte{command, byte(address), byte(address >> 8)}, data...)
}

// unverified says that a chip does not hold what it was given.
func unverified(what string) error { return fmt.Errorf("%s: %w", what, hw.ErrVerify) }

// outOfRange says which numbers a property takes.
func outOfRange(low, high any) error {
	return fmt.Errorf("from %v to %v: %w", low, high, syscall.ERANGE)
}

// tooLong says how many bytes a property takes.
func tooLong(most int) error {
	return fmt.Errorf("more than %d bytes: %w", most, syscall.ERANGE)
}
