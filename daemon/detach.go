// SPDX-License-Identifier: Apache-2.0

package daemon

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

// Background tells whether this process shall start another one and leave. A
// program that systemd waits for stays, as does one that was left.
func Background(cfg *config.Config) bool {
	return StageNow() == Foreground && !cfg.Process.Foreground.Or(os.Getenv("NOTIFY_SOCKET") != "")
}

// Detach starts the program again in a session of its own and waits until it
// serves or fails. Until then it prints to our standard error, and
// the signals that would end it come to it through us.
func Detach(args []string, stderr *os.File) int {
	ready, tell, err := os.Pipe()
	if err != nil {
		return Complain(stderr, err)
	}
	defer ready.Close()
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, Ends()...)
	cmd, err := startBehind(args, stderr, tell)
	tell.Close()
	if err != nil {
		return Complain(stderr, err)
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

// startBehind starts the program that serves. It gets none of the
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
	cmd.Env = append(os.Environ(), StageEnv+"="+string(WaitedFor))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	CloseOnExec()
	return cmd, cmd.Start()
}

// CloseOnExec keeps every file but the standard ones from the next program. On
// kernels before 5.11 it does nothing.
func CloseOnExec() { _ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) }

// outcome is the exit code for a program that ended before it served.
func outcome(err error, stderr *os.File) int {
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() > 0:
		return exit.ExitCode()
	case err != nil:
		return Complain(stderr, fmt.Errorf("the process in the background: %w", err))
	}
	return Complain(stderr, errors.New("stopped by a signal before it was ready"))
}
