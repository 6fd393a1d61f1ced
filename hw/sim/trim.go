// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"sync"
	"time"
)

// A trim is the calibration of a thermometer: two registers that its EEPROM
// fills at power-on, and commands that no data sheet tells of. They are as AN247
// (DS18x20 EEPROM corruption issue) has them: 93 and 68 read a register, 95 and
// 63 write it, and 94 and 64 put it into the EEPROM.
type trim struct {
	watch Clock

	lock   sync.Mutex
	now    [2]byte // the registers
	burnt  [2]byte // the EEPROM
	copies [2]task
	to     [2]byte // what is being copied
	absent bool    // as in most clones
}

// trimming gives a thermometer the trim that its constructor made.
func (d *thermometer) trimming(t *trim) {
	t.now, t.burnt = [2]byte{0x9D, 0xBB}, [2]byte{0x9D, 0xBB}
	d.more = t.command
	d.OnPower = func(long time.Duration) {
		d.power(long)
		t.feed(long)
	}
}

// SetTrim sets both bytes, in registers and EEPROM, as the factory does.
func (t *trim) SetTrim(first, second byte) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.now = [2]byte{first, second}
	t.burnt = t.now
}

// Trim returns what the EEPROM holds.
func (t *trim) Trim() (first, second byte) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.settle()
	return t.burnt[0], t.burnt[1]
}

// SetTrimless makes the chip ignore the commands.
func (t *trim) SetTrimless(on bool) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.absent = on
}

func (t *trim) settle() {
	for i := range t.copies {
		if t.copies[i].ended(t.watch.Now()) && t.copies[i].fed {
			t.burnt[i] = t.to[i]
		}
	}
}

// feed tells of a strong pull-up. The emulated EEPROM needs it on any supply, so
// that nobody forgets it.
func (t *trim) feed(d time.Duration) {
	t.lock.Lock()
	defer t.lock.Unlock()
	for i := range t.copies {
		t.copies[i].feed(t.watch.Now(), d)
	}
}

func (t *trim) command(io *IO, command byte, _ [8]byte) {
	t.lock.Lock()
	absent, now := t.absent, t.now
	t.lock.Unlock()
	if absent {
		return
	}
	switch command {
	case 0x93:
		io.Write(now[0])
	case 0x68:
		io.Write(now[1])
	case 0x95:
		t.put(0, io.Read())
	case 0x63:
		t.put(1, io.Read())
	case 0x94:
		t.keep(0)
	case 0x64:
		t.keep(1)
	}
}

func (t *trim) put(i int, b byte) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.now[i] = b
}

func (t *trim) keep(i int) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.settle()
	t.to[i] = t.now[i]
	t.copies[i].start(t.watch.Now(), 10*time.Millisecond)
}
