// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"encoding/binary"
	"sync"
	"time"

	"owfs/hw"
)

// A DS2415 is an emulated clock, from its data sheet (14 pages): device control
// byte and clock functions pages 4 and 5. The DS1904 is the same in a can. With
// family 27 it is a DS2417, whose control byte also holds an interrupt (data
// sheet, 15 pages: pages 4 and 5).
type DS2415 struct {
	Chip
	clock Clock

	mu      sync.Mutex
	control byte
	count   uint32 // seconds at the time of since, or, without oscillator, for ever
	since   time.Time
}

// The bits of the device control byte (page 4).
const (
	clockOSC   = 1<<2 | 1<<3 // both read the same; when written, bit 3 counts
	clockOSCIn = 1 << 3
	clockFree  = 0xF0 // user flags; on the DS2417 IE (bit 7) and IS (bits 6 to 4)
)

// NewDS2415 returns a clock that stands still at 0.
func NewDS2415(rom hw.ROM, clock Clock) *DS2415 {
	d := &DS2415{clock: clock}
	d.ROM = rom
	d.Function = d.function
	return d
}

// NewDS2417 returns a clock with interrupt that stands still at 0.
func NewDS2417(rom hw.ROM, clock Clock) *DS2415 { return NewDS2415(rom, clock) }

// Interrupt returns how often the interrupt pin of a DS2417 is pulled low (page
// 5), or 0 for never.
func (d *DS2415) Interrupt() time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.control&0x80 == 0 || d.control&clockOSC == 0 {
		return 0
	}
	seconds := [8]int{1, 4, 32, 64, 2048, 4096, 65536, 131072}
	return time.Duration(seconds[d.control>>4&7]) * time.Second
}

// Count returns the seconds.
func (d *DS2415) Count() uint32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now()
}

// Control returns the device control byte.
func (d *DS2415) Control() byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.control
}

func (d *DS2415) now() uint32 {
	if d.control&clockOSC == 0 {
		return d.count
	}
	return d.count + uint32(d.clock.Now().Sub(d.since)/time.Second)
}

func (d *DS2415) function(io *IO) {
	switch io.Read() {
	case 0x66: // Read Clock: a snapshot, again and again
		d.mu.Lock()
		p := binary.LittleEndian.AppendUint32([]byte{d.control}, d.now())
		d.mu.Unlock()
		for {
			io.Write(p...)
		}
	case 0x99: // Write Clock: the time counts from the reset on
		d.setControl(io.Read())
		p := io.ReadN(4)
		defer d.set(p)
		for {
			io.Slot(1)
		}
	}
}

// setControl is at once effective.
func (d *DS2415) setControl(b byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count = d.now()
	d.since = d.clock.Now()
	d.control = b & clockFree
	if b&clockOSCIn != 0 {
		d.control |= clockOSC
	}
}

func (d *DS2415) set(p []byte) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.count, d.since = binary.LittleEndian.Uint32(p), d.clock.Now()
}
