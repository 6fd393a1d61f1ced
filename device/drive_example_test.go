// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"fmt"
	"testing"

	"owfs/device"
)

func TestExampleSlave(t *testing.T) {
	b, rom := newBench(), testROM(0xDD)
	b.want(t, rom, "read_number", device.Int(42))
	b.want(t, rom, "bits.BYTE", device.Bits(42))
	b.want(t, rom, "bits.1", device.Flag(true))
	b.want(t, rom, "extension_characters.hello", device.Int(5))
	for n, want := range map[int]bool{0: false, 1: false, 2: true, 3: true, 4: false, 9: false, 25: false, 97: true, 2147483629: true, 2147483630: false} {
		b.want(t, rom, fmt.Sprintf("is_index_prime.%d", n), device.Flag(want))
	}
}
