// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"
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
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tours/C\twanted\tours/limit\twanted\tours\tC\tlimit\tCPU: ours\tC\tlimit\t")
	for _, m := range all {
		if err := row(ctx, w, mounts, m, s); err != nil {
			return err
		}
		w.Flush() // the columns are wide enough in all rows
	}
	if memory {
		if err := printMemory(w, mounts); err != nil {
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
func row(ctx context.Context, w *tabwriter.Writer, mounts [programs]*process, m measurement, s settings) error {
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
	fmt.Fprintf(w, "%s\t%s\t%s\t", m.name, ratio(perSecond[ours].over(perSecond[theirs])), wanted(perSecond[ours].over(perSecond[theirs]), m.wantC))
	fmt.Fprintf(w, "%s\t%s\t", ratio(perSecond[ours].over(perSecond[limit])), wanted(perSecond[ours].over(perSecond[limit]), m.wantLim))
	for _, x := range perSecond {
		fmt.Fprintf(w, "%s\t", figure(x, "%.0f/s"))
	}
	for _, x := range busy {
		fmt.Fprintf(w, "%s\t", figure(x, "%.1fus"))
	}
	fmt.Fprintln(w)
	return nil
}

func printMemory(w *tabwriter.Writer, mounts [programs]*process) error {
	var held [programs]series
	for i, p := range mounts {
		bytes, err := p.resident()
		if err != nil {
			return err
		}
		held[i] = series{bytes / (1 << 20)}
	}
	fmt.Fprintf(w, "memory\t%s\t\t%s\t\t", ratio(held[ours].over(held[theirs])), ratio(held[ours].over(held[limit])))
	for _, x := range held {
		fmt.Fprintf(w, "%s\t", figure(x, "%.1fMB"))
	}
	fmt.Fprintln(w)
	return w.Flush()
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
