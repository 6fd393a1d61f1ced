// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
	"unsafe"
)

// probe is the file whose value tells that a mount answers.
const probe = "28.000028D70100/type"

// command is how a program is told to mount an owserver at a directory and stay
// in the foreground; for the limit the tree stands in for the owserver.
func (f *fleet) command(program int, addr, dir string, verbose bool) (name string, args []string, err error) {
	switch program {
	case ours:
		args := []string{"--foreground", "-s", addr, dir}
		if verbose {
			args = append([]string{"--error_level=9"}, args...)
		}
		return f.file("owfs"), args, nil
	case theirs:
		if _, err := os.Stat(cOwfs); err != nil {
			return "", nil, fmt.Errorf("%w (install the Debian package owfs-fuse)", err)
		}
		args := []string{"--foreground", "-s", addr, dir}
		if verbose {
			args = append([]string{`--fuse_opt="-d"`}, args...)
		}
		return cOwfs, args, nil
	}
	self, err := os.Executable()
	return self, []string{"-limit", f.file("tree"), dir}, err
}

// mount starts a program and returns when its mount answers. The answer itself
// makes it and the kernel remember things; touch says whether that is welcome.
func (f *fleet) mount(ctx context.Context, program int, addr string, log io.Writer, touch bool) (*process, error) {
	dir, err := os.MkdirTemp(f.temp, programNames[program]+"-")
	if err != nil {
		return nil, err
	}
	name, args, err := f.command(program, addr, dir, log != nil)
	if err != nil {
		return nil, err
	}
	p, err := f.start(name, nil, log, args...)
	if err != nil {
		return nil, err
	}
	p.dir = dir
	for end := time.Now().Add(20 * time.Second); !p.answers(touch); time.Sleep(time.Millisecond) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-p.done:
			return nil, fmt.Errorf("%s: %v: %s", name, p.ProcessState, p.stderr)
		default:
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%s does not mount: %s", name, p.stderr)
		}
	}
	return p, nil
}

func (p *process) answers(touch bool) bool {
	if !isFuse(p.dir) || !touch {
		return isFuse(p.dir)
	}
	b, err := os.ReadFile(p.path(probe))
	return err == nil && len(b) > 0
}

func (p *process) path(name string) string { return filepath.Join(p.dir, name) }

// isFuse tells whether a FUSE filesystem is mounted at a directory, alive or
// dead. It asks no filesystem.
func isFuse(dir string) bool {
	mounts, _ := os.ReadFile("/proc/self/mounts")
	return strings.Contains(string(mounts), " "+dir+" fuse")
}

// unmount takes a mount away that its process has left.
func unmount(dir string) error {
	if os.Geteuid() == 0 {
		return syscall.Unmount(dir, syscall.MNT_DETACH)
	}
	return exec.Command("fusermount3", "-u", "-z", dir).Run()
}

// resident is how many bytes of memory the process holds.
func (p *process) resident() (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	if words := strings.Fields(rest); len(words) > 0 {
		kb, err := strconv.ParseFloat(words[0], 64)
		return kb * 1024, err
	}
	return 0, errors.New("no VmRSS")
}

// busy is how much processor time the process has used, all of its threads
// together.
func (p *process) busy() time.Duration {
	// The clock of another process, see clock_getcpuclockid(3).
	const sched = 2
	var t syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(^p.Process.Pid<<3|sched), uintptr(unsafe.Pointer(&t)), 0)
	return time.Duration(t.Nano())
}

// A tail keeps the end of what a process prints, and hands all of it on.
type tail struct {
	next io.Writer // may be nil

	mu  sync.Mutex
	end []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	t.end = t.end[max(0, len(t.end)-2000):]
	if t.next != nil {
		return t.next.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.end))
}
