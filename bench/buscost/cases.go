// SPDX-License-Identifier: Apache-2.0

package buscost

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// wantedRatio is how much more than the least may be taken of the line.
const wantedRatio = 1.1

// readers is how many read at a time where it is more than one.
const readers = 20

// A row is something done on a line of its own, and the least it can cost.
type row struct {
	name    string
	sensors int
	more    bool                              // a DS2408 and a DS2433 are on the line as well
	before  func(context.Context, *rig) error // what is not counted
	do      func(context.Context, *rig) error
	least   cost
	within  time.Duration // if set, the most that is wanted to be taken of the line
	allow   float64       // if set, the ratio that is known to be missed so far
	why     string        // for which reason
}

func (c row) measure(ctx context.Context) (got cost, took time.Duration, err error) {
	r := newRig(c.sensors, c.more)
	defer r.wire.Close()
	if c.before != nil {
		if err := c.before(ctx, r); err != nil {
			return cost{}, 0, err
		}
	}
	return r.count(func() error { return c.do(ctx, r) })
}

// ratio is the time on the line over the least.
func (c row) ratio(got cost) float64 { return float64(got.time()) / float64(c.least.time()) }

// Why more is taken than wanted.
const (
	askedTwice = "that nobody draws power from the line is asked twice, once in the chip's life"
	readTwice  = "it has no CRC, so it is read twice: 1.1 of two reads"
)

// rows are all that is measured on a line.
func rows() []row {
	var all []row
	for _, n := range []int{1, 20, 100} {
		all = append(all, row{name: fmt.Sprint("bus listing, devices: ", n), sensors: n, do: ls, least: leastListing(uint64(n))})
	}
	all = append(all, singleTemperatures()...)
	for _, n := range []int{20, 100} {
		least := leastPower().plus(leastTemperatures(uint64(n)))
		all = append(all,
			row{
				name: fmt.Sprint("bus temperatures by a loop: ", n), sensors: n, before: ls, do: loop,
				least: least, within: 3 * time.Second,
			},
			row{
				name: fmt.Sprint("bus temperatures by 20 readers: ", n), sensors: n, before: ls, do: atOnce,
				least: least, within: 3 * time.Second,
			},
		)
	}
	all = append(all, row{
		name: "bus listing and loop, devices: 100", sensors: 100, do: both(ls, loop),
		least:  leastListing(100).plus(leastPower()).plus(leastTemperatures(100)),
		within: 3 * time.Second,
	})
	return append(all, otherChips()...)
}

func singleTemperatures() []row {
	first := func(ctx context.Context, r *rig) error { return r.temperature(ctx, "", 0) }
	uncached := func(ctx context.Context, r *rig) error { return r.temperature(ctx, "/uncached", 0) }
	return []row{
		{
			name: "bus look for a device, not listed yet", sensors: 20, least: transaction(search),
			do: func(ctx context.Context, r *rig) error {
				return r.look(ctx, "/"+r.sensors[7].ROM.String(), "temperature")
			},
		},
		{
			name: "bus temperature, the first, alone", sensors: 1, before: ls, do: first,
			least: leastPower().plus(leastAlone()), allow: 1.35, why: askedTwice,
		},
		{
			name: "bus temperature uncached, alone", sensors: 1, before: both(ls, first), do: uncached,
			least: leastAlone(),
		},
		{
			name: "bus temperature uncached, one of 20", sensors: 20, before: both(ls, first), do: uncached,
			least: leastTemperatures(1),
		},
	}
}

// otherChips are on a line with thermometers, so that they must be selected.
func otherChips() []row {
	write := func(file, value string, want byte) func(context.Context, *rig) error {
		return func(ctx context.Context, r *rig) error {
			err := r.echo(ctx, "/"+r.switches.ROM.String(), file, value)
			if got := r.switches.Latches(); err == nil && got != want {
				err = fmt.Errorf("the latches are %02X, not %02X", got, want)
			}
			return err
		}
	}
	read := func(file, want string) func(context.Context, *rig) error {
		return func(ctx context.Context, r *rig) error {
			return r.cat(ctx, "/"+r.switches.ROM.String(), file, want)
		}
	}
	// An element is changed by reading all latches and writing them; the second
	// transaction of a chip can begin with Resume (DS2408 page 21).
	element := leastRegisters(0x89).plus(transaction(resume, channelWrite))
	all := []row{
		{name: "bus DS2408 written, PIO.BYTE", do: write("PIO.BYTE", "165", 0x5A), least: transaction(match, channelWrite)},
		{name: "bus DS2408 written, PIO.0", do: write("PIO.0", "1", 0xFE), least: element},
		{name: "bus DS2408 read, PIO.BYTE", do: read("PIO.BYTE", "0"), least: leastRegisters(0x89)},
		{name: "bus DS2408 read, sensed.BYTE", do: read("sensed.BYTE", "255"), least: leastRegisters(0x88)},
		{name: "bus DS2433 memory read", do: wholeMemory, least: leastMemory(), allow: 2.2, why: readTwice},
	}
	for i := range all {
		all[i].sensors, all[i].more, all[i].before = 20, true, ls
	}
	return all
}

func both(f, g func(context.Context, *rig) error) func(context.Context, *rig) error {
	return func(ctx context.Context, r *rig) error {
		if err := f(ctx, r); err != nil {
			return err
		}
		return g(ctx, r)
	}
}

func ls(ctx context.Context, r *rig) error { return r.ls(ctx) }

// loop is: for d in 28.*; do cat $d/temperature; done
func loop(ctx context.Context, r *rig) error {
	for i := range r.sensors {
		if err := r.temperature(ctx, "", i); err != nil {
			return err
		}
	}
	return nil
}

// atOnce has readers that share the sensors among them.
func atOnce(ctx context.Context, r *rig) error {
	errs := make([]error, readers)
	var wg sync.WaitGroup
	for k := range readers {
		wg.Go(func() {
			for i := k; i < len(r.sensors) && errs[k] == nil; i += readers {
				errs[k] = r.temperature(ctx, "", i)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func wholeMemory(ctx context.Context, r *rig) error {
	p := make([]byte, 512)
	for i := range p {
		p[i] = byte(i*7 + i>>8)
	}
	r.memory.SetMemory(0, p)
	return r.cat(ctx, "/"+r.memory.ROM.String(), "memory", string(p))
}
