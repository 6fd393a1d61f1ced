// SPDX-License-Identifier: Apache-2.0

package device

// ds1954 is the cryptographic iButton DS1954.
func ds1954() Family {
	return Family{
		Code: "16", Type: "DS1954", Status: Unregistered,
		Properties: join(standard(), rows{
			row("io_buffer", Binary, ReadWrite, Volatile).sized(8),
			row("ipr", Binary, ReadWrite, Volatile).sized(128),
			row("reset", YesNo, WriteOnly, Volatile),
			row("status", Binary, ReadWrite, Volatile).sized(4),
		}),
	}
}
