// SPDX-License-Identifier: Apache-2.0

package ds2482

import (
	"context"
	"errors"
	"fmt"
	"time"

	"owfs/hw"
)

// A chip is what its channels share. Who has the turn may use the rest.
type chip struct {
	name    string // for messages
	address uint8
	kind    Kind
	opts    Options
	open    func() (I2C, error)
	turn    chan struct{} // holds one token

	i2c     I2C    // nil: not open
	users   int    // channels in use
	base    byte   // the configuration but for speed and strong pull-up
	config  byte   // the configuration that the chip has
	channel int    // the channel that it has
	life    uint64 // counts how often it was reset
	strikes int    // how often since the last call that went well
	dead    error  // why it can't be spoken to any more
}

func newChip(name string, address uint8, kind Kind, opts Options, open func() (I2C, error)) *chip {
	c := &chip{name: name, address: address, kind: kind, opts: opts, open: open, turn: make(chan struct{}, 1)}
	if !opts.PassivePullUp {
		c.base |= configActive
	}
	if opts.MaskPresence && kind != DS2483 {
		c.base |= configMask
	}
	c.turn <- struct{}{}
	return c
}

func (c *chip) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-c.turn:
		return nil
	}
}

func (c *chip) unlock() { c.turn <- struct{}{} }

// enter makes the chip ready for one more channel. A chip that was given up is
// looked for anew.
func (c *chip) enter() error {
	if c.i2c != nil && c.dead == nil {
		c.users++
		return nil
	}
	c.hangUp()
	i2c, err := c.open()
	if err != nil {
		return err
	}
	c.i2c = traced{i2c, c.opts.Trace}
	kind, err := identify(c.i2c, c.address)
	if err == nil && kind != c.kind {
		err = fmt.Errorf("there is a %v where a %v was: start the program again", kind, c.kind)
	}
	if err == nil {
		err = c.start()
	}
	if err != nil {
		c.hangUp()
		return err
	}
	c.users, c.dead, c.strikes = c.users+1, nil, 0
	c.life++
	return nil
}

// leave ends the use of a channel.
func (c *chip) leave() error {
	if c.users--; c.users > 0 {
		return nil
	}
	return c.hangUp()
}

func (c *chip) hangUp() error {
	if c.i2c == nil {
		return nil
	}
	err := c.i2c.Close()
	c.i2c = nil
	return err
}

func (c *chip) send(p ...byte) error { return c.i2c.Tx(c.address, p, nil) }

// rereads is how often something is read before it is given up. To read again
// does no harm; a command is never sent again, as it may have been carried out.
const rereads = 3

// register reads a register, twice for each time it is looked at.
func (c *chip) register(pointer byte) (byte, error) { return c.twice([]byte{setPointer, pointer}) }

// pointed reads the register at which the last command has left the pointer.
func (c *chip) pointed() (byte, error) { return c.twice(nil) }

func (c *chip) twice(w []byte) (byte, error) {
	var r [2]byte
	var err error
	for range rereads {
		err = c.i2c.Tx(c.address, w, r[:])
		if err == nil && r[0] == r[1] {
			return r[0], nil
		}
	}
	if err == nil {
		err = fmt.Errorf("a register reads %02X and %02Xh: %w", r[0], r[1], ErrGarbled)
	}
	return 0, err
}

const (
	patience = 20 * time.Millisecond // how much longer than it should activity may take
	between  = 50 * time.Microsecond // looks at the status
)

// command sends a command that takes d on the line, and returns the status at
// its end.
func (c *chip) command(d time.Duration, p ...byte) (status byte, err error) {
	if err := c.send(p...); err != nil {
		return 0, err
	}
	ctx := context.Background()
	deadline := time.Now().Add(d + patience)
	failed := 0
	for wait := d; ; wait = between {
		hw.Wall{}.Sleep(ctx, wait)
		late := time.Now().After(deadline) // before the look: it is the last one then
		var s [2]byte
		err := c.i2c.Tx(c.address, nil, s[:])
		switch {
		case err != nil:
			if failed++; failed == rereads {
				return 0, err
			}
		case s[0] == s[1] && s[0]&statusBusy == 0:
			if s[0]&statusReset != 0 {
				return 0, ErrReset
			}
			return s[0], nil
		case late && s[0]&s[1]&statusBusy != 0:
			return 0, fmt.Errorf("after %v: %w", d+patience, ErrLockedUp)
		case late:
			return 0, fmt.Errorf("the status reads %02X and %02Xh: %w", s[0], s[1], ErrGarbled)
		}
	}
}

// byte does eight slots and returns what the line carried.
func (c *chip) byte(v byte) (byte, error) {
	if v != 0xFF {
		return c.written(v)
	}
	if _, err := c.command(8*c.slotTime(), readByte); err != nil {
		return 0, err
	}
	return c.register(pointData)
}

func (c *chip) written(v byte) (byte, error) {
	if _, err := c.command(8*c.slotTime(), writeByte, v); err != nil {
		return 0, err
	}
	return c.register(pointData)
}

// prepare selects a channel and its speed.
func (c *chip) prepare(b *Bus) error {
	if c.channel != b.channel {
		write, read := channelCode(b.channel)
		if err := c.send(channelSelect, write); err != nil {
			return fmt.Errorf("selecting channel %d: %w", b.channel, err)
		}
		if got, err := c.pointed(); err != nil {
			return err
		} else if got != read {
			return fmt.Errorf("channel %d answers %02Xh, not %02Xh: %w", b.channel, got, read, ErrGarbled)
		}
		c.channel = b.channel
	}
	config := c.base
	if b.fast {
		config |= configOverdrive
	}
	return c.configure(config)
}

// configure writes the configuration if it is another one, and reads it back.
// Writing would hide that the chip was reset, so that is looked for first.
func (c *chip) configure(config byte) error {
	if config == c.config {
		return nil
	}
	status, err := c.register(pointStatus)
	if err != nil {
		return err
	}
	if status&statusReset != 0 {
		return ErrReset
	}
	got, err := c.setConfig(config)
	if err == nil && got != config {
		err = fmt.Errorf("the configuration %Xh reads back as %02Xh: %w", config, got, ErrGarbled)
	}
	return err
}

// setConfig writes the configuration, with its complement, and returns what it
// reads back as.
func (c *chip) setConfig(config byte) (got byte, err error) {
	if err := c.send(writeConfig, config|^config<<4); err != nil {
		return 0, fmt.Errorf("writing the configuration: %w", err)
	}
	got, err = c.pointed()
	if err == nil {
		c.config = got
	}
	return got, err
}

// settle writes a base configuration and returns what the chip can do of it.
func (c *chip) settle(base byte) (byte, error) {
	if c.kind == DS2483 {
		base &^= configMask
	}
	got, err := c.setConfig(base)
	if err != nil {
		return 0, err
	}
	if got == base&^configMask && got != base {
		c.opts.Log.Warn("this chip can't mask presence pulses", "chip", c.name)
		return got, nil
	}
	if got != base {
		return 0, fmt.Errorf("the configuration %Xh reads back as %02Xh: %w", base, got, ErrGarbled)
	}
	return base, nil
}

// start resets the chip and sets it up.
func (c *chip) start() (err error) {
	if err := resetChip(c.i2c, c.address); err != nil {
		return err
	}
	c.config, c.channel = 0, 0
	c.base, err = c.settle(c.base)
	return err
}

const (
	starts     = 3 // a bus that garbles may hit the reset too
	maxStrikes = 10
)

// mend brings back a chip that has failed. If it comes, the error is one of the
// line, so that it is tried again.
func (c *chip) mend(what string, why error) error {
	why = c.diagnose(why)
	c.opts.Log.Warn("resetting a chip", "chip", c.name, "while", what, "err", why)
	c.life++
	c.strikes++
	var err error
	for range starts {
		if err = c.start(); err == nil {
			break
		}
		hw.Wall{}.Sleep(context.Background(), time.Millisecond)
	}
	if err == nil && c.strikes >= maxStrikes {
		err = fmt.Errorf("it was reset %d times, to no avail", c.strikes)
	}
	if err != nil {
		c.dead = fmt.Errorf("%v at %s failed while %s: %w; after that: %w", c.kind, c.name, what, why, err)
		return c.dead
	}
	return fmt.Errorf("%s: %w; the chip was reset (%w)", what, why, hw.ErrEcho)
}

// diagnose finds out why a chip does not acknowledge.
func (c *chip) diagnose(why error) error {
	if errors.Is(why, ErrReset) || errors.Is(why, ErrLockedUp) {
		return why
	}
	status, err := c.register(pointStatus)
	switch {
	case err != nil:
		return why
	case status&statusReset != 0:
		return fmt.Errorf("%w (%w)", ErrReset, why)
	case status&statusBusy != 0:
		return fmt.Errorf("%w (%w)", ErrLockedUp, why)
	}
	return why
}
