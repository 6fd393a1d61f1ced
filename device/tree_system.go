// SPDX-License-Identifier: Apache-2.0

package device

// system is what the program was built and started with.
func system() Family {
	return Family{
		Code: "system", Type: "system", Mode: branchMode,
		Properties: rows{
			row("configuration/DebugInfo", Integer, ReadOnly, Static),
			row("configuration/USB", Integer, ReadOnly, Static),
			row("configuration/i2c", Integer, ReadOnly, Static),
			row("configuration/parport", Integer, ReadOnly, Static),
			row("configuration/trim", YesNo, ReadOnly, Static),
			row("configuration/version", ASCII, ReadOnly, Static).sized(20),
			row("configuration/zeroconf", Integer, ReadOnly, Static),
			row("connections/count_current_buses", Unsigned, ReadOnly, Static),
			row("connections/count_outbound_connections", Unsigned, ReadOnly, Static),
			row("process/pid", Unsigned, ReadOnly, Static),
			row("process/pidfile", VASCII, ReadOnly, Static).sized(128),
		},
	}
}
