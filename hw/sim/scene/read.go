// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"owfs/hw"
)

// maxFile bounds a file.
const maxFile = 1 << 20

// Read reads a description, a TOML file. name is what errors call it.
func Read(r io.Reader, name string) (*Scene, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: more than 1 MiB", name)
	}
	top, err := parse(data, name)
	if err != nil {
		return nil, err
	}
	s := &Scene{}
	s.read(top)
	if err := top.doc.err(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Scene) read(top *table) {
	s.epoch = readEpoch(top)
	s.seed = uint64(top.whole("seed", math.MaxInt64, 1))
	if t := top.sub("faults", "faults"); t != nil {
		s.errors = t.number("bit_errors", 0, 0.1, 0)
		t.end()
	}
	all := top.tables("device", "a device")
	if len(all) > maxDevices {
		top.fail("device", "more than %d devices", maxDevices)
		return
	}
	if len(all) == 0 {
		top.fail("device", "there is none; write [[device]] and below it id = \"28\"")
	}
	names := names{}
	for i, t := range all {
		d := device{curves: map[string]curve{}}
		d.identify(t, i)
		if t.doc.wrong != nil && d.kind == nil {
			return
		}
		d.readSibling(t)
		names.add(t, &d, i)
		s.devices = append(s.devices, d)
	}
	for i, t := range all {
		d := &s.devices[i]
		d.read(t, reader{s, names})
		d.settle(s.seed, func(key string) bool {
			if before, after, ok := strings.Cut(key, "."); ok {
				m, _ := t.m[before].(map[string]any)
				_, told := m[after]
				return told
			}
			return t.has(key)
		})
		t.end()
	}
	s.noCircles(all)
	top.end()
}

// readEpoch returns the time that all is counted from.
func readEpoch(top *table) time.Time {
	v, ok := top.get("epoch")
	if !ok {
		return firstDay
	}
	if v == "start" {
		return time.Time{}
	}
	t, ok := v.(time.Time)
	t = t.UTC()
	if !ok || t.Year() < 1970 || t.Year() > 2100 {
		top.fail("epoch", "is a time with its zone such as 2026-01-31T00:00:00Z, from 1970 to 2100, or \"start\"")
	}
	return t
}

// names are the devices by name and by ROM code.
type names map[string]int

func (n names) add(t *table, d *device, i int) {
	for at, rom := range d.roms() {
		key := [...]string{"id", keySibling}[at]
		if _, ok := n[rom.String()]; ok {
			t.fail(key, "device %v is there twice", rom)
		}
		n[rom.String()] = i
	}
	if d.name = t.text("name"); d.name == "" {
		if t.has("name") {
			t.fail("name", "is empty")
		}
		return
	}
	if len(d.name) > 64 || strings.Trim(d.name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != "" {
		t.fail("name", "%q is not made of letters, digits, - and _, 64 at most", d.name)
	}
	if _, ok := n[d.name]; ok {
		t.fail("name", "two devices are called %q", d.name)
	}
	n[d.name] = i
}

// identify reads which chip it is and its ROM code.
func (d *device) identify(t *table, index int) {
	id, chip := t.text("id"), t.text("chip")
	if id == "" && chip == "" {
		t.fail("", "the device needs id = \"28\", id = \"28.000028D70100\" or chip = \"DS18B20\"")
		return
	}
	if chip != "" {
		if d.kind = kindNamed(chip); d.kind == nil {
			t.fail("chip", "%q is not emulated; those that are: %s", chip, kindNames())
			return
		}
		d.rom = madeUp(d.kind.family, index)
	}
	if id == "" {
		return
	}
	rom, k, err := identify(id, index)
	switch {
	case err != nil:
		t.fail("id", "%v", err)
	case d.kind == nil:
		d.rom, d.kind = rom, k
	case d.kind.family != rom.Family():
		t.fail("id", "a %s has the family %02X, not %02X", d.kind.name, d.kind.family, rom.Family())
	default:
		d.rom = rom
	}
}

// A reader reads what refers to other devices.
type reader struct {
	scene *Scene
	names names
}

func (d *device) read(t *table, r reader) {
	t.what = "a " + d.kind.name
	if at := t.text("behind"); t.has("behind") {
		d.behind = r.end(t, "behind", at, (*kind).coupler, "the branch of a DS2409, such as \"hub.main\"")
		if d.behind.pin == control {
			t.fail("behind", "is main or aux")
		}
	}
	d.away = readSchedule(t.sub("away", "a schedule"))
	d.readKeys(t)
	d.readShows(t, r)
	d.readCurves(t)
	d.readMemory(t)
	d.readLogbook(t)
	if d.kind.has(keyInput) {
		if in := t.sub(keyInput, "a table of inputs"); in != nil {
			for n := range d.kind.pins {
				d.inputs[n] = r.input(in, d.kind.pinName(n))
			}
			in.end()
		}
	}
	if d.kind.has(keyCounter) {
		if c := t.sub(keyCounter, "a table of counters"); c != nil {
			d.counters = [2]counter{r.counter(c, "A"), r.counter(c, "B")}
			c.end()
		}
	}
}

// readKeys reads what is a plain value.
func (d *device) readKeys(t *table) {
	if d.kind.has(keyParasite) {
		d.parasite = t.flag(keyParasite)
	}
	if d.kind.has(keyDeaf) {
		d.deaf = t.flag(keyDeaf)
	}
	if d.kind.has(keyAddress) {
		d.address = byte(t.whole(keyAddress, 15, 0))
	}
	if d.kind.has(keyFault) {
		d.fault = t.text(keyFault)
		if _, ok := faults[d.fault]; !ok && t.has(keyFault) {
			t.fail(keyFault, "is one of %s", strings.Join(slices.Sorted(maps.Keys(faults)), ", "))
		}
	}
}

func (d *device) readCurves(t *table) {
	var group *table
	for _, q := range d.kind.curves {
		from, key := t, q.key
		if name, channel, ok := strings.Cut(q.key, "."); ok {
			if group == nil {
				if group = t.sub(name, "a table of channels"); group == nil {
					return
				}
			}
			from, key = group, channel
		}
		if v, ok := from.get(key); ok {
			d.curves[q.key] = readCurve(from, key, v, q)
		}
	}
	if group != nil {
		group.end()
	}
}

// readCurve reads a number, a wave or points.
func readCurve(t *table, key string, v any, q quantity) curve {
	if x, ok := asNumber(v); ok {
		if !(x >= q.low && x <= q.high) {
			t.fail(key, "is from %v to %v", q.low, q.high)
		}
		return constant(x)
	}
	s, ok := t.table(key, v, "a curve")
	if !ok {
		t.fail(key, "is a number, { mean = …, swing = … } or { points = [[\"6h\", 18.5], …] }")
		return curve{}
	}
	var c curve
	c.noise = s.number("noise", 0, q.high-q.low, 0)
	c.period = s.duration("period", time.Second, 24*time.Hour)
	if points, ok := s.get("points"); ok {
		s.what = "a curve of points"
		c.steps = s.flag("steps")
		c.points = readPoints(s, points, c.period)
	} else {
		s.what = "a wave"
		if !s.has("mean") {
			s.fail("", "%s needs mean, or points", key)
		}
		c.mean = s.number("mean", q.low, q.high, 0)
		c.swing = s.number("swing", 0, q.high-q.low, 0)
		c.peak = s.duration("peak", 0, 15*time.Hour)
	}
	s.end()
	if low, high := c.bounds(); s.doc.wrong == nil && !(low >= q.low && high <= q.high) {
		t.fail(key, "goes from %v to %v, but is from %v to %v", low, high, q.low, q.high)
	}
	return c
}

// maxPoints bounds a curve.
const maxPoints = 1000

func readPoints(t *table, v any, period time.Duration) (points []point) {
	list, _ := v.([]any)
	if len(list) == 0 || len(list) > maxPoints {
		t.fail("points", "is a list such as [[\"6h\", 18.5], [\"22h\", 21]], of %d points at most", maxPoints)
		return nil
	}
	before := time.Duration(-1)
	for _, v := range list {
		pair, _ := v.([]any)
		if len(pair) != 2 {
			t.fail("points", "each is a time and a value, such as [\"6h\", 18.5]")
			return nil
		}
		at, isTime := asDuration(pair[0])
		x, isNumber := asNumber(pair[1])
		if !isTime || !isNumber || math.IsNaN(x) {
			t.fail("points", "each is a time and a value, such as [\"6h\", 18.5], not %v", pair)
			return nil
		}
		if at <= before || at >= period {
			t.fail("points", "the time %s is not behind that of the point before, or not within the period of %s", spell(at), spell(period))
			return nil
		}
		before = at
		points = append(points, point{at, x})
	}
	return points
}

// readSchedule reads a time that comes again.
func readSchedule(t *table) (s schedule) {
	if t == nil {
		return s
	}
	s.first = t.duration("first", 0, 0)
	s.lasts = t.duration("for", time.Millisecond, longest)
	s.every = t.duration("every", 0, 0)
	switch {
	case s.every > 0 && !t.has("for"):
		t.fail("every", "needs for, which is how long it lasts each time")
	case s.every > 0 && s.lasts >= s.every:
		t.fail("for", "is shorter than every, which is %s", spell(s.every))
	}
	t.end()
	return s
}

// input reads what is at a switch's pin.
func (r reader) input(t *table, key string) (in input) {
	v, ok := t.get(key)
	switch {
	case !ok, v == "high":
		return in
	case v == "low":
		in.low = true
		return in
	}
	s, ok := t.table(key, v, "an input")
	if !ok {
		t.fail(key, "is \"high\", \"low\", { for = \"10s\", every = \"1m\" } or { follows = \"device.pin\" }")
		return in
	}
	if !s.has("follows") {
		s.what = "an input that is low at times"
		in.during = readSchedule(s)
		return in
	}
	s.what = "an input that follows an output"
	in.follows = r.output(s)
	in.inverted = s.flag("inverted")
	s.end()
	return in
}

// counter reads a counter: a number, so many a second, or an output.
func (r reader) counter(t *table, key string) (c counter) {
	v, ok := t.get(key)
	if !ok {
		return c
	}
	if _, ok := asNumber(v); ok {
		c.count = uint32(t.whole(key, math.MaxUint32, 0))
		return c
	}
	s, ok := t.table(key, v, "a counter")
	if !ok {
		t.fail(key, "is a number, { rate = 0.5 } or { follows = \"device.pin\" }")
		return c
	}
	c.count = uint32(s.whole("count", math.MaxUint32, 0))
	if s.has("follows") {
		s.what = "a counter that follows an output"
		c.follows = r.output(s)
	} else {
		c.rate = s.number("rate", 0, 1000, 0)
	}
	s.end()
	return c
}

// output reads which output something follows.
func (r reader) output(t *table) end {
	return r.end(t, "follows", t.text("follows"), func(k *kind) bool { return k.pins != "" || k.coupler() },
		"an output, such as \"relay.0\"")
}

// end reads a place such as relay.0: a device's name or ROM code, and a pin.
func (r reader) end(t *table, key, text string, fits func(*kind) bool, want string) end {
	dot := strings.LastIndexByte(text, '.')
	if dot < 0 {
		t.fail(key, "is %s, not %q", want, text)
		return end{}
	}
	name := text[:dot]
	i, ok := r.names[name]
	if !ok {
		if rom, err := hw.ParseROM(name); err == nil {
			i, ok = r.names[rom.String()]
		}
	}
	if !ok {
		t.fail(key, "no device has the name or id %q", name)
		return end{}
	}
	k := r.scene.devices[i].kind
	pin, ok := k.pin(text[dot+1:])
	if !fits(k) || !ok || key == "follows" && k.coupler() && pin != control {
		t.fail(key, "%q of %q, a %s, is not %s", text[dot+1:], name, k.name, want)
		return end{}
	}
	return end{i + 1, pin}
}

// readMemory reads what the memory holds.
func (d *device) readMemory(t *table) {
	if d.kind.memory == 0 {
		return
	}
	key, text := keyText, t.text(keyText)
	if digits := t.text(keyHex); t.has(keyHex) {
		p, err := hex.DecodeString(strings.Join(strings.Fields(digits), ""))
		switch {
		case t.has(keyText):
			t.fail(keyHex, "there is text already; one of both is enough")
		case err != nil:
			t.fail(keyHex, "is an even number of hex digits, such as \"01 AB\"")
		}
		key, text = keyHex, string(p)
	}
	if len(text) > d.kind.memory {
		t.fail(key, "has %d bytes; the memory of a %s has %d", len(text), d.kind.name, d.kind.memory)
	}
	d.memory = text
}

// noCircles refuses couplers that are behind themselves.
func (s *Scene) noCircles(all []*table) {
	for i := range s.devices {
		at := i
		for steps := 0; s.devices[at].behind.device > 0; steps++ {
			if steps > len(s.devices) {
				all[i].fail("behind", "the device is behind itself")
				return
			}
			at = s.devices[at].behind.device - 1
		}
	}
}
