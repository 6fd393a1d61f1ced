// SPDX-License-Identifier: Apache-2.0

// Package bustest checks that a hw.Bus keeps the contract that its interface
// states. An implementer's test is a few lines: connect the bus master to an
// emulated line, and call Run.
package bustest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// An Opener makes a bus master that drives an emulated line without devices,
// whose clock is hw.Wall. It closes both at the end of the test.
type Opener func(t *testing.T) (hw.Bus, *sim.Line)

// Run runs the suite in real time. Each test opens a bus of its own.
func Run(t *testing.T, open Opener) {
	for _, test := range tests() {
		t.Run(test.name, func(t *testing.T) { test.run(begin(t, open, time.Second, 6)) })
	}
}

// RunVirtual runs the suite in the time of testing/synctest, for emulations
// without system calls.
func RunVirtual(t *testing.T, open Opener) {
	for _, test := range tests() {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test.run(begin(t, open, 50*time.Millisecond, 20)) })
		})
	}
}

type test struct {
	name string
	run  func(*bench)
}

func tests() []test {
	return []test{
		{"reset", resets},
		{"reset tells a short", resetShort},
		{"reset tells lost presence", resetLost},
		{"touch carries every byte", touchEcho},
		{"touch reads a ROM code", touchReads},
		{"touch of many bytes", touchMany},
		{"touch on a shorted line", touchShort},
		{"bits", bits},
		{"calls in any order", mixed},
		{"no more slots than asked for", slots},
		{"search", searches},
		{"search without help", searchesPlain},
		{"search selects", searchSelects},
		{"search pass follows and turns", searchPass},
		{"alarm search", alarmSearch},
		{"search on a shorted line", searchShort},
		{"search with bit errors", searchBitErrors},
		{"strong pull-up lasts", pullUpLasts},
		{"strong pull-up ends", pullUpEnds},
		{"strong pull-up too short", pullUpShort},
		{"12 V", pulse},
		{"overdrive", overdrive},
		{"a context that has ended", ended},
		{"a device that comes and goes", comesAndGoes},
	}
}

// A bench is a bus master with its line, under test.
type bench struct {
	*testing.T
	ctx  context.Context
	bus  hw.Bus
	line *sim.Line
	late time.Duration // that something may be, on a machine that is busy
	many int           // how often to try what is left to chance; each takes its time
}

func begin(t *testing.T, open Opener, late time.Duration, many int) *bench {
	bus, line := open(t)
	return &bench{t, t.Context(), bus, line, late, many}
}

func (b *bench) check(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

func (b *bench) rom(name string) hw.ROM {
	b.Helper()
	r, err := hw.ParseROM(name)
	b.check(err)
	return r
}

// thermometer puts a DS18B20 on the line.
func (b *bench) thermometer(name string, celsius float64) *sim.DS18B20 {
	b.Helper()
	chip := sim.NewDS18B20(b.rom(name), b.line.Clock(), func() float64 { return celsius })
	b.line.Add(chip)
	return chip
}

// reset resets the line, on which somebody must be.
func (b *bench) reset() {
	b.Helper()
	present, err := b.bus.Reset(b.ctx)
	b.check(err)
	if !present {
		b.Fatal("nobody answers the reset")
	}
}

// touch sends bytes and returns what was read.
func (b *bench) touch(p ...byte) []byte {
	b.Helper()
	b.check(b.bus.Touch(b.ctx, p))
	return p
}

// ff returns n bytes to read with, behind those to send.
func ff(n int, send ...byte) []byte {
	for range n {
		send = append(send, 0xFF)
	}
	return send
}

// command resets the line and sends bytes to all.
func (b *bench) command(p ...byte) {
	b.Helper()
	b.reset()
	sent := string(p)
	if got := b.touch(p...); string(got) != sent {
		b.Fatalf("sent % X, the line carried % X", sent, got)
	}
}
