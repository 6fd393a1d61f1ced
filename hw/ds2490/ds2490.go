// SPDX-License-Identifier: Apache-2.0

// Package ds2490 drives a DS2490, the chip that makes a USB port into a 1-Wire
// bus master, as in the DS9490R stick and others, by its data sheet (19-4892, 50
// pages), to which the page numbers here belong.
//
// The chip takes commands by vendor requests, data by EP2, and gives data by
// EP3, each through a FIFO; EP1 tells how full those are, whether the chip is
// idle, and how commands have ended. So after each command the driver asks EP1
// until the chip says that it is idle and that exactly those bytes or that
// result are there which the command gives. If they are not, or if a transfer
// fails, the chip is reset and set up anew. What was asked then is an error of
// the line, since it may be tried again; only if the chip does not come back, it
// is one of the adapter.
//
// Open needs libusb and so cgo. A build without has all the rest.
package ds2490

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"owfs/hw"
)

// Options are how to drive the chip and the line. The zero value is flexible
// speed with times for long lines.
type Options struct {
	// Regular keeps to the slots of regular speed; the three values below then
	// have no meaning (page 15).
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

	// Timeout is how long an answer may be late. 0 means 0.5 s.
	Timeout time.Duration
	Log     *slog.Logger // unset: nothing is logged
}

// Info tells what was found.
type Info struct {
	Stick    Stick // zero if the bus was not opened by Open
	Volts12  bool  // EPROMs can be programmed
	Flexible bool
}

// A Bus is a DS2490. It is a hw.Bus, a hw.Searcher and a hw.Speeder.
type Bus struct {
	port  Port
	opts  Options
	stick Stick

	slew, write1Low, sampleOffset uint16 // codes
	speed                         uint16 // code
	pullUp                        uint16 // the duration that is set, 0 for an unknown one

	has12V, volts12 bool // told by the last status; used
	alarm           bool
	fresh           bool  // nothing has happened on the line since a reset
	dead            error // why the chip can't be spoken to any more
}

// A programmer is a chip that has 12 V.
type programmer struct{ *Bus }

var (
	_ hw.Searcher = (*Bus)(nil)
	_ hw.Speeder  = (*Bus)(nil)
	_ hw.Pulser   = programmer{}
)

// Attach sets up the chip at a port. The result has the methods of Bus, and is a
// hw.Pulser too if the chip has 12 V, which a DS9490R has not. The port is closed
// with it, and if there is no chip. The line is not touched.
func Attach(ctx context.Context, port Port, opts Options) (hw.Bus, error) {
	b, err := attach(ctx, port, opts)
	if err != nil {
		port.Close()
		return nil, err
	}
	return b.whole(), nil
}

func attach(ctx context.Context, port Port, opts Options) (*Bus, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Timeout == 0 {
		opts.Timeout = 500 * time.Millisecond
	}
	b := &Bus{port: port, opts: opts}
	if err := b.choose(); err != nil {
		return nil, err
	}
	if err := b.start(ctx); err != nil {
		if errors.Is(err, ErrGone) || ctx.Err() != nil {
			return nil, err
		}
		if err := b.restart(ctx); err != nil {
			return nil, err
		}
	}
	if b.has12V {
		b.volts12 = true
		if err := port.Control(ctx, modeCommand, modePulses, pulse5V|pulse12V); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *Bus) whole() hw.Bus {
	if b.volts12 {
		return programmer{b}
	}
	return b
}

// Info tells what was found.
func (b *Bus) Info() Info {
	return Info{Stick: b.stick, Volts12: b.volts12, Flexible: !b.opts.Regular}
}

// Alarm tells whether a device signalled an alarm at the last reset (page 31).
func (b *Bus) Alarm() bool { return b.alarm }

// Close implements hw.Bus. It leaves the chip as after power-on.
func (b *Bus) Close() error {
	if b.dead == nil {
		ctx, cancel := context.WithTimeout(context.Background(), b.opts.Timeout)
		defer cancel()
		b.port.Control(ctx, controlCommand, resetDevice, 0)
	}
	b.dead = errors.New("the stick is closed")
	return b.port.Close()
}

// base is the speed code without overdrive.
func (b *Bus) base() uint16 {
	if b.opts.Regular {
		return speedRegular
	}
	return speedFlexible
}

// SetOverdrive implements hw.Speeder. The mode command acts at once, without a
// slot on the line.
func (b *Bus) SetOverdrive(ctx context.Context, on bool) error {
	speed := b.base()
	if on {
		speed = speedOverdrive
	}
	if speed == b.speed {
		return nil
	}
	return b.do(ctx, "setting the speed", 0, func(ctx context.Context) error {
		err := b.port.Control(ctx, modeCommand, modeSpeed, speed)
		if err == nil {
			b.speed = speed
		}
		return err
	})
}

// Reset implements hw.Bus.
func (b *Bus) Reset(ctx context.Context) (present bool, err error) {
	b.fresh = false
	err = b.do(ctx, "resetting the line", resetTime, func(ctx context.Context) error {
		code, err := b.result(ctx, resetLine, 0)
		if err != nil {
			return err
		}
		b.alarm = code&resultAlarm != 0
		switch {
		case code&resultShort != 0:
			return hw.ErrShort
		case code&^(resultNoPresence|resultAlarm) != 0 || code == resultNoPresence|resultAlarm:
			return unexpected(code)
		}
		present = code&resultNoPresence == 0
		return nil
	})
	b.fresh = err == nil
	return present, err
}

// result sends a command that leaves nothing but a result code, and returns that.
// Without alwaysTell, there would be none for success, and so none to be missed.
func (b *Bus) result(ctx context.Context, value, index uint16) (code byte, err error) {
	if err := b.comm(ctx, value|alwaysTell, index); err != nil {
		return 0, err
	}
	s, err := b.wait(ctx, told)
	switch {
	case err != nil:
		return 0, err
	case len(s.results) > 1 || s.in != 0 || s.out != 0:
		return 0, errors.New("there is more than the result that was asked for")
	}
	return s.results[0], nil
}
