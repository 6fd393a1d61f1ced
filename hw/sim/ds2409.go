// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"

	"owfs/hw"
)

// A DS2409 is an emulated coupler with two branches, of which one at most is
// connected to the line, from its data sheet (18 pages): commands pages 4 to 7,
// status bytes page 5, example page 14. A branch that is on stays on over a
// reset, which it gets too.
type DS2409 struct {
	Chip
	clock Clock

	mu          sync.Mutex
	branches    [2][]Slave
	on          int // the branch that is connected
	live        []Slave
	events      byte // bit 0 main, bit 1 auxiliary
	manual      bool
	select1     bool // auto-control: the output goes with the auxiliary branch
	data        bool // manual: the output conducts
	discharging bool
	since       time.Time
}

// The branches of a DS2409.
const (
	Main = iota
	Aux
	neither
)

// NewDS2409 returns a coupler at power-on: all lines off, auto-control, the
// control output associated with the main branch.
func NewDS2409(rom hw.ROM, clock Clock) *DS2409 {
	d := &DS2409{clock: clock, on: neither}
	d.ROM = rom
	d.Function = d.function
	d.Alarm = func() bool { return d.Events() != 0 }
	return d
}

// Add puts devices on a branch, Main or Aux. Their presence pulses are an event
// if the branch is not connected.
func (d *DS2409) Add(branch int, s ...Slave) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.branches[branch] = append(d.branches[branch], s...)
	if d.on != branch {
		d.events |= 1 << branch
	}
}

// Events returns the event flags: bit 0 for main, bit 1 for auxiliary.
func (d *DS2409) Events() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.events
}

// On tells whether a branch is connected.
func (d *DS2409) On(branch int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.on == branch
}

// Control tells whether the transistor at the control output conducts.
func (d *DS2409) Control() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.manual:
		return d.data
	case d.select1:
		return d.on == Aux
	}
	return d.on == Main
}

// connected returns the devices on the branch that is on.
func (d *DS2409) connected() []Slave {
	d.mu.Lock()
	on := d.on
	d.mu.Unlock()
	if on == neither {
		return nil
	}
	return d.devices(on)
}

func (d *DS2409) devices(branch int) []Slave {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]Slave(nil), d.branches[branch]...)
}

// Reset implements Slave.
func (d *DS2409) Reset(fast bool) (present bool) {
	present = d.Chip.Reset(fast)
	for _, s := range d.connected() {
		present = s.Reset(fast) || present
	}
	return present
}

// Pull implements Slave.
func (d *DS2409) Pull() byte {
	bit := d.Chip.Pull()
	d.live = d.connected()
	for _, s := range d.live {
		bit &= s.Pull()
	}
	return bit
}

// See implements Slave. A branch that is connected in this slot, or taken off,
// is so from the next one on.
func (d *DS2409) See(bit byte) {
	for _, s := range d.live {
		s.See(bit)
	}
	d.Chip.See(bit)
}

// Powered implements Slave.
func (d *DS2409) Powered(t time.Duration) {
	for _, s := range d.connected() {
		s.Powered(t)
	}
}

// Pulse implements Slave.
func (d *DS2409) Pulse(t time.Duration) {
	for _, s := range d.connected() {
		s.Pulse(t)
	}
}

func (d *DS2409) function(io *IO) {
	switch command := io.Read(); command {
	case 0x5A: // Status Read/Write
		control := io.Read()
		info := d.status(control)
		io.Write(info, info)
	case 0x66: // All Lines Off
		d.turn(neither)
		d.mu.Lock()
		d.events = 0
		d.mu.Unlock()
		io.Write(command)
	case 0x99: // Discharge Lines
		d.turn(neither)
		d.mu.Lock()
		d.discharging, d.since = true, d.clock.Now()
		d.mu.Unlock()
		io.Write(command)
	case 0xA5: // Direct-On Main
		d.turn(Main)
		io.Write(command)
	case 0xCC: // Smart-On Main
		d.smartOn(io, Main, command)
	case 0x33: // Smart-On Auxiliary
		d.smartOn(io, Aux, command)
	}
}

// smartOn resets a branch by itself while the master sends FF, tells whether
// anybody is there (00, else FF) and repeats the command. Only then the branch
// is connected, so that its devices wait for a ROM command.
func (d *DS2409) smartOn(io *IO, branch int, command byte) {
	d.turn(neither)
	io.Read() // the reset stimulus
	presence := byte(0xFF)
	for _, s := range d.devices(branch) {
		if s.Reset(false) {
			presence = 0
		}
	}
	io.Write(presence, command)
	d.turn(branch)
}

// turn connects a branch, or none, and ends a discharge. One that took 100 ms
// (page 6) has reset the devices that live on the line.
func (d *DS2409) turn(branch int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.discharging && d.clock.Now().Sub(d.since) >= 100*time.Millisecond {
		for _, b := range d.branches {
			for _, s := range b {
				if p, ok := s.(interface{ discharge() }); ok {
					p.discharge()
				}
			}
		}
	}
	d.discharging = false
	d.on = branch
}

// status does what the status control byte says if its bits 3 and 4 are 0, and
// returns the status info byte (page 5, tables 1 and 2). Both branches are
// pulled up, so their levels are 1.
func (d *DS2409) status(control byte) byte {
	d.mu.Lock()
	on := d.on
	d.mu.Unlock()
	d.turn(on) // ends a discharge
	conducts := d.Control()
	d.mu.Lock()
	defer d.mu.Unlock()
	if control&0x18 == 0 {
		d.manual, d.select1, d.data = control&0x20 != 0, control&0x40 != 0, control&0x80 != 0
		conducts = d.data
	}
	info := byte(0x0F) | d.events<<4
	if d.on != neither {
		info &^= 1 << (2 * d.on)
	}
	if d.manual && conducts || !d.manual && d.select1 {
		info |= 0x40
	}
	if d.manual {
		info |= 0x80
	}
	return info
}
