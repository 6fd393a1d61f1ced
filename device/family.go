// SPDX-License-Identifier: Apache-2.0

package device

import (
	"cmp"
	"context"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// Flags say what else the chips of a family can do.
type Flags uint8

// The flags. The mass conversions are commands to a whole line; some families carry the flag without making use of it,
// because it also decides whether a listing shows the directory simultaneous.
const (
	CanAlarm        Flags = 1 << iota // answers the search for alarms
	MassTemperature                   // is listed with simultaneous/temperature
	MassVoltage                       // is listed with simultaneous/voltage
	CanResume                         // knows the resume command
	CanOverdrive                      // knows the overdrive speed
	CanChain                          // knows the chain command
)

// Status says whether a family is found by its code.
type Status uint8

// The statuses. OWFS has tables that its program never reaches; they are kept for what they tell about the chips.
const (
	Registered   Status = iota
	Unregistered        // left out of the program's list
	Shadowed            // another family has the same code and comes first
)

// Family is the table of one family of chips, or of a tree that is no device. The zero value of the unexported part is
// not ready to be looked up: see NewFamily.
type Family struct {
	Code       string // two hex digits; the name of a tree that is no device
	Type       string // what the property type reads
	Flags      Flags
	Status     Status
	Mode       fs.FileMode // of the directory itself; 0 for that of a device
	Properties []Property  // in byte order of their names
	Drivers    Drivers     // how the values are had from the chip; unset: nobody has written that yet
	// Shown tells whether what is listed on a condition is listed for this chip. Unset: it is not.
	Shown func(ctx context.Context, c Chip, when string) (bool, error)
	// Usual is the condition that applies where there is no chip to ask.
	Usual string

	byName   map[string]*Property
	children map[string][]*Property
}

// NewFamily sorts the properties of a family and makes it ready to be looked up.
func NewFamily(f Family) *Family {
	f.Mode = cmp.Or(f.Mode, subdirMode)
	f.Properties = slices.Clone(f.Properties)
	slices.SortFunc(f.Properties, byName)
	f.byName = make(map[string]*Property, len(f.Properties))
	for i := range f.Properties {
		f.byName[f.Properties[i].Name] = &f.Properties[i]
	}
	f.Drivers = f.withIdentity()
	f.addParents()
	f.children = map[string][]*Property{"": nil}
	for _, p := range f.byName {
		parent, _ := splitName(p.Name)
		f.children[parent] = append(f.children[parent], p)
	}
	for _, c := range f.children {
		slices.SortFunc(c, func(a, b *Property) int { return byName(*a, *b) })
	}
	return &f
}

func byName(a, b Property) int { return cmp.Compare(a.Name, b.Name) }

// withIdentity adds the drivers that need no chip, or no more than its ROM code.
func (f *Family) withIdentity() Drivers {
	all := Drivers{}
	for _, common := range [...]Drivers{identityDrivers(f), thermocoupleRanges()} {
		for name, d := range common {
			if _, ok := f.byName[name]; ok {
				all[name] = d
			}
		}
	}
	maps.Copy(all, f.Drivers)
	return all
}

// addParents gives a directory to each property that lies in one without a row of its own, as in the trees.
func (f *Family) addParents() {
	for _, p := range f.Properties {
		for parent, _ := splitName(p.Name); parent != ""; parent, _ = splitName(parent) {
			if f.byName[parent] == nil {
				implied := dir(parent)
				f.byName[parent] = &implied
			}
		}
	}
}

// splitName parts "set_alarm/voltlow" into "set_alarm" and "voltlow".
func splitName(name string) (parent, base string) {
	i := strings.LastIndexByte(name, '/')
	return name[:max(i, 0)], name[i+1:]
}

// Has tells whether the family has all of the flags.
func (f *Family) Has(flags Flags) bool { return f.Flags&flags == flags }
