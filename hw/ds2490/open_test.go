// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2490"
	"owfs/hw/sim/usb"
)

// A computer has sticks.
type computer struct {
	t       *testing.T
	plugged map[*stick]Stick
	taken   map[*stick]*cable
	denied  bool
	err     error // of list
}

type stick struct {
	id   hw.ROM
	line *sim.Line
	chip *chip.Chip
}

func newComputer(t *testing.T) *computer {
	return &computer{t: t, plugged: map[*stick]Stick{}, taken: map[*stick]*cable{}}
}

// plug plugs a stick with this code into a port.
func (c *computer) plug(code string, bus, address int, ports ...int) *stick {
	line := sim.NewLine(hw.Wall{})
	s := &stick{id: romOf(c.t, code), line: line}
	s.chip = chip.NewStick(line, s.id)
	line.Add(sim.NewDS18B20(romOf(c.t, "28"+code[2:]), hw.Wall{}, func() float64 { return 20 }))
	c.t.Cleanup(func() { line.Close() })
	c.t.Cleanup(func() { s.chip.Close() })
	c.plugged[s] = Stick{Bus: bus, Address: address, Ports: ports}
	return s
}

// plugIn plugs a stick in that was unplugged: a new chip, with the same line.
func (c *computer) plugIn(s *stick, bus, address int, ports ...int) {
	s.chip = chip.New(s.line)
	c.t.Cleanup(func() { s.chip.Close() })
	c.plugged[s] = Stick{Bus: bus, Address: address, Ports: ports}
}

func (c *computer) unplug(s *stick) {
	s.chip.Close()
	delete(c.plugged, s)
	delete(c.taken, s)
}

func (c *computer) list() (all []Stick, err error) {
	for _, s := range c.plugged {
		all = append(all, s)
	}
	return all, c.err
}

func (c *computer) open(at Stick) (Port, error) {
	for s, p := range c.plugged {
		switch {
		case p.Bus != at.Bus || p.Address != at.Address:
			continue
		case c.denied:
			return nil, fs.ErrPermission
		case c.taken[s] != nil && !c.taken[s].closed:
			return nil, ErrInUse
		}
		c.taken[s] = plug(c.t, usb.Device(s.chip))
		return c.taken[s], nil
	}
	return nil, ErrGone
}

// is fails the test if the bus does not lead to a stick's line. It closes it.
func (c *computer) is(bus hw.Bus, err error, want *stick) {
	c.t.Helper()
	if err != nil {
		c.t.Error(err)
		return
	}
	defer bus.Close()
	id, ok, err := bus.(*Bus).OwnID(c.t.Context())
	if err != nil || !ok || id != want.id {
		c.t.Errorf("it is the stick %v, %v, %v, want %v", id, ok, err, want.id)
	}
	if got := bus.(*Bus).Info().Stick; got.Path() != c.plugged[want].Path() {
		c.t.Errorf("it is said to be at %v, and is at %v", got, c.plugged[want])
	}
}

func (c *computer) fails(which string, want error, says, hint string) {
	c.t.Helper()
	bus, err := open(c.t.Context(), c, which, Options{})
	if err == nil {
		bus.Close()
	}
	var e *OpenError
	if !errors.Is(err, want) || !errors.As(err, &e) || !strings.Contains(err.Error(), says) || !strings.Contains(e.Advice(), hint) {
		c.t.Errorf("%q gives %v (%+v), want %v with %q, and the hint %q", which, err, e, want, says, hint)
	}
	if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "  ") {
		c.t.Errorf("%q is not one neat line", err)
	}
}

func TestWhich(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newComputer(t)
		c.fails("", ErrNotFound, "no such DS2490", "plugged in")
		c.fails("2", ErrNotFound, "USB bus master 2: no such", "lsusb")
		third := c.plug("81.4F1A2B000003", 2, 3, 1)
		second := c.plug("81.4F1A2B000002", 1, 9, 10)
		first := c.plug("81.4F1A2B000001", 1, 21, 2, 4)
		sticks, err := find(t.Context(), c)
		if err != nil || len(sticks) != 3 {
			t.Fatal(sticks, err)
		}
		var names []string
		for _, s := range sticks {
			names = append(names, s.String())
		}
		if want := []string{"1-2.4 (1:21)", "1-10 (1:9)", "2-1 (2:3)"}; !slices.Equal(names, want) {
			t.Errorf("finds %q, want %q", names, want)
		}
		for which, want := range map[string]*stick{
			"": first, "1": first, "2": second, "3": third,
			"1:9": second, "001:021": first, "2:3": third,
			"1-2.4": first, "1-10": second,
			"81.4F1A2B000003": third, "814f1a2b000002": second, first.id.String(): first,
			"28.4F1A2B000002": second,
		} {
			bus, err := open(t.Context(), c, which, Options{})
			c.is(bus, err, want)
		}
		c.fails("4", ErrNotFound, "there are: 1-2.4 (1:21), 1-10 (1:9), 2-1 (2:3)", "")
		c.fails("1:4", ErrNotFound, "1-10 (1:9)", "")
		c.fails("1-2", ErrNotFound, "1-2.4", "")
		c.fails("81.4F1A2B000009", ErrNotFound, "there are", "")
		for _, bad := range []string{"0", "all", "x", "-1", "1:", "1-", "1-2.", "1.2", "99999", "81.4F", "81.4F1A2B00000100"} {
			c.fails(bad, ErrWhich, bad, "")
		}
	})
}

// Without a name it is the first one that is free; with a name it is that one.
func TestTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newComputer(t)
		c.plug("81.4F1A2B000001", 1, 4, 1)
		second := c.plug("81.4F1A2B000002", 1, 5, 2)
		held, err := open(t.Context(), c, "", Options{})
		if err != nil {
			t.Fatal(err)
		}
		bus, err := open(t.Context(), c, "", Options{})
		c.is(bus, err, second)
		bus, err = open(t.Context(), c, "81.4F1A2B000002", Options{})
		c.is(bus, err, second)
		c.fails("1", ErrInUse, "another program", "fuser -v /dev/bus/usb/001/004")
		c.fails("81.4F1A2B000001", ErrInUse, "", "fuser")
		other, err := open(t.Context(), c, "2", Options{})
		if err != nil {
			t.Fatal(err)
		}
		c.fails("", ErrInUse, "", "")
		held.Close()
		other.Close()

		c.denied = true
		c.fails("", fs.ErrPermission, "permission", "packaging/60-owfs.rules")
		c.fails("81.4F1A2B000001", fs.ErrPermission, "", "60-owfs.rules")
		c.err = ErrNoUSB
		c.fails("", ErrNoUSB, "this build has no USB: ", "")
	})
}

// A stick that has been plugged in anew is found again, whatever address it has
// then, and another one is not taken in its place.
func TestFindsAgain(t *testing.T) {
	for _, which := range []string{"", "1", "1:4", "1-1", "81.4F1A2B000001"} {
		t.Run(which, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newComputer(t)
				l := hw.NewLine((&seeker{host: c, which: which}).open)
				defer l.Close()
				id := romOf(t, "81.4F1A2B000001")
				there := func() error {
					return l.Do(t.Context(), func(tx *hw.Tx) error {
						there, err := tx.Verify(hw.SearchROM, id)
						if err == nil && !there {
							t.Error("it is another stick")
						}
						return err
					})
				}
				gone := func(want error) {
					t.Helper()
					if err := there(); !errors.Is(err, want) {
						t.Errorf("unplugged: %v, want %v", err, want)
					}
				}
				gone(ErrNotFound)
				gone(hw.ErrNoAdapter)
				first := c.plug("81.4F1A2B000001", 1, 4, 1)
				c.plug("81.4F1A2B000002", 1, 5, 2)
				must(t, there())
				for address := 6; address < 9; address++ {
					c.unplug(first)
					gone(ErrGone)
					gone(ErrNotFound) // the other one would be the first one now
					c.plugIn(first, 1, address, 1)
					must(t, there())
				}
				if which == "1-1" {
					return
				}
				c.unplug(first)
				gone(ErrGone)
				c.plugIn(first, 1, 12, 3) // elsewhere
				must(t, there())
			})
		})
	}
}

// A stick that does not answer is an error of its own, soon.
func TestOpensNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		port := &cable{device: silent{chip.New(sim.NewLine(hw.Wall{}))}}
		defer port.device.(silent).Device.(*chip.Chip).Close()
		for range 2 {
			port.ClearHalts(context.Background())
		}
		if _, err := Attach(t.Context(), port, Options{}); err == nil || !port.closed {
			t.Errorf("%v, the port is closed: %v", err, port.closed)
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(ctx, newComputer(t), "", Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
