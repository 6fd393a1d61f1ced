// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"
	"sync"

	"owfs/hw"
)

// An LCD is an emulated 1-Wire LCD controller by Louis Swart, which is no chip
// but a microcontroller before an HD44780. Its data sheet (rev 1.7, 2004) is no
// longer to be had: this is what FHEM's driver, which was made with the real
// thing, sends and expects, what the manual page of OWFS says of its counters,
// and OWFS' numbers of the commands that read the HD44780. There is no CRC. None
// of these tells of an alarm: the field Alarm is nil, and a search for alarms
// does not find it.
type LCD struct {
	Chip

	mu          sync.Mutex
	pad         [17]byte // address, 16 bytes
	filled      int      // of pad by the last command 4E
	version     [16]byte
	eeprom      [112]byte
	display     [128]byte // DDRAM
	cursor      byte
	on, back    bool
	gpio, level byte // outputs, 0 is on; levels of the pins
	counters    [4]uint16
}

// NewLCD returns a display that is on, empty, without backlight.
func NewLCD(rom hw.ROM) *LCD {
	d := &LCD{on: true, gpio: 15, level: 15}
	copy(d.version[:], "Emulated LCD 1.0")
	d.ROM = rom
	d.Function = d.function
	d.clear()
	return d
}

// SetVersion sets the 16 characters that tell the firmware's version.
func (d *LCD) SetVersion(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	copy(d.version[:], text)
}

// Text returns n characters of the display from an address on.
func (d *LCD) Text(address, n int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return string(d.display[address : address+n])
}

// On tells whether the display and its backlight are on.
func (d *LCD) On() (display, backlight bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.on, d.back
}

// GPIO returns what was written to the four outputs; 0 is on.
func (d *LCD) GPIO() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.gpio
}

// SetLevels sets the levels at the four inputs. A change counts.
func (d *LCD) SetLevels(levels byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range d.counters {
		d.counters[i] += uint16((d.level ^ levels) >> i & 1)
	}
	d.level = levels & 15
}

// Memory returns the EEPROM.
func (d *LCD) Memory() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]byte(nil), d.eeprom[:]...)
}

func (d *LCD) function(io *IO) {
	switch command := io.Read(); command {
	case 0xBE: // Read Scratchpad
		d.mu.Lock()
		pad := d.pad
		d.mu.Unlock()
		io.Write(pad[1:]...)
	case 0x4E: // Write Scratchpad: an address and up to 16 bytes
		for i := range d.pad {
			b := io.Read()
			d.mu.Lock()
			d.pad[i], d.filled = b, i
			d.mu.Unlock()
		}
	case 0x10, 0x12, 0x21:
		b := io.Read()
		d.mu.Lock()
		defer d.mu.Unlock()
		d.write(command, b)
	default:
		d.mu.Lock()
		defer d.mu.Unlock()
		d.command(command)
	}
}

// write does the commands with one byte: register and data of the HD44780, and
// the outputs.
func (d *LCD) write(command, b byte) {
	switch {
	case command == 0x21:
		d.gpio = b & 15
	case command == 0x12:
		d.print(d.cursor, b)
	case b == 1: // HD44780: Clear Display
		d.clear()
	case b&0x80 != 0: // HD44780: Set DDRAM Address
		d.cursor = b & 0x7F
	}
}

func (d *LCD) command(command byte) {
	switch command {
	case 0x03:
		d.on = true
	case 0x05:
		d.on = false
	case 0x08:
		d.back = true
	case 0x07:
		d.back = false
	case 0x49:
		d.clear()
	case 0x48: // scratchpad to display
		d.print(d.pad[0], d.pad[1:1+d.filled]...)
	case 0x39: // scratchpad to EEPROM
		if at := int(d.pad[0]); at < len(d.eeprom) {
			copy(d.eeprom[at:], d.pad[1:1+d.filled])
		}
	default:
		d.fetch(command)
	}
}

// fetch does the commands that put something into the scratchpad.
func (d *LCD) fetch(command byte) {
	pad := d.pad[1:]
	switch command {
	case 0x37: // EEPROM
		if at := int(d.pad[0]); at < len(d.eeprom) {
			copy(pad, d.eeprom[at:])
		}
	case 0x22: // the pins
		pad[0] = d.level & d.gpio
	case 0x23: // the counters, which begin anew
		for i, n := range d.counters {
			binary.LittleEndian.PutUint16(pad[2*i:], n)
		}
		d.counters = [4]uint16{}
	case 0x41:
		copy(pad, d.version[:])
	case 0x11: // HD44780: Read Busy Flag and Address; it is never busy here
		pad[0] = d.cursor
	case 0x13: // HD44780: Read Data
		pad[0] = d.display[d.cursor]
		d.cursor = (d.cursor + 1) & 0x7F
	}
}

func (d *LCD) print(address byte, text ...byte) {
	for _, b := range text {
		d.display[address&0x7F] = b
		address++
	}
	d.cursor = address & 0x7F
}

func (d *LCD) clear() {
	for i := range d.display {
		d.display[i] = ' '
	}
	d.cursor = 0
}
