// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"owfs/config"
)

// background tells whether this process shall start another one and leave. A
// program that systemd waits for stays, as does one that was left.
func background(cfg *config.Config) bool {
	return stageNow() == foreground && !cfg.Process.Foreground.Or(os.Getenv("NOTIFY_SOCKET") != "")
}

// detach starts the program again in a session of its own and waits until its
// mount is there or it fails. Until then it prints to our standard error, and
// the signals that would end it come to it through us.
func detach(args []string, stderr *os.File) int {
	ready, tell, err := os.Pipe()
	if err != nil {
		return complain(stderr, err)
	}
	defer ready.Close()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, ends()...)
	cmd, err := startBehind(args, stderr, tell)
	tell.Close()
	if err != nil {
		return complain(stderr, err)
	}
	go func() {
		for s := range signals {
			cmd.Process.Signal(s)
		}
	}()
	if b, _ := io.ReadAll(ready); len(b) > 0 {
		return config.ExitOK
	}
	return outcome(cmd.Wait(), stderr)
}

// startBehind starts the program that serves the mount. It gets none of the
// files that we were started with but standard error.
func startBehind(args []string, stderr, tell *os.File) (*exec.Cmd, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Stderr = stderr
	cmd.ExtraFiles = []*os.File{tell}
	cmd.Env = append(os.Environ(), stageEnv+"="+string(waitedFor))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	closeOnExec()
	return cmd, cmd.Start()
}

// closeOnExec keeps every file but the standard ones from the next program. On
// kernels before 5.11 it does nothing.
func closeOnExec() { _ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) }

// outcome is the exit code for a program that ended before its mount was there.
func outcome(err error, stderr *os.File) int {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	case err != nil:
		return complain(stderr, fmt.Errorf("the process in the background: %w", err))
	}
	return complain(stderr, errors.New("stopped by a signal before the mount was there"))
}
