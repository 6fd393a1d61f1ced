// SPDX-License-Identifier: Apache-2.0

package hw_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// The shortest way to select a device again in a transaction: 8 slots by resume
// (DS2408 data sheet page 21), and all but the first 8 slots at overdrive, which
// a standard reset ends (page 22).
func TestShortcuts(t *testing.T) {
	rom, _ := hw.ParseROM("29.000000000123")
	other, _ := hw.ParseROM("29.000000000124")
	for _, c := range []struct {
		name              string
		resume, overdrive bool
		slots             int
		busy              time.Duration
	}{
		// Twice: select, F0 88 00, a register and its neighbours up to the CRC.
		{"match", false, false, 2 * (72 + 24 + 80), 2*960*time.Microsecond + 352*70*time.Microsecond},
		{"resume", true, false, 72 + 8 + 2*(24+80), 2*960*time.Microsecond + 288*70*time.Microsecond},
		{"overdrive", false, true, 2 * (72 + 24 + 80), (960+128)*time.Microsecond + 8*70*time.Microsecond + 344*10*time.Microsecond},
		{"both", true, true, 72 + 8 + 2*(24+80), (960+128)*time.Microsecond + 8*70*time.Microsecond + 280*10*time.Microsecond},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := &sim.Virtual{}
			wire := sim.NewLine(clock)
			for _, r := range []hw.ROM{rom, other} {
				wire.Add(sim.NewDS2408(r))
			}
			defer wire.Close()
			line := hw.NewLine(func(context.Context) (hw.Bus, error) { return wire, nil })
			line.SetOverdrive(c.overdrive)
			var first []byte
			err := line.Do(t.Context(), func(tx *hw.Tx) error {
				tx.May(c.resume, true)
				for range 2 {
					p, err := tx.Exchange(rom, 10, 0xF0, 0x88, 0x00)
					if err != nil {
						return err
					}
					if first != nil && !bytes.Equal(p, first) {
						t.Errorf("the second time it reads % X, first % X", p, first)
					}
					if !hw.CheckCRC16(hw.CRC16(0, []byte{0xF0, 0x88, 0x00}), p) {
						t.Errorf("% X has a wrong CRC", p)
					}
					first = p
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			got := wire.Counts()
			if int(got.Slots) != c.slots || got.Resets != 2 || got.Busy != c.busy {
				t.Errorf("%d resets, %d slots, %v, want 2, %d, %v", got.Resets, got.Slots, got.Busy, c.slots, c.busy)
			}
			// Afterwards the line is at standard speed, and another device is found.
			err = line.Do(t.Context(), func(tx *hw.Tx) error {
				found, err := tx.Search(hw.SearchROM)
				if len(found) != 2 {
					t.Errorf("found %v", found)
				}
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}
