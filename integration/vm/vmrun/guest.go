// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// guest is what the program does as the first process of the machine: it
// prepares it, runs what it is told to, and switches off.
func guest() {
	if port, err := openPort(statusPort); err == nil {
		if err := serve(port); err != nil {
			fmt.Fprintln(port, saysFailed, err)
		}
		drain(port)
	}
	unix.Sync()
	unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	for {
		time.Sleep(time.Hour) // the first process must not end
	}
}

func serve(port *os.File) error {
	text, err := os.ReadFile("/" + jobFile)
	if err != nil {
		return err
	}
	var j job
	if err := json.Unmarshal(text, &j); err != nil {
		return fmt.Errorf("the job: %w", err)
	}
	for _, module := range j.Modules {
		if err := load(module); err != nil {
			return fmt.Errorf("loading %s: %w", module, err)
		}
	}
	if err := enterHost(); err != nil {
		return err
	}
	if err := loopback(); err != nil {
		return fmt.Errorf("the loopback interface: %w", err)
	}
	out, err := openPort(outputPort)
	if err != nil {
		return err
	}
	defer out.Close()
	return obey(port, func(args []string) (int, error) { return runProgram(j, args, out) })
}

func load(module string) error {
	f, err := os.Open(module)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.FinitModule(int(f.Fd()), "", 0)
}

// enterHost makes the files of the host the root, under a layer in memory that
// takes what is written.
func enterHost() error {
	for _, m := range []struct{ source, target, kind, options string }{
		{hostTag, "/host", "9p", "trans=virtio,version=9p2000.L,msize=262144,cache=loose"},
		{"over", "/over", "tmpfs", ""},
		{"over", "/root", "overlay", "lowerdir=/host,upperdir=/over/up,workdir=/over/work"},
		{"proc", "/root/proc", "proc", ""},
		{"sys", "/root/sys", "sysfs", ""},
		{"dev", "/root/dev", "devtmpfs", ""},
		{"pts", "/root/dev/pts", "devpts", "ptmxmode=666"},
		{"shm", "/root/dev/shm", "tmpfs", ""},
		{"run", "/root/run", "tmpfs", ""},
	} {
		for _, folder := range []string{m.target, "/over/up", "/over/work"} {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
		}
		var flags uintptr
		if m.kind == "9p" {
			flags = unix.MS_RDONLY
		}
		if err := unix.Mount(m.source, m.target, m.kind, flags, m.options); err != nil {
			return fmt.Errorf("mounting %s at %s: %w", m.kind, m.target, err)
		}
	}
	if err := os.Chdir("/root"); err != nil {
		return err
	}
	if err := unix.Mount(".", "/", "", unix.MS_MOVE, ""); err != nil {
		return fmt.Errorf("moving the root: %w", err)
	}
	if err := unix.Chroot("."); err != nil {
		return fmt.Errorf("changing the root: %w", err)
	}
	return os.Chdir("/")
}

// loopback switches the interface lo on.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// runProgram runs a program and buries all that becomes an orphan meanwhile.
// When it returns, all that the program has said is out.
func runProgram(j job, args []string, out *os.File) (status int, err error) {
	null, err := os.Open("/dev/null")
	if err != nil {
		return 0, err
	}
	defer null.Close()
	p, err := os.StartProcess(args[0], args, &os.ProcAttr{
		Dir: j.Dir, Env: j.Env, Files: []*os.File{null, out, out},
	})
	if err != nil {
		return 0, err
	}
	for {
		var w unix.WaitStatus
		pid, err := unix.Wait4(-1, &w, 0, nil)
		switch {
		case err == unix.EINTR:
		case err != nil:
			return 0, fmt.Errorf("waiting for the program: %w", err)
		case pid != p.Pid:
		case w.Signaled():
			drain(out)
			return 128 + int(w.Signal()), nil
		case w.Exited():
			drain(out)
			return w.ExitStatus(), nil
		}
	}
}

// openPort opens a serial port that carries bytes as they are.
func openPort(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	fd := int(f.Fd())
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	t.Iflag = 0
	t.Oflag &^= unix.OPOST
	t.Lflag = 0
	t.Cflag = t.Cflag&^unix.CBAUD | unix.B115200
	if err := unix.IoctlSetTermios(fd, unix.TCSETS, t); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// drain waits until all bytes are out.
func drain(f *os.File) { unix.IoctlSetInt(int(f.Fd()), unix.TCSBRK, 1) }
