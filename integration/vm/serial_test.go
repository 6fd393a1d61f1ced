// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/ds2480b"
	"owfs/hw/sim"
	"owfs/hw/sim/cdcacm"
	chip "owfs/hw/sim/ds2480b"
	"owfs/hw/sim/usbip"
	"owfs/owproto"
)

const serialPort = "/dev/ttyACM0"

// A serialStick is a DS2480B with thermometers on its line, behind a USB serial
// adapter that also powers it.
type serialStick struct {
	testing.TB
	chip    *chip.Chip
	celsius map[hw.ROM]float64

	conversions atomic.Int64 // that have begun

	// Since it was plugged in last:
	cable   *chip.Cable
	adapter *cdcacm.Adapter
	port    *usbip.Port // nil: not plugged in
}

func newSerialStick(t testing.TB, n int) *serialStick {
	t.Helper()
	line := sim.NewLine(hw.Wall{})
	s := &serialStick{TB: t, chip: chip.New(line), celsius: map[hw.ROM]float64{}}
	for i := range n {
		id, celsius := romOf(t, 0x28, (i+1)*0x0123), -20+6.3125*float64(i)
		s.celsius[id] = celsius
		line.Add(sim.NewDS18B20(id, hw.Wall{}, func() float64 {
			s.conversions.Add(1)
			return celsius
		}))
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the kernel says:\n%s", kernelSays())
		}
		if s.port != nil {
			s.unplug()
		}
		line.Close()
		if n := s.chip.Odd(); n != 0 {
			t.Errorf("%d bytes had no meaning to the chip", n)
		}
	})
	return s
}

// plug plugs the adapter in, and waits for the file.
func (s *serialStick) plug() {
	s.Helper()
	s.cable = chip.PlugPatient(s.chip)
	s.adapter = cdcacm.New(s.cable)
	var err error
	if s.port, err = usbip.Attach(s.adapter); err != nil {
		s.Fatal(err)
	}
	if _, err := s.port.Wait(within(s, time.Minute)); err != nil {
		s.Fatal(err)
	}
	eventually(s, hung, serialPort, func() error { _, err := os.Stat(serialPort); return err })
}

// unplug pulls it out: the chip has no power then.
func (s *serialStick) unplug() {
	s.Helper()
	port := s.port
	s.port = nil
	if err := port.Detach(); err != nil {
		s.Error(err)
	}
	s.cable.Close()
	s.chip.MasterReset()
}

func (s *serialStick) names() (all []string) {
	for id := range s.celsius {
		all = append(all, id.String())
	}
	slices.Sort(all)
	return all
}

// The C program lists and reads everything.
func TestSerialOwserver(t *testing.T) {
	s := newSerialStick(t, 5)
	s.plug()
	c := &owproto.Client{Addr: startOwserver(t, "-d", serialPort), Deadline: time.Minute}
	defer c.Close()
	ctx := within(t, 4*time.Minute)
	began := time.Now()
	var found []string
	for _, name := range list(ctx, t, c) {
		if name = strings.TrimPrefix(name, "/"); strings.HasPrefix(name, "28.") {
			found = append(found, name)
		}
	}
	slices.Sort(found)
	if want := s.names(); !slices.Equal(found, want) {
		t.Errorf("lists %v, want %v", found, want)
	}
	t.Logf("listed after %v", time.Since(began).Round(time.Millisecond))
	for id, want := range s.celsius {
		text, err := c.Read(ctx, "/"+id.String()+"/temperature", 0, 64, 0)
		got, bad := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		if err != nil || bad != nil || got != want {
			t.Errorf("%v: owserver reads %q, %v, want %v", id, text, err, want)
		}
	}
	t.Logf("read after %v, %+v", time.Since(began).Round(time.Millisecond), s.cable.Counts())
}

// Our own master sends a break, raises the rate of chip and port, and reads the
// same.
func TestSerialMaster(t *testing.T) {
	s := newSerialStick(t, 5)
	s.plug()
	for _, baud := range []int{9600, 19200, 57600, 115200} {
		t.Run(strconv.Itoa(baud), func(t *testing.T) {
			breaks := s.cable.Counts().Breaks
			bus, err := openSerial(t.Context(), baud)
			if err != nil {
				t.Fatal(err)
			}
			if s.cable.Counts().Breaks == breaks {
				t.Error("no break has come to the chip")
			}
			told := bus.(interface{ Info() ds2480b.Info }).Info()
			if got := [3]int{told.Baud, s.chip.Baud(), int(s.adapter.Coding().Baud)}; got != [3]int{baud, baud, baud} {
				t.Errorf("master, chip and port are at %d baud, want %d", got, baud)
			}
			l := hw.NewLine(func(context.Context) (hw.Bus, error) { return bus, nil })
			defer l.Close()
			began := time.Now()
			if err := l.Do(t.Context(), s.readAll); err != nil {
				t.Error(err)
			}
			t.Logf("%+v: read in %v", told, time.Since(began).Round(time.Millisecond))
		})
	}
}

func openSerial(ctx context.Context, baud int) (hw.Bus, error) {
	return ds2480b.Open(ctx, serialPort, ds2480b.Options{Baud: baud, Timeout: 5 * time.Second})
}

// readAll searches, and reads all that must be there.
func (s *serialStick) readAll(tx *hw.Tx) error {
	found, err := tx.Search(hw.SearchROM)
	if err != nil {
		return err
	}
	var names []string
	for _, id := range found {
		names = append(names, id.String())
		if err := convert(tx, id); err != nil {
			return err
		}
		p, err := tx.Exchange(id, 9, 0xBE)
		if err != nil {
			return err
		}
		want := int(s.celsius[id] * 16)
		if raw := int(int16(uint16(p[0]) | uint16(p[1])<<8)); hw.CRC8(p) != 0 || raw != want {
			return fmt.Errorf("%v reads %d/16 °C, want %d", id, raw, want)
		}
	}
	slices.Sort(names)
	if want := s.names(); !slices.Equal(names, want) {
		return fmt.Errorf("finds %v, want %v", names, want)
	}
	return nil
}

// convert asks a thermometer with power of its own until it is done.
func convert(tx *hw.Tx, id hw.ROM) error {
	if err := tx.Command(id, 0x44); err != nil {
		return err
	}
	for range 100_000 {
		if bit, err := tx.Bit(); err != nil || bit == 1 {
			return err
		}
	}
	return errors.New("the conversion does not end")
}

// An adapter that is pulled out in the middle of a conversion is one that has
// failed; plugged in again, under the same name, it is taken again.
func TestSerialUnpluggedInConversion(t *testing.T) {
	s := newSerialStick(t, 2)
	s.plug()
	l := hw.NewLine(func(ctx context.Context) (hw.Bus, error) { return openSerial(ctx, 19200) })
	defer l.Close()
	readAll := func() error { return l.Do(t.Context(), s.readAll) }
	if err := readAll(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		before := s.conversions.Load()
		ended := make(chan error, 1)
		go func() { ended <- readAll() }()
		eventually(t, hung, "the conversion", func() error {
			if s.conversions.Load() == before {
				return errors.New("it has not begun")
			}
			return nil
		})
		began := time.Now()
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			s.unplug()
		}()
		select {
		case err := <-ended:
			if err == nil || hw.IsLine(err) {
				t.Errorf("an adapter that is gone is told as %v", err)
			}
			t.Logf("after %v: %v", time.Since(began).Round(time.Millisecond), err)
		case <-time.After(3 * time.Second): // less than the patience with an answer
			t.Fatal("the reader still waits")
		}
		<-gone
		if err := readAll(); !errors.Is(err, hw.ErrNoAdapter) {
			t.Errorf("without an adapter: %v", err)
		}
		s.plug()
		took := eventually(t, hung, "the adapter's return", readAll)
		t.Logf("back after %v", took.Round(time.Millisecond))
	}
}
