// SPDX-License-Identifier: Apache-2.0

package w1kernel

import (
	"errors"
	"fmt"

	"owfs/hw"
)

// reset returns the kernel's result: 0 for presence, 1 for none or an error.
func (m *master) reset() (int, error) {
	present, err := m.line.Reset(m.gone)
	short := errors.Is(err, hw.ErrShort)
	switch {
	case err != nil && !short:
		return 1, err
	case m.driver.Blind, present, short && m.driver.ShortPresent:
		return 0, nil
	}
	return 1, nil
}

// touch sends and reads bytes, with a strong pull-up that somebody asked for.
func (m *master) touch(p []byte) error {
	if m.pullup == 0 || len(p) == 0 {
		return m.line.Touch(m.gone, p)
	}
	d := m.pullup
	m.pullup = 0
	got, err := m.line.Power(m.gone, p[0], d)
	p[0] = got
	if err != nil {
		return err
	}
	return m.line.Touch(m.gone, p[1:])
}

// search finds devices, the most that the master takes at once: the next search
// then begins with the last one again.
func (m *master) search(command byte) ([]hw.ROM, error) {
	m.attempts++
	if err := m.show("attempts", fmt.Sprint(m.attempts)); err != nil {
		return nil, err
	}
	var found []hw.ROM
	var way hw.ROM
	turn := 0
	if m.resume != nil && command == hw.SearchROM {
		way, turn = *m.resume, 65
	}
	for range m.driver.Most {
		if absent, err := m.reset(); err != nil {
			return nil, err
		} else if absent != 0 {
			m.resume = nil
			return found, m.known(command, found)
		}
		rom, last, ok, err := m.pass(command, way, turn)
		if err != nil {
			return nil, err
		}
		if ok {
			found = append(found, rom)
			turn = last
		}
		// A pass in which nobody answers any more is made again, as far as it
		// went.
		way = rom
		if ok && last == 0 || !ok && rom == (hw.ROM{}) {
			m.resume = nil
			return found, m.known(command, found)
		}
	}
	m.resume = &way
	return found, m.known(command, found)
}

// pass follows way up to bit number turn, takes 1 there, and 0 behind it.
func (m *master) pass(command byte, way hw.ROM, turn int) (rom hw.ROM, last int, ok bool, err error) {
	if err := m.line.Touch(m.gone, []byte{command}); err != nil {
		return rom, 0, false, err
	}
	for n := range 64 {
		pair := []byte{1, 1}
		if err := m.line.Bits(m.gone, pair); err != nil {
			return rom, 0, false, err
		}
		one, zero := pair[0] == 1, pair[1] == 1
		if one && zero {
			return rom, 0, false, nil
		}
		bit := one
		if !one && !zero {
			bit = n+1 < turn && way[n/8]>>(n%8)&1 == 1 || n+1 == turn
			if !bit {
				last = n + 1
			}
		}
		out := []byte{0}
		if bit {
			out[0], rom[n/8] = 1, rom[n/8]|1<<(n%8)
		}
		if err := m.line.Bits(m.gone, out); err != nil {
			return rom, 0, false, err
		}
	}
	return rom, last, true, nil
}

// known brings the kernel's list of devices up to date.
func (m *master) known(command byte, found []hw.ROM) error {
	if command == hw.SearchROM {
		for rom := range m.slaves {
			m.slaves[rom]--
		}
	}
	for _, rom := range found {
		if !rom.Valid() {
			continue
		}
		if _, have := m.slaves[rom]; !have {
			if err := m.came(rom); err != nil {
				return err
			}
		}
		m.slaves[rom] = ttl
	}
	if m.resume == nil {
		for _, rom := range m.devices() {
			if m.slaves[rom] <= 0 {
				if err := m.lost(rom); err != nil {
					return err
				}
			}
		}
	}
	return m.list()
}

func (m *master) came(rom hw.ROM) error {
	if err := m.kernel.addSlave(rom); err != nil {
		return err
	}
	m.kernel.tell(slaveAdd, rom)
	return nil
}

func (m *master) lost(rom hw.ROM) error {
	delete(m.slaves, rom)
	if err := m.kernel.removeSlave(rom); err != nil {
		return err
	}
	m.kernel.tell(slaveRemove, rom)
	return nil
}
