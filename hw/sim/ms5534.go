// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"

	"owfs/hw"
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

// A TAI8570 is an emulated barometer by AAG: an MS5534 on two DS2406. Output A of
// both is SCLK, output B of the writer, which has a supply, is DIN, and at input B
// of the reader, which has none, there is DOUT.
type TAI8570 struct {
	Writer, Reader *DS2406
	*MS5534
}

// NewTAI8570 wires a barometer. Each of the switches has the other's ROM code in
// its memory, in the file 8570 of the 1-Wire file structure (application note
// 114): a directory in page 0, the code in page 1.
func NewTAI8570(writer, reader *DS2406, m *MS5534) *TAI8570 {
	b := &TAI8570{writer, reader, m}
	reader.SetVCC(false)
	changed := func(byte) {
		w, r := writer.Latches(), reader.Latches()
		m.Drive(w&r&1 == 1, w&2 != 0)
	}
	writer.OnChange, reader.OnChange = changed, changed
	reader.Outside = func() byte { return 2 * (1 - bit(m.DOUT())) }
	changed(0)
	for _, pair := range [][2]*DS2406{{writer, reader}, {reader, writer}} {
		pair[0].SetMemory(0, filePage(0, []byte{0xAA, 0x00, 0x80, 0x03, 0x00, 0x00, 0x00, '8', '5', '7', '0', 0x00, 0x01, 0x01}))
		pair[0].SetMemory(32, filePage(1, append(pair[1].ROM[:], 0)))
	}
	return b
}

// filePage is a page of the 1-Wire file structure: the length, the data, and a
// CRC-16 that begins with the number of the page.
func filePage(page uint16, data []byte) []byte {
	p := append([]byte{byte(len(data))}, data...)
	return hw.AppendCRC16(p, page)
}
