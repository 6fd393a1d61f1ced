// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"owfs/config"
)

// readyEnv tells the process in the background on which descriptor its parent
// waits to hear that the mount is there.
const readyEnv = "OWFS_READY_FD"

// background tells whether this process shall start another one and leave. A
// program that systemd waits for stays, as does one that was left.
func background(cfg *config.Config) bool {
	_, child := os.LookupEnv(readyEnv)
	return !child && !cfg.Process.Foreground.Or(os.Getenv("NOTIFY_SOCKET") != "")
}

// detach starts the program again in a session of its own and waits until its
// mount is there or it fails. Until then it prints to our standard error.
func detach(args []string, stderr *os.File) int {
	self, err := os.Executable()
	if err != nil {
		return complain(stderr, err)
	}
	ready, tell, err := os.Pipe()
	if err != nil {
		return complain(stderr, err)
	}
	defer ready.Close()
	cmd := exec.Command(self, args[1:]...)
	cmd.Args[0] = args[0]
	cmd.Stderr = stderr
	cmd.ExtraFiles = []*os.File{tell}
	cmd.Env = append(os.Environ(), readyEnv+"="+strconv.Itoa(3))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		tell.Close()
		return complain(stderr, err)
	}
	tell.Close()
	if b, _ := io.ReadAll(ready); len(b) > 0 {
		return config.ExitOK
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode()
	}
	return config.ExitFailure
}

// settle tells the waiting parent that the mount is there, and lets go of its
// terminal. It does nothing in a process that has no such parent.
func settle() error {
	fd, err := strconv.Atoi(os.Getenv(readyEnv))
	if err != nil {
		return nil
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer null.Close()
	for std := range 3 {
		if err := syscall.Dup3(int(null.Fd()), std, 0); err != nil {
			return err
		}
	}
	// An empty value still says that this is the process in the background,
	// to the program that takes its place when the configuration changes.
	os.Setenv(readyEnv, "")
	tell := os.NewFile(uintptr(fd), "ready")
	defer tell.Close()
	if _, err := tell.WriteString("ready"); err != nil {
		return err
	}
	return os.Chdir("/")
}
