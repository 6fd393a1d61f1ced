// SPDX-License-Identifier: Apache-2.0

// Package simulated is a Backend without a line: its devices are a list, and
// their values are computed. It has the three kinds of the C suite: tester,
// whose values follow from the device and the element; fake, whose values are
// random; mock, whose values are random until they are written.
package simulated

import (
	"context"
	"math/rand/v2"
	"sync"
	"syscall"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/transport"
	"owfs/transport/local"
)

// A Kind is a kind of simulation.
type Kind string

// The kinds.
const (
	Tester Kind = "tester"
	Fake   Kind = "fake"
	Mock   Kind = "mock"
)

// A Backend is a local.Backend. Make one with New.
type Backend struct {
	kind    Kind
	devices []hw.ROM
	there   map[hw.ROM]bool

	mu    sync.Mutex
	low   float64 // range of a fake's temperatures, °C
	high  float64
	rand  *rand.Rand
	wrote map[key]device.Value
}

type key struct {
	rom     hw.ROM
	prop    string
	element device.Element
}

// New returns a Backend with these devices.
func New(kind Kind, devices []hw.ROM) *Backend {
	b := &Backend{
		kind: kind, devices: devices, there: map[hw.ROM]bool{},
		low: 0, high: 100, wrote: map[key]device.Value{},
		rand: rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64())),
	}
	for _, rom := range devices {
		b.there[rom] = true
	}
	return b
}

// SetRange sets the range of the temperatures that a fake or a mock invents.
func (b *Backend) SetRange(low, high float64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.low, b.high = low, high
}

// Devices implements local.Backend. A branch holds all devices again, as in
// the C program; none raises an alarm.
func (b *Backend) Devices(_ context.Context, _ []hw.Hop, alarm, _ bool) ([]hw.ROM, error) {
	if alarm {
		return nil, nil
	}
	return b.devices, nil
}

// Present implements local.Backend.
func (b *Backend) Present(_ context.Context, at local.Address) (bool, error) {
	return b.there[at.ROM], nil
}

// Shown implements local.Backend.
func (b *Backend) Shown(ctx context.Context, at local.Address, f *device.Family, when string) (bool, error) {
	if f.Shown == nil {
		return false, nil
	}
	shown, err := f.Shown(ctx, chip{b, at, f}, when)
	if err != nil { // a computed value tells no variant: it is the usual one
		return when == f.Usual, nil
	}
	return shown, nil
}

// Read implements local.Backend.
func (b *Backend) Read(ctx context.Context, a local.Ask) (device.Value, error) {
	if a.At.ROM == (hw.ROM{}) {
		return nothing(a), nil
	}
	if a.Prop.Class == device.Static {
		return b.static(ctx, a)
	}
	if b.kind == Mock {
		if v, ok := b.written(a); ok {
			return v, nil
		}
	}
	return b.value(a), nil
}

// nothing is what the trees simultaneous and thermostat read.
func nothing(a local.Ask) device.Value {
	switch {
	case a.Prop.Name == "type":
		return device.Text(a.Family.Type)
	case a.Prop.Format == device.ASCII:
		zeros := make([]byte, a.Prop.Length)
		for i := range zeros {
			zeros[i] = '0'
		}
		return device.Bytes(zeros)
	}
	return device.Value{}
}

// static asks the property's own driver, with a chip that has no line: what
// follows from the ROM code is right, what needs the chip is an error.
func (b *Backend) static(ctx context.Context, a local.Ask) (device.Value, error) {
	d := a.Family.Drivers[a.Prop.Name]
	if d.Read == nil {
		return device.Value{}, transport.Cause(syscall.EINVAL, "a simulated chip has no %s", a.Prop.Name)
	}
	return local.Combine(a.Prop, a.Element, func(e device.Element) (device.Value, error) {
		return d.Read(ctx, chip{b, a.At, a.Family}, e)
	})
}

// value computes a value, for all elements one by one.
func (b *Backend) value(a local.Ask) device.Value {
	if a.Element.Index == device.All {
		var all []device.Value
		for i := range a.Prop.Elements {
			all = append(all, b.single(a, device.Element{Index: i}))
		}
		return device.List(all...)
	}
	return b.single(a, a.Element)
}

func (b *Backend) single(a local.Ask, e device.Element) device.Value {
	if b.kind == Tester {
		return computed(a.At.ROM, a.Prop, e)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.random(a.Prop, e)
}

// computed is the tester's rule: a number made of the family, two bytes of the
// id, two more, and the element.
func computed(rom hw.ROM, p *device.Property, e device.Element) device.Value {
	n := int64(rom[0]) + int64(rom[1]) + int64(rom[2])<<8 + int64(rom[5]) + int64(rom[6])<<8
	if p.Index != device.SparseText {
		n += int64(e.Index)
	}
	switch p.Format {
	case device.YesNo:
		return device.Flag(n&1 == 1)
	case device.Bitfield:
		if e.Index == device.Byte {
			return device.Bits(uint64(n))
		}
		return device.Flag(n&1 == 1)
	case device.Float, device.Temperature, device.TemperatureGap, device.Pressure:
		return device.Num(float64(n) * 0.1)
	case device.Date:
		return device.Moment(time.Unix(1174622400, 0))
	case device.ASCII, device.VASCII, device.Alias:
		return device.Bytes(repeat([]byte(hexOf(rom)), p.Length))
	case device.Binary:
		return device.Bytes(repeat(rom[:], p.Length))
	}
	return device.Int(n)
}

func hexOf(rom hw.ROM) string {
	const digits = "0123456789ABCDEF"
	var s []byte
	for _, c := range rom {
		s = append(s, digits[c>>4], digits[c&15])
	}
	return string(s)
}

func repeat(p []byte, n int) []byte {
	out := make([]byte, 0, n+len(p))
	for len(out) < n {
		out = append(out, p...)
	}
	return out[:n]
}

// random invents a value. b.mu is held.
func (b *Backend) random(p *device.Property, e device.Element) device.Value {
	switch p.Format {
	case device.YesNo:
		return device.Flag(b.rand.IntN(2) == 1)
	case device.Bitfield:
		if e.Index == device.Byte {
			return device.Bits(b.rand.Uint64() & (1<<p.Elements - 1))
		}
		return device.Flag(b.rand.IntN(2) == 1)
	case device.Float, device.Temperature, device.TemperatureGap, device.Pressure:
		return device.Num(b.low + b.rand.Float64()*(b.high-b.low))
	case device.Date:
		return device.Moment(time.Unix(b.rand.Int64N(1<<31), 0))
	case device.ASCII, device.VASCII, device.Alias:
		return device.Bytes(b.letters(p.Length))
	case device.Binary:
		return device.Bytes(b.bytes(p.Length))
	}
	return device.Int(int64(b.rand.IntN(100)))
}

func (b *Backend) letters(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = 'A' + byte(b.rand.IntN(26))
	}
	return p
}

func (b *Backend) bytes(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(b.rand.Uint32())
	}
	return p
}

// Write implements local.Backend: a mock remembers, the others do not.
func (b *Backend) Write(_ context.Context, a local.Ask, v device.Value) error {
	if b.kind != Mock || a.At.ROM == (hw.ROM{}) {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for e, one := range split(a, v) {
		b.wrote[key{a.At.ROM, a.Prop.Name, e}] = one
	}
	return nil
}

// split gives the elements of a value that was written as a whole.
func split(a local.Ask, v device.Value) map[device.Element]device.Value {
	all := map[device.Element]device.Value{}
	bits := a.Prop.Format == device.Bitfield && a.Element.Index == device.All
	switch {
	case a.Element.Index == device.All && !bits:
		for i, one := range v.List() {
			all[device.Element{Index: i}] = one
		}
	case a.Element.Index == device.Byte, bits:
		for i := range a.Prop.Elements {
			all[device.Element{Index: i}] = device.Flag(v.Bits()>>i&1 == 1)
		}
	default:
		all[a.Element] = v
	}
	return all
}

// written returns what was written to a property; of an array as a whole, only
// if every element was.
func (b *Backend) written(a local.Ask) (device.Value, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	get := func(e device.Element) (device.Value, bool) {
		v, ok := b.wrote[key{a.At.ROM, a.Prop.Name, e}]
		return v, ok
	}
	if a.Element.Index >= 0 {
		return get(a.Element)
	}
	var all []device.Value
	var bits uint64
	for i := range a.Prop.Elements {
		v, ok := get(device.Element{Index: i})
		if !ok {
			return v, false
		}
		all = append(all, v)
		bits |= uint64(v.Int()&1) << i
	}
	if a.Element.Index == device.Byte {
		return device.Bits(bits), true
	}
	return device.List(all...), true
}
