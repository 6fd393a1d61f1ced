// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"slices"
)

// rates measures and prints all rates, and the memory that the programs hold
// after that.
func rates(ctx context.Context, f *fleet, s settings) error {
	all := slices.DeleteFunc(measurements(), func(m measurement) bool { return !s.wants(m.name) })
	memory := s.wants("memory")
	if len(all) == 0 && !memory {
		return nil
	}
	mounts, err := f.mountAll(ctx)
	if err != nil {
		return err
	}
	fmt.Println("\nOperations: ratios of their rates; wanted at least; rates and processor time of the server for comparison")
	line("", "ours/C", "wanted", "ours/limit", "wanted", "ours", "C", "limit", "CPU: ours", "C", "limit")
	for _, m := range all {
		if err := row(ctx, mounts, m, s); err != nil {
			return err
		}
	}
	if memory {
		if err := printMemory(mounts); err != nil {
			return err
		}
	}
	for _, p := range mounts {
		if err := f.stop(p); err != nil {
			return err
		}
	}
	return nil
}

// mountAll mounts all programs. The limit shows what ours shows.
func (f *fleet) mountAll(ctx context.Context) (mounts [programs]*process, err error) {
	for i := range mounts {
		if i == limit {
			if err := writeTree(mounts[ours], f.file("tree")); err != nil {
				return mounts, err
			}
		}
		if mounts[i], err = f.mount(ctx, i, f.addr, nil, true); err != nil {
			return mounts, err
		}
	}
	return mounts, nil
}

// row measures one operation of all programs in turns, and prints the row.
func row(ctx context.Context, mounts [programs]*process, m measurement, s settings) error {
	var perSecond, busy [programs]series
	for run := range s.runs {
		for i := range programs {
			i = (i + run) % programs // nobody is always the first
			if i == limit && !m.limited {
				continue
			}
			r, err := measure(ctx, mounts[i], m, s.time)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", m.name, programNames[i], err)
			}
			perSecond[i] = append(perSecond[i], r.perSecond)
			busy[i] = append(busy[i], float64(r.busy.Nanoseconds())/1000)
		}
	}
	toC, toLimit := perSecond[ours].over(perSecond[theirs]), perSecond[ours].over(perSecond[limit])
	cells := []string{m.name, ratio(toC), wanted(toC, m.wantC), ratio(toLimit), wanted(toLimit, m.wantLim)}
	for _, x := range perSecond {
		cells = append(cells, figure(x, "%.0f/s"))
	}
	for _, x := range busy {
		cells = append(cells, figure(x, "%.1fus"))
	}
	line(cells...)
	return nil
}

// line prints a row as soon as it is known, in columns as wide as they need be.
func line(cells ...string) {
	widths := [...]int{17, 20, 10, 22, 10, 9, 9, 9, 9, 9, 9}
	for i, c := range cells {
		fmt.Printf("%-*s ", widths[i], c)
	}
	fmt.Println()
}

func printMemory(mounts [programs]*process) error {
	var held [programs]series
	for i, p := range mounts {
		bytes, err := p.resident()
		if err != nil {
			return err
		}
		held[i] = series{bytes / (1 << 20)}
	}
	cells := []string{"memory", ratio(held[ours].over(held[theirs])), "", ratio(held[ours].over(held[limit])), ""}
	for _, x := range held {
		cells = append(cells, figure(x, "%.1fMB"))
	}
	line(cells...)
	return nil
}

// ratio shows a median and its range.
func ratio(s series) string {
	if len(s) == 0 {
		return "-"
	}
	return fmt.Sprintf("%.3g (%.3g-%.3g)", s.median(), slices.Min(s), slices.Max(s))
}

// wanted tells whether a ratio is as the project expects it to be.
func wanted(s series, least float64) string {
	switch {
	case least == 0 || len(s) == 0:
		return ""
	case s.median() >= least:
		return fmt.Sprintf("%g met", least)
	}
	return fmt.Sprintf("%g MISSED", least)
}

func figure(s series, format string) string {
	if len(s) == 0 {
		return "-"
	}
	return fmt.Sprintf(format, s.median())
}
