// SPDX-License-Identifier: Apache-2.0

// Package serialcost tells what an owserver takes of a DS2480B, ours or another:
// bytes over the serial port, resets and slots on the line, and time. The chip,
// the line and the devices are emulated, at the speed of real ones, behind a
// pseudo terminal that any program can open.
package serialcost

import (
	"context"
	"fmt"
	"time"

	"owfs/owproto"
)

// A Row is what one thing cost.
type Row struct {
	Name string
	Cost
}

// A Starter starts a server at a serial port and returns its address. It need
// not wait until the server answers.
type Starter func(port string) (addr string, err error)

// A Scene is a line, and what is done there, in this order.
type Scene struct {
	Name    string
	sensors int
	more    bool // a DS2408 is there as well
	steps   []step
}

type step struct {
	name string
	do   func(context.Context, *rig) error
}

// The names of the rows.
const (
	Start           = "serial start"
	ListOne         = "serial listing, devices: 1"
	FirstAlone      = "serial temperature, the first, alone"
	UncachedAlone   = "serial temperature uncached, alone"
	ListTwenty      = "serial listing, devices: 20"
	LoopTwenty      = "serial temperatures by a loop: 20"
	UncachedOf20    = "serial temperature uncached, one of 20"
	AlarmsTwenty    = "serial alarm search, nobody of 20"
	SwitchesWritten = "serial DS2408 written, PIO.BYTE"
)

// Scenes are all that is measured. The first row of each is the start.
func Scenes() []Scene {
	return []Scene{
		{Name: "serial 1 sensor", sensors: 1, steps: []step{
			{ListOne, list},
			{FirstAlone, temperature("", 0)},
			{UncachedAlone, temperature("/uncached", 0)},
		}},
		{Name: "serial 20 sensors", sensors: 20, steps: []step{
			{ListTwenty, list},
			{AlarmsTwenty, alarms}, // before anything is measured, nobody has one
			{LoopTwenty, loop},
			{UncachedOf20, temperature("/uncached", 7)},
		}},
		{Name: "serial 1 sensor, 1 switch", sensors: 1, more: true, steps: []step{
			{"", list},
			{SwitchesWritten, write},
		}},
	}
}

// Measure plays a scene with a server of its own, which the caller ends.
func (s Scene) Measure(ctx context.Context, start Starter) (rows []Row, err error) {
	r, err := newRig(s.sensors, s.more)
	if err != nil {
		return nil, err
	}
	defer r.close()
	before, begun := r.counts(), time.Now()
	addr, err := start(r.pty.Name)
	if err != nil {
		return nil, err
	}
	r.client = &owproto.Client{Addr: addr, Silence: time.Minute}
	defer r.client.Close()
	if err := r.client.Nop(ctx); err != nil {
		return nil, err
	}
	answered := time.Now()
	last, err := r.settle(ctx)
	if err != nil {
		return nil, err
	}
	if answered.After(last) {
		last = answered
	}
	rows = append(rows, Row{Start, r.since(before, last.Sub(begun))})
	for _, step := range s.steps {
		c, err := r.count(ctx, step.do)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", step.name, err)
		}
		if step.name != "" {
			rows = append(rows, Row{step.name, c})
		}
	}
	return rows, nil
}
