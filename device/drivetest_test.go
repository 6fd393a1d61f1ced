// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

// A bench is an emulated line with chips on it, and the least that a program
// must do to use the drivers: what driver.go says, and no cache.
type bench struct {
	clock *sim.Virtual
	wire  *sim.Line
	line  *hw.Line
	table *device.Table

	mu    sync.Mutex
	facts map[hw.ROM]map[string]any
}

// oneTable is the table that all benches share, as the lines of a program do.
var oneTable = sync.OnceValue(device.New)

// newBench gives a line without chips. Chips are made with the bench's clock
// and put on its wire: b.wire.Add(chip).
func newBench() *bench {
	b := &bench{clock: &sim.Virtual{}, table: oneTable(), facts: map[hw.ROM]map[string]any{}}
	b.wire = sim.NewLine(b.clock)
	b.line = hw.NewLine(func(context.Context) (hw.Bus, error) { return b.wire, nil })
	return b
}

// testROM makes a ROM code with a right CRC: 29.A00000000000 for 0x29.
func testROM(family byte) hw.ROM {
	rom := hw.ROM{family, 0xA0}
	rom[7] = hw.CRC8(rom[:7])
	return rom
}

// noise makes one of so many slots be read wrongly by everybody; 0 for none.
func (b *bench) noise(oneIn float64, seed uint64) {
	if oneIn == 0 {
		b.wire.SetFaults(sim.Faults{})
		return
	}
	b.wire.SetFaults(sim.Faults{BitErrors: 1 / oneIn, Rand: rand.New(rand.NewPCG(seed, 1))})
}

// cost tells how many resets and slots f takes.
func (b *bench) cost(f func()) (resets, slots int) {
	before := b.wire.Counts()
	f()
	after := b.wire.Counts()
	return int(after.Resets - before.Resets), int(after.Slots - before.Slots)
}

// wantCost fails the test if f takes other than so many resets and slots.
func (b *bench) wantCost(t *testing.T, what string, resets, slots int, f func()) {
	t.Helper()
	if r, s := b.cost(f); r != resets || s != slots {
		t.Errorf("%s takes %d resets and %d slots, want %d and %d", what, r, s, resets, slots)
	}
}

// read reads a path below the chip, such as "PIO.BYTE" or "set_alarm/voltlow.B".
func (b *bench) read(t *testing.T, rom hw.ROM, path string) device.Value {
	t.Helper()
	v, err := b.tryRead(rom, path)
	if err != nil {
		t.Fatalf("reading %v/%s: %v", rom, path, err)
	}
	return v
}

// write writes a value to a path below the chip.
func (b *bench) write(t *testing.T, rom hw.ROM, path string, v device.Value) {
	t.Helper()
	if err := b.tryWrite(rom, path, v); err != nil {
		t.Fatalf("writing %v/%s: %v", rom, path, err)
	}
}

// want reads a path and compares.
func (b *bench) want(t *testing.T, rom hw.ROM, path string, want device.Value) {
	t.Helper()
	if got := b.read(t, rom, path); !got.Equal(want) {
		t.Errorf("%v/%s is %v, want %v", rom, path, show(got), show(want))
	}
}

// wantErr fails the test if err is not the one that was meant.
func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: %v, want an error that is %q", what, err, want)
	}
}

// show prints the forms of a value that are not zero.
func show(v device.Value) string {
	if v.List() != nil {
		var parts []string
		for _, one := range v.List() {
			parts = append(parts, show(one))
		}
		return "[" + strings.Join(parts, " ") + "]"
	}
	var parts []string
	if v.Num() != 0 {
		parts = append(parts, fmt.Sprintf("num %v", v.Num()))
	}
	if v.Int() != 0 {
		parts = append(parts, fmt.Sprintf("int %d (%#x)", v.Int(), v.Int()))
	}
	if !v.Moment().IsZero() {
		parts = append(parts, v.Moment().UTC().String())
	}
	if v.Bytes() != nil {
		parts = append(parts, fmt.Sprintf("%q", v.Bytes()))
	}
	return cmp.Or(strings.Join(parts, ", "), "zero")
}

// tryRead is read for those who expect an error.
func (b *bench) tryRead(rom hw.ROM, path string) (device.Value, error) {
	c := b.chip(rom)
	f, ok := c.family.Lookup(path)
	if !ok || f.Dir {
		return device.Value{}, fmt.Errorf("%s is no property", path)
	}
	return c.readFile(context.Background(), f.Prop, f.Element)
}

// tryWrite is write for those who expect an error.
func (b *bench) tryWrite(rom hw.ROM, path string, v device.Value) error {
	c := b.chip(rom)
	f, ok := c.family.Lookup(path)
	if !ok || f.Dir {
		return fmt.Errorf("%s is no property", path)
	}
	return c.writeFile(context.Background(), f.Prop, f.Element, v)
}

func (b *bench) chip(rom hw.ROM) *benchChip {
	family, _ := b.table.Family(rom.Family())
	return &benchChip{bench: b, rom: rom, family: family}
}

// A benchChip is a device.Chip on a bench.
type benchChip struct {
	bench  *bench
	rom    hw.ROM
	family *device.Family
}

var errNoDriver = errors.New("no driver")

// again calls f up to three times, as long as the line is to blame.
func again(f func() error) error {
	var err error
	for range 3 {
		if err = f(); err == nil || !device.Again(err) {
			return err
		}
	}
	return err
}

// readDriver calls the driver of a property.
func (c *benchChip) readDriver(ctx context.Context, p *device.Property, e device.Element) (v device.Value, err error) {
	d := c.family.Drivers[p.Name]
	if d.Read == nil {
		return v, fmt.Errorf("%s: %w", p.Name, errNoDriver)
	}
	err = again(func() error {
		v, err = d.Read(ctx, c, e)
		return err
	})
	return v, err
}

// writeDriver calls the driver of a property.
func (c *benchChip) writeDriver(ctx context.Context, p *device.Property, e device.Element, v device.Value) error {
	d := c.family.Drivers[p.Name]
	if d.Write == nil {
		return fmt.Errorf("%s: %w", p.Name, errNoDriver)
	}
	return again(func() error { return d.Write(ctx, c, e, v) })
}

// whole is how all elements of an aggregate are had at once.
func whole(p *device.Property) device.Element {
	if p.Format == device.Bitfield {
		return device.Element{Index: device.Byte}
	}
	return device.Element{Index: device.All}
}

// bitList takes a bit field apart.
func bitList(bits uint64, n int) []device.Value {
	list := make([]device.Value, n)
	for i := range list {
		list[i] = device.Flag(bits>>i&1 == 1)
	}
	return list
}

// readFile reads one element or all, from what the driver gives.
func (c *benchChip) readFile(ctx context.Context, p *device.Property, e device.Element) (device.Value, error) {
	switch {
	case p.Combine == device.Separate && e.Index == device.All:
		list := make([]device.Value, p.Elements)
		for i := range list {
			v, err := c.readDriver(ctx, p, device.Element{Index: i})
			if err != nil {
				return device.Value{}, err
			}
			list[i] = v
		}
		return device.List(list...), nil
	case p.Combine != device.Aggregate:
		return c.readDriver(ctx, p, e)
	}
	v, err := c.readDriver(ctx, p, whole(p))
	if err != nil || e == whole(p) {
		return v, err
	}
	list := v.List()
	if p.Format == device.Bitfield {
		list = bitList(v.Bits(), p.Elements)
	}
	if e.Index == device.All {
		return device.List(list...), nil
	}
	return list[e.Index], nil
}

// writeFile writes one element or all, in the form that the driver takes.
func (c *benchChip) writeFile(ctx context.Context, p *device.Property, e device.Element, v device.Value) error {
	switch {
	case p.Combine == device.Separate && e.Index == device.All:
		for i, one := range v.List() {
			if err := c.writeDriver(ctx, p, device.Element{Index: i}, one); err != nil {
				return err
			}
		}
		return nil
	case p.Combine != device.Aggregate || e == whole(p):
		return c.writeDriver(ctx, p, e, v)
	}
	list := v.List()
	if e.Index >= 0 {
		before, err := c.readFile(ctx, p, device.Element{Index: device.All})
		if err != nil {
			return err
		}
		list = slices.Clone(before.List())
		list[e.Index] = v
	}
	if p.Format != device.Bitfield {
		return c.writeDriver(ctx, p, whole(p), device.List(list...))
	}
	var bits uint64
	for i, one := range list {
		if one.Flag() {
			bits |= 1 << i
		}
	}
	return c.writeDriver(ctx, p, whole(p), device.Bits(bits))
}

// ROM implements device.Chip.
func (c *benchChip) ROM() hw.ROM { return c.rom }

// Do implements device.Chip.
func (c *benchChip) Do(ctx context.Context, f func(tx *hw.Tx) error) error {
	return c.bench.line.Do(ctx, f)
}

// Read implements device.Chip.
func (c *benchChip) Read(ctx context.Context, property string, e device.Element) (device.Value, error) {
	p, ok := c.family.Property(property)
	if !ok {
		return device.Value{}, fmt.Errorf("family %s has no property %q", c.family.Code, property)
	}
	return c.readFile(ctx, p, e)
}

// Write implements device.Chip.
func (c *benchChip) Write(ctx context.Context, property string, e device.Element, v device.Value) error {
	p, ok := c.family.Property(property)
	if !ok {
		return fmt.Errorf("family %s has no property %q", c.family.Code, property)
	}
	return c.writeFile(ctx, p, e, v)
}

// Fact implements device.Chip.
func (c *benchChip) Fact(key string) any {
	c.bench.mu.Lock()
	defer c.bench.mu.Unlock()
	return c.bench.facts[c.rom][key]
}

// SetFact implements device.Chip.
func (c *benchChip) SetFact(key string, fact any) {
	c.bench.mu.Lock()
	defer c.bench.mu.Unlock()
	if c.bench.facts[c.rom] == nil {
		c.bench.facts[c.rom] = map[string]any{}
	}
	c.bench.facts[c.rom][key] = fact
}

// forget is what a program does with the facts when the device leaves.
func (b *bench) forget(rom hw.ROM) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.facts, rom)
}

// Convert implements device.Chip.
func (c *benchChip) Convert(ctx context.Context, m device.Measurement) error {
	if err := c.Do(ctx, func(tx *hw.Tx) error { return tx.Command(c.rom, m.Command) }); err != nil {
		return err
	}
	return c.Sleep(ctx, m.Time)
}

// Also implements device.Chip: there is no cache to tell.
func (c *benchChip) Also(string, device.Element, device.Value) {}

// Now implements device.Chip.
func (c *benchChip) Now() time.Time { return c.bench.clock.Now() }

// Sleep implements device.Chip.
func (c *benchChip) Sleep(ctx context.Context, d time.Duration) error {
	return c.bench.clock.Sleep(ctx, d)
}

// shown tells whether a property with a condition is listed for the chip.
func (b *bench) shown(rom hw.ROM, name string) (bool, error) {
	c := b.chip(rom)
	p, ok := c.family.Property(name)
	if !ok {
		return false, fmt.Errorf("%s is no property", name)
	}
	return c.family.Shown(context.Background(), c, p.When)
}

// Every driver belongs to a property of its family that can be read or written
// as the driver does.
func TestDriversFitTheirRows(t *testing.T) {
	table := device.New()
	for _, f := range slices.Concat(table.Families(), table.Shelved()) {
		rows := map[string]*device.Property{}
		for i := range f.Properties {
			rows[f.Properties[i].Name] = &f.Properties[i]
		}
		for name, d := range f.Drivers {
			p := rows[name]
			switch {
			case p == nil:
				t.Errorf("family %s has a driver for %q but no such property", f.Code, name)
			case p.IsDir():
				t.Errorf("family %s has a driver for the directory %q", f.Code, name)
			case d.Read != nil && !p.Access.CanRead():
				t.Errorf("family %s: %s can't be read, but its driver does", f.Code, name)
			case d.Write != nil && !p.Access.CanWrite():
				t.Errorf("family %s: %s can't be written, but its driver does", f.Code, name)
			}
		}
	}
}
