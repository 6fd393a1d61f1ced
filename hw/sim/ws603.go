// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"time"

	"owfs/hw"
)

// A WS603 is an emulated weather station of AAG, which looks like a DS2760 whose
// memory from 80 on takes commands, with answers from 88 on. It is what programs
// that read such stations send and expect.
type WS603 struct {
	*DS2760

	// Readings are the wind speed, the direction, the state of the LEDs, the
	// light and the voltage, as it measures them.
	Readings [5]byte
	// Parameters are the model of its LEDs, the calibrations of the wind speed
	// and the direction, and the threshold of the light.
	Parameters [5]byte

	led    [4]byte
	takes  time.Duration
	answer task
	asked  byte
}

// NewWS603 returns a station that takes so long for an answer.
func NewWS603(rom hw.ROM, clock Clock, takes time.Duration) *WS603 {
	s := &WS603{DS2760: NewDS2760(rom, clock, DS2760Kind), Parameters: [5]byte{1, 100, 0, 50}, takes: takes}
	s.written, s.settled = s.obey, s.reply
	return s
}

// Set changes the readings and the parameters while the station runs.
func (s *WS603) Set(f func(s *WS603)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f(s)
}

// LED returns what the LEDs were told last.
func (s *WS603) LED() [4]byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.led
}

// obey looks whether the memory holds a command, when its last byte is written.
func (s *WS603) obey(at int) {
	parameters := map[byte]int{0xA0: 0, 0xA1: 0, 0xA2: 4, 0xA3: 1, 0xA4: 1}
	m := s.shadow[0x80:]
	n, known := parameters[m[0]]
	if !known || at != 0x80+n+2 || m[n+2] != m[0]&0x0F<<4|0x0E {
		return
	}
	var sum byte
	for _, b := range m[:n+1] {
		sum += b
	}
	if sum != m[n+1] {
		return
	}
	switch m[0] {
	case 0xA2:
		copy(s.led[:], m[1:5])
	case 0xA3:
		s.Parameters[1] = m[1]
	case 0xA4:
		s.Parameters[2] = m[1]
	default:
		s.asked = m[0]
		s.answer.start(s.clock.Now(), s.takes)
	}
}

// reply puts an answer into the memory when it is time.
func (s *WS603) reply() {
	if !s.answer.ended(s.clock.Now()) {
		return
	}
	data := s.Readings
	if s.asked == 0xA0 {
		data = s.Parameters
	}
	m := s.shadow[0x88:]
	m[0] = s.asked
	copy(m[1:], data[:])
	m[6] = 0
	for _, b := range m[:6] {
		m[6] += b
	}
}
