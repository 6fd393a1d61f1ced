// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"owfs/hw"
)

// A SysBus does with the kernel's files in sysfs what it can of what goes over a
// line. It knows these transactions, of one device each:
//
//   - the list of devices is the kernel's, which searches every ten seconds;
//   - a thermometer's conversion and scratchpad, by w1_slave (the kernel
//     converts when that is read), and how it is powered, by ext_power;
//   - reading the memory of DS2431, DS2433 and DS28EC20, by eeprom;
//   - anything for a device that no driver of the kernel has taken, by rw. To
//     write, the right to write that file is needed, which is root's.
//
// Everything else is an error that says what is missing.
type SysBus struct {
	tree  sysfs
	id    int
	cause error  // why netlink is refused
	sent  []byte // since the reset, as far as it was not answered
	rom   hw.ROM // the device that is selected; zero: all
	state sysState
}

type sysState uint8

const (
	sysReset    sysState = iota // waits for a ROM command
	sysSelected                 // waits for a function command
	sysAnswered                 // whatever is read now is FF
	sysNobody                   // the device that was selected is not there
)

var _ hw.Searcher = (*SysBus)(nil)

func newSysBus(tree sysfs, id int, cause error) (*SysBus, error) {
	if _, err := tree.slaves(id); errors.Is(err, os.ErrNotExist) {
		return nil, errGone
	} else if err != nil {
		return nil, err
	}
	return &SysBus{tree: tree, id: id, cause: cause}, nil
}

// Reason says why netlink does not serve.
func (s *SysBus) Reason() string { return Reason(s.cause) }

func (s *SysBus) unsupported(what string) error {
	return fmt.Errorf("%s: %s needs netlink; %s: %w", masterName(s.id), what, s.Reason(), errors.ErrUnsupported)
}

// Reset implements hw.Bus. It tells whether the kernel knows any device.
func (s *SysBus) Reset(ctx context.Context) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	s.sent, s.rom, s.state = nil, hw.ROM{}, sysReset
	found, err := s.tree.slaves(s.id)
	return len(found) > 0, s.gone(err)
}

// gone names the error of a master that has left.
func (s *SysBus) gone(err error) error {
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ENODEV) {
		return fmt.Errorf("%s: %w", masterName(s.id), errGone)
	}
	return err
}

// SearchPass implements hw.Searcher from the kernel's list.
func (s *SysBus) SearchPass(ctx context.Context, romCommand byte, from hw.ROM, turn int) (rom hw.ROM, last int, found bool, err error) {
	if err := ctx.Err(); err != nil {
		return rom, 0, false, err
	}
	if romCommand != hw.SearchROM {
		return rom, 0, false, s.unsupported("a search for alarms")
	}
	all, err := s.tree.slaves(s.id)
	if err != nil {
		return rom, 0, false, s.gone(err)
	}
	all = sorted(all)
	if turn > 0 && bit(from, turn) == 1 { // is it there?
		return from, 0, slices.Contains(all, from), nil
	}
	rom, last, found = pass(all, from, turn)
	return rom, last, found, nil
}

// Touch implements hw.Bus. Trailing FF are taken for reading.
func (s *SysBus) Touch(ctx context.Context, p []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for len(p) > 0 {
		n := 0
		switch s.state {
		case sysReset:
			n = s.romCommand(p)
		case sysSelected:
			lead := sending(p)
			s.sent = append(s.sent, p[:lead]...)
			if len(s.sent) == 0 {
				return nil // FF is no command
			}
			if err := s.answer(p[lead:]); err != nil {
				return err
			}
			n = len(p)
		default:
			for i := range p {
				if p[i] != 0xFF && s.state == sysAnswered {
					return s.unsupported("a second command without a reset")
				}
			}
			n = len(p)
		}
		if n == 0 {
			return s.unsupported(fmt.Sprintf("ROM command %02X", p[0]))
		}
		p = p[n:]
	}
	return nil
}

// romCommand selects a device and returns how many bytes that took, 0 if it
// can't.
func (s *SysBus) romCommand(p []byte) int {
	switch {
	case len(s.sent) == 0 && p[0] == hw.SkipROM:
		s.state = sysSelected
		if found, err := s.tree.slaves(s.id); err == nil && len(found) == 1 {
			s.rom = found[0]
		}
		return 1
	case len(s.sent) == 0 && p[0] != hw.MatchROM:
		return 0
	}
	n := min(9-len(s.sent), len(p))
	if s.sent = append(s.sent, p[:n]...); len(s.sent) < 9 {
		return n
	}
	s.rom, s.sent, s.state = hw.ROM(s.sent[1:]), nil, sysSelected
	if _, err := os.Stat(s.folder()); err != nil {
		s.state = sysNobody
	}
	return n
}

func (s *SysBus) folder(file ...string) string {
	return s.tree.devices(append([]string{slaveName(s.rom)}, file...)...)
}

// The function commands that files of sysfs stand for.
const (
	convert        = 0x44 // DS18B20 data sheet page 11
	readScratchpad = 0xBE
	readSupply     = 0xB4
	readMemory     = 0xF0 // DS2431 data sheet page 16
)

// answer fills p with what the device answers to what was sent.
func (s *SysBus) answer(p []byte) error {
	c := s.sent[0]
	thermometer := s.rom == hw.ROM{} || s.has("w1_slave")
	switch {
	case s.has("rw"):
		return s.transfer(p)
	case c == convert && len(s.sent) == 1 && thermometer:
		return nil // done, as the FF in p tell
	case s.rom == hw.ROM{}:
		return s.unsupported(fmt.Sprintf("command %02X to all devices", c))
	case len(p) == 0:
		if c == readMemory && len(s.sent) <= 3 || len(s.sent) == 1 && (c == readScratchpad || c == readSupply) {
			return nil // to be read with the next call
		}
	case c == readScratchpad && len(s.sent) == 1 && thermometer:
		return s.scratchpad(p)
	case c == readSupply && len(s.sent) == 1 && s.has("ext_power"):
		return s.supply(p)
	case c == readMemory && len(s.sent) == 3 && s.has("eeprom"):
		return s.eeprom(p)
	}
	return s.unsupported(fmt.Sprintf("command %02X to %v", c, s.rom))
}

func (s *SysBus) has(file string) bool {
	if (s.rom == hw.ROM{}) {
		return false
	}
	_, err := os.Stat(s.folder(file))
	return err == nil
}

func (s *SysBus) answered() { s.sent, s.state = nil, sysAnswered }

// scratchpad reads w1_slave, whose first line has the nine bytes in hex.
func (s *SysBus) scratchpad(p []byte) error {
	text, err := readFile(s.folder("w1_slave"))
	if err != nil {
		return fmt.Errorf("the kernel's w1_slave of %v: %w: %w", s.rom, err, hw.ErrNoPresence)
	}
	head, _, _ := strings.Cut(string(text), ":")
	pad, err := hex.DecodeString(strings.Join(strings.Fields(head), ""))
	if err != nil || len(pad) != 9 {
		return fmt.Errorf("the kernel's w1_slave of %v is %.40q: %w", s.rom, text, hw.ErrEcho)
	}
	copy(p, pad)
	s.answered()
	return nil
}

// supply reads ext_power: 1 with a supply, 0 without.
func (s *SysBus) supply(p []byte) error {
	text, err := readFile(s.folder("ext_power"))
	if err != nil {
		return fmt.Errorf("the kernel's ext_power of %v: %w: %w", s.rom, err, hw.ErrNoPresence)
	}
	switch strings.TrimSpace(string(text)) {
	case "0":
		clear(p)
	case "1":
	default:
		return fmt.Errorf("the kernel's ext_power of %v is %.20q: %w", s.rom, text, hw.ErrEcho)
	}
	s.answered()
	return nil
}

// eeprom reads a memory from the address that was sent, to its end.
func (s *SysBus) eeprom(p []byte) error {
	text, err := readFile(s.folder("eeprom"))
	if err != nil {
		return fmt.Errorf("the kernel's eeprom of %v: %w: %w", s.rom, err, hw.ErrNoPresence)
	}
	if at := int(s.sent[1]) | int(s.sent[2])<<8; at < len(text) {
		copy(p, text[at:])
	}
	s.answered()
	return nil
}

// transfer writes what was sent to rw, before which the kernel resets the line
// and selects the device, and reads the answer.
func (s *SysBus) transfer(p []byte) error {
	f, err := os.OpenFile(s.folder("rw"), os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("writing to the kernel's rw of %v, which root may: %w", s.rom, err)
	}
	defer f.Close()
	if n, err := f.Write(s.sent); err != nil {
		return fmt.Errorf("writing to the kernel's rw of %v: %w: %w", s.rom, err, hw.ErrNoPresence)
	} else if n != len(s.sent) {
		return fmt.Errorf("writing to the kernel's rw of %v: %d of %d bytes: %w", s.rom, n, len(s.sent), hw.ErrNoPresence)
	}
	if len(p) > 0 {
		n, err := f.Read(p)
		if err != nil || n != len(p) {
			return fmt.Errorf("reading the kernel's rw of %v: %d of %d bytes, %w: %w", s.rom, n, len(p), err, hw.ErrEcho)
		}
	}
	s.answered()
	return nil
}

// Bits implements hw.Bus for those that wait for the end of something: all that
// the files do is done when they return.
func (s *SysBus) Bits(ctx context.Context, p []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, bit := range p {
		if bit == 0 || s.state == sysReset {
			return s.unsupported("a single slot")
		}
	}
	return nil
}

// Power implements hw.Bus. The kernel's driver gives the strong pull-up that a
// conversion needs, when the result is read, so that this need not wait.
func (s *SysBus) Power(ctx context.Context, v byte, d time.Duration) (byte, error) {
	p := []byte{v}
	err := s.Touch(ctx, p)
	if err == nil && (v != convert || s.has("rw")) {
		err = (hw.Wall{}).Sleep(ctx, d)
	}
	return p[0], err
}

// StrongPullUp tells that the kernel's drivers have one.
func (s *SysBus) StrongPullUp() bool { return true }

// Close implements hw.Bus.
func (s *SysBus) Close() error { return nil }
