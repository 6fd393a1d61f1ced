// SPDX-License-Identifier: Apache-2.0

package sim_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// A rig is a line with chips on it, which tests speak to in raw bytes.
type rig struct {
	testing.TB
	clock *sim.Virtual
	line  *sim.Line
	bus   *hw.Line
}

func newRig(t testing.TB) *rig {
	clock := &sim.Virtual{}
	line := sim.NewLine(clock)
	bus := hw.NewLine(func(context.Context) (hw.Bus, error) { return line, nil })
	return &rig{t, clock, line, bus}
}

func rom(t testing.TB, name string) hw.ROM {
	t.Helper()
	r, err := hw.ParseROM(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func raw(t testing.TB, text string) []byte {
	t.Helper()
	p, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (r *rig) sleep(d time.Duration) {
	r.Helper()
	if err := r.clock.Sleep(r.Context(), d); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) do(f func(tx *hw.Tx) error) {
	r.Helper()
	if err := r.bus.Do(r.Context(), f); err != nil {
		r.Fatal(err)
	}
}

// ask resets the line, selects a chip (or all with the zero ROM), sends bytes
// and reads n.
func (r *rig) ask(rom hw.ROM, send string, n int) (got []byte) {
	r.Helper()
	r.do(func(tx *hw.Tx) (err error) {
		got, err = tx.Exchange(rom, n, raw(r, send)...)
		return err
	})
	return got
}

// says does what ask does and compares the answer.
func (r *rig) says(rom hw.ROM, send, want string) {
	r.Helper()
	w := raw(r, want)
	if got := r.ask(rom, send, len(w)); string(got) != string(w) {
		r.Errorf("%v, asked % X, says\n% X, want\n% X", rom, raw(r, send), got, w)
	}
}

// alarms tells which chips take part in an alarm search.
func (r *rig) alarms() (found []hw.ROM) {
	r.Helper()
	r.do(func(tx *hw.Tx) (err error) {
		found, err = tx.Search(hw.AlarmSearch)
		return err
	})
	return found
}

// crc8 appends the CRC-8.
func crc8(t testing.TB, text string) string {
	p := raw(t, text)
	return hex.EncodeToString(append(p, hw.CRC8(p)))
}

// crc16 returns text with the inverted CRC-16 of before and text appended.
func crc16(t testing.TB, before, text string) string {
	seed := hw.CRC16(0, raw(t, before))
	return hex.EncodeToString(hw.AppendCRC16(raw(t, text), seed))
}
