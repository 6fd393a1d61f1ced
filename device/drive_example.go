// SPDX-License-Identifier: Apache-2.0

package device

import "context"

// exampleDrivers are those of the example that is no product: constants, and
// what follows from the name of an element.
func exampleDrivers() Drivers {
	const answer = 42
	return Drivers{
		"read_number": constant(Int(answer)),
		"bits":        constant(Bits(answer)),
		"is_index_prime": {Read: func(_ context.Context, _ Chip, e Element) (Value, error) {
			return Flag(prime(e.Index)), nil
		}},
		"extension_characters": {Read: func(_ context.Context, _ Chip, e Element) (Value, error) {
			return Int(int64(len(e.Text))), nil
		}},
	}
}

func prime(n int) bool {
	for i := 2; i <= n/i; i++ {
		if n%i == 0 {
			return false
		}
	}
	return n > 1
}
