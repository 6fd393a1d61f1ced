// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
	"time"
)

// startups measures how long it takes from the start of a program until the
// first value can be read from its mount.
func startups(ctx context.Context, f *fleet, s settings) error {
	if !s.wants("startup") {
		return nil
	}
	var took [limit]series
	for run := range max(s.runs, 3) {
		for i := range took {
			i = (i + run) % len(took)
			start := time.Now()
			p, err := f.mount(ctx, i, f.addr, nil, true)
			if err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(start).Seconds()*1000)
			if err := f.stop(p); err != nil {
				return err
			}
		}
	}
	fmt.Println("\nStart until the first value is read: ratio of the times, and the times")
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tours/C\tours\tC\t")
	fmt.Fprintf(w, "startup\t%s\t%s\t%s\t\n", ratio(took[ours].over(took[theirs])), figure(took[ours], "%.0fms"), figure(took[theirs], "%.0fms"))
	return w.Flush()
}
