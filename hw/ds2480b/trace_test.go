// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/ds2480b"
	"owfs/hw/sim"
)

var update = flag.Bool("update", false, "write the traces anew")

// A recorder writes down what goes over the cable, with what the data sheet
// says that it means. The meanings are found here once more, from the bytes
// alone.
type recorder struct {
	text   strings.Builder
	data   bool
	check  bool   // E3 was seen in data mode
	asked  []byte // commands that will be answered, or 0 for data
	run    []byte // data that is to be written in one line
	toChip bool
	timing bool // the next byte after a break
}

func (r *recorder) flush() {
	if len(r.run) > 0 {
		r.line(r.toChip, fmt.Sprintf("% X", r.run), "data")
		r.run = nil
	}
}

func (r *recorder) line(toChip bool, what, means string) {
	sign := "<"
	if toChip {
		sign = ">"
	}
	fmt.Fprintf(&r.text, "%s %-50s %s\n", sign, what, means)
}

func (r *recorder) step(name string) {
	r.flush()
	fmt.Fprintf(&r.text, "\n%s\n", name)
}

func (r *recorder) see(toChip bool, b byte) {
	if toChip != r.toChip {
		r.flush()
	}
	r.toChip = toChip
	if toChip {
		r.sent(b)
	} else {
		r.came(b)
	}
}

func (r *recorder) sent(b byte) {
	switch {
	case r.data && !r.check && b == 0xE3:
		r.check = true
		return
	case r.data && (!r.check || b == 0xE3):
		if r.check {
			r.run = append(r.run, 0xE3)
		}
		r.check = false
		r.run = append(r.run, b)
		r.asked = append(r.asked, 0)
		return
	case r.check:
		r.flush()
		r.data, r.check = false, false
		r.line(true, "E3", "command mode")
	}
	r.flush()
	means, answered := r.meaning(b)
	r.line(true, fmt.Sprintf("%02X", b), means)
	if answered {
		r.asked = append(r.asked, b)
	}
}

func (r *recorder) meaning(b byte) (means string, answered bool) {
	speed := [4]string{"standard", "flexible", "overdrive", "standard"}[b>>2&3]
	if r.timing {
		r.timing = false
		return "timing byte", false
	}
	switch {
	case b == 0xE1:
		r.data = true
		return "data mode", false
	case b == 0xE3:
		return "command mode", false
	case b == 0xF1:
		return "end the pulse", true
	case b>>7 == 0 && b>>4 == 0:
		return fmt.Sprintf("read %s", parameters[b>>1&7]), true
	case b>>7 == 0:
		return fmt.Sprintf("set %s to %d", parameters[b>>4], b>>1&7), true
	case b>>5 == 4:
		power := ""
		if b&2 != 0 {
			power = ", then strong pull-up"
		}
		return fmt.Sprintf("bit %d, %s%s", b>>4&1, speed, power), true
	case b>>5 == 5:
		return fmt.Sprintf("search accelerator %s, %s", [2]string{"off", "on"}[b>>4&1], speed), false
	case b>>5 == 6:
		return "reset, " + speed, true
	}
	return "12 V pulse", true
}

var parameters = [8]string{1: "slew rate", 2: "12 V time", 3: "pull-up time", 4: "write-1 low", 5: "sample offset", 6: "load", 7: "baud rate"}

func (r *recorder) came(b byte) {
	if len(r.asked) == 0 {
		r.line(false, fmt.Sprintf("%02X", b), "not asked for")
		return
	}
	to := r.asked[0]
	r.asked = r.asked[1:]
	means := ""
	switch {
	case to == 0:
		r.run = append(r.run, b)
		return
	case to>>5 == 6:
		means = [4]string{"short", "presence", "alarm", "no presence"}[b&3]
	case to>>5 == 4:
		means = fmt.Sprintf("reads %d", b&1)
	}
	r.flush()
	r.line(false, fmt.Sprintf("%02X", b), strings.TrimSpace(fmt.Sprintf("to %02X %s", to, means)))
}

// golden compares what was recorded with a file.
func (r *recorder) golden(t *testing.T, name string) {
	t.Helper()
	r.flush()
	file := filepath.Join("testdata", name+".trace")
	got := strings.ReplaceAll(r.text.String(), " \n", "\n")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("other bytes than in %s (go test -update writes it anew); now:\n%s", file, got)
	}
}

// traced does steps with a master whose bytes are recorded.
func traced(t *testing.T, name string, opts ds2480b.Options, steps func(t *testing.T, r *rig, rec *recorder)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := &recorder{timing: true}
			fmt.Fprintf(&rec.text, "# %s: > to the chip, < from it\n\nopen, by a break\n", name)
			r := connect(t, opts, func(r *rig) {
				r.chip.Volts12 = true
				r.cable.Observe(rec.see)
				chip := sim.NewDS18B20(romOf(t, "28.E1E3000000F1"), hw.Wall{}, func() float64 { return 21.5 })
				r.line.Add(chip)
			})
			steps(t, r, rec)
			rec.golden(t, name)
		})
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestTraces(t *testing.T) {
	present := func(t *testing.T, bus hw.Bus) {
		t.Helper()
		there, err := bus.Reset(t.Context())
		if err != nil || !there {
			t.Fatal(there, err)
		}
	}
	traced(t, "temperature", ds2480b.Options{Baud: 9600}, func(t *testing.T, r *rig, rec *recorder) {
		rom := romOf(t, "28.E1E3000000F1")
		rec.step("convert, by its code, which has an E3 in it")
		present(t, r.bus)
		must(t, r.bus.Touch(t.Context(), append(append([]byte{hw.MatchROM}, rom[:]...), 0x44)))
		rec.step("ask whether it is done")
		must(t, r.bus.Bits(t.Context(), []byte{1}))
		rec.step("read the scratchpad")
		present(t, r.bus)
		p := append(append([]byte{hw.MatchROM}, rom[:]...), 0xBE)
		p = append(p, bytes.Repeat([]byte{0xFF}, 9)...)
		must(t, r.bus.Touch(t.Context(), p))
		rec.step("close")
		must(t, r.bus.Close())
	})
	traced(t, "search", ds2480b.Options{Baud: 9600}, func(t *testing.T, r *rig, rec *recorder) {
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
	traced(t, "power", ds2480b.Options{Baud: 9600, Regular: true}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("convert with strong pull-up for 750 ms")
		present(t, r.bus)
		must(t, r.bus.Touch(t.Context(), []byte{hw.SkipROM}))
		_, err := r.bus.Power(t.Context(), 0x44, 750*time.Millisecond)
		must(t, err)
		rec.step("12 V for 480 µs")
		must(t, r.bus.(hw.Pulser).Pulse(t.Context(), 480*time.Microsecond))
	})
	traced(t, "speed", ds2480b.Options{Baud: 115200}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("overdrive")
		present(t, r.bus)
		must(t, r.bus.Touch(t.Context(), []byte{hw.OverdriveSkip}))
		must(t, r.bus.(hw.Speeder).SetOverdrive(t.Context(), true))
		_, err := r.bus.Reset(t.Context())
		must(t, err)
		must(t, r.bus.Touch(t.Context(), []byte{hw.SkipROM, 0x55}))
		rec.step("and back")
		must(t, r.bus.(hw.Speeder).SetOverdrive(t.Context(), false))
		present(t, r.bus)
		rec.step("close")
		must(t, r.bus.Close())
	})
	traced(t, "auto", ds2480b.Options{}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("twelve bytes at the rate that was found")
		must(t, r.bus.Touch(t.Context(), make([]byte, 12)))
	})
}
