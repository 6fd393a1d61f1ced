// SPDX-License-Identifier: Apache-2.0

// Package daemon is how the programs live among others: in the background, with
// a pid file and a log, watched by systemd, started anew with a new
// configuration.
package daemon

import (
	"os"
	"path/filepath"
	"syscall"
)

// A Stage is how far a process is on its way into the background.
type Stage string

const (
	Foreground Stage = ""        // it stays, or has not started another process yet
	WaitedFor  Stage = "waited"  // it was started to serve, and its parent waits
	Settled    Stage = "settled" // its parent has left
)

// StageEnv is the variable that holds the stage, also for the program that takes this one's place
// when the configuration has changed.
const StageEnv = "OWFS_STAGE"

// tellFD is the descriptor on which the parent waits to hear that it serves.
const tellFD = 3

// StageNow returns the stage of this process.
func StageNow() Stage { return Stage(os.Getenv(StageEnv)) }

// origin is the directory that relative names on the command line begin at. In
// the background the program leaves it.
var origin, _ = os.Getwd()

// FullName makes a name on the command line absolute; "" stays.
func FullName(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(origin, name)
}

// settle tells the waiting parent that this one serves, and lets go of its
// terminal and directory. In the foreground it does nothing.
func settle(keepStderr bool) error {
	was := StageNow()
	if was == Foreground {
		return nil
	}
	if err := letGo(keepStderr); err != nil {
		return err
	}
	if was == WaitedFor {
		tell := os.NewFile(tellFD, "ready")
		defer tell.Close()
		if _, err := tell.WriteString("ready"); err != nil {
			return err
		}
	}
	return os.Setenv(StageEnv, string(Settled))
}

// letGo points the standard streams to the null device, and leaves the current
// directory, which nobody could unmount otherwise.
func letGo(keepStderr bool) error {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for std := range 3 {
		if std == 2 && keepStderr {
			continue
		}
		if err := syscall.Dup3(int(null.Fd()), std, 0); err != nil {
			return err
		}
	}
	return os.Chdir("/")
}
