// SPDX-License-Identifier: Apache-2.0

package ds2490_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/ds2490"
	"owfs/hw/sim/usb"
)

// A rig is a chip on a line, to which a test speaks as a host does.
type rig struct {
	*testing.T
	line *sim.Line
	chip *ds2490.Chip
}

// run runs a test in virtual time, with a chip that is configured.
func run(t *testing.T, test func(r *rig)) {
	synctest.Test(t, func(t *testing.T) {
		line := sim.NewLine(hw.Wall{})
		chip := ds2490.New(line)
		defer line.Close()
		defer chip.Close()
		r := &rig{t, line, chip}
		r.control(usb.ToDevice, usb.SetConfiguration, 1, 0)
		r.control(usb.ToInterface, usb.SetInterface, 3, 0)
		test(r)
	})
}

func (r *rig) rom(name string) hw.ROM {
	r.Helper()
	id, err := hw.ParseROM(name)
	if err != nil {
		r.Fatal(err)
	}
	return id
}

// thermometers puts n of them on the line.
func (r *rig) thermometers(n int) (all []hw.ROM) {
	r.Helper()
	for i := range n {
		id := r.rom(fmt.Sprintf("28.%012X", 0x0123456789AB*uint64(i+1)&0xFFFFFFFFFFFF))
		r.line.Add(sim.NewDS18B20(id, hw.Wall{}, func() float64 { return 21.5 }))
		all = append(all, id)
	}
	return all
}

func (r *rig) control(kind, request byte, value, index uint16) {
	r.Helper()
	s := usb.Setup{RequestType: kind, Request: request, Value: value, Index: index}
	if _, err := r.chip.Control(r.Context(), s, nil); err != nil {
		r.Fatalf("%+v: %v", s, err)
	}
}

// comm sends a communication command, mode and ctl the other two kinds.
func (r *rig) comm(value, index uint16) { r.Helper(); r.control(usb.VendorTo, 1, value, index) }
func (r *rig) mode(value, index uint16) { r.Helper(); r.control(usb.VendorTo, 2, value, index) }
func (r *rig) ctl(value uint16)         { r.Helper(); r.control(usb.VendorTo, 0, value, 0) }

func (r *rig) out(text string) {
	r.Helper()
	p := raw(r, text)
	if n, err := r.chip.Out(r.Context(), 2, p); n != len(p) || err != nil {
		r.Fatalf("EP2 took %d of %d bytes: %v", n, len(p), err)
	}
}

func raw(t testing.TB, text string) []byte {
	p, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// in reads EP3, and compares.
func (r *rig) in(want string) {
	r.Helper()
	w := raw(r, want)
	got, err := r.chip.In(r.Context(), 0x83, 128)
	if err != nil || !bytes.Equal(got, w) {
		r.Errorf("EP3 gives % X, %v, want % X", got, err, w)
	}
}

// status reads EP1.
func (r *rig) status() []byte {
	r.Helper()
	p, err := r.chip.In(r.Context(), 0x81, 32)
	if err != nil {
		r.Fatal(err)
	}
	return p
}

// idle polls EP1 until the chip is idle, and compares the results.
func (r *rig) idle(results ...byte) time.Duration {
	r.Helper()
	began := time.Now()
	var got []byte
	for {
		p := r.status()
		got = append(got, p[16:]...)
		if p[8]&0x20 != 0 {
			break
		}
		if time.Since(began) > 10*time.Second {
			r.Fatalf("not idle: % X", p)
		}
	}
	if !bytes.Equal(got, results) {
		r.Errorf("results % X, want % X", got, results)
	}
	return time.Since(began)
}

// nothing checks that EP3 has nothing.
func (r *rig) nothing() {
	r.Helper()
	ctx, cancel := context.WithTimeout(r.Context(), time.Second)
	defer cancel()
	if p, err := r.chip.In(ctx, 0x83, 128); err == nil {
		r.Errorf("EP3 gives % X, want nothing", p)
	}
}
