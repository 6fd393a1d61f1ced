// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

// splitOptions splits a list at its commas. A backslash makes the next character an ordinary one, and so do double
// quotes, which stay, as the kernel wants them around a security context.
func splitOptions(list string) []string {
	var (
		items  []string
		item   strings.Builder
		quoted bool
	)
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\' && i+1 < len(list):
			i++
			item.WriteByte(list[i])
		case c == '"':
			quoted = !quoted
			item.WriteByte(c)
		case c == ',' && !quoted:
			items = append(items, item.String())
			item.Reset()
		default:
			item.WriteByte(c)
		}
	}
	return append(items, item.String())
}

// ignoredByPrefix knows the options that are meant for others: x-systemd.automount, X-mount.mkdir, _netdev.
func ignoredByPrefix(key string) bool {
	return strings.HasPrefix(key, "x-") || strings.HasPrefix(key, "X-") || key == "_netdev"
}

// ignoredFlags are read by mount(8) and its kin, or speak of things a 1-Wire file system does not have.
func ignoredFlags() []string {
	return strings.Fields("auto noauto defaults nofail user nouser users group owner async sync dirsync silent loud mand nomand " +
		"atime noatime diratime nodiratime relatime norelatime strictatime nostrictatime lazytime nolazytime iversion noiversion " +
		"kernel_cache auto_cache noauto_cache direct_io big_writes large_read hard_remove use_ino readdir_ino nonempty " +
		"async_read sync_read intr noforget nopath clone_fd splice_read splice_write splice_move no_splice_read no_splice_write " +
		"no_splice_move atomic_o_trunc no_remote_lock no_remote_flock no_remote_posix_lock")
}

// ignoredValues are the like, with a value.
func ignoredValues() []string {
	return strings.Fields("comment user uhelper helper attr_timeout entry_timeout negative_timeout ac_attr_timeout max_write " +
		"max_readahead max_background congestion_threshold remember intr_signal max_idle_threads max_threads")
}
