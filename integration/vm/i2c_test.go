// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/ds2482"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2482"
	"owfs/hw/sim/i2ctiny"
	"owfs/hw/sim/usbip"
	"owfs/owproto"
)

// A bridge is an I²C bus of this machine with emulated chips: a DS2482-800 at
// 18h and a DS2482-100 at 1Ah. Thermometers 0 to 7 are on the channels of the
// first, two more on the second's line.
type bridge struct {
	name    string // /dev/i2c-0
	folder  string // in sysfs
	eight   *chip.Chip
	one     *chip.Chip
	names   []string
	celsius map[string]float64

	adapter *i2ctiny.Adapter
	port    *usbip.Port
}

func newBridge(t *testing.T) *bridge {
	t.Helper()
	b := makeBridge(t)
	b.plug(t)
	return b
}

func makeBridge(t *testing.T) *bridge {
	t.Helper()
	b := &bridge{celsius: map[string]float64{}}
	bus := chip.NewBus(hw.Wall{})
	var lines [9]*sim.Line
	for i := range 10 {
		n := min(i, 8)
		if lines[n] == nil {
			lines[n] = sim.NewLine(hw.Wall{})
			t.Cleanup(func() { lines[n].Close() })
		}
		name, celsius := fmt.Sprintf("28.%02X0000000000", i+1), 20.5+float64(i)
		rom, err := hw.ParseROM(name)
		if err != nil {
			t.Fatal(err)
		}
		sensor := sim.NewDS18B20(rom, hw.Wall{}, func() float64 { return celsius })
		sensor.SetParasite(i%2 == 1)
		lines[n].Add(sensor)
		b.names = append(b.names, name)
		b.celsius[name] = celsius
	}
	b.eight, b.one = chip.New800([8]*sim.Line(lines[:8])), chip.New100(lines[8])
	bus.Put(0x18, b.eight)
	bus.Put(0x1A, b.one)
	b.adapter = i2ctiny.New(bus)
	t.Cleanup(func() {
		if n := b.eight.Odd() + b.one.Odd(); n != 0 {
			t.Errorf("%d commands had no meaning to the chips", n)
		}
	})
	return b
}

// plug plugs the bus in and waits for it.
func (b *bridge) plug(t *testing.T) {
	t.Helper()
	port, err := usbip.Attach(b.adapter)
	if err != nil {
		t.Fatal(err)
	}
	b.port = port
	t.Cleanup(func() { port.Detach() })
	if _, err := port.Wait(within(t, time.Minute)); err != nil {
		t.Fatalf("%v; the kernel says:\n%s", err, kernelSays())
	}
	eventually(t, hung, "the I²C bus", func() error {
		all, err := filepath.Glob("/dev/i2c-*")
		if err == nil && len(all) != 1 {
			err = fmt.Errorf("there are %q", all)
		}
		if err == nil {
			b.name = all[0]
		}
		return err
	})
	b.folder = "/sys/bus/i2c/devices/" + filepath.Base(b.name)
}

// bind gives a chip to the kernel's driver, until the end of the test.
func (b *bridge) bind(t *testing.T, address string) {
	t.Helper()
	if err := os.WriteFile(b.folder+"/new_device", []byte("ds2482 "+address), 0); err != nil {
		t.Fatalf("%v; the kernel says:\n%s", err, kernelSays())
	}
	t.Cleanup(func() { os.WriteFile(b.folder+"/delete_device", []byte(address), 0) })
}

// The C program finds and reads everything on both chips.
func TestOwserverReadsDS2482(t *testing.T) {
	b := newBridge(t)
	c := &owproto.Client{Addr: startOwserver(t, "--i2c="+b.name+":ALL"), Deadline: time.Minute}
	defer c.Close()
	ctx := within(t, 4*time.Minute)
	var found []string
	for _, name := range list(ctx, t, c) {
		if name = strings.TrimPrefix(name, "/"); strings.HasPrefix(name, "28.") {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	if !slices.Equal(found, b.names) {
		t.Errorf("lists %v, want %v", found, b.names)
	}
	for _, name := range b.names {
		text, err := c.Read(ctx, "/"+name+"/temperature", 0, 64, 0)
		got, bad := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		if err != nil || bad != nil || got != b.celsius[name] {
			t.Errorf("%s: owserver reads %q, %v, want %v", name, text, err, b.celsius[name])
		}
	}
}

// The kernel's own driver does, too, and we are told that it has a chip.
func TestKernelReadsDS2482(t *testing.T) {
	b := newBridge(t)
	b.bind(t, "0x18")
	files := map[string]string{}
	for _, name := range b.names[:8] {
		rom, err := hw.ParseROM(name)
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(w1Devices, w1Name(rom), "temperature")
		eventually(t, 60*time.Second, "the kernel's search", func() error { _, err := os.Stat(file); return err })
		files[name] = file
	}
	// Its eight bus masters share the chip and don't know of each other: a search
	// on one of them ends the strong pull-up of another, and what converts there
	// without power of its own starts anew, at 85 °C.
	for _, master := range w1Masters(t) {
		if err := os.WriteFile(master+"/w1_master_search", []byte("0"), 0); err != nil {
			t.Fatal(err)
		}
	}
	for name, file := range files {
		text, err := readTrimmed(file)
		if want := strconv.Itoa(int(b.celsius[name] * 1000)); err != nil || text != want {
			t.Errorf("%s: the kernel reads %q, %v, want %s", name, text, err, want)
		}
	}
	_, err := ds2482.Open(t.Context(), b.name+":0", ds2482.Options{})
	var e *ds2482.OpenError
	if !errors.Is(err, ds2482.ErrInUse) || !errors.As(err, &e) || !strings.Contains(e.Hint, "modprobe -r ds2482") {
		t.Errorf("a chip that the kernel has: %v", err)
	}
	found, err := ds2482.Open(t.Context(), b.name+":ALL", ds2482.Options{})
	if err != nil || len(found) != 1 || found[0].Address != 0x1A {
		t.Errorf("beside it there is %+v, %v", found, err)
	}
}

// Our own master, through the kernel's i2c-dev, on a bus for all messages and on
// one for those of SMBus only.
func TestMasterReadsDS2482(t *testing.T) {
	t.Run("all messages", func(t *testing.T) {
		newBridge(t).readAll(t, 0)
	})
	t.Run("SMBus only", func(t *testing.T) {
		b := makeBridge(t)
		b.adapter.SMBusOnly = true
		b.plug(t)
		b.readAll(t, 7) // each message takes this machine some milliseconds
	})
}

// readAll reads what is on the lines from a first one on.
func (b *bridge) readAll(t *testing.T, first int) {
	channels, err := ds2482.Open(t.Context(), b.name+":ALL", ds2482.Options{})
	if err != nil || len(channels) != 9 {
		t.Fatal(channels, err)
	}
	var got []string
	for _, f := range channels[first:] {
		l := hw.NewLine(f.Open)
		defer l.Close()
		began := time.Now()
		err := l.Do(t.Context(), func(tx *hw.Tx) error {
			found, err := tx.Search(hw.SearchROM)
			if err != nil {
				return err
			}
			for _, rom := range found {
				got = append(got, rom.String())
				if err := b.reads(tx, rom); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Errorf("%s: %v", f.Name(), err)
		}
		t.Logf("%s: %v", f.Name(), time.Since(began).Round(time.Millisecond))
	}
	slices.Sort(got)
	if want := b.names[first:]; !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

// reads converts with strong pull-up, and compares.
func (b *bridge) reads(tx *hw.Tx, rom hw.ROM) error {
	if err := tx.Select(rom); err != nil {
		return err
	}
	if err := tx.Power(0x44, 760*time.Millisecond); err != nil {
		return err
	}
	p, err := tx.Exchange(rom, 9, 0xBE)
	if err != nil {
		return err
	}
	want := int(b.celsius[rom.String()] * 16)
	if raw := int(p[0]) | int(p[1])<<8; hw.CRC8(p) != 0 || raw != want {
		return fmt.Errorf("%v reads %d/16 °C, want %d", rom, raw, want)
	}
	return nil
}

// What the kernel's bus tells in its own words: a chip that is locked up, and one
// that was reset.
func TestMasterMendsDS2482(t *testing.T) {
	b := newBridge(t)
	channels, err := ds2482.Open(t.Context(), b.name+":0", ds2482.Options{})
	if err != nil || len(channels) != 8 {
		t.Fatal(channels, err)
	}
	l := hw.NewLine(channels[3].Open)
	defer l.Close()
	reset := func() error {
		return l.Do(context.Background(), func(tx *hw.Tx) error { return tx.Reset() })
	}
	for name, test := range map[string]struct {
		fault func()
		want  error
	}{
		"locked up": {func() { b.eight.LockUp(false) }, ds2482.ErrLockedUp},
		"reset":     {b.eight.PowerOn, ds2482.ErrReset},
	} {
		if err := reset(); err != nil {
			t.Fatal(err)
		}
		test.fault()
		if err := reset(); !errors.Is(err, test.want) || !hw.IsLine(err) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
		if err := reset(); err != nil {
			t.Errorf("after it was %s: %v", name, err)
		}
	}
}

// An adapter that is pulled out is one that has failed; plugged in again, it is
// taken again.
func TestMasterReplugsDS2482(t *testing.T) {
	b := newBridge(t)
	channels, err := ds2482.Open(t.Context(), b.name+":0", ds2482.Options{})
	if err != nil {
		t.Fatal(err)
	}
	l := hw.NewLine(channels[3].Open)
	defer l.Close()
	reset := func() error { return l.Do(t.Context(), func(tx *hw.Tx) error { return tx.Reset() }) }
	for range 3 {
		if err := reset(); err != nil {
			t.Fatal(err)
		}
		gone := make(chan error, 1)
		go func() { gone <- b.port.Detach() }()
		took := eventually(t, hung, "the error", func() error {
			switch err := reset(); {
			case err == nil:
				return errors.New("it still answers")
			case hw.IsLine(err):
				t.Errorf("an adapter that is gone is told as %v", err)
			}
			return nil
		})
		t.Logf("told after %v", took.Round(time.Millisecond))
		if err := <-gone; err != nil {
			t.Fatal(err)
		}
		eventually(t, hung, "the end of the bus", func() error {
			if _, err := os.Stat(b.name); err == nil {
				return errors.New("the file is still there")
			}
			return nil
		})
		if err := reset(); !errors.Is(err, hw.ErrNoAdapter) {
			t.Errorf("without an adapter: %v", err)
		}
		b.plug(t)
		took = eventually(t, hung, "the adapter's return", reset)
		t.Logf("back after %v", took.Round(time.Millisecond))
	}
}
