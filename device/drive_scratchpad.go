// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

// Memories that are written by way of a scratchpad with the address registers
// TA1, TA2 and E/S: the EEPROMs DS2431 (data sheet 19-4675: memory map page 7,
// commands pages 9 to 12), DS2433 (pages 5 to 8) and DS28EC20 (19-6067: memory
// map page 9, commands pages 10 to 14), and the RAMs with a battery DS1992,
// DS1993 (pages 5 and 6), DS1995 and DS1996 (pages 6 to 8).
const (
	padWrite        = 0x0F
	padRead         = 0xAA
	padCopy         = 0x55
	padReadMemory   = 0xF0
	padExtendedRead = 0xA5 // of the DS28EC20: with a CRC behind each page
)

// A padMemory says in what these chips differ.
type padMemory struct {
	chip     string
	pad      int           // bytes of the scratchpad
	whole    bool          // only a full scratchpad can be copied
	writeCRC bool          // a CRC-16 answers Write Scratchpad at its end
	readCRC  bool          // and ends Read Scratchpad
	takes    time.Duration // that the EEPROM takes; 0 for RAM
	answers  bool          // sends 0 and 1 in turn after a copy
	extended bool          // knows Extended Read Memory
}

// memory is the chip's memory of so many pages of 32 bytes.
func (s padMemory) memory(count int) pagedChip {
	return pagedChip{what: s.chip + " memory", count: count, size: 32, row: s.pad, read: s.read, write: s.write}
}

func ds2431Drivers() Drivers {
	return padMemory{
		chip: "DS2431", pad: 8, whole: true, writeCRC: true, readCRC: true,
		takes: 12500 * time.Microsecond, answers: true, // 10 ms by the newer data sheets
	}.memory(4).drivers()
}

func ds2433Drivers() Drivers {
	return padMemory{
		chip: "DS2433", pad: 32, writeCRC: true, takes: 5 * time.Millisecond, answers: true,
	}.memory(16).drivers()
}

func ds28ec20Drivers() Drivers {
	return padMemory{
		chip: "DS28EC20", pad: 32, writeCRC: true, readCRC: true, extended: true,
		takes: 10 * time.Millisecond, answers: true,
	}.memory(80).drivers()
}

// nvramDrivers are those of the memory iButtons, which know no CRC.
func nvramDrivers(chip string, count int) Drivers {
	return padMemory{chip: chip, pad: 32}.memory(count).drivers()
}

func (s padMemory) read(tx *hw.Tx, rom hw.ROM, at, n int) ([]byte, error) {
	if s.extended {
		return blocksCRC16(tx, rom, s.chip+" memory", 32, n, addressed(padExtendedRead, at)...)
	}
	return readTwice(tx, rom, s.chip+" memory", n, addressed(padReadMemory, at)...)
}

// write copies the rows that change, and compares them in the end.
func (s padMemory) write(tx *hw.Tx, rom hw.ROM, at int, old, want []byte) (done int, err error) {
	for row := 0; row < len(want); row += s.pad {
		now, then := old[row:row+s.pad], want[row:row+s.pad]
		from, _ := changed(now, then)
		if from == s.pad {
			continue
		}
		if s.whole {
			from = 0
		}
		if err := s.copy(tx, rom, at+row+from, now[from:], then[from:]); err != nil {
			return row, err
		}
	}
	first, last := changed(old, want)
	if err := holds(tx, rom, s.chip+" memory", want[first:last+1], addressed(padReadMemory, at+first)...); err != nil {
		return 0, err
	}
	return len(want), nil
}

// copy puts a row, or its end, into the scratchpad, makes sure that it is there,
// and has the chip copy it. The chip does so only for the right address and
// ending offset, so that a row is as before or as wanted.
func (s padMemory) copy(tx *hw.Tx, rom hw.ROM, at int, old, data []byte) error {
	if err := s.fill(tx, rom, at, data); err != nil {
		return err
	}
	if err := s.check(tx, rom, at, old, data); err != nil {
		return err
	}
	command, end := addressed(padCopy, at), s.end()
	if s.takes == 0 {
		return tx.Command(rom, append(command, end)...)
	}
	if err := tx.Command(rom, command...); err != nil {
		return err
	}
	if err := tx.Power(end, s.takes); err != nil {
		return err
	}
	answer := make([]byte, 1)
	if err := tx.Read(answer); err != nil {
		return err
	}
	if answer[0] != 0xAA && answer[0] != 0x55 {
		return fmt.Errorf("%s: the chip has not copied its scratchpad, which may be because of copy protection: %w", s.chip, hw.ErrVerify)
	}
	return nil
}

// end is the register E/S after the scratchpad has been filled to its end.
func (s padMemory) end() byte { return byte(s.pad - 1) }

func (s padMemory) fill(tx *hw.Tx, rom hw.ROM, at int, data []byte) error {
	command := addressed(padWrite, at, data...)
	if !s.writeCRC {
		return tx.Command(rom, command...)
	}
	_, err := exchangeCRC16(tx, rom, s.chip+" scratchpad", 0, command...)
	return err
}

// check reads the scratchpad back. If the chip was given the right bytes, but
// holds the memory's, the page is protected (DS2431 page 8).
func (s padMemory) check(tx *hw.Tx, rom hw.ROM, at int, old, data []byte) (err error) {
	var p []byte
	if s.readCRC {
		p, err = exchangeCRC16(tx, rom, s.chip+" scratchpad", 3+len(data), padRead)
	} else {
		p, err = tx.Exchange(rom, 3+len(data), padRead)
	}
	if err != nil {
		return err
	}
	registers, got := p[:3], p[3:]
	switch {
	case !bytes.Equal(registers, []byte{byte(at), byte(at >> 8), s.end()}):
		return unverified(s.chip + " address registers")
	case bytes.Equal(got, data):
		return nil
	case s.readCRC && bytes.Equal(got, old):
		return fmt.Errorf("the page of byte %d is write-protected: %w", at, syscall.EPERM)
	case s.readCRC && bytes.Equal(got, both(old, data)):
		return fmt.Errorf("the page of byte %d is in EPROM mode, in which bits that are 0 stay 0: %w", at, syscall.EPERM)
	}
	return unverified(s.chip + " scratchpad")
}

// both has the ones that a and b have in common.
func both(a, b []byte) []byte {
	p := bytes.Clone(a)
	for i := range p {
		p[i] &= b[i]
	}
	return p
}
