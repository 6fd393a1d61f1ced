// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"fmt"
	"slices"
	"strings"
)

// KindNames returns the names of all chips.
func KindNames() (names []string) {
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Chips returns the family, the name and the keys of every chip.
func Chips() (rows [][3]string) {
	for i := range kinds {
		k := &kinds[i]
		var keys []string
		for _, q := range k.curves {
			key, _, _ := strings.Cut(q.key, ".")
			if !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		keys = append(keys, k.keys...)
		if k.memory > 0 {
			keys = append(keys, keyText, keyHex)
		}
		rows = append(rows, [3]string{fmt.Sprintf("%02X", k.family), k.name, strings.Join(keys, ", ")})
	}
	return rows
}
