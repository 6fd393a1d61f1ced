// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// A thermometer that mishears its very first command to measure, which nobody
// else on the line notices, has an old value with a good CRC. Whether it answers
// while it measures is not known yet: it must not be taken for a clone that never
// does, and its old value not for a new one.
func TestFirstMeasurementMisheard(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 1)
		warm := 20.
		chip := sim.NewDS18B20(b.chips[0].ROM, hw.Wall{}, func() float64 { return warm })
		b.wire.Remove(b.chips[0])
		ear := &ear{Slave: chip}
		b.wire.Add(ear)
		measureOnce(t, b.wire) // as a program did that was here before
		warm = 30
		ear.mishears = 0x44
		if got, err := b.get(t, b.path(0, "temperature")); got != "30" || err != nil {
			t.Errorf("the first temperature reads %q, %v, want 30", got, err)
		}
		if ear.mishears != 0 {
			t.Error("no command to measure was given")
		}
	})
}

func measureOnce(t *testing.T, wire *sim.Line) {
	t.Helper()
	if _, err := wire.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := wire.Touch(t.Context(), []byte{0xCC, 0x44}); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Second)
}

// An ear is a slave that hears the last bit of one command wrongly, once: that
// of a chip that was selected by Match ROM or Skip ROM.
type ear struct {
	sim.Slave
	mishears byte
	heard    []byte // bits since the reset
}

func (e *ear) Reset(fast bool) bool {
	e.heard = nil
	return e.Slave.Reset(fast)
}

func (e *ear) See(bit byte) {
	e.heard = append(e.heard, bit)
	if command := e.command(); e.mishears != 0 && command == e.mishears {
		e.mishears, bit = 0, bit^1
	}
	e.Slave.See(bit)
}

// command returns the function command whose last bit was just heard.
func (e *ear) command() byte {
	if len(e.heard) != 16 && len(e.heard) != 80 {
		return 0
	}
	var rom, function byte
	for i, bit := range e.heard[:8] {
		rom |= bit << i
	}
	for i, bit := range e.heard[len(e.heard)-8:] {
		function |= bit << i
	}
	if rom == 0xCC && len(e.heard) == 16 || rom == 0x55 && len(e.heard) == 80 {
		return function
	}
	return 0
}
