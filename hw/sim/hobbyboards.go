// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"

	"owfs/hw"
)

// A HobbyBoards is an emulated device of HobbyBoards: commands that answer bytes
// or take some. Its manuals are no longer to be had; it is what programs send to
// such devices and expect.
type HobbyBoards struct {
	Chip

	mu      sync.Mutex
	answers map[byte][]byte
	setters map[byte]byte // the command that reads what this one writes
	hub     bool
	done    []byte // commands without an answer
}

// NewHobbyBoards returns a device of a type with a firmware.
func NewHobbyBoards(rom hw.ROM, kind, major, minor byte) *HobbyBoards {
	d := &HobbyBoards{
		answers: map[byte][]byte{0x11: {minor, major}, 0x12: {kind}, 0x61: {0}, 0x14: {1}, 0x15: {7}, 0x16: make([]byte, 21)},
		setters: map[byte]byte{0xE1: 0x61, 0x94: 0x14, 0x96: 0x16},
	}
	old := major == 1 && minor < 80
	switch kind {
	case 1: // UV index
		d.answers[0x23], d.answers[0x26], d.answers[0x28] = []byte{0, 0}, []byte{0}, []byte{0}
		d.setters[0x22], d.setters[0x25], d.setters[0x27] = 0x23, 0x26, 0x28
	case 2: // moisture
		if old {
			d.answers[0x23], d.setters[0x22] = []byte{0}, 0x23
			d.answers[0x25], d.setters[0x24] = []byte{0, 0}, 0x25
			d.answers[0x27], d.setters[0x26] = []byte{0, 0}, 0x27
		} else {
			d.answers[0x22], d.setters[0xA2] = []byte{0}, 0x22
			d.answers[0x23], d.setters[0xA3] = []byte{0, 0}, 0x23
			d.answers[0x24], d.setters[0xA4] = []byte{0, 0}, 0x24
		}
	case 5: // hub
		d.hub = true
		d.answers[0x22], d.answers[0x23], d.setters[0x60] = []byte{0}, []byte{0}, 0x61
	case 6: // barometer
		d.answers[0x26], d.setters[0xA6] = []byte{0, 0}, 0x26
	case 7: // humidity
		d.answers[0x24], d.setters[0xA4] = []byte{0, 0}, 0x24
	}
	d.ROM = rom
	d.Function = d.function
	return d
}

// Answer sets what a command answers.
func (d *HobbyBoards) Answer(command byte, p ...byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.answers[command] = p
}

// Answers returns what a command answers.
func (d *HobbyBoards) Answers(command byte) []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.answers[command]...)
}

// Done returns the commands to reboot and to reset that came.
func (d *HobbyBoards) Done() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.done...)
}

func (d *HobbyBoards) function(io *IO) {
	command := io.Read()
	d.mu.Lock()
	get, set := d.setters[command]
	answer := append([]byte(nil), d.answers[command]...)
	size := len(d.answers[get])
	d.mu.Unlock()
	switch {
	case d.hub && command == 0x21:
		d.channels(io.Read())
	case set:
		d.Answer(get, io.ReadN(size)...)
	case answer != nil:
		io.Write(answer...)
	case command == 0xF1 || command == 0xF7:
		d.mu.Lock()
		d.done = append(d.done, command)
		d.mu.Unlock()
	}
}

// channels switches branches on, with bit 4, or off. In the mode for a single one
// the last one stays.
func (d *HobbyBoards) channels(b byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	on := &d.answers[0x22][0]
	if b&0x10 == 0 {
		*on &^= b & 15
		return
	}
	for i := range 4 {
		if b>>i&1 == 1 && d.answers[0x61][0]&2 != 0 {
			*on = 0
		}
		*on |= b & (1 << i)
	}
}
