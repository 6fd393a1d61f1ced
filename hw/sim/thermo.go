// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"sync"
	"time"

	"owfs/hw"
)

// A thermometer is what the thermometers with a scratchpad of eight bytes and
// a CRC-8 share: conversions that take time and supply, TH and TL (and more) in
// an EEPROM of their own, and the alarm flag. The page numbers here are those
// of the DS18B20 data sheet (19-7487 rev 6).
type thermometer struct {
	Chip
	clock Clock

	blank   [8]byte                                 // the scratchpad at power-on, but for the EEPROM's part
	kept    int                                     // bytes of the scratchpad, from byte 2, that the EEPROM keeps
	store   func(n int, b byte) byte                // what byte 2+n becomes when b is written
	takes   func(pad *[8]byte) time.Duration        // how long a conversion takes
	measure func(pad *[8]byte, celsius float64)     // puts a temperature into the scratchpad
	whole   func(pad *[8]byte) int8                 // the degrees that TH and TL are compared with
	more    func(io *IO, command byte, pad [8]byte) // commands of one kind only

	mu        sync.Mutex
	temp      func() float64 // °C now
	parasite  bool
	deaf      bool // a clone that does not answer the done-poll
	pad       [8]byte
	eeprom    [3]byte
	converts  task
	copies    task
	celsius   float64 // of the conversion that runs
	toCopy    [3]byte
	alarmFlag bool
}

// A task runs until its time has come. On parasite power it fails unless the
// line is driven high for all of it (page 7).
type task struct {
	running, fed bool
	until        time.Time
}

func (t *task) start(now time.Time, d time.Duration) {
	*t = task{running: true, until: now.Add(d)}
}

func (t *task) feed(now time.Time, d time.Duration) {
	t.fed = t.fed || !now.Add(d).Before(t.until)
}

func (t *task) busy(now time.Time) bool { return t.running && now.Before(t.until) }

// ended tells, once, that the task is over.
func (t *task) ended(now time.Time) bool {
	over := t.running && !now.Before(t.until)
	t.running = t.running && !over
	return over
}

func (d *thermometer) init(rom hw.ROM, clock Clock, temp func() float64) {
	d.ROM, d.clock, d.temp = rom, clock, temp
	d.Function = d.function
	d.OnPower = d.power
	if d.whole != nil {
		d.Alarm = d.alarm
	}
	d.PowerOn()
}

// SetParasite takes the external power away, or gives it back.
func (d *thermometer) SetParasite(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.parasite = on
}

// SetDeaf makes the chip ignore the done-poll, as some clones do.
func (d *thermometer) SetDeaf(on bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.deaf = on
}

// SetTemperature changes the function that tells how warm it is.
func (d *thermometer) SetTemperature(temp func() float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.temp = temp
}

// EEPROM returns TH, TL and (on chips that have one) the configuration, as a
// loss of power leaves them.
func (d *thermometer) EEPROM() [3]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	return d.eeprom
}

// PowerOn is what a loss of power does: the scratchpad is as in figure 9
// (page 9), with TH, TL and configuration from the EEPROM.
func (d *thermometer) PowerOn() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	d.powerOn()
}

func (d *thermometer) powerOn() {
	d.pad = d.blank
	copy(d.pad[2:], d.eeprom[:d.kept])
	d.converts, d.copies, d.alarmFlag = task{}, task{}, false
}

func (d *thermometer) power(t time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	d.converts.feed(now, t)
	d.copies.feed(now, t)
}

// settle does what falls due at the end of a conversion or a copy. A chip on
// parasite power that was not fed has lost its supply in the middle of it.
func (d *thermometer) settle() {
	now := d.clock.Now()
	if d.copies.ended(now) && (!d.parasite || d.copies.fed) {
		d.eeprom = d.toCopy
	}
	if !d.converts.ended(now) {
		return
	}
	if d.parasite && !d.converts.fed {
		d.powerOn()
		return
	}
	d.measure(&d.pad, d.celsius)
	if d.whole != nil { // the flag changes with a conversion only (page 8)
		t := d.whole(&d.pad)
		d.alarmFlag = t >= int8(d.pad[2]) || t <= int8(d.pad[3])
	}
}

func (d *thermometer) alarm() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	return d.alarmFlag
}

func (d *thermometer) scratchpad() [8]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	return d.pad
}

func (d *thermometer) convert() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	d.celsius = d.temp()
	d.converts.start(d.clock.Now(), d.takes(&d.pad))
}

func (d *thermometer) copy() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settle()
	copy(d.toCopy[:], d.pad[2:2+d.kept])
	d.copies.start(d.clock.Now(), 10*time.Millisecond)
}

func (d *thermometer) function(io *IO) {
	command := io.Read()
	switch {
	case command == 0x44: // Convert T
		d.convert()
		io.Hold(d.busy)
	case command == 0xBE: // Read Scratchpad
		pad := d.scratchpad()
		io.Write(pad[:]...)
		io.Write(hw.CRC8(pad[:]))
	case command == 0xB4: // Read Power Supply: 0 means parasite
		io.Hold(d.onLine)
	case d.kept > 0 && command == 0x4E: // Write Scratchpad: each byte counts as it comes
		for n := range d.kept {
			b := d.store(n, io.Read())
			d.mu.Lock()
			d.settle()
			d.pad[2+n] = b
			d.mu.Unlock()
		}
	case d.kept > 0 && command == 0x48: // Copy Scratchpad
		d.copy()
		io.Hold(d.busy)
	case d.kept > 0 && command == 0xB8: // Recall E²
		d.mu.Lock()
		d.settle()
		copy(d.pad[2:], d.eeprom[:d.kept])
		d.mu.Unlock()
		io.Hold(func() bool { return false })
	case d.more != nil:
		d.more(io, command, d.scratchpad())
	}
}

// busy tells whether the chip holds read slots at 0. On parasite power it
// can't answer, and neither does a deaf one.
func (d *thermometer) busy() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	return !d.deaf && !d.parasite && (d.converts.busy(now) || d.copies.busy(now))
}

func (d *thermometer) onLine() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.parasite
}

// sixteenths is a temperature in 1/16 °C, within −55 to +125 °C.
func sixteenths(celsius float64) int {
	return int(math.Round(math.Min(125, math.Max(-55, celsius)) * 16))
}

// discharge is what happens when the line is held low for a long time.
func (d *thermometer) discharge() {
	if d.onLine() {
		d.PowerOn()
	}
}
