// SPDX-License-Identifier: Apache-2.0

// Package faults checks a bus master whose connection to the host is disturbed:
// whatever happens to what goes to and fro, an operation gives the right value
// or an error, most errors are such that another try is made, and the master is
// well again by itself when the disturbance is over.
//
// A test connects the master to an emulated line with Put's thermometers,
// disturbs it, and calls Run.
package faults

import (
	"testing"

	"owfs/hw"
)

// A Step is a transaction. It returns the error that the master gave, and calls
// Errorf for a value that is wrong.
type Step func(t testing.TB, tx *hw.Tx) error

// A Trial is a master under faults, and what is expected of it.
type Trial struct {
	Line  *hw.Line // opens the master, anew each time it fails
	Steps []Step   // that are done in turn
	Heal  func()   // ends the faults

	Good    float64 // the least part of all rounds that must be good
	Adapter float64 // the most that may end with a sick adapter
	Sick    bool    // some must end with a sick line, or nothing was disturbed
	Back    int     // how many tries it has to be well again: what was under way may hit the first
}

const rounds = 300

// Run does the trial, and closes its line.
func Run(t testing.TB, trial Trial) {
	t.Helper()
	defer trial.Line.Close()
	good, sick, adapter := 0, 0, 0
	for i := range rounds {
		switch err := trial.do(t, i); {
		case err == nil:
			good++
		case hw.IsLine(err):
			sick++
		default:
			adapter++
			t.Log(err)
		}
	}
	t.Logf("%d of %d rounds were good, %d to be tried again, %d with a sick adapter", good, rounds, sick, adapter)
	if float64(good) < trial.Good*rounds || float64(adapter) > trial.Adapter*rounds || trial.Sick && sick == 0 {
		t.Errorf("%d good, %d sick lines, %d sick adapters", good, sick, adapter)
	}
	trial.Heal()
	var err error
	for range trial.Back {
		if err = trial.do(t, len(trial.Steps)-1); err == nil {
			return
		}
	}
	t.Errorf("it does not come back by itself: %v", err)
}

func (trial Trial) do(t testing.TB, i int) error {
	step := trial.Steps[i%len(trial.Steps)]
	return trial.Line.Do(t.Context(), func(tx *hw.Tx) error { return step(t, tx) })
}
