// SPDX-License-Identifier: Apache-2.0

package w1_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/w1kernel"
	"owfs/hw/w1"
)

// A rig is an emulated kernel with one bus master and its line.
type rig struct {
	*testing.T
	kernel *w1kernel.Kernel
	line   *sim.Line
	id     int
	opts   w1.Options
	bus    *w1.Bus
	chips  []*sim.DS18B20
}

// virtual runs a test in the time of testing/synctest.
func virtual(t *testing.T, d w1kernel.Driver, test func(*rig)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		kernel, err := w1kernel.New(dir)
		r := &rig{T: t, kernel: kernel, line: sim.NewLine(hw.Wall{})}
		r.check(err)
		t.Cleanup(func() { r.line.Close() })
		r.id, err = kernel.Attach(r.line, d)
		r.check(err)
		r.opts = w1.Options{Sys: dir, Dial: func(events bool) (w1.Socket, error) { return kernel.Dial(events), nil }}
		r.open()
		test(r)
	})
}

func (r *rig) open() {
	r.Helper()
	bus, err := w1.Open(r.Context(), r.id, r.opts)
	r.check(err)
	r.bus = bus.(*w1.Bus)
	r.Cleanup(func() { bus.Close() })
}

func (r *rig) check(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) rom(name string) hw.ROM {
	r.Helper()
	rom, err := hw.ParseROM(name)
	r.check(err)
	return rom
}

func (r *rig) thermometer(name string, celsius float64) *sim.DS18B20 {
	r.Helper()
	chip := sim.NewDS18B20(r.rom(name), r.line.Clock(), func() float64 { return celsius })
	r.line.Add(chip)
	return chip
}

// crowd puts n thermometers on the line and returns their names in text order.
func (r *rig) crowd(n int) []string {
	r.Helper()
	rnd := rand.New(rand.NewPCG(uint64(n), 11))
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("28.%012X", rnd.Uint64()&0xFFFFFFFFFFFF)
		r.chips = append(r.chips, r.thermometer(names[i], 20+float64(i)/2))
	}
	slices.Sort(names)
	return names
}

func (r *rig) reset() {
	r.Helper()
	present, err := r.bus.Reset(r.Context())
	r.check(err)
	if !present {
		r.Fatal("nobody answers the reset")
	}
}

func (r *rig) touch(p ...byte) []byte {
	r.Helper()
	r.check(r.bus.Touch(r.Context(), p))
	return p
}

// command resets the line and sends bytes, which must come back.
func (r *rig) command(p ...byte) {
	r.Helper()
	r.reset()
	if got := r.touch(slices.Clone(p)...); !slices.Equal(got, p) {
		r.Fatalf("sent % X, the line carried % X", p, got)
	}
}

// ff is n bytes to read with.
func ff(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = 0xFF
	}
	return p
}

func names(found []hw.ROM) []string {
	var all []string
	for _, rom := range found {
		all = append(all, rom.String())
	}
	slices.Sort(all)
	return all
}

func (r *rig) finds(command byte, want []string) {
	r.Helper()
	found, err := hw.Search(r.Context(), r.bus, command)
	if err != nil || !slices.Equal(names(found), want) {
		r.Errorf("the search finds %v, %v; want %v", names(found), err, want)
	}
}
