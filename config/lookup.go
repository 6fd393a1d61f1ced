// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

// normal returns the form in which long names are compared: case does not matter, nor whether - or _ stands between words.
func normal(name string) string { return strings.ReplaceAll(strings.ToLower(name), "-", "_") }

// exactRow finds the row with this long name.
func exactRow(table []Option, name string) *Option {
	name = normal(name)
	for i := range table {
		for _, known := range table[i].Names {
			if normal(known) == name {
				return &table[i]
			}
		}
	}
	return nil
}

// rowsWith finds the rows that have a long name beginning with prefix, in table order.
func rowsWith(table []Option, prefix string) []*Option {
	prefix = normal(prefix)
	var found []*Option
	for i := range table {
		for _, known := range table[i].Names {
			if strings.HasPrefix(normal(known), prefix) {
				found = append(found, &table[i])
				break
			}
		}
	}
	return found
}

// shortRow finds the row with this letter.
func shortRow(table []Option, letter byte) *Option {
	for i := range table {
		if table[i].Short == string(rune(letter)) {
			return &table[i]
		}
	}
	return nil
}

// uniqueRow finds the row of a name on the command line: the whole name, or a beginning that fits one row only.
func uniqueRow(table []Option, name string) *Option {
	if row := exactRow(table, name); row != nil {
		return row
	}
	if rows := rowsWith(table, name); len(rows) == 1 {
		return rows[0]
	}
	return nil
}

// fileRow finds the row of a name in a config file: one letter is the short option, else the first row that has a name
// beginning so.
func fileRow(table []Option, name string) *Option {
	if len(name) == 1 {
		return shortRow(table, name[0])
	}
	if rows := rowsWith(table, name); len(rows) > 0 {
		return rows[0]
	}
	return nil
}
