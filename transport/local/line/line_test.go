// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/local"
	"owfs/transport/local/line"
)

// A bench is an emulated line with thermometers, below a Bus.
type bench struct {
	*local.Bus
	wire    *sim.Line
	chips   []*sim.DS18B20
	backend *line.Backend
}

// newBench puts n thermometers on a line; number i is at 20 + i/16 °C.
func newBench(t testing.TB, n int) *bench {
	t.Helper()
	b := &bench{wire: sim.NewLine(hw.Wall{})}
	for i := range n {
		rom, err := hw.ParseROM(fmt.Sprintf("28.%012X", 0x1000+i*7919))
		if err != nil {
			t.Fatal(err)
		}
		chip := sim.NewDS18B20(rom, hw.Wall{}, func() float64 { return 20 + float64(i)/16 })
		b.chips = append(b.chips, chip)
		b.wire.Add(chip)
	}
	t.Cleanup(func() { b.wire.Close() })
	table := device.New()
	b.backend = line.New(line.Config{
		Line:  hw.NewLine(func(context.Context) (hw.Bus, error) { return b.wire, nil }),
		Table: table,
	})
	b.Bus = local.New(local.Config{Backend: b.backend, Table: table})
	return b
}

func (b *bench) path(i int, property string) string {
	return "/" + b.chips[i].ROM.String() + "/" + property
}

func (b *bench) get(t testing.TB, path string) (string, error) {
	t.Helper()
	v, err := b.Read(t.Context(), transport.Request{Path: path, Options: owproto.FlagTrim})
	return string(v), err
}

func (b *bench) temperature(t testing.TB, i int) {
	t.Helper()
	got, err := b.get(t, b.path(i, "temperature"))
	want := strconv.FormatFloat(20+float64(i)/16, 'G', 6, 64)
	if err != nil || got != want {
		t.Errorf("thermometer %d reads %q, %v, want %s", i, got, err, want)
	}
}

// busy returns what the line was busy with since the call before.
func (b *bench) busy(was *sim.Counts) sim.Counts {
	now := b.wire.Counts()
	d := sim.Counts{Resets: now.Resets - was.Resets, Slots: now.Slots - was.Slots, Busy: now.Busy - was.Busy}
	*was = now
	return d
}

func inBubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

func list(t testing.TB, b *bench) int {
	t.Helper()
	all, err := b.Dir(t.Context(), transport.Request{Path: "/"})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range all {
		if e.Device {
			n++
		}
	}
	return n
}

// One conversion serves all: a hundred powered sensors read one after another.
func TestOneConversionServesAll(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const n = 100
		b := newBench(t, n)
		if got := list(t, b); got != n {
			t.Fatalf("%d devices are listed, want %d", got, n)
		}
		var was sim.Counts
		b.busy(&was)
		begin := time.Now()
		for i := range n {
			b.temperature(t, i)
		}
		c := b.busy(&was)
		t.Logf("%d sensors: %d resets, %d slots, line busy %v, all took %v", n, c.Resets, c.Slots, c.Busy, time.Since(begin))
		// Each needs a scratchpad read: a reset, 72 slots to select, 8 for the
		// command, 72 of data. Twice that when the resolution is not known yet.
		if c.Busy > 3*time.Second+100*time.Millisecond {
			t.Errorf("the line was busy for %v, want 3 s at most", c.Busy)
		}
		if took := time.Since(begin); took > 4*time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

// Readers at the same time share a conversion, too.
func TestReadersAtOnceShareAConversion(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const n = 20
		b := newBench(t, n)
		list(t, b)
		begin := time.Now()
		done := make(chan bool)
		for i := range n {
			go func() {
				b.temperature(t, i)
				done <- true
			}()
		}
		for range n {
			<-done
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%d readers took %v", n, took)
		}
	})
}

// A lone uncached temperature, once the chip is known: convert (reset, 80
// slots), read the scratchpad (reset, 152 slots).
func TestLoneTemperature(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 1)
		b.temperature(t, 0)
		var was sim.Counts
		b.busy(&was)
		if _, err := b.get(t, "/uncached"+b.path(0, "temperature")); err != nil {
			t.Fatal(err)
		}
		c := b.busy(&was)
		polls := uint64(c.Slots) - 232
		t.Logf("%d resets, %d slots, of them polls %d", c.Resets, c.Slots, polls)
		if c.Resets != 2 || c.Slots < 232 || polls > 100 {
			t.Errorf("%d resets and %d slots, want 2 and 232 and the polls", c.Resets, c.Slots)
		}
	})
}

func TestValuesAreKept(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 1)
		b.temperature(t, 0)
		var was sim.Counts
		b.busy(&was)
		time.Sleep(10 * time.Second)
		b.temperature(t, 0)
		if c := b.busy(&was); c.Slots != 0 {
			t.Errorf("a value of 10 s ago costs %d slots", c.Slots)
		}
		time.Sleep(10 * time.Second)
		b.temperature(t, 0)
		if c := b.busy(&was); c.Slots == 0 {
			t.Error("a value of 20 s ago is still given")
		}
	})
}

func TestParasitePower(t *testing.T) {
	for _, n := range []int{1, 3, 6} {
		inBubble(t, func(t *testing.T) {
			b := newBench(t, n)
			for _, c := range b.chips {
				c.SetParasite(true)
			}
			list(t, b)
			for i := range n {
				b.temperature(t, i)
				if got, err := b.get(t, b.path(i, "power")); got != "0" || err != nil {
					t.Errorf("power reads %q, %v", got, err)
				}
			}
		})
	}
}

// A clone that does not answer the done-poll gets the data sheet's time.
func TestDeafClone(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 1)
		b.chips[0].SetDeaf(true)
		for range 3 {
			b.temperature(t, 0)
			time.Sleep(20 * time.Second)
		}
	})
}

// 85 °C after power-on is not a temperature; 85 °C that was measured is.
func TestEightyFive(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 1)
		hot := sim.NewDS18B20(b.chips[0].ROM, hw.Wall{}, func() float64 { return 85 })
		b.wire.Remove(b.chips[0])
		b.wire.Add(hot)
		if got, err := b.get(t, b.path(0, "latesttemp")); !errors.Is(err, syscall.EAGAIN) {
			t.Errorf("before it has measured latesttemp reads %q, %v", got, err)
		}
		begin := time.Now()
		if got, err := b.get(t, b.path(0, "temperature")); got != "85" || err != nil {
			t.Errorf("a true 85 °C reads %q, %v", got, err)
		}
		if took := time.Since(begin); took > time.Second {
			t.Errorf("it took %v: more than one measurement", took)
		}
	})
}

func TestResolution(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 3) // number 2 is at 20.125
		list(t, b)
		for property, want := range map[string]string{"temperature9": "20", "temperature12": "20.125", "temperature10": "20"} {
			if got, err := b.get(t, b.path(2, property)); got != want || err != nil {
				t.Errorf("%s reads %q, %v, want %s", property, got, err, want)
			}
			time.Sleep(20 * time.Second)
		}
		write := func(property, value string) error {
			_, err := b.Write(t.Context(), transport.Request{Path: b.path(2, property)}, []byte(value))
			return err
		}
		if err := write("tempres", "10"); err != nil {
			t.Error(err)
		}
		if got, _ := b.get(t, b.path(2, "tempres")); got != "10" {
			t.Errorf("tempres reads %q", got)
		}
		if got, _ := b.get(t, b.path(2, "temperature")); got != "20" {
			t.Errorf("at 10 bits it reads %q", got)
		}
		b.chips[2].PowerOn()
		time.Sleep(time.Hour)
		if got, _ := b.get(t, b.path(2, "tempres")); got != "10" {
			t.Errorf("after a loss of power tempres reads %q", got)
		}
		for _, bad := range []string{"8", "13", "-1"} {
			if err := write("tempres", bad); !errors.Is(err, syscall.ERANGE) {
				t.Errorf("tempres %s: %v, want ERANGE", bad, err)
			}
		}
		if err := write("temphigh", "30"); err != nil {
			t.Error(err)
		}
		if got, _ := b.get(t, b.path(2, "temphigh")); got != "30" {
			t.Errorf("temphigh reads %q", got)
		}
		if err := write("temphigh", "200"); !errors.Is(err, syscall.ERANGE) {
			t.Errorf("temphigh 200: %v, want ERANGE", err)
		}
	})
}

func TestDeviceLeavesAndComesBack(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 2)
		list(t, b)
		b.temperature(t, 1)
		b.wire.Remove(b.chips[1])
		time.Sleep(61 * time.Second)
		if got := list(t, b); got != 1 {
			t.Errorf("%d devices are listed, one has left", got)
		}
		if _, err := b.get(t, b.path(1, "temperature")); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("a device that has left: %v, want ENOENT", err)
		}
		b.wire.Add(b.chips[1])
		time.Sleep(61 * time.Second)
		if got := list(t, b); got != 2 {
			t.Errorf("%d devices are listed, one has come back", got)
		}
		b.temperature(t, 1)
	})
}

// A short is an error of each reading, is told once, and leaves the listing as
// it was. When it is gone all is well.
func TestShortHeals(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 1)
		var log bytes.Buffer
		b.backend.Log = slog.New(slog.NewTextHandler(&log, nil))
		b.temperature(t, 0)
		list(t, b)
		b.wire.SetFaults(sim.Faults{Short: true})
		time.Sleep(2 * time.Minute)
		if got := list(t, b); got != 1 {
			t.Errorf("on a shorted line %d devices are listed, want the one that was there", got)
		}
		if _, err := b.get(t, "/uncached"+b.path(0, "temperature")); !errors.Is(err, syscall.EIO) {
			t.Errorf("on a shorted line: %v, want EIO", err)
		}
		b.wire.SetFaults(sim.Faults{})
		time.Sleep(20 * time.Second)
		b.temperature(t, 0)
		if n, m := strings.Count(log.String(), "the line is shorted: nothing"), strings.Count(log.String(), "not shorted any more"); n != 1 || m != 1 {
			t.Errorf("the short is told %d times and its end %d times:\n%s", n, m, log.String())
		}
	})
}

// Who gives up leaves at once; the measurement goes on and serves the next.
func TestReaderGivesUp(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		begin := time.Now()
		_, err := b.Read(ctx, transport.Request{Path: b.path(0, "temperature")})
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) > 150*time.Millisecond {
			t.Errorf("the one who gave up: %v after %v", err, time.Since(begin))
		}
		time.Sleep(5 * time.Second)
		var was sim.Counts
		b.busy(&was)
		b.temperature(t, 0)
		if c := b.busy(&was); c.Slots > 200 {
			t.Errorf("the measurement was not used: %d slots", c.Slots)
		}
	})
}

// The emulator's truth against what is read, on a line that gets one slot in a
// thousand wrong: an error now and then, a wrong value never.
func TestNeverAWrongTemperature(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const n, reads = 5, 3000
		b := newBench(t, 0)
		rnd := rand.New(rand.NewPCG(7, 8))
		truth := make([]float64, n)
		for i := range n {
			rom, _ := hw.ParseROM(fmt.Sprintf("28.%012X", 77+i*104729))
			truth[i] = 20
			b.chips = append(b.chips, sim.NewDS18B20(rom, hw.Wall{}, func() float64 { return truth[i] }))
			b.wire.Add(b.chips[i])
		}
		list(t, b)
		b.wire.SetFaults(sim.Faults{BitErrors: 0.001, Rand: rand.New(rand.NewPCG(5, 6))})
		failed, wrong := 0, 0
		for range reads {
			i := rnd.IntN(n)
			truth[i] = math.Round((rnd.Float64()*180-55)*16) / 16
			got, err := b.get(t, "/uncached"+b.path(i, "temperature"))
			if err != nil {
				failed++
				continue
			}
			if f, _ := strconv.ParseFloat(got, 64); math.Abs(f-truth[i]) > 0.001 {
				if wrong++; wrong < 10 {
					t.Errorf("thermometer %d reads %s at %v °C", i, got, truth[i])
				}
			}
		}
		t.Logf("%d of %d reads gave an error, %d a wrong value", failed, reads, wrong)
		if failed > reads/10 {
			t.Errorf("%d of %d reads gave an error", failed, reads)
		}
	})
}
