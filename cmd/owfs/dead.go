// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"os/exec"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"owfs/daemon"
)

// asking is the stage of a process that does nothing but look at a mount. Who
// asks a FUSE server that hangs can't be killed, so another has to do it.
const asking daemon.Stage = "asking"

const (
	patience = 2 * time.Second // that a live server may need to answer
	exitDead = 9
)

// isDead tells whether the FUSE mount at a directory has lost its server.
func isDead(dir string) bool {
	self, err := os.Executable()
	if err != nil {
		return false
	}
	cmd := exec.Command(self, dir)
	cmd.Env = append(os.Environ(), daemon.StageEnv+"="+string(asking))
	if err := cmd.Start(); err != nil {
		return false
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err := <-done:
		var exit *exec.ExitError
		return errors.As(err, &exit) && exit.ExitCode() == exitDead
	case <-time.After(patience):
		return false
	}
}

// ask is the life of the process that looks. What the kernel remembers of the
// mount would not do.
func ask(dir string) int {
	var st unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, dir, unix.AT_STATX_FORCE_SYNC, unix.STATX_BASIC_STATS, &st)
	if errors.Is(err, syscall.ENOTCONN) {
		return exitDead
	}
	return 0
}
