// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"strings"
)

// help is the page of a command, or of all of them.
func help(cmd *command, options []option) string {
	var b strings.Builder
	if cmd == nil {
		b.WriteString("Usage: ow command [options] [path ...]\n\nCommands:\n")
		for _, c := range commands() {
			fmt.Fprintf(&b, "  %-8s %s\n", c.name, c.does)
		}
		b.WriteString("\now command --help tells more. Called as owdir, owread and so on, the program is that command.\n")
		return b.String()
	}
	fmt.Fprintf(&b, "Usage: ow %s [options] %s\n   or: ow%[1]s [options] %[2]s\n\n%s.\n\nOptions:\n",
		cmd.name, cmd.operands, strings.ToUpper(cmd.does[:1])+cmd.does[1:])
	for _, o := range options {
		if o.help != "" {
			fmt.Fprintf(&b, "  %-29s %s\n", spelling(o), o.help)
		}
	}
	b.WriteString("\nLong options may be cut short as long as they stay clear; -- ends the options.\n")
	return b.String()
}

func spelling(o option) string {
	short := "    "
	if o.short != 0 {
		short = fmt.Sprintf("-%c, ", o.short)
	}
	if o.value == "" {
		return short + "--" + o.name
	}
	return short + "--" + o.name + "=" + o.value
}
