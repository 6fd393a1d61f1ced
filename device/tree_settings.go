// SPDX-License-Identifier: Apache-2.0

package device

// settings is what can be set in the running program.
func settings() Family {
	return Family{
		Code: "settings", Type: "settings", Mode: branchMode,
		Properties: rows{
			row("alias/list", ASCII, ReadOnly, Static).sized(100050),
			row("alias/unaliased", YesNo, ReadWrite, Static),
			row("return_codes/text", ASCII, ReadOnly, Static).sized(128).numbered(211, Separate),
			row("timeout/directory", Unsigned, ReadWrite, Static),
			row("timeout/ftp", Unsigned, ReadWrite, Static),
			row("timeout/ha7", Unsigned, ReadWrite, Static),
			row("timeout/network", Unsigned, ReadWrite, Static),
			row("timeout/presence", Unsigned, ReadWrite, Static),
			row("timeout/serial", Unsigned, ReadWrite, Static),
			row("timeout/server", Unsigned, ReadWrite, Static),
			row("timeout/stable", Unsigned, ReadWrite, Static),
			row("timeout/uncached", YesNo, ReadWrite, Static),
			row("timeout/usb", Unsigned, ReadWrite, Static),
			row("timeout/volatile", Unsigned, ReadWrite, Static),
			row("timeout/w1", Unsigned, ReadWrite, Static),
			row("units/pressure_scale", ASCII, ReadWrite, Static).sized(12),
			row("units/temperature_scale", ASCII, ReadWrite, Static).sized(1),
		},
	}
}
