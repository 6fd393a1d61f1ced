// SPDX-License-Identifier: Apache-2.0

package ds2482

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"slices"

	"owfs/hw"
)

// A Found is a channel of a chip that was found.
type Found struct {
	Device  string // the I²C bus, /dev/i2c-1
	Address uint8  // FirstAddress to LastAddress
	Kind    Kind
	Channel int // 0 to 7; 0 for chips with one

	chip *chip
}

// Name is how the argument of --i2c names the chip, with the channel if it has
// several: /dev/i2c-1:0, /dev/i2c-1:2 channel 5.
func (f Found) Name() string {
	name := place(f.Device, f.Address)
	if f.Kind.Channels() > 1 {
		name += fmt.Sprintf(" channel %d", f.Channel)
	}
	return name
}

func place(device string, address uint8) string {
	return fmt.Sprintf("%s:%d", device, address-FirstAddress)
}

// Open makes the channel a bus. After an error, or when it was closed, it may be
// opened anew. The error is an *OpenError. The type of the result is *Bus.
func (f Found) Open(ctx context.Context) (hw.Bus, error) {
	if err := f.chip.lock(ctx); err != nil {
		return nil, err
	}
	defer f.chip.unlock()
	if err := f.chip.enter(); err != nil {
		return nil, explain(f.chip.name, err)
	}
	return &Bus{chip: f.chip, channel: f.Channel, life: f.chip.life}, nil
}

// An OpenError says why no chip was opened. Err is ErrNoChip, ErrInUse,
// fs.ErrNotExist, fs.ErrPermission, or what the system said, or wraps one of them.
type OpenError struct {
	Name string
	Err  error
	Hint string // what may help, or ""
}

func (e *OpenError) Error() string { return fmt.Sprintf("I²C adapter %s: %v", e.Name, e.Err) }
func (e *OpenError) Unwrap() error { return e.Err }

func explain(name string, err error) error {
	return &OpenError{Name: name, Err: err, Hint: hint(name, err)}
}

// Open finds the chips that an argument of --i2c names (see ParseArg), and
// returns their channels, which are opened by Found.Open. None is an error. The
// error is an *OpenError, but for an argument that can't be read.
func Open(ctx context.Context, arg string, opts Options) ([]Found, error) {
	return open(ctx, arg, opts, OpenDevice)
}

func open(ctx context.Context, arg string, opts Options, device func(name string) (I2C, error)) ([]Found, error) {
	a, err := ParseArg(arg)
	if err != nil {
		return nil, err
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	files, err := filepath.Glob(a.Files)
	if err != nil {
		return nil, fmt.Errorf("%q is not a pattern for files: %w", a.Files, err)
	}
	if len(files) == 0 {
		return nil, explain(a.Files, fs.ErrNotExist)
	}
	slices.SortFunc(files, byNumber)
	var found []Found
	var sick []error
	for _, name := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		here, err := look(name, a, opts, device)
		found = append(found, here...)
		if err != nil {
			sick = append(sick, err)
		}
		if len(found) > 0 && !a.All {
			break
		}
	}
	for _, err := range sick {
		opts.Log.Info("looking for I²C adapters", "err", err)
	}
	if len(found) > 0 {
		return found, nil
	}
	if len(sick) == 1 {
		return nil, sick[0]
	}
	return nil, explain(arg, errors.Join(append(sick, ErrNoChip)...))
}

// byNumber sorts i2c-2 before i2c-10.
func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare([]byte(a), []byte(b))
}

// look finds the chips of one I²C bus.
func look(name string, a Arg, opts Options, device func(name string) (I2C, error)) ([]Found, error) {
	i2c, err := device(name)
	if err != nil {
		return nil, explain(name, err)
	}
	places, err := probe(traced{i2c, opts.Trace}, a)
	if closed := i2c.Close(); err == nil {
		err = closed
	}
	var found []Found
	for _, p := range places {
		found = append(found, On(name, p, opts, func() (I2C, error) { return device(name) })...)
	}
	if len(places) == 0 && err == nil {
		err = ErrNoChip
	}
	if err != nil {
		err = explain(name, err)
	}
	return found, err
}

// On returns the channels of a chip that is known to be at a place, on an I²C bus
// of that name that open opens.
func On(device string, p Place, opts Options, open func() (I2C, error)) []Found {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	c := newChip(place(device, p.Address), p.Address, p.Kind, opts, open)
	var found []Found
	for n := range p.Kind.Channels() {
		found = append(found, Found{Device: device, Address: p.Address, Kind: p.Kind, Channel: n, chip: c})
	}
	return found
}

// probe looks at all addresses, or at one after the other until a chip answers.
func probe(i2c I2C, a Arg) ([]Place, error) {
	if a.All {
		return Probe(i2c, a.Addresses)
	}
	var sick []error
	for _, address := range a.Addresses {
		places, err := Probe(i2c, []uint8{address})
		if len(places) > 0 {
			return places, nil
		}
		if err != nil {
			sick = append(sick, err)
		}
	}
	return nil, errors.Join(sick...)
}
