// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"syscall"
	"time"
)

// chronHistogram is how many samples were in each range of four codes.
func chronHistogram(ctx context.Context, c Chip, e Element) (Value, error) {
	if e.Index >= 0 {
		p, err := chronRead(ctx, c, chronBins+2*e.Index)
		if err != nil {
			return Value{}, err
		}
		return Int(int64(binary.LittleEndian.Uint16(p))), nil
	}
	p, err := chronReadN(ctx, c, chronBins, 4*chronPage)
	if err != nil {
		return Value{}, err
	}
	list := make([]Value, chronBinCount)
	for i := range list {
		list[i] = Int(int64(binary.LittleEndian.Uint16(p[2*i:])))
	}
	return List(list...), nil
}

// chronBinTemperature is where a range of the histogram begins.
func chronBinTemperature(_ context.Context, c Chip, e Element) (Value, error) {
	k := chronKindOf(c.ROM())
	if e.Index >= 0 {
		return Num(k.zero + float64(4*e.Index)*k.step), nil
	}
	list := make([]Value, chronBinCount)
	for i := range list {
		list[i] = Num(k.zero + float64(4*i)*k.step)
	}
	return List(list...), nil
}

func chronLogged(ctx context.Context, c Chip, _ Element) (Value, error) {
	r, err := chronReported(ctx, c)
	_, n := r.kept()
	return Int(int64(n)), err
}

// chronEntry says which sample an element of the log is, the oldest first.
func chronEntry(r chronReport, e Element) (sample int, err error) {
	first, n := r.kept()
	if e.Index >= n {
		return 0, fmt.Errorf("the log has %d elements: %w", n, syscall.ERANGE)
	}
	return first + e.Index, nil
}

func chronLogTemperature(ctx context.Context, c Chip, e Element) (Value, error) {
	r, err := chronReported(ctx, c)
	if err != nil {
		return Value{}, err
	}
	k := chronKindOf(c.ROM())
	if e.Index >= 0 {
		sample, err := chronEntry(r, e)
		if err != nil {
			return Value{}, err
		}
		p, err := chronRead(ctx, c, chronLog+sample%chronLogSize)
		if err != nil {
			return Value{}, err
		}
		return Num(k.celsius(p[0])), nil
	}
	first, n := r.kept()
	p, err := chronReadN(ctx, c, chronLog, (n+chronPage-1)/chronPage*chronPage)
	if err != nil {
		return Value{}, err
	}
	list := make([]Value, chronLogSize)
	for i := range list {
		list[i] = Num(math.NaN())
		if i < n {
			list[i] = Num(k.celsius(p[(first+i)%chronLogSize]))
		}
	}
	return List(list...), nil
}

func chronLogTime(spell func(time.Time) Value) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, e Element) (Value, error) {
		r, err := chronReported(ctx, c)
		if err != nil {
			return Value{}, err
		}
		if e.Index >= 0 {
			sample, err := chronEntry(r, e)
			if err != nil {
				return Value{}, err
			}
			return spell(r.at(sample)), nil
		}
		first, n := r.kept()
		list := make([]Value, chronLogSize)
		for i := range list {
			list[i] = spell(time.Unix(0, 0))
			if i < n {
				list[i] = spell(r.at(first + i))
			}
		}
		return List(list...), nil
	}
}
