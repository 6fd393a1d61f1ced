// SPDX-License-Identifier: Apache-2.0

package faults

import (
	"slices"
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
)

// Three are names of thermometers. In two the bytes E1 and E3 of a code mean
// something to a DS2480B.
func Three() []string { return []string{"28.000000000001", "28.0000000000E3", "28.F1E1000000C5"} }

// Thermometers are DS18B20s on a line, at 21.5 °C, that have not measured yet.
type Thermometers struct {
	Chips []*sim.DS18B20
	turn  int // whose it is to be read
}

// Put puts thermometers on a line.
func Put(t testing.TB, line *sim.Line, names ...string) *Thermometers {
	t.Helper()
	all := &Thermometers{}
	for _, name := range names {
		rom, err := hw.ParseROM(name)
		if err != nil {
			t.Fatal(err)
		}
		chip := sim.NewDS18B20(rom, line.Clock(), func() float64 { return 21.5 })
		line.Add(chip)
		all.Chips = append(all.Chips, chip)
	}
	return all
}

// Next is the thermometer whose turn it is.
func (m *Thermometers) Next() hw.ROM {
	m.turn++
	return m.Chips[m.turn%len(m.Chips)].ROM
}

// List is a Step: a search finds all of them and nothing else.
func (m *Thermometers) List(t testing.TB, tx *hw.Tx) error { return m.list(t, tx, true) }

// ListSome is a Step: a search finds nothing else. It is for masters where
// nothing guards the bits that tell of a choice on their way to the host, so
// that a search may end early. That is for the layer above, which does not
// believe at once that a device has left.
func (m *Thermometers) ListSome(t testing.TB, tx *hw.Tx) error { return m.list(t, tx, false) }

func (m *Thermometers) list(t testing.TB, tx *hw.Tx, all bool) error {
	t.Helper()
	found, err := tx.Search(hw.SearchROM)
	if err != nil {
		return err
	}
	there := map[hw.ROM]bool{}
	for _, chip := range m.Chips {
		there[chip.ROM] = true
	}
	for i, rom := range found {
		if !there[rom] || slices.Contains(found[:i], rom) {
			t.Errorf("found %v, which is not there or was found before", rom)
		}
	}
	if all && len(found) != len(m.Chips) {
		t.Errorf("found %v, want %d devices", found, len(m.Chips))
	}
	return nil
}

// Read is a Step: it reads the next one.
func (m *Thermometers) Read(t testing.TB, tx *hw.Tx) error {
	t.Helper()
	return Scratchpad(t, tx, m.Next())
}

// Scratchpad reads the scratchpad of a DS18B20, which is that after power-on
// (data sheet page 9).
func Scratchpad(t testing.TB, tx *hw.Tx, rom hw.ROM) error {
	t.Helper()
	p, err := tx.Exchange(rom, 9, 0xBE)
	if err != nil {
		return err
	}
	if hw.CRC8(p) != 0 {
		return tx.CRCFailed("scratchpad")
	}
	if want := [9]byte{0x50, 0x05, 75, 70, 0x7F, 0xFF, 0x0C, 0x10, 0x1C}; [9]byte(p) != want {
		t.Errorf("scratchpad % X", p)
	}
	return nil
}
