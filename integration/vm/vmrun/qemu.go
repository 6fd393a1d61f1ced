// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A machine runs one job.
type machine struct {
	Kernel  string // the folder with kernel and modules
	Memory  int    // MiB
	Console bool   // show what the kernel says
	Timeout time.Duration
}

// What the kernel is told: not to spend time on what a machine of a few seconds
// has no use for, and to end if it panics.
const arguments = "console=ttyS0 quiet panic=-1 mitigations=off nokaslr cryptomgr.notests " +
	"tsc=reliable no_timer_check lpj=4000000"

// run runs a job and returns its exit status.
func (m *machine) run(ctx context.Context, j job) (status int, err error) {
	folder, err := os.MkdirTemp("", "vmrun-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	initial := filepath.Join(folder, "initrd")
	if err := m.initial(initial, j); err != nil {
		return 0, fmt.Errorf("the initial file system: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	statusFile, console := filepath.Join(folder, "status"), filepath.Join(folder, "console")
	qemu := exec.CommandContext(ctx, "qemu-system-x86_64", m.flags(initial, statusFile, console)...)
	qemu.Stdout, qemu.Stderr = os.Stdout, os.Stderr
	// Without us, nobody would end it. The signal comes when the thread ends that
	// has started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	qemu.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	failed := qemu.Run()
	status, err = readStatus(statusFile)
	if m.Console || err != nil {
		show(console)
	}
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return 0, fmt.Errorf("the machine was switched off after %v", m.Timeout)
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case errors.Is(failed, exec.ErrNotFound):
		return 0, fmt.Errorf("%w: install the package qemu-system-x86", failed)
	case failed != nil:
		return 0, fmt.Errorf("qemu: %w", failed)
	}
	return status, err
}

// flags never choose KVM: a machine that is virtual itself may have a /dev/kvm
// in which this kernel hangs.
func (m *machine) flags(initial, status, console string) []string {
	return []string{
		"-accel", "tcg", "-machine", "q35", "-smp", "1", "-m", strconv.Itoa(m.Memory),
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
		"-kernel", filepath.Join(m.Kernel, "vmlinux"), "-initrd", initial, "-append", arguments,
		"-serial", "file:" + console,
		"-serial", "file:" + status,
		"-chardev", "stdio,id=output,signal=off", "-serial", "chardev:output",
		"-virtfs", "local,path=/,mount_tag=" + hostTag + ",security_model=none,readonly=on,multidevs=remap",
	}
}

// initial writes the initial file system: this program, the job, the modules.
func (m *machine) initial(name string, j job) error {
	modules, err := order(m.Kernel, wanted())
	if err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	a := &archive{w: w}
	for _, folder := range []string{"dev", "host", "over", "root", moduleFolder} {
		a.folder(folder)
	}
	a.device("dev/console", 5, 1)
	for _, module := range modules {
		p, err := os.ReadFile(module)
		if err != nil {
			return err
		}
		base := moduleFolder + "/" + filepath.Base(module)
		j.Modules = append(j.Modules, "/"+base)
		a.file(base, p)
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return err
	}
	a.file("init", self)
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	a.file(jobFile, text)
	return errors.Join(a.end(), w.Flush(), f.Close())
}

// readStatus reads what the guest has said at its end: a number, or why there is
// none.
func readStatus(name string) (int, error) {
	text, err := os.ReadFile(name)
	said := strings.TrimSpace(string(text))
	if err != nil || said == "" {
		return 0, errors.New("the machine has ended before the program")
	}
	n, err := strconv.Atoi(said)
	if err != nil {
		return 0, fmt.Errorf("the guest: %s", said)
	}
	return n, nil
}

// show writes what the kernel has said.
func show(console string) {
	text, err := os.ReadFile(console)
	if err != nil {
		return
	}
	for line := range bytes.Lines(text) {
		fmt.Fprintf(os.Stderr, "vmrun: console: %s\n", bytes.TrimRight(line, "\r\n"))
	}
}
