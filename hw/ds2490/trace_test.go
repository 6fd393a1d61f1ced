// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"bytes"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

var update = flag.Bool("update", false, "write the traces anew")

// A recorder writes down what goes over the cable, with what the data sheet says
// that it means. The meanings are found here once more, from the bytes alone.
type recorder struct {
	text strings.Builder
	busy int    // how often the chip has just said that it is busy
	more string // what it said beside that
}

func (r *recorder) step(name string) {
	r.flush()
	fmt.Fprintf(&r.text, "\n%s\n", name)
}

func (r *recorder) line(what, means string) { fmt.Fprintf(&r.text, "%-32s %s\n", what, means) }

// flush writes the answers of a busy chip in one line.
func (r *recorder) flush() {
	if r.busy > 0 {
		r.line("in 81", fmt.Sprintf("busy (%d)%s", r.busy, r.more))
	}
	r.busy, r.more = 0, ""
}

func (r *recorder) see(line string) {
	head, in, _ := strings.Cut(line, " < ")
	p, err := hex.DecodeString(strings.ReplaceAll(in, " ", ""))
	switch f := strings.Fields(head); {
	case err != nil, strings.Contains(line, ": "):
		r.flush()
		r.line(line, "")
	case f[0] == "control":
		r.flush()
		r.line(strings.Join([]string{"control", f[1], f[2], f[4], f[6]}, " "), meaning(f[1]+" "+f[2], hexWord(f[4]), hexWord(f[6])))
	case f[1] == "81":
		r.status(p)
	case f[0] == "out":
		r.flush()
		r.data("out 02", head[len("out 02 > "):])
	default:
		r.flush()
		r.data("in 83", in)
	}
}

// data writes bytes, 16 in a line.
func (r *recorder) data(endpoint, all string) {
	for len(all) > 0 {
		n := min(len(all), 16*3)
		fmt.Fprintf(&r.text, "%-8s %s\n", endpoint, strings.TrimSpace(all[:n]))
		endpoint, all = "", all[n:]
	}
}

func hexWord(text string) uint16 {
	n, err := strconv.ParseUint(text, 16, 16)
	if err != nil {
		panic(err)
	}
	return uint16(n)
}

func (r *recorder) status(p []byte) {
	more := ""
	if p[8]&0x01 != 0 {
		more += ", pull-up"
	}
	if p[8]&0x20 == 0 && len(p) == 16 {
		if r.more != more {
			r.flush()
		}
		r.busy++
		r.more = more
		return
	}
	r.flush()
	if p[13] > 0 {
		more += fmt.Sprintf(", %d to be read", p[13])
	}
	for _, code := range p[16:] {
		more += ", result " + result(code)
	}
	r.line("in 81", "idle"+more)
}

func result(code byte) string {
	switch code {
	case 0:
		return "00, good"
	case 1:
		return "01, no presence"
	case 2:
		return "02, short"
	case 4:
		return "04, alarm"
	case 0x80:
		return "80, end of search"
	}
	return fmt.Sprintf("%02X", code)
}

// meaning is that of a request, mostly of a vendor request (appendices 1 to 3).
func meaning(request string, value, index uint16) string {
	speed := func(n uint16) string { return [4]string{"regular", "flexible", "overdrive", "?"}[n&3] }
	with := func(text string, bits ...any) string {
		for i := 0; i < len(bits); i += 2 {
			if value&uint16(bits[i].(int)) != 0 {
				text += ", " + bits[i+1].(string)
			}
		}
		return text
	}
	switch request {
	case "01 0B":
		return fmt.Sprintf("alternate setting %d", value)
	case "02 03":
		return fmt.Sprintf("halt endpoint %02X (by the test)", index)
	case "40 00":
		return [11]string{0: "reset the chip", 3: "halt when idle", 4: "halt when done", 2: "resume"}[value]
	case "40 02":
		name := [8]string{"pulses", "speed change", "speed", "pull-up time", "slew rate", "12 V time", "write-1 low", "sample offset"}[value&7]
		if value == 2 {
			return "set speed to " + speed(index)
		}
		return fmt.Sprintf("set %s to %d", name, index)
	}
	switch low := value & 0xF6; {
	case low == 0x12 && value&8 == 0:
		return fmt.Sprintf("pull-up time %d ms", index*16)
	case low == 0x12:
		return fmt.Sprintf("12 V time %d µs", index*8)
	case low == 0x20:
		return with(fmt.Sprintf("bit %d", value>>3&1), 0x1000, "then pull-up")
	case low == 0x30 && value&8 != 0:
		return with("12 V pulse", 0x400, "tell the result")
	case low == 0x42:
		return with("reset the line", 0x400, "tell the result", 8, "speed "+speed(index))
	case low == 0x52:
		return with(fmt.Sprintf("byte %02X", index), 0x1000, "then pull-up")
	case low == 0x74:
		return with(fmt.Sprintf("block of %d", index), 0x100, "with reset", 0x1000, "then pull-up")
	case low == 0xF4:
		return with(fmt.Sprintf("search %02X for %d", index&0xFF, index>>8), 8, "tell what was found", 0x4000, "and where to go on", 0x400, "tell the result")
	}
	return "?"
}

// golden compares what was recorded with a file.
func (r *recorder) golden(t *testing.T, name string) {
	t.Helper()
	r.flush()
	file := filepath.Join("testdata", name+".trace")
	var lines []string
	for line := range strings.Lines(r.text.String()) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	got := strings.Join(lines, "\n") + "\n"
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
		t.Errorf("other transfers than in %s (go test -update writes it anew); now:\n%s", file, got)
	}
}

// traced does steps with a master whose transfers are recorded.
func traced(t *testing.T, name string, opts Options, steps func(t *testing.T, r *rig, rec *recorder)) {
	t.Run(name, func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			rec := &recorder{}
			fmt.Fprintf(&rec.text, "# %s: control type request value index, in and out by endpoint\n\nopen\n", name)
			r := connect(t, opts, func(r *rig) {
				r.chip.Volts12 = name == "program"
				r.trace = rec.see
				r.thermometer(t, "28.E1E3000000F1")
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
	const name = "28.E1E3000000F1"
	traced(t, "temperature", Options{}, func(t *testing.T, r *rig, rec *recorder) {
		rom := romOf(t, name)
		rec.step("convert")
		reset(t, r.bus)
		must(t, r.bus.Touch(t.Context(), append(append([]byte{hw.MatchROM}, rom[:]...), 0x44)))
		rec.step("ask whether it is done")
		must(t, r.bus.Bits(t.Context(), []byte{1}))
		rec.step("read the scratchpad")
		reset(t, r.bus)
		p := append(append([]byte{hw.MatchROM}, rom[:]...), 0xBE)
		must(t, r.bus.Touch(t.Context(), append(p, bytes.Repeat([]byte{0xFF}, 9)...)))
		rec.step("close")
		must(t, r.bus.Close())
	})
	traced(t, "search", Options{}, func(t *testing.T, r *rig, rec *recorder) {
		r.line.Add(sim.NewDS18B20(romOf(t, "28.E1E3000000F2"), hw.Wall{}, func() float64 { return 20 }))
		rec.step("search, two devices")
		found, err := hw.Search(t.Context(), r.bus, hw.SearchROM)
		if err != nil || len(found) != 2 {
			t.Fatal(found, err)
		}
		rec.step("alarm search, nobody, which is checked")
		found, err = hw.Search(t.Context(), r.bus, hw.AlarmSearch)
		if err != nil || len(found) != 0 {
			t.Fatal(found, err)
		}
	})
	traced(t, "power", Options{Regular: true}, func(t *testing.T, r *rig, rec *recorder) {
		for _, step := range []string{"convert with strong pull-up for 750 ms", "and once more"} {
			rec.step(step)
			reset(t, r.bus)
			must(t, r.bus.Touch(t.Context(), []byte{hw.SkipROM}))
			_, err := r.bus.Power(t.Context(), 0x44, 750*time.Millisecond)
			must(t, err)
		}
	})
	traced(t, "program", Options{}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("12 V for 480 µs")
		must(t, r.bus.(hw.Pulser).Pulse(t.Context(), 480*time.Microsecond))
	})
	traced(t, "speed", Options{}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("overdrive")
		reset(t, r.bus)
		must(t, r.bus.Touch(t.Context(), []byte{hw.OverdriveSkip}))
		must(t, r.bus.(hw.Speeder).SetOverdrive(t.Context(), true))
		_, err := r.bus.Reset(t.Context())
		must(t, err)
		rec.step("and back")
		must(t, r.bus.(hw.Speeder).SetOverdrive(t.Context(), false))
		reset(t, r.bus)
	})
	traced(t, "recovery", Options{}, func(t *testing.T, r *rig, rec *recorder) {
		rec.step("a block, but EP2 stalls")
		r.cable.halt(EndpointOut)
		if err := r.bus.Touch(t.Context(), []byte{hw.SkipROM, 0x44}); !hw.IsLine(err) {
			t.Fatal(err)
		}
		rec.step("the next one")
		must(t, r.bus.Touch(t.Context(), []byte{hw.SkipROM, 0x44}))
		rec.step("140 bytes")
		must(t, r.bus.Touch(t.Context(), make([]byte, 140)))
	})
}
