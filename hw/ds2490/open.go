// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"owfs/hw"
)

// The reasons for which no stick is opened, beside fs.ErrPermission.
var (
	ErrNotFound = errors.New("no such DS2490 stick is plugged in")
	ErrInUse    = errors.New("another program has the stick")
	ErrHeld     = errors.New("the kernel does not let go of the stick")
	ErrNoUSB    = errors.New("this build has no USB: build it with cgo and libusb-1.0 (Debian: libusb-1.0-0-dev pkg-config)")
)

// An OpenError says why no stick was opened. Err is ErrNotFound, ErrInUse,
// ErrHeld, ErrNoUSB, ErrWhich, fs.ErrPermission, or what the system said, or
// wraps one of them.
type OpenError struct {
	Which string // as it was asked for; "" is the first one
	Err   error
	Hint  string // what may help, or ""
}

func (e *OpenError) Error() string {
	return fmt.Sprintf("USB bus master%s: %v", strings.TrimSuffix(" "+e.Which, " "), e.Err)
}
func (e *OpenError) Unwrap() error { return e.Err }

// Advice returns the hint.
func (e *OpenError) Advice() string { return e.Hint }

// host is what is needed of the computer's USB.
type host interface {
	// list finds the sticks, in any order.
	list() ([]Stick, error)
	// open claims the interface of a stick.
	open(s Stick) (Port, error)
}

// Find lists the sticks that are plugged in, in the order in which Open counts
// them. It touches none. The error is an *OpenError.
func Find(ctx context.Context) ([]Stick, error) {
	sticks, err := find(ctx, system())
	if err != nil {
		return nil, explain("", Stick{}, err)
	}
	return sticks, nil
}

func find(ctx context.Context, h host) ([]Stick, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	sticks, err := h.list()
	slices.SortFunc(sticks, byPlace)
	return sticks, err
}

// Open opens a stick: "" for the first one that is free, "2" for the second one
// that Find lists, "1:4" for bus and device address, "1-1.4" for the place where
// it is plugged in, or the ROM code of a device on its line, such as that of the
// 81 chip in each DS9490R, which stands for a serial number: the DS2490 itself
// has none. The kernel's driver is detached, and gets the stick back with Close.
// The error is an *OpenError.
func Open(ctx context.Context, which string, opts Options) (hw.Bus, error) {
	return open(ctx, system(), which, opts)
}

func open(ctx context.Context, h host, which string, opts Options) (hw.Bus, error) {
	return (&seeker{host: h, which: which, opts: opts}).open(ctx)
}

// Opener returns a function that opens a stick as Open does, and after the first
// time the same stick: the one at the same place, where it may have another
// address and number, or one at a place where none was then. The function must
// not be called by several goroutines at the same time.
func Opener(which string, opts Options) func(ctx context.Context) (hw.Bus, error) {
	return (&seeker{host: system(), which: which, opts: opts}).open
}

// A seeker opens one stick, and knows it again.
type seeker struct {
	host   host
	which  string
	opts   Options
	mine   string   // the place of the stick, once it has been open
	others []string // the places of those that were there then
}

func (k *seeker) open(ctx context.Context) (hw.Bus, error) {
	c, err := parse(k.which)
	if err != nil {
		return nil, explain(k.which, Stick{}, err)
	}
	sticks, err := find(ctx, k.host)
	if err != nil {
		return nil, explain(k.which, Stick{}, err)
	}
	var stick Stick
	err = notFound(sticks)
	for _, s := range k.candidates(c, sticks) {
		bus, tried := one(ctx, k.host, s, c.device, k.opts)
		if tried == nil {
			k.remember(s, sticks)
			return bus, nil
		}
		// What keeps a stick from being asked is more than that another one is
		// not meant.
		if !errors.Is(tried, errNotMeant) {
			stick, err = s, tried
		}
	}
	return nil, explain(k.which, stick, err)
}

// candidates are the sticks that may be meant, in the order in which to try them.
// Names that go by what is plugged in at the moment are good for one time.
func (k *seeker) candidates(c choice, sticks []Stick) []Stick {
	if k.mine == "" || c.lasts() {
		return c.from(sticks)
	}
	var same, fresh []Stick
	for _, s := range sticks {
		switch place := s.Path(); {
		case place == k.mine:
			same = append(same, s)
		case !slices.Contains(k.others, place):
			fresh = append(fresh, s)
		}
	}
	return append(same, fresh...)
}

func (k *seeker) remember(mine Stick, sticks []Stick) {
	k.mine, k.others = mine.Path(), nil
	for _, s := range sticks {
		if s.Path() != k.mine {
			k.others = append(k.others, s.Path())
		}
	}
}

var errNotMeant = errors.New("the device is not on this line")

// one opens a stick, if the device, unless zero, is on its line.
func one(ctx context.Context, h host, s Stick, device hw.ROM, opts Options) (hw.Bus, error) {
	port, err := h.open(s)
	if err != nil {
		return nil, err
	}
	b, err := attach(ctx, port, opts)
	if err != nil {
		port.Close()
		return nil, err
	}
	b.stick = s
	if device == (hw.ROM{}) {
		return b.whole(), nil
	}
	for range tries {
		var there bool
		if there, err = hw.Verify(ctx, b, hw.SearchROM, device); there {
			return b.whole(), nil
		}
		if err == nil {
			err = errNotMeant
		}
	}
	b.Close()
	return nil, err
}

func notFound(sticks []Stick) error {
	if len(sticks) == 0 {
		return ErrNotFound
	}
	var names []string
	for _, s := range sticks {
		names = append(names, s.String())
	}
	return fmt.Errorf("%w; there are: %s", ErrNotFound, strings.Join(names, ", "))
}

func explain(which string, s Stick, err error) error {
	e := &OpenError{Which: which, Err: err}
	switch {
	case errors.Is(err, ErrNotFound):
		e.Hint = "is the DS9490R plugged in? lsusb -d 04fa:2490 shows those that are"
	case errors.Is(err, fs.ErrPermission):
		e.Hint = "copy packaging/60-owfs.rules to /etc/udev/rules.d, add the user that runs this to the group plugdev, and plug the stick in again"
	case errors.Is(err, ErrInUse):
		e.Hint = "end the program that has it: fuser -v " + s.Node()
	case errors.Is(err, ErrHeld):
		e.Hint = "take the kernel's driver away: modprobe -r ds2490"
	}
	return e
}
