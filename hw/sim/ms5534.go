// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"math"
	"sync"
	"time"
)

// An MS5534 is an emulated barometer module by Intersema, with its serial
// interface of three wires, from the data sheet of the MS5540C (DA5540C), which
// has the same one (serial interface pages 12 to 14), and from the application
// note AN510, which spells the commands.
//
// Each rising edge of SCLK takes a bit from DIN. A command begins with three
// ones and ends with three zeros, and between them there are four bits that start
// a measurement or six that select a word of the calibration. One more clock
// later, or two after a measurement, each rising edge puts a bit of the answer on
// DOUT, the uppermost one first. While it measures, DOUT is high.
type MS5534 struct {
	clock Clock

	mu     sync.Mutex
	words  [4]uint16
	d      [2]uint16 // D1 is the pressure, D2 the temperature
	sclk   bool
	seen   uint32 // the bits that came, the latest lowest
	skip   int    // clocks before the answer
	left   int    // bits of the answer to come
	answer uint16
	dout   bool
	until  time.Time // of the measurement
	spoilt bool      // a clock came while it measured
}

// NewMS5534 returns a module with a calibration, words 1 to 4.
func NewMS5534(clock Clock, words [4]uint16) *MS5534 { return &MS5534{clock: clock, words: words} }

// Set sets what will be measured: D1 for the pressure, D2 for the temperature.
func (m *MS5534) Set(d1, d2 uint16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.d = [2]uint16{d1, d2}
}

// DOUT returns the level of that pin.
func (m *MS5534) DOUT() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dout || m.measuring()
}

func (m *MS5534) measuring() bool { return m.clock.Now().Before(m.until) }

// Drive sets the levels of the pins SCLK and DIN.
func (m *MS5534) Drive(sclk, din bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rising := sclk && !m.sclk
	m.sclk = sclk
	if !rising {
		return
	}
	m.seen = m.seen<<1 | uint32(bit(din))
	m.shift()
	m.command()
}

// shift puts the next bit of an answer on DOUT. Measuring needs quiet: a clock in
// the middle of it spoils the result.
func (m *MS5534) shift() {
	switch {
	case m.skip > 0:
		m.skip--
		return
	case m.left == 0:
		m.dout = false
		return
	case m.measuring():
		m.spoilt = true
	}
	if m.spoilt {
		m.answer = 0xDEAD
	}
	m.left--
	m.dout = m.answer>>m.left&1 == 1
}

// command looks whether the bits so far end with a command.
func (m *MS5534) command() {
	switch m.seen & 0x1FFFFF {
	case 0b101010101010101000000: // reset
		m.left, m.skip, m.dout, m.until = 0, 0, false, time.Time{}
		return
	}
	switch m.seen & 0x3FF {
	case 0b111_1010_000:
		m.measure(m.d[0])
		return
	case 0b111_1001_000:
		m.measure(m.d[1])
		return
	}
	for i, setup := range []uint32{0b010101, 0b010110, 0b011001, 0b011010} {
		if m.seen&0xFFF == 0b111<<9|setup<<3 {
			m.reply(m.words[i], 1)
		}
	}
}

func (m *MS5534) reply(answer uint16, skip int) {
	m.answer, m.skip, m.left, m.dout, m.spoilt = answer, skip, 16, false, false
}

// measure takes 33 ms (typical; 35 at most, page 5).
func (m *MS5534) measure(result uint16) {
	m.reply(result, 2)
	m.until = m.clock.Now().Add(35 * time.Millisecond)
}

// PowerOn is what a loss of power does.
func (m *MS5534) PowerOn() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sclk, m.seen, m.skip, m.left, m.dout, m.until, m.spoilt = false, 0, 0, 0, false, time.Time{}, false
}

// MS5534Example is the calibration of the example in the data sheet (figure 3,
// page 10). The numbers C1 to C6 that are in it are 23470, 1324, 737, 393, 628
// and 25.
func MS5534Example() [4]uint16 { return [4]uint16{46940, 40217, 25172, 47212} }

// MS5534Measures returns what a module with that calibration measures: the
// formulas of page 10, solved for D1 and D2, without those of page 11 for the cold
// and the heat. It is right from 300 to 1100 mbar and from -40 to 85 °C.
func MS5534Measures(mbar, celsius float64) (d1, d2 uint16) {
	const c1, c2, c3, c4, c5, c6 = 23470, 1324, 737, 393, 628, 25
	dT := (celsius*10 - 200) * 1024 / (c6 + 50)
	off := c2*4 + (c4-512)*dT/4096
	sens := c1 + c3*dT/1024 + 24576
	x := (mbar*10 - 2500) * 32 / 10
	return uint16(math.Round((x+off)*16384/sens + 7168)), uint16(math.Round(dT + 8*c5 + 20224))
}
