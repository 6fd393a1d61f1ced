// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"slices"

	"owfs/hw"
)

// identityDrivers are what a device tells by its ROM code alone; a family whose
// chips know better has drivers of its own.
func identityDrivers(f *Family) Drivers {
	text := func(spell func(hw.ROM) string) Driver {
		return Driver{Read: func(_ context.Context, c Chip, _ Element) (Value, error) {
			return Text(spell(c.ROM())), nil
		}}
	}
	reversed := func(p []byte) []byte {
		p = slices.Clone(p)
		slices.Reverse(p)
		return p
	}
	return Drivers{
		"address":   text(func(r hw.ROM) string { return fmt.Sprintf("%X", r[:]) }),
		"r_address": text(func(r hw.ROM) string { return fmt.Sprintf("%X", reversed(r[:])) }),
		"id":        text(func(r hw.ROM) string { return fmt.Sprintf("%X", r[1:7]) }),
		"r_id":      text(func(r hw.ROM) string { return fmt.Sprintf("%X", reversed(r[1:7])) }),
		"family":    text(func(r hw.ROM) string { return fmt.Sprintf("%02X", r[0]) }),
		"crc8":      text(func(r hw.ROM) string { return fmt.Sprintf("%02X", r[7]) }),
		"type":      text(func(hw.ROM) string { return f.Type }),
		// A link locator (iButtonLink) is a chip beside the device that tells
		// its place. Where there is none, the original reads all F.
		"locator":   text(func(hw.ROM) string { return "FFFFFFFFFFFFFFFF" }),
		"r_locator": text(func(hw.ROM) string { return "FFFFFFFFFFFFFFFF" }),
		// Aliases are the program's; a device has none.
		"alias":   text(func(hw.ROM) string { return "" }),
		"present": {Read: present},
	}
}

// present asks the line for the device, past every cache.
func present(ctx context.Context, c Chip, _ Element) (Value, error) {
	there := false
	err := c.Do(ctx, func(tx *hw.Tx) (err error) {
		there, err = tx.Verify(hw.SearchROM, c.ROM())
		return err
	})
	return Flag(there), err
}
