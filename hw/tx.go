// SPDX-License-Identifier: Apache-2.0

package hw

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"
)

// A Tx is a transaction that has its turn on a line. It is used by the function
// that got it from Line.Do, and not after that.
type Tx struct {
	ctx   context.Context
	bus   Bus
	stats *LineStats
	line  *Line
	via   []Hop

	resume, overdrive bool // may be used
	fast              bool // the line is at overdrive, and so is chosen
	chosen            ROM  // the device that was selected last, if it still knows
	resumed           bool // resume was used
}

// A Hop is a branch of a DS2409 coupler that must be switched on to reach what
// is behind it.
type Hop struct {
	Coupler ROM
	Aux     bool // the auxiliary branch; else the main one
}

// Via makes every following Command, Exchange, Select and Search of the
// transaction go through the branches of couplers, outermost first.
func (t *Tx) Via(hops []Hop) { t.via = hops }

// note counts an error, once, and marks those that are the adapter's.
func (t *Tx) note(err error) error {
	var known *noted
	if err == nil || errors.As(err, &known) {
		return err
	}
	switch {
	case errors.Is(err, ErrShort):
		t.stats.Shorts.Add(1)
	case errors.Is(err, ErrEcho):
		t.stats.EchoErrors.Add(1)
	case errors.Is(err, ErrCRC):
		t.stats.CRCFails.Add(1)
	case errors.Is(err, ErrNoPresence):
		t.stats.NoPresence.Add(1)
	case errors.Is(err, ErrVerify):
		t.stats.VerifyErrors.Add(1)
	case errors.Is(err, ErrSearch):
		t.stats.SearchErrors.Add(1)
	case errors.Is(err, os.ErrDeadlineExceeded):
		t.stats.Timeouts.Add(1)
	}
	t.chosen = ROM{}
	return &noted{err: err, adapter: !IsLine(err)}
}

// CheckCRC8 tells whether p, which ends in its CRC-8, is right, and counts.
func (t *Tx) CheckCRC8(p []byte) bool {
	t.stats.CRC8Tries.Add(1)
	if CRC8(p) != 0 {
		t.stats.CRC8Fails.Add(1)
		return false
	}
	return true
}

// CheckCRC16 is the function CheckCRC16, and counts.
func (t *Tx) CheckCRC16(seed uint16, p []byte) bool {
	t.stats.CRC16Tries.Add(1)
	if !CheckCRC16(seed, p) {
		t.stats.CRC16Fails.Add(1)
		return false
	}
	return true
}

// CRCFailed counts a wrong CRC that a device's driver found, and returns it as
// an error that says of what.
func (t *Tx) CRCFailed(what string) error {
	return t.note(fmt.Errorf("%s: %w", what, ErrCRC))
}

// Reset resets the line; that nobody answers is ErrNoPresence.
func (t *Tx) Reset() error {
	t.stats.Resets.Add(1)
	present, err := t.bus.Reset(t.ctx)
	if err == nil && !present {
		err = ErrNoPresence
	}
	return t.note(err)
}

// Write sends bytes and checks that the line carried them.
func (t *Tx) Write(p ...byte) error { return t.note(touch(t.ctx, t.bus, append([]byte(nil), p...))) }

// Read reads len(p) bytes into p.
func (t *Tx) Read(p []byte) error {
	for i := range p {
		p[i] = 0xFF
	}
	return t.note(t.bus.Touch(t.ctx, p))
}

// Bit reads one bit.
func (t *Tx) Bit() (byte, error) {
	b := []byte{1}
	err := t.note(t.bus.Bits(t.ctx, b))
	return b[0], err
}

// Power sends a byte and drives the line high for d.
func (t *Tx) Power(b byte, d time.Duration) error {
	got, err := t.bus.Power(t.ctx, b, d)
	if err == nil && got != b {
		err = ErrEcho
	}
	if err != nil {
		t.stats.PullupErrors.Add(1)
	}
	return t.note(err)
}

// The commands of the DS2409 data sheet, pages 6 and 7.
const (
	smartOnMain = 0xCC
	smartOnAux  = 0x33
	allOff      = 0x66
)

// reach resets the line and switches on the branches on the way. Smart-On
// makes a reset on the branch of its own, and its answer tells whether anybody
// is there; then the branch listens as the line does after a reset.
func (t *Tx) reach() error {
	if err := t.leave(); err != nil {
		return err
	}
	if err := t.Reset(); err != nil {
		return err
	}
	for i, hop := range t.via {
		if i > 0 { // the outer branch stays on over a reset that it passes on
			if err := t.Reset(); err != nil {
				return err
			}
		}
		if err := t.smartOn(hop); err != nil {
			return fmt.Errorf("branch of coupler %v: %w", hop.Coupler, err)
		}
	}
	return nil
}

// leave switches off the branches that an earlier transaction has left on, if
// this one goes another way or not as far: what is behind them would answer as
// well. A branch stays on over resets until it is told otherwise (page 6).
func (t *Tx) leave() error {
	on := t.line.on
	if len(on) == 0 || len(on) <= len(t.via) && slices.Equal(on, t.via[:len(on)]) {
		return nil
	}
	err := t.Off(on[0].Coupler)
	if errors.Is(err, ErrNoPresence) { // it has left, with all that was behind it
		t.line.on = nil
		return nil
	}
	return err
}

// Off switches off both branches of a coupler, and all that is behind them.
func (t *Tx) Off(coupler ROM) error {
	if err := t.Reset(); err != nil {
		return err
	}
	if err := t.Write(append(match(coupler), allOff)...); err != nil {
		return err
	}
	t.line.on = nil
	return nil
}

func (t *Tx) smartOn(hop Hop) error {
	t.line.on = t.via
	command := byte(smartOnMain)
	if hop.Aux {
		command = smartOnAux
	}
	if err := t.Write(append(match(hop.Coupler), command)...); err != nil {
		return err
	}
	answer := make([]byte, 3) // reset of the branch, its presence, the command again
	if err := t.Read(answer); err != nil {
		return err
	}
	switch {
	case answer[2] != command:
		return t.note(ErrEcho)
	case answer[1] == 0xFF:
		return t.note(ErrNoPresence)
	}
	return nil
}

// Select resets the line and addresses one device, or all with the zero ROM.
func (t *Tx) Select(rom ROM) error { return t.Command(rom) }

// Command resets the line, addresses a device (all with the zero ROM), and
// sends it bytes, all in one go so that the adapter can batch them.
func (t *Tx) Command(rom ROM, p ...byte) error {
	_, err := t.Exchange(rom, 0, p...)
	return err
}

// Exchange does what Command does and reads n bytes at the end.
func (t *Tx) Exchange(rom ROM, n int, p ...byte) ([]byte, error) {
	if rom != t.chosen {
		if err := t.slow(); err != nil {
			return nil, err
		}
	}
	if err := t.reach(); err != nil {
		return nil, err
	}
	choice, err := t.selection(rom)
	if err != nil {
		return nil, err
	}
	sent := len(choice) + len(p)
	all := make([]byte, sent+n)
	copy(all, choice)
	copy(all[len(choice):], p)
	for i := range n {
		all[sent+i] = 0xFF
	}
	if err := t.note(t.bus.Touch(t.ctx, all)); err != nil {
		return nil, err
	}
	if !bytes.Equal(all[:len(choice)], choice) {
		t.stats.SelectErrors.Add(1)
		return nil, t.note(ErrEcho)
	}
	if !bytes.Equal(all[len(choice):sent], p) {
		return nil, t.note(ErrEcho)
	}
	t.chosen = rom
	return all[sent:], nil
}

// begin is how each pass of a search begins: a reset, and the way through the
// branches. That nobody is there is no error.
func (t *Tx) begin() (present bool, err error) {
	t.chosen = ROM{}
	if err := t.slow(); err != nil {
		return false, err
	}
	err = t.reach()
	if errors.Is(err, ErrNoPresence) {
		return false, nil
	}
	return err == nil, err
}

// Search finds the devices on the line; see the function Search.
func (t *Tx) Search(command byte) ([]ROM, error) {
	t.stats.Searches.Add(1)
	found, err := search(t.ctx, t.bus, command, t.begin)
	return found, t.note(err)
}

// Verify tells whether a device is there; see the function Verify.
func (t *Tx) Verify(command byte, rom ROM) (bool, error) {
	_, there, err := t.Follow(command, rom)
	return there, err
}

// Follow tells whether a device is there; see the function Follow.
func (t *Tx) Follow(command byte, rom ROM) (left int, there bool, err error) {
	left, there, err = follow(t.ctx, t.bus, command, t.begin, rom)
	return left, there, t.note(err)
}

// Pulse puts 12 V on the line for d, if the adapter can.
func (t *Tx) Pulse(d time.Duration) error {
	p, ok := t.bus.(Pulser)
	if !ok {
		return fmt.Errorf("this bus master has no 12 V to program EPROMs: %w", errors.ErrUnsupported)
	}
	err := p.Pulse(t.ctx, d)
	if err != nil {
		t.stats.ProgramErrors.Add(1)
	}
	return t.note(err)
}
