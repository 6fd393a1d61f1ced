// SPDX-License-Identifier: Apache-2.0

package ds2490_test

import (
	"encoding/hex"
	"slices"
	"testing"

	"owfs/hw"
)

func sorted(all []hw.ROM) []hw.ROM {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b hw.ROM) int { return slices.Compare(a[:], b[:]) })
	return all
}

func same(t *testing.T, got, want []hw.ROM) {
	t.Helper()
	if !slices.Equal(sorted(got), sorted(want)) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// One at a time, as the C program does: the answer is a ROM code and, as long as
// there are more, where to begin the next time.
func TestSearchOne(t *testing.T) {
	run(t, func(r *rig) {
		all := r.thermometers(20)
		var found []hw.ROM
		seed := make([]byte, 8)
		for range 30 {
			r.comm(0x0043, 0)
			r.out(hex.EncodeToString(seed))
			r.comm(0x48FD, 0x01F0)
			r.idle()
			p, err := r.chip.In(r.Context(), 0x83, 128)
			if err != nil {
				r.Fatal(err)
			}
			found = append(found, hw.ROM(p[:8]))
			if len(p) == 8 {
				break
			}
			seed = p[8:]
		}
		same(r.T, found, all)
		if c := r.line.Counts(); c.Resets != 20 || c.Slots != 20*200 {
			r.Errorf("%d resets and %d slots, want 20 and 4000", c.Resets, c.Slots)
		}
	})
}

// All at once, as the kernel does: the FIFO is too small for 20.
func TestSearchAll(t *testing.T) {
	run(t, func(r *rig) {
		all := r.thermometers(20)
		r.out("0000000000000000")
		r.comm(0x49FD, 0x40F0)
		var got, results []byte
		for idle := false; !idle; {
			p := r.status()
			idle = p[8]&0x20 != 0
			results = append(results, p[16:]...)
			if p[13] == 0 {
				continue
			}
			q, err := r.chip.In(r.Context(), 0x83, 128)
			if err != nil {
				r.Fatal(err)
			}
			got = append(got, q...)
		}
		var found []hw.ROM
		for len(got) >= 8 {
			found = append(found, hw.ROM(got[:8]))
			got = got[8:]
		}
		same(r.T, found, all)
		if len(got) != 0 || len(results) != 1 || results[0] != 0x80 {
			r.Errorf("%d bytes too many, results % X, want EOS", len(got), results)
		}
	})
}

// Nobody there: no ROM code, and the search ends too soon.
func TestSearchNobody(t *testing.T) {
	run(t, func(r *rig) {
		r.out("0000000000000000")
		r.comm(0x49FD, 0x01F0)
		r.idle(0x80)
		r.nothing()
	})
}

// Without SM, a device is only selected.
func TestSearchSelects(t *testing.T) {
	run(t, func(r *rig) {
		all := r.thermometers(3)
		r.out(hex.EncodeToString(all[2][:]))
		r.comm(0x01F5, 0x00F0)
		r.out("BE FFFF")
		r.comm(0x0075, 3)
		r.idle()
		r.in("BE 5005")
	})
}
