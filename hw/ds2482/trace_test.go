// SPDX-License-Identifier: Apache-2.0

package ds2482_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/ds2482"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2482"
)

var update = flag.Bool("update", false, "write the traces anew")

// A recorder writes down what goes over the I²C bus, with what the data sheet
// says that it means. The meanings are found here once more, from the bytes
// alone.
type recorder struct {
	text    strings.Builder
	pointer byte // what the read pointer is at
	last    byte // the last command
}

func (r *recorder) step(name string) { fmt.Fprintf(&r.text, "\n%s\n", name) }

func (r *recorder) line(address uint8, sign, bytes, means string) {
	text := fmt.Sprintf("%02X %s %-6s %s", address, sign, bytes, means)
	r.text.WriteString(strings.TrimRight(text, " ") + "\n")
}

func (r *recorder) see(address uint8, w, p []byte, err error) {
	if len(w) > 0 {
		means := r.written(w)
		if err != nil {
			means += ", not acknowledged"
		}
		r.line(address, ">", fmt.Sprintf("% X", w), means)
	}
	if len(p) > 0 && err == nil {
		r.read(address, p)
	}
}

func (r *recorder) written(w []byte) string {
	r.last, r.pointer = w[0], 0xF0
	two := byte(0)
	if len(w) > 1 {
		two = w[1]
	}
	switch w[0] {
	case 0xF0:
		return "device reset"
	case 0xE1:
		r.pointer = two
		return "look at " + registers()[two]
	case 0xD2:
		r.pointer = 0xC3
		return "configure: " + configuration(two&0x0F)
	case 0xC3:
		r.pointer = 0xD2
		return fmt.Sprintf("select channel %d", slices.Index([]byte{0xF0, 0xE1, 0xD2, 0xC3, 0xB4, 0xA5, 0x96, 0x87}, two))
	case 0xB4:
		return "reset the line"
	case 0xA5:
		return fmt.Sprintf("send %02X", two)
	case 0x96:
		return "read a byte"
	case 0x87:
		return fmt.Sprintf("bit %d", two>>7)
	case 0x78:
		return fmt.Sprintf("triplet, %d if there is a choice", two>>7)
	}
	return "?"
}

func registers() map[byte]string {
	return map[byte]string{0xF0: "status", 0xE1: "data", 0xC3: "configuration", 0xD2: "channel", 0xB4: "port"}
}

func configuration(c byte) string { return bitNames(c, "active", "masked", "strong", "overdrive") }

func bitNames(v byte, names ...string) string {
	var on []string
	for i, name := range names {
		if v>>i&1 != 0 {
			on = append(on, name)
		}
	}
	if len(on) == 0 {
		return "-"
	}
	return strings.Join(on, " ")
}

func (r *recorder) read(address uint8, p []byte) {
	means := registers()[r.pointer]
	switch r.pointer {
	case 0xF0:
		means += ": " + bitNames(p[0], "busy", "presence", "short", "high", "was-reset", "first", "second", "direction")
	case 0xC3:
		means += ": " + configuration(p[0])
	}
	r.line(address, "<", fmt.Sprintf("% X", p), means)
}

// golden compares what was recorded with a file.
func (r *recorder) golden(t *testing.T, name string) {
	t.Helper()
	file := filepath.Join("testdata", name+".trace")
	got := r.text.String()
	if *update {
		must(t, os.WriteFile(file, []byte(got), 0o666))
	}
	want, err := os.ReadFile(file)
	must(t, err)
	if got != string(want) {
		t.Errorf("other bytes than in %s (go test -update writes it anew); now:\n%s", file, got)
	}
}

// traced probes a chip and does steps with a channel of it.
func traced(t *testing.T, name string, kind ds2482.Kind, channel int, opts ds2482.Options, steps func(t *testing.T, r *rig, rec *recorder)) {
	virtual(t, name, func(t *testing.T) {
		rec := &recorder{}
		fmt.Fprintf(&rec.text, "# %s, %v: address, > to the chip, < from it\n\nopen\n", name, kind)
		opts.Trace = rec.see
		r := connect(t, kind, channel, opts)
		thermometer(t, r.line, "28.000000000001", 21.5)
		steps(t, r, rec)
		rec.golden(t, name)
	})
}

func TestTraces(t *testing.T) {
	rom := []byte{0x28, 0x01, 0, 0, 0, 0, 0}
	rom = append(rom, hw.CRC8(rom))
	traced(t, "temperature", ds2482.DS2482x100, 0, ds2482.Options{}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("convert, by its code")
		present(t, r.bus)
		must(t, r.bus.Touch(t.Context(), append(append([]byte{hw.MatchROM}, rom...), 0x44)))
		rec.step("ask whether it is done")
		must(t, r.bus.Bits(t.Context(), []byte{1}))
		time.Sleep(750 * time.Millisecond)
		rec.step("read the temperature")
		present(t, r.bus)
		must(t, r.bus.Touch(t.Context(), []byte{hw.SkipROM, 0xBE, 0xFF, 0xFF}))
		rec.step("close")
		must(t, r.bus.Close())
	})
	traced(t, "search", ds2482.DS2482x100, 0, ds2482.Options{}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("search")
		found, err := hw.Search(t.Context(), r.bus, hw.SearchROM)
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		rec.step("alarm search, nobody")
		found, err = hw.Search(t.Context(), r.bus, hw.AlarmSearch)
		if err != nil || len(found) != 0 {
			t.Fatal(found, err)
		}
	})
	traced(t, "power", ds2482.DS2482x100, 0, ds2482.Options{PassivePullUp: true}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("convert with strong pull-up for 750 ms")
		present(t, r.bus)
		must(t, r.bus.Touch(t.Context(), []byte{hw.SkipROM}))
		_, err := r.bus.Power(t.Context(), 0x44, 750*time.Millisecond)
		must(t, err)
	})
	traced(t, "speed", ds2482.DS2483, 0, ds2482.Options{}, func(t *testing.T, r *rig, rec *recorder) {
		r.line.Add(sim.NewDS2413(romOf(t, "3A.000000000001")))
		rec.step("overdrive")
		present(t, r.bus)
		must(t, r.bus.Touch(t.Context(), []byte{hw.OverdriveSkip}))
		must(t, r.bus.SetOverdrive(t.Context(), true))
		present(t, r.bus)
		rec.step("and back")
		must(t, r.bus.SetOverdrive(t.Context(), false))
		present(t, r.bus)
	})
	traced(t, "channels", ds2482.DS2482x800, 3, ds2482.Options{MaskPresence: true}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("channel 3")
		present(t, r.bus)
		rec.step("channel 6, nobody")
		other := r.open(t, 6)
		if there, err := other.Reset(t.Context()); there || err != nil {
			t.Fatal(there, err)
		}
		rec.step("channel 3 again")
		must(t, r.bus.Bits(t.Context(), []byte{0}))
		rec.step("channel 6 with a short")
		r.lines[6].SetFaults(sim.Faults{Short: true})
		if _, err := other.Reset(t.Context()); err == nil {
			t.Fatal("no error")
		}
	})
	traced(t, "trouble", ds2482.DS2482x100, 0, ds2482.Options{}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("the chip is locked up")
		r.chip.LockUp(false)
		if _, err := r.bus.Reset(t.Context()); err == nil {
			t.Fatal("no error")
		}
		rec.step("the chip was reset behind our back")
		present(t, r.bus)
		r.chip.PowerOn()
		if err := r.bus.Touch(t.Context(), []byte{hw.SkipROM}); err == nil {
			t.Fatal("no error")
		}
	})
}

// How a bus with several chips is probed.
func TestTraceOfProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rec := &recorder{}
		rec.text.WriteString("# probing an I²C bus with a DS2482-800 at 18h, a DS2482-100 at 1Ah and a DS2483 at 1Bh\n\n")
		i2c := chip.NewBus(hw.Wall{})
		i2c.Trace = rec.see
		line := sim.NewLine(hw.Wall{})
		i2c.Put(0x18, chip.New800([8]*sim.Line{line, line, line, line, line, line, line, line}))
		i2c.Put(0x1A, chip.New100(line))
		i2c.Put(0x1B, chip.NewDS2483(line))
		places, err := ds2482.Probe(i2c, ds2482.Addresses())
		if err != nil || len(places) != 3 {
			t.Fatal(places, err)
		}
		rec.golden(t, "probe")
	})
}
