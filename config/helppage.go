// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"slices"
	"strings"
)

// optionPage lists the options of one topic under their headings.
func optionPage(_ Program, topic string) string {
	var b strings.Builder
	for _, t := range Topics() {
		if t.Name == topic {
			b.WriteString(t.Title + "\n")
		}
	}
	rows := slices.DeleteFunc(Options(), func(o Option) bool { return o.Topic != topic })
	for _, group := range groups(rows) {
		fmt.Fprintf(&b, "\n%s\n", group)
		for i := range rows {
			if rows[i].Group == group {
				b.WriteString(optionLine(&rows[i]))
			}
		}
	}
	return b.String()
}

// groups returns the headings in order of first use.
func groups(rows []Option) []string {
	var names []string
	for _, row := range rows {
		if !slices.Contains(names, row.Group) {
			names = append(names, row.Group)
		}
	}
	return names
}

func optionLine(o *Option) string {
	short := "    "
	if o.Short != "" {
		short = "-" + o.Short + ", "
	}
	left := short + "--" + o.Name() + argText(o)
	text := o.Help
	if len(o.Names) > 1 {
		text += " (also " + strings.Join(o.Names[1:], ", ") + ")"
	}
	switch o.Status {
	case NotBuilt:
		text += " [not built yet]"
	case Ignored:
		text += " [no effect yet]"
	case Works:
	}
	if len(left) > 38 {
		return fmt.Sprintf("  %s\n%42s%s\n", left, "", text)
	}
	return fmt.Sprintf("  %-38s  %s\n", left, text)
}

func argText(o *Option) string {
	switch o.Arg {
	case ArgRequired:
		return "=" + o.ArgName
	case ArgOptional:
		return "[=" + o.ArgName + "]"
	default:
		return ""
	}
}
