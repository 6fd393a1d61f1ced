// SPDX-License-Identifier: Apache-2.0

// Package scene describes an emulated bus as a whole: which devices are on it,
// how warm it is there, what their switches are wired to, and what goes wrong.
// A description is a short list of devices (List) or a TOML file (Read);
// docs/simulation.md has every key.
//
// What a device measures is a function of the time alone: the same scene at
// the same time gives the same values. What was written to a device, and what
// has happened to its inputs, it remembers as a real one does.
package scene

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"owfs/hw"
)

// maxDevices bounds a scene.
const maxDevices = 1000

// A Scene is the description of a bus. It does not change; Line builds a bus
// from it, any number of times.
type Scene struct {
	epoch   time.Time // zero: when the line is built
	seed    uint64
	errors  float64 // probability that a slot is read wrongly
	devices []device
	show    func(path, text string) // what a display shows; nil: it is written to a file
}

// firstDay is the epoch that is not told: midnight, so that days begin with it.
var firstDay = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// A device is what is told of one device.
type device struct {
	name   string
	rom    hw.ROM
	other  hw.ROM // of a kind that is two devices on the line; zero: there is none
	kind   *kind
	behind end // a coupler's branch; zero: the line itself

	parasite, deaf bool
	address        byte
	fault          string
	shows          string           // the path of a file
	curves         map[string]curve // by key: "temperature", "volt.A"
	counters       [2]counter       // of a DS2423
	inputs         [8]input         // of a switch
	logbook        logbook          // of a logger
	memory         string           // from address 0 on
	away           schedule
}

// An end is a pin of a device, or a coupler's branch. The zero end is none.
type end struct {
	device int // its place in the scene, from 1 on
	pin    int
}

// A counter counts pulses: so many a second, or one each time a switch's
// output begins to conduct.
type counter struct {
	count   uint32
	rate    float64
	follows end
}

// An input is what a circuit outside does to a switch's pin.
type input struct {
	low      bool     // always
	during   schedule // low then
	follows  end      // low while that output conducts …
	inverted bool     // … or while it does not
}

// Devices returns the ROM codes, those behind couplers as well.
func (s *Scene) Devices() []hw.ROM {
	var roms []hw.ROM
	for i := range s.devices {
		roms = append(roms, s.devices[i].roms()...)
	}
	return roms
}

// roms are the ROM codes that a device has, one or two.
func (d *device) roms() []hw.ROM {
	if d.other == (hw.ROM{}) {
		return []hw.ROM{d.rom}
	}
	return []hw.ROM{d.rom, d.other}
}

// List returns a scene with the devices of a list, separated by commas or
// blanks: ROM codes, family codes or chip names, the id then being made up. All
// of them do what their kind does by default.
func List(list string) (*Scene, error) {
	s := &Scene{epoch: firstDay, seed: 1}
	seen := map[hw.ROM]bool{}
	for _, word := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		if len(s.devices) >= maxDevices {
			return nil, fmt.Errorf("more than %d devices", maxDevices)
		}
		rom, k, err := identify(word, len(s.devices))
		if err != nil {
			return nil, err
		}
		d := device{rom: rom, kind: k, curves: map[string]curve{}}
		if k.has(keySibling) {
			d.other = madeUpSibling(rom)
		}
		for _, rom := range d.roms() {
			if seen[rom] {
				return nil, fmt.Errorf("device %v is listed twice", rom)
			}
			seen[rom] = true
		}
		d.settle(s.seed, func(string) bool { return false })
		s.devices = append(s.devices, d)
	}
	if len(s.devices) == 0 {
		return nil, fmt.Errorf("the list is empty; it holds family codes such as 28 or ROM codes such as 28.000028D70100")
	}
	return s, nil
}

// identify reads a ROM code, a family code, or the name of a chip. index is the
// device's place, which is part of an id that is made up.
func identify(word string, index int) (hw.ROM, *kind, error) {
	if rom, err := hw.ParseROM(word); err == nil {
		k := kindOf(rom.Family())
		if k == nil {
			return hw.ROM{}, nil, noKind(fmt.Sprintf("family %02X of %v", rom.Family(), rom))
		}
		return rom, k, nil
	}
	k := kindNamed(word)
	if k == nil && len(word) == 2 {
		if family, err := strconv.ParseUint(word, 16, 8); err == nil {
			if k = kindOf(byte(family)); k == nil {
				return hw.ROM{}, nil, noKind(fmt.Sprintf("family %02X", family))
			}
		}
	}
	if k == nil {
		return hw.ROM{}, nil, fmt.Errorf("%q is no family code such as 28, no ROM code such as 28.000028D70100 and no emulated chip (%s)", word, kindNames())
	}
	return madeUp(k.family, index), k, nil
}

func noKind(what string) error {
	return fmt.Errorf("no chip of %s is emulated; those that are: %s", what, kindNames())
}

// madeUp returns the id that a tester would give: the bus (0), the family, its
// complement, and the place in the list.
func madeUp(family byte, index int) hw.ROM {
	rom := hw.ROM{family, 0, 0, family, ^family, byte(index), byte(index >> 8)}
	rom[7] = hw.CRC8(rom[:7])
	return rom
}
