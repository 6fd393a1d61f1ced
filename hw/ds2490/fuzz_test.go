// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
)

// Whatever a device answers: calls end, soon, and what they give is what was
// answered.
func FuzzAnswers(f *testing.F) {
	idle := []byte{0: 2, 1: 1, 8: 0x28, 15: 0}
	told := append(append([]byte{}, idle...), 0)
	block := append([]byte{}, idle...)
	block[13] = 2
	f.Add(byte(0), append([]byte{17}, told...))
	f.Add(byte(1), append(append([]byte{16}, block...), 2, 0xCC, 0x44))
	f.Add(byte(2), append([]byte{17}, told...))
	f.Add(byte(3), append([]byte{16}, block...))
	f.Add(byte(4), []byte{0, 255, 3})
	f.Fuzz(func(t *testing.T, what byte, answers []byte) {
		synctest.Test(t, func(t *testing.T) {
			port := &wild{quiet: true}
			bus, err := Attach(t.Context(), port, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer bus.Close()
			port.quiet, port.answers = false, answers
			began := time.Now()
			switch what % 5 {
			case 0:
				bus.Reset(t.Context())
			case 1:
				bus.Touch(t.Context(), []byte{0xCC, 0x44})
			case 2:
				bus.(hw.Searcher).SearchPass(t.Context(), hw.SearchROM, hw.ROM{0x28}, 3)
			case 3:
				p := []byte{1, 0, 1, 1, 0, 0, 0, 1, 1, 1}
				if bus.Bits(t.Context(), p) == nil {
					for _, bit := range p {
						if bit > 1 {
							t.Errorf("bits %v", p)
						}
					}
				}
			case 4:
				bus.Power(t.Context(), 0x44, 100*time.Millisecond)
			}
			if took := time.Since(began); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	})
}

// A wild port answers anything: a length and so many bytes, again and again. Then
// it says NAK.
type wild struct {
	quiet   bool // answers as a chip at rest
	answers []byte
}

func (w *wild) In(ctx context.Context, _ byte, p []byte) (int, error) {
	if w.quiet {
		return copy(p, []byte{8: 0x28, 15: 0}), nil
	}
	if err := (hw.Wall{}).Sleep(ctx, time.Millisecond); err != nil {
		return 0, err
	}
	if len(w.answers) == 0 {
		<-ctx.Done()
		return 0, ctx.Err()
	}
	n := min(int(w.answers[0]), len(w.answers)-1)
	got := copy(p, w.answers[1:1+n])
	w.answers = w.answers[1+n:]
	return got, nil
}

func (*wild) Control(context.Context, byte, uint16, uint16) error  { return nil }
func (*wild) Out(_ context.Context, _ byte, p []byte) (int, error) { return len(p), nil }
func (*wild) ClearHalts(context.Context) error                     { return nil }
func (*wild) Close() error                                         { return nil }

// Names of sticks: what is no name is an error, and the place of a stick is a
// name.
func FuzzWhich(f *testing.F) {
	for _, which := range []string{"", "2", "1:4", "1-1.4", "81.4F1A2B000000", "all", "1-", "0", "1:99999"} {
		f.Add(which, 1, byte(2), byte(4))
	}
	f.Fuzz(func(t *testing.T, which string, bus int, a, b byte) {
		parse(which)
		s := Stick{Bus: bus&0xFF | 1, Address: 1, Ports: []int{int(a) | 1, int(b) | 1}}
		if c, err := parse(s.Path()); err != nil || c.path != s.Path() || len(c.from([]Stick{s})) != 1 {
			t.Errorf("%q is %+v, %v", s.Path(), c, err)
		}
	})
}
