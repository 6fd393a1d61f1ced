// SPDX-License-Identifier: Apache-2.0

// Package ds2480b drives a DS2480B, the chip that makes a serial port into a
// 1-Wire bus master, as in the DS9097U and LinkUSB adapters and many others, by
// its data sheet (19-5047), to which the page numbers here belong.
//
// The chip has a command mode and a data mode. In data mode each byte sent
// becomes eight slots, whose bits come back as one byte. There are no frames, no
// lengths and no checksums: what a byte means depends on all that went before.
// So every answer is checked as far as it can be, and when one is missing,
// wrong, or was not asked for, the chip is reset by a break and set up anew.
// What was asked then is an error of the line, since it may be tried again; only
// if the chip does not come back, it is one of the adapter.
//
// To debug, give Options.Trace: it is told of each byte.
package ds2480b

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"owfs/hw"
)

// Options are how to drive the chip and the line. The zero value is flexible
// speed with the times that application note 4104 gives for long lines.
type Options struct {
	// Baud is 9600, 19200, 57600 or 115200. 0 means 9600, and 19200 where the
	// port brings answers within 0.5 ms, so that nothing gets slower by it. At standard and flexible speed the line
	// takes longer for a byte than 57600 baud does, so that those rates serve
	// overdrive.
	Baud int

	// Regular keeps to the slots of standard speed; the three values below then
	// have no meaning (page 14).
	Regular bool
	// Slew is how steeply the line falls, in V/µs: 15, 2.2, 1.65, 1.37, 1.1,
	// 0.83, 0.7 or 0.55. 0 means 1.37.
	Slew float64
	// Write1Low is how long the line is low to write 1 or to read, 8 to 15 µs.
	// 0 means 10 µs.
	Write1Low time.Duration
	// SampleOffset is how long after that the line is read, and how long it is
	// high after a 0, 3 to 10 µs. 0 means 8 µs.
	SampleOffset time.Duration

	// Reverse makes the C suite's choice --reverse_polarity: the rate is given by
	// the upper four of its eight value codes. The data sheet has the same rates
	// for these and no word of a difference (table 4, page 13); what sets the
	// polarity is the pin POL. A chip that can't be understood with it is taken
	// back to 9600 baud and the lower codes.
	Reverse bool

	// Settings, if set, are used in place of Baud, Regular and Reverse.
	Settings *Settings

	// Timeout is how long an answer may be late. 0 means 0.5 s, for host:port 5 s.
	Timeout time.Duration
	// Trace, if set, is told of each byte to and from the chip.
	Trace func(toChip bool, p []byte)
	Log   *slog.Logger // unset: nothing is logged
}

// Info tells what was found at a port.
type Info struct {
	Chip     string // "DS2480B", "DS2480" or, for others, "DS2480 revision 5"
	Revision int    // 3 is a DS2480B
	Volts12  bool   // EPROMs can be programmed
	Baud     int
	Flexible bool
}

// A Bus is a DS2480B. It is a hw.Bus, a hw.Searcher and a hw.Speeder.
type Bus struct {
	port  Port
	opts  Options
	codes [8]byte // configuration value codes, by parameter code

	want     values        // what was asked for
	late     time.Duration // how late answers are
	rate     int           // baud, of chip and port
	auto     bool          // the rate may be raised
	fixed    bool          // the port can't change its rate
	revision byte
	volts12  bool
	speed    byte // code of the communication commands
	data     bool // the chip is in data mode
	alarm    bool
	dead     error // why the chip can't be spoken to any more
}

// A programmer is a chip that has 12 V.
type programmer struct{ *Bus }

var (
	_ hw.Searcher = (*Bus)(nil)
	_ hw.Speeder  = (*Bus)(nil)
	_ hw.Pulser   = programmer{}
)

// Attach finds the chip at a port and sets it up. The result has the methods of
// Bus, and is a hw.Pulser too if the chip has 12 V. The port is closed with it,
// and if there is no chip.
func Attach(ctx context.Context, port Port, opts Options) (hw.Bus, error) {
	b, err := attach(ctx, port, opts)
	if err != nil {
		port.Close()
		return nil, err
	}
	if b.volts12 {
		return programmer{b}, nil
	}
	return b, nil
}

func attach(ctx context.Context, port Port, opts Options) (*Bus, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Timeout == 0 {
		opts.Timeout = 500 * time.Millisecond
	}
	b := &Bus{port: port, opts: opts}
	b.adopt(opts.values())
	if err := b.choose(); err != nil {
		return nil, err
	}
	if err := b.sync(ctx); err != nil {
		return nil, err
	}
	return b, nil
}

// Info tells what was found at the port.
func (b *Bus) Info() Info {
	i := Info{Revision: int(b.revision), Volts12: b.volts12, Baud: b.rate, Flexible: !b.opts.Regular}
	switch b.revision {
	case 3:
		i.Chip = "DS2480B"
	case 2:
		i.Chip = "DS2480"
	default:
		i.Chip = fmt.Sprintf("DS2480 revision %d", b.revision)
	}
	return i
}

// Alarm tells whether a device signalled an alarm at the last reset (page 12).
func (b *Bus) Alarm() bool { return b.alarm }

// Close implements hw.Bus. It leaves the chip as programs find it that do not
// send a break.
func (b *Bus) Close() error {
	if b.dead == nil {
		steps := b.toCommand()
		if b.codes[paramBaud] != 0 && (!b.fixed || b.rate == startRate) {
			steps = append(steps, command(writeParameter(paramBaud, 0), 0))
		}
		if len(steps) > 0 {
			b.write(steps)
		}
	}
	b.dead = errors.New("the port is closed")
	if b.opts.Settings != nil {
		b.opts.Settings.inUse(b.want, 0)
	}
	return b.port.Close()
}

// base is the speed code without overdrive.
func (b *Bus) base() byte {
	if b.opts.Regular {
		return speedStandard
	}
	return speedFlexible
}

// SetOverdrive implements hw.Speeder. The search accelerator's command, here to
// switch it off, sets the speed of data without a slot on the line.
func (b *Bus) SetOverdrive(ctx context.Context, on bool) error {
	speed := b.base()
	if on {
		speed = speedOverdrive
	}
	if speed == b.speed {
		return nil
	}
	steps := append(b.toCommand(), command(searchOff|speed<<2, 0))
	if _, err := b.exchange(ctx, "setting the speed", steps); err != nil {
		return err
	}
	b.speed = speed
	return nil
}

// Reset implements hw.Bus.
func (b *Bus) Reset(ctx context.Context) (present bool, err error) {
	if err := b.heed(ctx); err != nil {
		return false, err
	}
	steps := append(b.toCommand(), answered(reset|b.speed<<2, resetTime(b.speed)))
	got, err := b.exchange(ctx, "resetting the line", steps)
	if err != nil {
		return false, err
	}
	// What remains is the revision; whether there are 12 V may change.
	if got[0]&^(resetVolts12|3) != 0xC0|b.revision<<2 {
		return false, b.astray(ctx, "resetting the line", fmt.Errorf("the chip answers %02X", got[0]))
	}
	b.alarm = got[0]&3 == resetAlarm
	switch got[0] & 3 {
	case resetShort:
		return false, hw.ErrShort
	case resetNobody:
		return false, nil
	}
	return true, nil
}

// Touch implements hw.Bus.
func (b *Bus) Touch(ctx context.Context, p []byte) error {
	if len(p) == 0 {
		return ctx.Err()
	}
	got, err := b.exchange(ctx, "sending bytes", b.appendData(b.toData(), p, 8))
	if err == nil {
		copy(p, got)
	}
	return err
}

// Bits implements hw.Bus.
func (b *Bus) Bits(ctx context.Context, p []byte) error {
	if len(p) == 0 {
		return ctx.Err()
	}
	return b.bits(ctx, p, 0)
}

// bits sends single bits; last is added to the last command.
func (b *Bus) bits(ctx context.Context, p []byte, last byte) error {
	steps := b.toCommand()
	head := len(steps)
	for _, bit := range p {
		steps = append(steps, answered(singleBit|bit&1<<4|b.speed<<2, b.slot()))
	}
	steps[len(steps)-1].send |= last
	got, err := b.exchange(ctx, "sending bits", steps)
	if err != nil {
		return err
	}
	for i, answer := range got {
		// The answer is the command, with the two lowest bits what was read.
		if (answer^steps[head+i].send)&0xFC != 0 || answer&3 != 0 && answer&3 != 3 {
			return b.astray(ctx, "sending bits", fmt.Errorf("the chip answers %02X to %02X", answer, steps[head+i].send))
		}
	}
	for i, answer := range got {
		p[i] = answer & 1
	}
	return nil
}
