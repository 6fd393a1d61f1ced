// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/ds2490"
	"owfs/hw/sim/usb"
	"owfs/hw/sim/usbip"
)

// A stick is an emulated DS9490R with thermometers on its line.
type stick struct {
	testing.TB
	line    *sim.Line
	chip    *ds2490.Chip
	device  usb.Device // the chip, or something around it
	id      hw.ROM     // of the 81 chip in the stick
	celsius map[hw.ROM]float64
	port    *usbip.Port // nil: not plugged in

	conversions atomic.Int64 // that have begun
	starved     []float64    // at each replug
	troubles    int          // kernelTroubles at the beginning
}

// newStick returns a stick with n thermometers that is not plugged in. Sticks of
// one test have different numbers.
func newStick(t testing.TB, number, n int) *stick {
	t.Helper()
	line := sim.NewLine(hw.Wall{})
	s := &stick{TB: t, line: line, id: romOf(t, 0x81, number<<16), celsius: map[hw.ROM]float64{}, troubles: kernelTroubles()}
	s.chip = ds2490.NewStick(line, s.id)
	s.device = s.chip
	for i := range n {
		// The lowest bits differ first, so that the search has to branch early.
		id := romOf(t, 0x28, number<<16|(i+1)*0x0123)
		celsius := -20 + 6.3125*float64(i)
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
		s.chip.Close()
		line.Close()
	})
	return s
}

func romOf(t testing.TB, family, serial int) hw.ROM {
	t.Helper()
	id, err := hw.ParseROM(fmt.Sprintf("%02X.%012X", family, serial))
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// plug plugs the stick in, and returns the kernel's name for it when the kernel
// has configured it.
func (s *stick) plug() (name string) {
	s.Helper()
	s.plugSoon()
	name, err := s.port.Wait(within(s, time.Minute))
	if err != nil {
		s.Fatal(err)
	}
	return name
}

// hunger notes how starved this machine is, for healing.
func (s *stick) hunger() { s.starved = append(s.starved, starved()) }

// healing is how long it may mostly take until a stick that was plugged in again
// is used: 2 s, and more as far as this machine was starved.
func (s *stick) healing() time.Duration {
	sum := 0.0
	for _, f := range s.starved {
		sum += f
	}
	return time.Duration(sum / float64(len(s.starved)) * float64(2*time.Second)).Round(time.Millisecond)
}

// plugSoon plugs the stick in and does not wait for the kernel.
func (s *stick) plugSoon() {
	s.Helper()
	var err error
	if s.port, err = usbip.Attach(s.device); err != nil {
		s.Fatal(err)
	}
}

// unplug pulls the stick out, whatever the kernel does with it at the moment.
func (s *stick) unplug() {
	s.Helper()
	port := s.port
	s.port = nil
	if err := port.Detach(); err != nil {
		s.Error(err)
	}
	s.chip.PowerCycle()
}

// replug pulls the stick out and plugs it in again.
func (s *stick) replug() (name string) {
	s.Helper()
	s.unplug()
	return s.plug()
}
