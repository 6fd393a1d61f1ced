// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// A stage is how far a process is on its way into the background.
type stage string

const (
	foreground stage = ""        // it stays, or has not started another process yet
	waitedFor  stage = "waited"  // it was started to serve the mount, and its parent waits
	settled    stage = "settled" // its parent has left
)

// stageEnv holds the stage, also for the program that takes this one's place
// when the configuration has changed.
const stageEnv = "OWFS_STAGE"

// tellFD is the descriptor on which the parent waits to hear of the mount.
const tellFD = 3

func stageNow() stage { return stage(os.Getenv(stageEnv)) }

// origin is the directory that relative names on the command line begin at. In
// the background the program leaves it.
var origin, _ = os.Getwd()

// fullName makes a name on the command line absolute; "" stays.
func fullName(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(origin, name)
}

// settle tells the waiting parent that the mount is there, and lets go of its
// terminal and directory. In the foreground it does nothing.
func settle(keepStderr bool) error {
	was := stageNow()
	if was == foreground {
		return nil
	}
	if err := letGo(keepStderr); err != nil {
		return err
	}
	if was == waitedFor {
		tell := os.NewFile(tellFD, "ready")
		defer tell.Close()
		if _, err := tell.WriteString("ready"); err != nil {
			return err
		}
	}
	return os.Setenv(stageEnv, string(settled))
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
