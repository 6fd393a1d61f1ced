// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"time"

	"owfs/hw"
)

// A DS1922 is an emulated temperature logger with passwords, from the data
// sheet of the DS1922L/T (48 pages): memory map page 14, registers pages 15 to
// 25, commands pages 26 to 32; or a DS1923, which logs humidity too.
type DS1922 struct {
	padMemory
	kind     Logger
	temp     func(time.Time) float64
	humidity func(time.Time) float64
	rtc      rtc
	forced   task
	next     time.Time
	dead     bool
}

// A Logger is a kind of DS1922: its device configuration byte (page 25), the
// temperature of the code 0, and whether it measures humidity.
type Logger struct {
	Config   byte
	Zero     float64
	Humidity bool
}

// The kinds (page 20 for the temperatures).
var (
	DS1922L = Logger{0x40, -41, false}
	DS1922T = Logger{0x60, -1, false}
	DS1923  = Logger{0x20, -41, true}
)

// Registers (pages 15 and 16, figure 6).
const (
	logRate     = 0x206
	logTempLow  = 0x208
	logTempHigh = 0x209
	logDataLow  = 0x20A
	logDataHigh = 0x20B
	logTemp     = 0x20C // and the data behind it
	logEnable   = 0x210 // TLF and THF; then HLF and HHF
	logRTC      = 0x212
	logMission  = 0x213
	logAlarm    = 0x214
	logStatus   = 0x215
	logDelay    = 0x216
	logStamp    = 0x219
	logSamples  = 0x220
	logDevice   = 0x223
	logConfig   = 0x226
	logPassword = 0x227 // the control byte, then 8 bytes for reading, 8 for all
	logEnd      = 0x280
	logData     = 0x1000
	logDataEnd  = 0x3000

	rtcEOSC = 1 << 0
	rtcEHSS = 1 << 1

	missionETL  = 1 << 0
	missionEHL  = 1 << 1
	missionTLFS = 1 << 2
	missionHLFS = 1 << 3
	missionRO   = 1 << 4
	missionSUTA = 1 << 5

	logMIP    = 1 << 1
	logMEMCLR = 1 << 3
	logWFTA   = 1 << 4
)

// NewDS1922 returns a logger without a mission, whose clock runs from the time
// of the line. temp, and humidity in % for a DS1923, tell what is at a time.
func NewDS1922(rom hw.ROM, clock Clock, kind Logger, temp, humidity func(time.Time) float64) *DS1922 {
	d := &DS1922{kind: kind, temp: temp, humidity: humidity}
	d.memory, d.pad = make([]byte, logDataEnd), make([]byte, 32)
	d.writeCRC, d.readCRC = true, true
	d.end = logEnd
	d.memory[logRTC] = rtcEOSC
	d.memory[logMission] = 0xC0
	d.memory[logAlarm] = 0x70
	d.memory[logStatus] = 0xC0
	d.memory[logConfig] = kind.Config
	d.rtc.set(clock.Now(), clock.Now())
	d.pass, d.store, d.show = d.tick, d.write, d.register
	d.init(rom, clock)
	d.Function = d.commands
	d.Alarm = func() (yes bool) {
		d.mark(func() { yes = d.memory[logAlarm]&0x8F != 0 })
		return yes
	}
	return d
}

// Reset implements Slave. A chip that was made to measure while its clock stood
// has lost its calibration for ever (page 18, EOSC).
func (d *DS1922) Reset(fast bool) bool {
	present := d.padMemory.Reset(fast)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead {
		d.Stop()
		return false
	}
	return present
}

// rtcOrder is where the registers 200 to 205 are in a rtc: there is no day of
// the week.
var rtcOrder = [...]int{0, 1, 2, 4, 5, 6}

func (d *DS1922) register(at int) byte {
	switch {
	case at >= 0x200 && at < logRate:
		return d.rtc.registers(d.clock.Now())[rtcOrder[at-0x200]]
	case at > logPassword && at < logPassword+17: // passwords can't be read
		return 0
	case at >= logEnd && at < logData:
		return 0
	}
	return d.memory[at]
}

func (d *DS1922) commands(bits *IO) {
	io := &crcIO{IO: bits}
	switch command := io.Read(); command {
	case 0x0F: // Write Scratchpad
		d.writePad(io)
	case 0xAA: // Read Scratchpad
		d.readPad(io)
	case 0x99: // Copy Scratchpad with Password
		ta, es := io.Address(), io.Read()
		if d.admits(io.ReadN(8), false) && d.begin(ta, es) {
			io.ToggleAfter(d.copying)
		}
	case 0x69: // Read Memory with Password & CRC; the CRC leaves the password out
		at := int(io.Address())
		if d.admits(io.ReadN(8), true) {
			d.pagesFrom(io, at)
		}
	case 0x96: // Clear Memory with Password, and a byte to give it time
		d.mission(io, d.clear)
	case 0xCC: // Start Mission with Password
		d.mission(io, d.start)
	case 0x33: // Stop Mission with Password
		d.mission(io, func() { d.memory[logStatus] &^= logMIP })
	case 0x55: // Forced Conversion
		if io.Read() == 0xFF {
			d.mark(func() {
				switch {
				case d.memory[logRTC]&rtcEOSC == 0:
					d.dead = true
				case d.memory[logStatus]&logMIP == 0:
					d.forced.start(d.clock.Now(), 600*time.Millisecond)
				}
			})
		}
	}
}

func (d *DS1922) mission(io *crcIO, f func()) {
	if admitted := d.admits(io.ReadN(8), false); io.Read() == 0xFF && admitted {
		d.mark(f)
	}
}

// admits compares a password, if AA in the control byte says so: the one for
// reading, or the one for all.
func (d *DS1922) admits(password []byte, reading bool) (yes bool) {
	d.mark(func() {
		p := d.memory[logPassword:]
		yes = p[0] != 0xAA || string(password) == string(p[9:17]) ||
			reading && string(password) == string(p[1:9])
	})
	return yes
}

func (d *DS1922) clear() {
	m := d.memory
	if m[logStatus]&logMIP != 0 {
		return
	}
	clear(m[logStamp : logStamp+6])
	clear(m[logSamples:logDevice])
	m[logAlarm] = 0x70
	m[logStatus] |= logMEMCLR
}

// start begins a mission if the memory is clear and the clock runs. The first
// sample is when the delay is over, or, with SUTA, at the first alarm after it.
func (d *DS1922) start() {
	m := d.memory
	if m[logStatus]&(logMIP|logMEMCLR) != logMEMCLR || m[logRTC]&rtcEOSC == 0 {
		return
	}
	m[logStatus] = m[logStatus]&^logMEMCLR | logMIP
	if m[logMission]&missionSUTA != 0 {
		m[logStatus] |= logWFTA
	}
	minutes := int(m[logDelay]) | int(m[logDelay+1])<<8 | int(m[logDelay+2])<<16
	d.next = d.clock.Now().Add(time.Duration(minutes) * time.Minute)
}

// write is a copy to memory. During a mission registers can only be read.
func (d *DS1922) write(at int, p []byte) {
	for i, b := range p {
		at := at + i
		switch mission := d.memory[logStatus]&logMIP != 0; {
		case at < 0x200, at >= logPassword && at < logPassword+17, at >= 0x240:
			d.memory[at] = b
		case mission:
		case at < logRate:
			d.rtc.write(d.clock.Now(), rtcOrder[at-0x200], b)
		case at == logRate+1:
			d.memory[at] = b & 0x3F
		case at == logEnable:
			d.memory[at] = b & 3
		case at == logRTC:
			d.memory[at] = b & 3
			d.rtc.run(d.clock.Now(), b&rtcEOSC != 0)
		case at == logMission:
			d.memory[at] = b | 0xC0
		case at < logTemp, at == logEnable+1, at >= logDelay && at < logStamp:
			d.memory[at] = b
		}
	}
}

func (d *DS1922) period() time.Duration {
	n := time.Duration(d.memory[logRate]) | time.Duration(d.memory[logRate+1])<<8
	if d.memory[logRTC]&rtcEHSS != 0 {
		return max(1, n) * time.Second
	}
	return max(1, n) * time.Minute
}

// tick does what has fallen due: a forced conversion, and a mission's samples.
func (d *DS1922) tick() {
	now := d.clock.Now()
	if d.forced.ended(now) { // which raises alarms, too (page 23)
		d.count(logDevice)
		d.alarmed(d.measure(now))
	}
	for d.memory[logStatus]&logMIP != 0 && !d.next.After(now) {
		clear(d.memory[logDelay:logStamp]) // has counted down
		d.sample(d.next)
		d.next = d.next.Add(d.period())
	}
}

// measure puts 16 bits of temperature, of which 11 count (page 20), and of
// humidity, of which 12 count (DS1923), into the registers.
func (d *DS1922) measure(at time.Time) (temp, data uint16) {
	temp = uint16(math.Max(0, math.Min(0xFFE0, math.Round((d.temp(at)-d.kind.Zero)*16)*32)))
	m := d.memory[logTemp:]
	m[0], m[1] = byte(temp), byte(temp>>8)
	if d.kind.Humidity {
		volts := d.humidity(at)*0.0307 + 0.958
		data = uint16(math.Max(0, math.Min(4095, math.Round(volts*4096/5.02)))) << 4
		m[2], m[3] = byte(data), byte(data>>8)
	}
	return temp, data
}

func (d *DS1922) count(at int) int {
	p := d.memory[at:]
	n := int(p[0]) | int(p[1])<<8 | int(p[2])<<16
	p[0], p[1], p[2] = byte(n+1), byte((n+1)>>8), byte((n+1)>>16)
	return n
}

func (d *DS1922) sample(at time.Time) {
	m := d.memory
	temp, data := d.measure(at)
	d.count(logDevice)
	d.alarmed(temp, data)
	if m[logStatus]&logWFTA != 0 {
		return
	}
	n := d.count(logSamples)
	if n == 0 {
		for i, from := range rtcOrder {
			m[logStamp+i] = d.rtc.registers(at)[from]
		}
	}
	for _, l := range d.logs() {
		value := temp
		if l.data {
			value = data
		}
		if n >= l.samples && m[logMission]&missionRO == 0 {
			continue
		}
		to := l.start + n%l.samples*l.width
		m[to] = byte(value >> 8) // the high byte first
		if l.width == 2 {
			m[to+1] = byte(value)
		}
	}
}

// alarmed sets the flags of the limits that are passed. A limit of the
// temperature is also what a mission may wait for.
func (d *DS1922) alarmed(temp, data uint16) {
	m := d.memory
	flags := beyond(m[logEnable], byte(temp>>8), m[logTempLow], m[logTempHigh])
	if flags != 0 {
		m[logStatus] &^= logWFTA
	}
	if d.kind.Humidity {
		flags |= beyond(m[logEnable+1], byte(data>>8), m[logDataLow], m[logDataHigh]) << 2
	}
	m[logAlarm] |= flags
}

// beyond returns the flags low (bit 0) and high (bit 1), if enabled.
func beyond(enable, value, low, high byte) (flags byte) {
	if value <= low {
		flags |= 1
	}
	if value >= high {
		flags |= 2
	}
	return flags & enable
}

// A dataLog is a part of the log memory.
type dataLog struct {
	start, samples, width int
	data                  bool
}

// logs divides the log memory: one kind of data has all of it; two have halves,
// or, if of different widths, 2560 samples each.
func (d *DS1922) logs() []dataLog {
	control := d.memory[logMission]
	t := dataLog{logData, 8192, 1, false}
	h := dataLog{logData, 8192, 1, true}
	if control&missionTLFS != 0 {
		t.samples, t.width = 4096, 2
	}
	if control&missionHLFS != 0 {
		h.samples, h.width = 4096, 2
	}
	hum := d.kind.Humidity && control&missionEHL != 0
	switch {
	case control&missionETL == 0 && !hum:
		return nil
	case !hum:
		return []dataLog{t}
	case control&missionETL == 0:
		return []dataLog{h}
	case t.width == h.width:
		t.samples, h.samples = t.samples/2, h.samples/2
	default:
		t.samples, h.samples = 2560, 2560
	}
	h.start = t.start + t.samples*t.width
	return []dataLog{t, h}
}
