// SPDX-License-Identifier: Apache-2.0

package scene_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/scene"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/local"
	"owfs/transport/local/line"
)

// A bus is a scene below a Transport, with a clock that only counts.
type bus struct {
	testing.TB
	*local.Bus
	clock *sim.Virtual
}

func play(t testing.TB, s *scene.Scene) *bus {
	t.Helper()
	b := &bus{TB: t, clock: &sim.Virtual{}}
	return b.over(s)
}

func (b *bus) over(s *scene.Scene) *bus {
	wire, table := s.Line(b.clock), device.New()
	b.Cleanup(func() { wire.Close() })
	b.Bus = local.New(local.Config{Table: table, Backend: line.New(line.Config{
		Line:  hw.NewLine(func(context.Context) (hw.Bus, error) { return wire, nil }),
		Table: table, Clock: b.clock,
	})})
	return b
}

func (b *bus) sleep(d time.Duration) {
	b.Helper()
	if err := b.clock.Sleep(b.Context(), d); err != nil {
		b.Fatal(err)
	}
}

func (b *bus) get(path string) (string, error) {
	v, err := b.Read(b.Context(), transport.Request{Path: path, Options: owproto.FlagTrim})
	return string(v), err
}

func (b *bus) reads(path, want string) {
	b.Helper()
	if got, err := b.get(path); got != want || err != nil {
		b.Errorf("%s reads %q, %v, want %q", path, got, err, want)
	}
}

func (b *bus) write(path, value string) {
	b.Helper()
	if _, err := b.Write(b.Context(), transport.Request{Path: path}, []byte(value)); err != nil {
		b.Errorf("write %q to %s: %v", value, path, err)
	}
}

func (b *bus) list(path string) (names []string) {
	b.Helper()
	all, err := b.Dir(b.Context(), transport.Request{Path: path})
	if err != nil {
		b.Errorf("list %s: %v", path, err)
	}
	for _, e := range all {
		if e.Device {
			names = append(names, e.Name)
		}
	}
	slices.Sort(names)
	return names
}

func read(t testing.TB, text string) *scene.Scene {
	t.Helper()
	s, err := scene.Read(strings.NewReader(text), "bus.toml")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTemperatures(t *testing.T) {
	b := play(t, read(t, `
		[[device]]
		id = "28.000000000001"
		temperature = 21.5
		[[device]]
		id = "10.000000000002"
		temperature = -3
		[[device]]
		id = "22.000000000003"
		parasite = true
		temperature = 40.0625
		[[device]]
		id = "28.000000000004"
		deaf = true
		temperature = { mean = 10, swing = 4, period = "1h", peak = "15m" } # highest at a quarter past
		[[device]]
		id = "28.000000000005"
		temperature = { points = [["0s", 0], ["30m", 60]], period = "1h" }
		[[device]]
		id = "28.000000000006"
		temperature = { points = [["10m", 1], ["30m", 2]], period = "1h", steps = true }
	`))
	b.reads("/28.000000000001/temperature", "21.5")
	b.reads("/10.000000000002/temperature", "-3")
	b.reads("/22.000000000003/temperature", "40.0625")
	b.reads("/22.000000000003/power", "0")
	b.reads("/28.000000000006/temperature9", "2") // the last point, of the period before
	b.sleep(time.Date(2000, 1, 1, 0, 14, 55, 0, time.UTC).Sub(b.clock.Now()))
	b.reads("/28.000000000004/temperature12", "14")
	b.reads("/28.000000000006/temperature9", "1")
	b.sleep(time.Date(2000, 1, 1, 0, 45, 0, 0, time.UTC).Sub(b.clock.Now()))
	b.reads("/28.000000000004/temperature9", "6")
	b.reads("/28.000000000005/temperature9", "29.5") // half way back, and a moment later
}

func TestSwitchFollows(t *testing.T) {
	b := play(t, read(t, `
		[[device]]
		name = "relay"
		id = "29.000000000001"
		[[device]]
		id = "3A.000000000002"
		input.A = { follows = "relay.3" }
		input.B = { follows = "29.000000000001.4", inverted = true }
		[[device]]
		id = "12.000000000003"
		input = { A = "low", B = { first = "1h", for = "10m", every = "30m" } }
		[[device]]
		id = "1D.000000000004"
		counter.A = { count = 5, rate = 0.5 }
		counter.B = { count = 7, follows = "relay.3" }
	`))
	b.reads("/uncached/3A.000000000002/sensed.A", "1")
	b.reads("/uncached/3A.000000000002/sensed.B", "0")
	b.reads("/uncached/1D.000000000004/counter.B", "7")
	b.write("/29.000000000001/PIO.3", "1")
	b.write("/29.000000000001/PIO.4", "1")
	b.reads("/uncached/3A.000000000002/sensed.A", "0")
	b.reads("/uncached/3A.000000000002/sensed.B", "1")
	b.reads("/uncached/1D.000000000004/counter.B", "8")
	b.write("/29.000000000001/PIO.3", "0")
	b.reads("/uncached/3A.000000000002/sensed.A", "1")
	b.reads("/uncached/1D.000000000004/counter.B", "8")

	b.reads("/uncached/12.000000000003/sensed.A", "0")
	b.reads("/uncached/12.000000000003/sensed.B", "1")
	b.sleep(time.Date(2000, 1, 1, 1, 35, 0, 0, time.UTC).Sub(b.clock.Now()))
	b.reads("/uncached/12.000000000003/sensed.B", "0")
	b.sleep(6 * time.Minute)
	b.reads("/uncached/12.000000000003/sensed.B", "1")
	b.reads("/uncached/1D.000000000004/counter.A", "3035") // 5 + 101 min of 30 pulses
}

func TestVoltagesAndMemory(t *testing.T) {
	b := play(t, read(t, `
		[[device]]
		id = "20.000000000001"
		volt = { A = 1.28, D = 5 }
		[[device]]
		id = "26.000000000002"
		temperature = 19.25
		vdd = 4.9
		vad = 2.31
		vis = 0.0
	`))
	b.reads("/20.000000000001/volt.A", "1.28")
	b.reads("/20.000000000001/volt.D", "5")
	b.reads("/26.000000000002/temperature", "19.25")
	b.reads("/26.000000000002/VDD", "4.9")
	b.reads("/26.000000000002/VAD", "2.31")
	b.reads("/26.000000000002/vis", "0")
}

// A device that is away is not there, and has lost its power when it is back.
func TestComesAndGoes(t *testing.T) {
	b := play(t, read(t, `
		epoch = "start"
		[[device]]
		id = "28.000000000001"
		[[device]]
		id = "29.000000000002"
		away = { first = "10m", for = "5m", every = "1h" }
		[[device]]
		id = "28.000000000003"
		away = { first = "20m" }
	`))
	all := []string{"28.000000000001", "28.000000000003", "29.000000000002"}
	for _, step := range []struct {
		at   time.Duration
		want []string
	}{
		{9 * time.Minute, all},
		{12 * time.Minute, all[:2]},
		{16 * time.Minute, all},
		{21 * time.Minute, []string{all[0], all[2]}},
		{71 * time.Minute, all[:1]},
		{100 * time.Minute, []string{all[0], all[2]}},
	} {
		b.sleep(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).Add(step.at).Sub(b.clock.Now()))
		if got := b.list("/"); !slices.Equal(got, step.want) {
			t.Errorf("after %v there are %v, want %v", step.at, got, step.want)
		}
		if step.at == 9*time.Minute {
			b.write("/29.000000000002/PIO.0", "1")
			b.reads("/29.000000000002/PIO.0", "1")
		}
		if step.at == 16*time.Minute {
			b.reads("/uncached/29.000000000002/PIO.0", "0")
		}
	}
	if got, err := b.get("/28.000000000003/temperature"); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("a device that is away reads %q, %v", got, err)
	}
}

func TestBranches(t *testing.T) {
	b := play(t, read(t, `
		[[device]]
		id = "28.000000000009"
		behind = "far.aux"
		temperature = 4
		[[device]]
		name = "hub"
		id = "1F.000000000001"
		[[device]]
		id = "28.000000000002"
		behind = "hub.main"
		parasite = true
		temperature = 21.5
		[[device]]
		name = "far"
		id = "1F.000000000003"
		behind = "hub.aux"
	`))
	for path, want := range map[string]string{
		"/":                     "1F.000000000001",
		"/1F.000000000001/main": "28.000000000002",
		"/1F.000000000001/aux":  "1F.000000000003",
		"/1F.000000000001/aux/1F.000000000003/aux": "28.000000000009",
	} {
		if got := b.list(path); !slices.Contains(got, want) {
			t.Errorf("%s lists %v, want %s", path, got, want)
		}
	}
	b.reads("/1F.000000000001/main/28.000000000002/temperature", "21.5")
	b.reads("/1F.000000000001/aux/1F.000000000003/aux/28.000000000009/temperature", "4")
}

// A coupler that comes back has its branches off, and what is behind it has
// lost its power too.
func TestCouplerComesBack(t *testing.T) {
	b := play(t, read(t, `
		epoch = "start"
		[faults]
		bit_errors = 0.00001
		[[device]]
		name = "hub"
		id = "1F.000000000001"
		away = { first = "5m", for = "5m", every = "1h" }
		[[device]]
		id = "28.000000000002"
		behind = "hub.main"
		temperature = 21.5
		[[device]]
		id = "3A.000000000003"
		input.A = { follows = "hub.control" }
	`))
	const sensor = "/1F.000000000001/main/28.000000000002/"
	b.reads(sensor+"temperature", "21.5")
	b.reads("/uncached/3A.000000000003/sensed.A", "1") // other devices are spoken to with the branches off
	b.sleep(7 * time.Minute)
	if got := b.list("/"); !slices.Equal(got, []string{"3A.000000000003"}) {
		t.Errorf("without the coupler there are %v", got)
	}
	b.sleep(5 * time.Minute)
	if got := b.list("/"); len(got) != 2 {
		t.Errorf("with the coupler there are %v", got)
	}
	if got, err := b.get(sensor + "latesttemp"); !errors.Is(err, syscall.EAGAIN) {
		t.Errorf("a sensor that has not measured since its power came reads %q, %v", got, err)
	}
	b.reads(sensor+"temperature", "21.5")
}

// The same scene at the same time has the same values, whenever it is built;
// with another seed the noise is another.
func TestDeterministic(t *testing.T) {
	const text = `
		[[device]]
		id = "28"
		temperature = { mean = 20, swing = 5, noise = 3 }
		[[device]]
		id = "1D"
		[[device]]
		id = "20"
	`
	values := func(s *scene.Scene, early time.Duration) (all []string) {
		b := &bus{TB: t, clock: &sim.Virtual{}}
		b.sleep(early)
		b.over(s)
		b.sleep(2*time.Hour - early)
		roms := s.Devices()
		for i, property := range []string{"temperature", "counters.A", "volt.B"} {
			v, err := b.get("/" + roms[i].String() + "/" + property)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, v)
		}
		return all
	}
	s := read(t, text)
	a, b, c := values(s, 0), values(read(t, text), time.Hour), values(read(t, "seed = 2\n"+text), 0)
	if !slices.Equal(a, b) {
		t.Errorf("first %v, then %v", a, b)
	}
	if a[0] == c[0] {
		t.Errorf("two seeds have the same noise: %v, %v", a, c)
	}
}

func TestList(t *testing.T) {
	s, err := scene.List("28, 28.000000000001\tds2408,DS1921H,1D 01")
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"28.000028D70000", "28.000000000001", "29.000029D60200", "21.000021DE0300", "1D.00001DE20400", "01.000001FE0500"}
	for i, rom := range s.Devices() {
		if rom.String() != want[i] || !rom.Valid() {
			t.Errorf("device %d is %v, want %s", i, rom, want[i])
		}
	}
	b := play(t, s)
	slices.Sort(want)
	if got := b.list("/"); !slices.Equal(got, want) {
		t.Errorf("there are %v, want %v", got, want)
	}
	b.sleep(10 * time.Second)
	b.reads("/uncached/29.000029D60200/sensed.BYTE", "127") // the button is pressed for 20 s
	b.reads("/uncached/29.000029D60200/PIO.BYTE", "0")
	b.sleep(20 * time.Second)
	b.reads("/uncached/29.000029D60200/sensed.BYTE", "255")
}

// Every chip that is emulated answers on a line by default.
func TestEveryKind(t *testing.T) {
	s, err := scene.List(strings.Join(scene.KindNames(), ","))
	if err != nil {
		t.Fatal(err)
	}
	b := play(t, s)
	if got, want := len(b.list("/")), len(scene.KindNames())+1; got != want { // a barometer is two
		t.Errorf("%d devices are listed, want %d", got, want)
	}
	for _, rom := range s.Devices() {
		if slices.Contains([]byte{0x10, 0x22, 0x26, 0x28}, rom.Family()) {
			if v, err := b.get("/" + rom.String() + "/temperature"); err != nil || !strings.HasPrefix(v, "1") && !strings.HasPrefix(v, "2") {
				t.Errorf("%v is %q °C warm, %v", rom, v, err)
			}
		}
	}
	if _, err := scene.Read(strings.NewReader(s.String()), "list"); err != nil {
		t.Errorf("a list as a file: %v", err)
	}
}

func TestExample(t *testing.T) {
	f, err := os.Open(example)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := scene.Read(f, f.Name())
	if err != nil {
		t.Fatal(err)
	}
	b := play(t, s)
	b.reads("/28.0000CE11A401/temperature", "21.5")
	b.reads("/26.0000BA77E201/VAD", "2.31")
	b.reads("/1F.0000C0B1E201/aux/28.000028D70C00/temperature", "4")
	b.write("/29.00004E1A7501/PIO.0", "1")
	b.reads("/uncached/3A.0000FEEDBAC1/sensed.A", "0")
	b.reads("/1D.00003A7E2001/counter.B", "8")
}
