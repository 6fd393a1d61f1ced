// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A machine runs programs, one after another.
type machine struct {
	Kernel  string // the folder with kernel and modules
	Memory  int    // MiB
	Console bool   // show what the kernel says
	Collect bool   // what programs say, for their end
	Timeout time.Duration
}

// What the kernel is told: not to spend time on what a machine of a few seconds
// has no use for, and to end if it panics.
const arguments = "console=ttyS0 quiet panic=-1 mitigations=off nokaslr cryptomgr.notests " +
	"tsc=reliable no_timer_check lpj=4000000"

// work is what a machine is to do.
type work interface {
	// next returns the arguments of the next program, or none.
	next() []string
	// ended takes the status of a program, and its output unless that has gone to
	// the standard output.
	ended(status int, output []byte)
	// cut takes the output of a program when the machine has ended before it, and
	// returns an error that says so.
	cut(output []byte) error
}

// A single is work for a machine of one program.
type single struct {
	args   []string
	status int
}

func (s *single) next() []string {
	args := s.args
	s.args = nil
	return args
}
func (s *single) ended(status int, _ []byte) { s.status = status }
func (s *single) cut([]byte) error           { return errCut }

// run does work.
func (m *machine) run(ctx context.Context, j job, w work) error {
	folder, err := os.MkdirTemp("", "vmrun-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	if err := m.initial(filepath.Join(folder, initrdFile), j); err != nil {
		return fmt.Errorf("the initial file system: %w", err)
	}
	port, err := net.Listen("unix", filepath.Join(folder, portFile))
	if err != nil {
		return err
	}
	defer port.Close()
	output := &tail{name: filepath.Join(folder, outputFile)}
	talked := make(chan error, 1)
	go func() { talked <- m.talk(port, w, output) }()

	within, cancel := context.WithTimeout(ctx, m.Timeout)
	defer cancel()
	failed := m.boot(within, folder)
	port.Close() // if nobody has called
	err = <-talked
	if errors.Is(err, errCut) {
		err = w.cut(output.more())
	}
	if m.Console || err != nil {
		show(filepath.Join(folder, consoleFile))
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case within.Err() != nil:
		return fmt.Errorf("the machine was switched off after %v: %w", m.Timeout, err)
	case errors.Is(failed, exec.ErrNotFound):
		return fmt.Errorf("%w: install the package qemu-system-x86", failed)
	case failed != nil:
		return fmt.Errorf("qemu: %w", failed)
	}
	return err
}

// talk waits for the guest's call and tells it what to do.
func (m *machine) talk(port net.Listener, w work, output *tail) error {
	conn, err := port.Accept()
	if err != nil {
		return errCut
	}
	defer conn.Close()
	err = talk(conn, w.next, func(status int) { w.ended(status, output.more()) })
	if err == nil {
		io.Copy(io.Discard, conn) // it may have more to say, but nothing new
	}
	return err
}

// boot runs the machine to its end.
func (m *machine) boot(ctx context.Context, folder string) error {
	qemu := exec.CommandContext(ctx, "qemu-system-x86_64", m.flags(folder)...)
	qemu.Stdout, qemu.Stderr = os.Stdout, os.Stderr
	// Without us, nobody would end it. The signal comes when the thread ends that
	// has started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	qemu.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return qemu.Run()
}

// The files of a machine in its folder.
const (
	initrdFile  = "initrd"
	consoleFile = "console"
	outputFile  = "output"
	portFile    = "port"
)

// A tail reads a file as it grows.
type tail struct {
	name string
	at   int64
}

// more returns what has come since the last time.
func (t *tail) more() []byte {
	f, err := os.Open(t.name)
	if err != nil {
		return nil
	}
	defer f.Close()
	text, _ := io.ReadAll(io.NewSectionReader(f, t.at, 1<<62))
	t.at += int64(len(text))
	return text
}

// flags never choose KVM: a machine that is virtual itself may have a /dev/kvm
// in which this kernel hangs.
func (m *machine) flags(folder string) []string {
	output := "stdio,id=output,signal=off"
	if m.Collect {
		output = "file,id=output,path=" + filepath.Join(folder, outputFile)
	}
	return []string{
		"-accel", "tcg", "-machine", "q35", "-smp", "1", "-m", strconv.Itoa(m.Memory),
		"-nodefaults", "-no-user-config", "-no-reboot", "-display", "none",
		"-kernel", filepath.Join(m.Kernel, "vmlinux"), "-initrd", filepath.Join(folder, initrdFile), "-append", arguments,
		"-serial", "file:" + filepath.Join(folder, consoleFile),
		"-chardev", "socket,id=port,path=" + filepath.Join(folder, portFile), "-serial", "chardev:port",
		"-chardev", output, "-serial", "chardev:output",
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
	a.device(strings.TrimPrefix(statusPort, "/"), 4, 65) // until there is a devtmpfs
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
