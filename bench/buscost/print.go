// SPDX-License-Identifier: Apache-2.0

// Package buscost tells what our own 1-Wire stack takes of a line, beside the
// least that the data sheets allow. The line is emulated and the time virtual,
// so that the figures are the same on every machine; the requests are those
// that the mount makes. Nothing is mounted and no other program is needed.
package buscost

import (
	"context"
	"fmt"
	"io"
	"time"
)

// Print measures all rows whose name is wanted, and prints them as a table.
func Print(ctx context.Context, w io.Writer, wanted func(name string) bool) error {
	head := false
	for _, c := range rows() {
		if !wanted(c.name) {
			continue
		}
		if !head {
			fmt.Fprintln(w, "\nWhat is taken of an emulated line, in virtual time, and the least by the data sheets")
			printLine(w, "", "resets", "slots", "bus ms", "lasts ms", "| least: resets", "slots", "bus ms", "ratio", "wanted")
			head = true
		}
		got, lasts, err := c.measure(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
		printLine(w, c.name,
			fmt.Sprint(got.resets), fmt.Sprint(got.slots), milliseconds(got.time()), milliseconds(lasts),
			fmt.Sprint(c.least.resets), fmt.Sprint(c.least.slots), milliseconds(c.least.time()),
			fmt.Sprintf("%.2f", c.ratio(got)), c.verdict(got))
	}
	return nil
}

func printLine(w io.Writer, cells ...string) {
	widths := [...]int{-37, 7, 7, 8, 9, 15, 7, 8, 6}
	for i, width := range widths {
		fmt.Fprintf(w, "%*s", width, cells[i])
	}
	fmt.Fprintf(w, "  %s\n", cells[len(widths)])
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f", float64(d)/float64(time.Millisecond))
}

// verdict says what is wanted, and whether it is met.
func (c row) verdict(got cost) string {
	text := fmt.Sprint(wantedRatio)
	missed := c.ratio(got) > wantedRatio
	if missed {
		text += " missed"
	}
	if c.within > 0 {
		text += fmt.Sprintf(", %v", c.within)
		if got.time() > c.within {
			text += " missed"
			missed = true
		}
	}
	if missed && c.why != "" {
		text += ": " + c.why
	}
	return text
}
