// SPDX-License-Identifier: Apache-2.0

package device

import (
	"strconv"
	"strings"
)

// Table holds all families. Neither it nor what it gives out may be changed after New, so that any number of goroutines
// can use it.
type Table struct {
	families []*Family
	byCode   [256]*Family // as a lookup answers, with the fallbacks
	exact    [256]bool
	trees    map[string]*Family
	shelved  []*Family
}

// flipped is the bit of a family code that some makers set for chips that are otherwise the same.
const flipped = 0x80

// New builds the table.
func New() *Table {
	t := &Table{trees: map[string]*Family{}}
	for _, f := range trees() {
		t.trees[f.Code] = NewFamily(f)
	}
	for _, f := range families() {
		t.add(NewFamily(f))
	}
	generic := NewFamily(generic())
	for code := range t.byCode {
		if t.exact[code] {
			continue
		}
		t.byCode[code] = generic
		if t.exact[code^flipped] {
			t.byCode[code] = t.byCode[code^flipped]
		}
	}
	return t
}

func (t *Table) add(f *Family) {
	code, err := strconv.ParseUint(f.Code, 16, 8)
	if f.Status != Registered || err != nil {
		t.shelved = append(t.shelved, f)
		return
	}
	t.families = append(t.families, f)
	t.byCode[code], t.exact[code] = f, true
}

// Family finds the table for a family code. Where the code is unknown and exact is false, it is the table of the code with
// its top bit flipped, or else the one of an unknown device.
func (t *Table) Family(code byte) (f *Family, exact bool) {
	return t.byCode[code], t.exact[code]
}

// Tree finds the table of a tree that is no device: settings, system, statistics, simultaneous, thermostat, or interface
// (of a bus). It is nil for any other name.
func (t *Table) Tree(name string) *Family { return t.trees[name] }

// Families gives the registered families in the order of their codes.
func (t *Table) Families() []*Family { return t.families }

// Named finds the family code of a chip by its type, such as DS18B20.
func (t *Table) Named(chip string) (code byte, ok bool) {
	for code, f := range t.byCode {
		if t.exact[code] && strings.EqualFold(f.Type, chip) {
			return byte(code), true
		}
	}
	return 0, false
}

// Shelved gives the families that no code leads to.
func (t *Table) Shelved() []*Family { return t.shelved }
