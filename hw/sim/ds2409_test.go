// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

func warm() float64 { return 25.0625 }

// The example of the DS2409 data sheet, page 14, in raw bytes.
func TestDS2409SmartOn(t *testing.T) {
	r := newRig(t)
	hub := sim.NewDS2409(rom(t, "1F.000000000001"), r.clock)
	trunk := sim.NewSerial(rom(t, "01.000000000001"))
	label := sim.NewDS2430A(rom(t, "14.000000000001"), r.clock)
	branch := sim.NewDS18B20(rom(t, "28.000000000001"), r.clock, warm)
	r.line.Add(trunk, hub)
	if len(r.alarms()) != 0 {
		t.Error("an empty coupler alarms")
	}
	hub.Add(sim.Aux, label)
	hub.Add(sim.Main, branch)
	if found := r.alarms(); len(found) != 1 || found[0] != hub.ROM || hub.Events() != 3 {
		t.Errorf("after an arrival, %v alarm with events %02b", found, hub.Events())
	}

	talk := func(rom hw.ROM, send string, n int, then ...byte) []byte {
		var got []byte
		r.do(func(tx *hw.Tx) (err error) {
			if got, err = tx.Exchange(rom, n, raw(t, send)...); err != nil || then == nil {
				return err
			}
			if err = tx.Write(then...); err != nil {
				return err
			}
			got = make([]byte, 9)
			return tx.Read(got)
		})
		return got
	}
	// Smart-On Auxiliary, then skip ROM and read memory with no reset between:
	// devices of the trunk do not listen.
	if got := talk(hub.ROM, "33 FF", 2); string(got) != "\x00\x33" || !hub.On(sim.Aux) {
		t.Errorf("Smart-On Auxiliary answers % X", got)
	}
	if got := talk(hub.ROM, "33 FF", 2, hw.SkipROM, 0xF0, 0); string(got[:2]) != "\xFF\xFF" {
		t.Errorf("the label reads % X", got)
	}
	if got := talk(hub.ROM, "CC FF", 2, hw.SkipROM, 0xBE); string(got) != string(raw(t, "50 05 4B 46 7F FF 0C 10 1C")) {
		t.Errorf("the thermometer reads % X", got)
	}
	if !hub.On(sim.Main) || hub.On(sim.Aux) {
		t.Error("not the main branch only is on")
	}
	r.says(hub.ROM, "66", "66 FF")
	if hub.On(sim.Main) || len(r.alarms()) != 0 {
		t.Error("All Lines Off leaves a line on, or an event")
	}
	r.says(branch.ROM, "BE", "FF FF")
	r.says(hub.ROM, "A5", "A5")
	r.says(branch.ROM, "BE", "50 05") // it stays on over the reset
}

// Tables 1 and 2 of the data sheet (page 5).
func TestDS2409Status(t *testing.T) {
	r := newRig(t)
	hub := sim.NewDS2409(rom(t, "1F.000000000001"), r.clock)
	r.line.Add(hub)
	r.says(hub.ROM, "5A FF", "0F 0F")
	r.says(hub.ROM, "A5", "A5")
	r.says(hub.ROM, "5A FF", "0E 0E")
	if !hub.Control() {
		t.Error("the control output does not go with the main branch")
	}
	r.says(hub.ROM, "33 FF", "FF 33") // nobody there
	r.says(hub.ROM, "5A 40", "4B 4B") // the output goes with the auxiliary branch
	if !hub.Control() {
		t.Error("the control output does not go with the auxiliary branch")
	}
	r.says(hub.ROM, "5A 20", "8B 8B")
	r.says(hub.ROM, "5A B8", "8B 8B") // bits 3 and 4: no change
	r.says(hub.ROM, "5A A0", "CB CB")
	if !hub.Control() {
		t.Error("the control output is off by hand")
	}
	r.says(hub.ROM, "66", "66")
	r.says(hub.ROM, "5A FF", "CF")
}

func TestDS2409Discharge(t *testing.T) {
	r := newRig(t)
	hub := sim.NewDS2409(rom(t, "1F.000000000001"), r.clock)
	chip := sim.NewDS18B20(rom(t, "28.000000000001"), r.clock, warm)
	chip.SetParasite(true)
	hub.Add(sim.Main, chip)
	r.line.Add(hub)
	r.says(hub.ROM, "A5", "A5")
	r.ask(chip.ROM, "4E 01 02 7F", 0)
	for pause, want := range map[time.Duration]string{
		50 * time.Millisecond: "50 05 01 02", 100 * time.Millisecond: "50 05 4B 46",
	} {
		r.ask(chip.ROM, "4E 01 02 7F", 0)
		r.says(hub.ROM, "99", "99")
		r.sleep(pause)
		r.says(hub.ROM, "66", "66")
		r.says(hub.ROM, "A5", "A5")
		r.says(chip.ROM, "BE", want)
	}
}

// Through two couplers, by hw.Tx.
func TestVia(t *testing.T) {
	r := newRig(t)
	outer := sim.NewDS2409(rom(t, "1F.000000000001"), r.clock)
	inner := sim.NewDS2409(rom(t, "1F.000000000002"), r.clock)
	var chips []*sim.DS18B20
	for _, name := range []string{"28.000000000001", "28.000000000002", "28.000000000003", "28.000000000004"} {
		chips = append(chips, sim.NewDS18B20(rom(t, name), r.clock, warm))
	}
	r.line.Add(chips[0], outer)
	outer.Add(sim.Aux, chips[1], inner)
	inner.Add(sim.Main, chips[2], chips[3])
	for _, row := range []struct {
		via  []hw.Hop
		want []hw.ROM
	}{
		{[]hw.Hop{{Coupler: outer.ROM, Aux: true}}, []hw.ROM{chips[1].ROM, inner.ROM}},
		{[]hw.Hop{{Coupler: outer.ROM, Aux: true}, {Coupler: inner.ROM}}, []hw.ROM{chips[2].ROM, chips[3].ROM}},
		{[]hw.Hop{{Coupler: outer.ROM}}, nil},
	} {
		r.do(func(tx *hw.Tx) error {
			tx.Via(row.via)
			found, err := tx.Search(hw.SearchROM)
			seen := map[hw.ROM]bool{}
			for _, rom := range found {
				seen[rom] = true
			}
			for _, rom := range row.want {
				if !seen[rom] || len(found) != len(row.want) {
					t.Errorf("behind %v: %v, want %v", row.via, found, row.want)
				}
			}
			if len(row.want) == 0 {
				if len(found) > 0 {
					t.Errorf("behind %v: %v", row.via, found)
				}
				return err
			}
			p, err := tx.Exchange(row.want[0], 9, 0xBE)
			if row.want[0].Family() == 0x28 && (err != nil || hw.CRC8(p) != 0 || p[8] != 0x1C) {
				t.Errorf("behind %v: % X, %v", row.via, p, err)
			}
			return nil
		})
	}
}
