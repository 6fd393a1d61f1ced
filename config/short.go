// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

// splitShort rewrites the one form that pflag does not know: a short option whose optional value follows at once.
// -u2 becomes --usb=2 and -rhcache becomes -r --help=cache. Values of other options are left alone.
func splitShort(table []Option, args []string) []string {
	out := make([]string, 0, len(args))
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			return append(out, args[i:]...)
		}
		if row, at := optionalShort(table, arg); row != nil {
			if at > 1 {
				out = append(out, arg[:at])
			}
			arg = "--" + row.Name() + "=" + arg[at+1:]
		}
		out = append(out, arg)
		if wantsNext(table, arg) && i+1 < len(args) {
			i++
			out = append(out, args[i])
		}
	}
	return out
}

// optionalShort finds the letter in a group of short options that takes an optional value and has one.
func optionalShort(table []Option, arg string) (*Option, int) {
	for i, row := range shortGroup(table, arg) {
		if row.Arg == ArgOptional && len(arg) > i+2 {
			return row, i + 1
		}
	}
	return nil, 0
}

// wantsNext tells whether the argument after arg is its value.
func wantsNext(table []Option, arg string) bool {
	if name, ok := strings.CutPrefix(arg, "--"); ok {
		row := uniqueRow(table, name)
		return row != nil && row.Arg == ArgRequired // a name with = in it is no row
	}
	group := shortGroup(table, arg)
	return len(group) > 0 && len(group) == len(arg)-1 && group[len(group)-1].Arg == ArgRequired
}

// shortGroup returns the rows of the letters of arg, up to the first that takes a value. It is empty for other arguments.
func shortGroup(table []Option, arg string) []*Option {
	if len(arg) < 2 || arg[0] != '-' || arg[1] == '-' {
		return nil
	}
	var rows []*Option
	for i := 1; i < len(arg); i++ {
		row := shortRow(table, arg[i])
		if row == nil {
			break
		}
		rows = append(rows, row)
		if row.Arg != ArgNone {
			break
		}
	}
	return rows
}
