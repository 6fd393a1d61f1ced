// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"fmt"
	"syscall"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/transport"
	"owfs/transport/local"
)

// chip is a device as its drivers see it.
type chip struct {
	b      *Backend
	a      local.Ask
	writes uint64 // to the device, before
	tx     *hw.Tx // if set: the transaction that holds all
}

func (b *Backend) chip(a local.Ask) device.Chip {
	return chip{b: b, a: a, writes: b.values.written(a.At.ROM)}
}

func (c chip) ROM() hw.ROM { return c.a.At.ROM }

// longWay is the fact that a transaction failed that took a shortcut: what
// calls itself this family may be a clone that does not know it.
const longWay = "long way"

func (c chip) Do(ctx context.Context, f func(tx *hw.Tx) error) error {
	if c.tx != nil {
		return f(c.tx)
	}
	can := c.a.Family.Flags
	if c.Fact(longWay) != nil {
		can = 0
	}
	return c.b.Line.Do(ctx, func(tx *hw.Tx) error {
		tx.Via(c.a.At.Via)
		tx.May(can&device.CanResume != 0, can&device.CanOverdrive != 0)
		err := f(tx)
		if hw.IsLine(err) && tx.Shortcut() {
			c.SetFact(longWay, true)
		}
		return err
	})
}

// ask is another property of the same device.
func (c chip) ask(property string, e device.Element) (local.Ask, device.Driver, error) {
	if c.tx != nil { // it would wait for the line that it holds
		return local.Ask{}, device.Driver{}, fmt.Errorf("the driver of %s is not what Driver.AtOnce promises", c.a.Prop.Name)
	}
	f, ok := c.a.Family.Property(property)
	if !ok {
		return local.Ask{}, device.Driver{}, transport.Cause(syscall.ENOENT, "a %s has no %s", c.a.Family.Type, property)
	}
	a := c.a
	a.Prop, a.Element = f, e
	return a, a.Family.Drivers[property], nil
}

func (c chip) Read(ctx context.Context, property string, e device.Element) (device.Value, error) {
	a, _, err := c.ask(property, e)
	if err != nil {
		return device.Value{}, err
	}
	return c.b.Read(ctx, a)
}

func (c chip) Write(ctx context.Context, property string, e device.Element, v device.Value) error {
	a, _, err := c.ask(property, e)
	if err != nil {
		return err
	}
	return c.b.Write(ctx, a, v)
}

func (c chip) Also(property string, e device.Element, v device.Value) {
	p, ok := c.a.Family.Property(property)
	if !ok {
		return
	}
	life, forever, keep := c.b.life(p)
	if !keep {
		return
	}
	until := time.Time{}
	if !forever {
		until = c.b.Clock.Now().Add(life)
	}
	c.b.values.keep(valueKey{c.a.At.ROM, property, e}, kept{v, until}, c.writes)
}

func (c chip) Fact(key string) any          { return c.b.facts.get(c.a.At.ROM, key) }
func (c chip) SetFact(key string, fact any) { c.b.facts.set(c.a.At.ROM, key, fact) }

func (c chip) Convert(ctx context.Context, m device.Measurement) error {
	return c.b.convert(ctx, c.a, m)
}

func (c chip) Now() time.Time { return c.b.Clock.Now() }

func (c chip) Sleep(ctx context.Context, d time.Duration) error { return c.b.Clock.Sleep(ctx, d) }
