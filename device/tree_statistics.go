// SPDX-License-Identifier: Apache-2.0

package device

// statistics is what the running program counts.
func statistics() Family {
	return Family{
		Code: "statistics", Type: "statistics", Mode: branchMode,
		Properties: join(cacheStatistics(), listingStatistics(), errorStatistics(), transferStatistics(), threadStatistics(), rows{
			row("return_codes/responses", Unsigned, ReadOnly, Statistic).numbered(211, Separate),
		}),
	}
}

// counters makes a counter of each name.
func counters(names ...string) rows {
	var all rows
	for _, name := range names {
		all = append(all, row(name, Unsigned, ReadOnly, Statistic))
	}
	return all
}

// average is a counter that goes up and down.
func average() rows { return counters("max", "now", "num", "sum") }

func cacheStatistics() rows {
	all := counters("cache/additions", "cache/flips")
	for _, name := range []string{"device", "directory", "external", "internal"} {
		all = append(all, under("cache/"+name, counters("added", "deleted", "expired", "hits", "tries"))...)
	}
	for _, name := range []string{"persistent", "primary", "secondary"} {
		all = append(all, under("cache/"+name, average())...)
	}
	return all
}

func listingStatistics() rows {
	return join(counters("directory/maxdepth"),
		under("directory/bus", counters("calls", "entries")),
		under("directory/device", counters("calls", "entries")))
}

func errorStatistics() rows {
	return append(counters(
		"errors/BUS_bit_errors",
		"errors/BUS_byte_errors",
		"errors/BUS_detect_errors",
		"errors/BUS_echo_errors",
		"errors/BUS_level_errors",
		"errors/BUS_next_alarm_errors",
		"errors/BUS_next_errors",
		"errors/BUS_readin_data_errors",
		"errors/BUS_status_errors",
		"errors/BUS_tcsetattr_errors",
		"errors/CRC16_errors",
		"errors/CRC16_tries",
		"errors/CRC8_errors",
		"errors/CRC8_tries",
		"errors/DS2480_level_docheck_errors",
		"errors/DS2480_read_fd_isset",
		"errors/DS2480_read_null",
		"errors/DS2480_read_read",
		"errors/NET_accept_errors",
		"errors/NET_connection_errors",
		"errors/NET_read_errors",
	), row("errors/max_delay", Float, ReadOnly, Statistic))
}

func transferStatistics() rows {
	all := counters("read/cachebytes", "read/cachesuccess")
	for _, name := range []string{"read", "write"} {
		all = append(all, counters(name+"/bytes", name+"/calls", name+"/success")...)
		all = append(all, row(name+"/tries", Unsigned, ReadOnly, Statistic).numbered(3, Separate))
	}
	return all
}

func threadStatistics() rows {
	var all rows
	for _, name := range []string{"directory", "overall", "read", "write"} {
		all = append(all, under("threads/"+name, average())...)
	}
	return all
}
