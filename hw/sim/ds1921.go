// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"
	"math"
	"time"

	"owfs/hw"
)

// A DS1921 is an emulated Thermochron, which measures on its own while a
// mission is in progress, from the data sheets of the DS1921G (page 10 memory
// map, pages 10 and 11 registers, page 13 temperature, pages 16 to 18 logs and
// alarms, pages 34 to 40 protocol and example) and DS1921H/Z (pages 9 to 14).
type DS1921 struct {
	padMemory
	kind Thermochron
	temp func(time.Time) float64
	rtc  rtc
	done task      // a forced conversion
	next time.Time // when a mission measures
	seen time.Time // until when the timer alarm has been looked for
}

// A Thermochron is a kind of DS1921: the temperature of the code 0 and the
// codes of one degree, and the highest code.
type Thermochron struct {
	Zero, PerDegree float64
	Highest         byte
}

// The kinds (DS1921G page 13; DS1921H/Z page 9).
var (
	DS1921G = Thermochron{-40, 2, 0xFA}
	DS1921H = Thermochron{14.5, 8, 0xFF}
	DS1921Z = Thermochron{-5.5, 8, 0xFF}
)

// Registers of page 16 (page 10 and 11, figure 6) and the areas behind it.
const (
	chronRTC       = 0x200
	chronAlarm     = 0x207
	chronLow       = 0x20B
	chronHigh      = 0x20C
	chronRate      = 0x20D
	chronControl   = 0x20E
	chronTemp      = 0x211
	chronDelay     = 0x212
	chronStatus    = 0x214
	chronStamp     = 0x215
	chronSamples   = 0x21A
	chronDevice    = 0x21D
	chronLowLog    = 0x220
	chronHighLog   = 0x250
	chronHistogram = 0x800
	chronLog       = 0x1000
	chronEnd       = 0x1800

	controlEOSC  = 1 << 7
	controlEMCLR = 1 << 6
	controlEM    = 1 << 4
	controlRO    = 1 << 3

	statusTCB    = 1 << 7
	statusMEMCLR = 1 << 6
	statusMIP    = 1 << 5
	statusTLF    = 1 << 2
	statusTHF    = 1 << 1
	statusTAF    = 1 << 0
)

// NewDS1921 returns a Thermochron without a mission, whose clock runs from the
// time of the line. temp tells how warm it is at a time.
func NewDS1921(rom hw.ROM, clock Clock, kind Thermochron, temp func(time.Time) float64) *DS1921 {
	d := &DS1921{kind: kind, temp: temp}
	d.memory, d.pad = make([]byte, chronEnd), make([]byte, 32)
	d.writeCRC, d.readCRC, d.zeros = true, true, true
	d.end = chronStamp
	d.memory[chronStatus] = statusTCB
	d.seen = clock.Now()
	d.rtc.set(d.seen, d.seen)
	d.pass, d.store, d.show, d.more = d.tick, d.write, d.register, d.commands
	d.before, d.Alarm = d.begins, d.searched
	d.init(rom, clock)
	return d
}

// register is what an address reads.
func (d *DS1921) register(at int) byte {
	switch {
	case at >= chronRTC && at < chronAlarm:
		return d.rtc.registers(d.clock.Now())[at-chronRTC]
	case at == chronStatus && d.done.running:
		return d.memory[at] &^ statusTCB
	case at >= 0x280 && at < chronHistogram, at >= 0x880 && at < chronLog:
		return 0 // reserved
	}
	return d.memory[at]
}

// begins: any command but Clear Memory ends what EMCLR allows (page 12).
func (d *DS1921) begins(command byte) {
	if command != 0x3C {
		d.memory[chronControl] &^= controlEMCLR
	}
}

// commands are those of this chip only.
func (d *DS1921) commands(io *crcIO, command byte) {
	switch command {
	case 0xA5: // Read Memory with CRC
		d.readPages(io)
	case 0x3C: // Clear Memory
		d.mark(d.clear)
	case 0x44: // Convert Temperature
		d.mark(func() {
			if d.memory[chronStatus]&statusMIP == 0 {
				d.done.start(d.clock.Now(), 90*time.Millisecond)
			}
		})
	}
}

// clear needs EMCLR and no mission; it leaves the log alone (page 12).
func (d *DS1921) clear() {
	m := d.memory
	if m[chronControl]&controlEMCLR == 0 || m[chronStatus]&statusMIP != 0 {
		return
	}
	m[chronControl] &^= controlEMCLR
	m[chronRate] = 0
	clear(m[chronDelay:chronStatus])
	clear(m[chronStamp:chronDevice])
	clear(m[chronLowLog:0x280])
	clear(m[chronHistogram : chronHistogram+128])
	m[chronStatus] |= statusMEMCLR
}

// write is a copy to memory. To write a register ends a mission; only the
// status can be written without that (page 11, note **).
func (d *DS1921) write(at int, p []byte) {
	mission := d.memory[chronStatus]&statusMIP != 0
	for i, b := range p {
		switch at := at + i; {
		case at < chronRTC:
			d.memory[at] = b
		case at < chronStatus && mission:
			d.memory[chronStatus] &^= statusMIP
			d.setRegister(at, b)
		case at <= chronStatus:
			d.setRegister(at, b)
		}
	}
}

func (d *DS1921) setRegister(at int, b byte) {
	m := d.memory
	switch {
	case at < chronAlarm:
		d.rtc.write(d.clock.Now(), at-chronRTC, b)
	case at == chronControl:
		m[at] = b &^ (1 << 5)
		d.rtc.run(d.clock.Now(), b&controlEOSC == 0)
	case at == chronStatus: // MIP and the alarms can be written to 0
		m[at] &= b | statusTCB | statusMEMCLR
	case at == chronControl+1, at == chronControl+2, at == chronTemp:
	case at == chronRate:
		m[at] = b
		d.start()
	default:
		m[at] = b
	}
}

// start begins a mission if the memory is clear and the mission is enabled. The
// first sample is as many minutes after the minute of the time stamp as the
// sample rate and the delay tell (DS1921H/Z page 11).
func (d *DS1921) start() {
	m := d.memory
	now := d.clock.Now()
	switch {
	case m[chronRate] == 0, m[chronStatus]&statusMEMCLR == 0, m[chronControl]&(controlEM|controlEOSC) != 0,
		now.Sub(d.rtc.begun) < time.Second: // DS1921H/Z page 9, EOSC
		return
	}
	m[chronStatus] = m[chronStatus]&^statusMEMCLR | statusMIP
	r := d.rtc.registers(now)
	copy(m[chronStamp:], []byte{r[1], r[2], r[4], r[5], r[6]})
	minutes := int(binary.LittleEndian.Uint16(m[chronDelay:])) + int(m[chronRate])
	shown := d.rtc.shows(now)
	d.next = now.Add(shown.Truncate(time.Minute).Add(time.Duration(minutes) * time.Minute).Sub(shown))
}

// tick does what has fallen due: a forced conversion, the samples of a mission,
// and the timer alarm, which comes without a mission as well and can't be
// disabled (DS1921G page 12, DS1921H/Z page 10).
func (d *DS1921) tick() {
	now := d.clock.Now()
	if d.rtc.rings(d.seen, now, [4]byte(d.memory[chronAlarm:])) {
		d.memory[chronStatus] |= statusTAF
	}
	d.seen = now
	if d.done.ended(now) {
		d.memory[chronTemp] = d.code(now)
		d.count(chronDevice)
	}
	for d.memory[chronStatus]&statusMIP != 0 && !d.next.After(now) {
		clear(d.memory[chronDelay:chronStatus]) // has counted down
		d.sample(d.next)
		d.next = d.next.Add(time.Duration(d.memory[chronRate]) * time.Minute)
	}
}

// code is a temperature as the chip stores it.
func (d *DS1921) code(at time.Time) byte {
	x := math.Round((d.temp(at) - d.kind.Zero) * d.kind.PerDegree)
	return byte(math.Max(0, math.Min(float64(d.kind.Highest), x)))
}

// count adds 1 to a counter of 24 bits and returns what it was.
func (d *DS1921) count(at int) int {
	p := d.memory[at:]
	n := int(p[0]) | int(p[1])<<8 | int(p[2])<<16
	p[0], p[1], p[2] = byte(n+1), byte((n+1)>>8), byte((n+1)>>16)
	return n
}

func (d *DS1921) sample(at time.Time) {
	m, code := d.memory, d.code(at)
	d.count(chronDevice)
	n := d.count(chronSamples)
	m[chronTemp] = code
	if n < chronEnd-chronLog || m[chronControl]&controlRO != 0 {
		m[chronLog+n%(chronEnd-chronLog)] = code
	}
	bin := m[chronHistogram+2*int(code>>2):]
	if v := binary.LittleEndian.Uint16(bin); v < 0xFFFF {
		binary.LittleEndian.PutUint16(bin, v+1)
	}
	if code <= m[chronLow] {
		m[chronStatus] |= statusTLF
		d.beyond(chronLowLog, n+1)
	}
	if code >= m[chronHigh] {
		m[chronStatus] |= statusTHF
		d.beyond(chronHighLog, n+1)
	}
}

// beyond notes a sample beyond a threshold: in the duration of the last of 12
// stamps, if that goes on, or in a new stamp (DS1921H/Z page 14).
func (d *DS1921) beyond(log, n int) {
	m := d.memory
	for i := log; i < log+48; i += 4 {
		stamp, length := int(m[i])|int(m[i+1])<<8|int(m[i+2])<<16, int(m[i+3])
		switch {
		case length == 0:
			m[i], m[i+1], m[i+2], m[i+3] = byte(n), byte(n>>8), byte(n>>16), 1
			return
		case stamp+length == n && length < 255:
			m[i+3]++
			return
		}
	}
}

// searched tells whether the chip answers an alarm search: a flag is set whose
// search the control register enables, bit for bit (page 12).
func (d *DS1921) searched() (yes bool) {
	d.mark(func() {
		yes = d.memory[chronStatus]&d.memory[chronControl]&(statusTLF|statusTHF|statusTAF) != 0
	})
	return yes
}
