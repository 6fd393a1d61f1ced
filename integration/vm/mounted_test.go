// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"owfs/hw"
)

// program is our owfs with USB, which make vm-test builds.
const program = "../../bin/vm/owfs"

// hung is when a file operation counts as one that hangs. It is longer than all
// that this slow machine needs, even if the one it runs on is busy.
const hung = time.Minute

// A mounted is our owfs in a process of its own. All that asks its files goes by
// watched.
type mounted struct {
	testing.TB
	dir string
	cmd *exec.Cmd
	log *syncBuffer
	end chan struct{} // closed when the process has ended
	err error         // how, after that
}

// A syncBuffer may be written and read at the same time.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// mount mounts our owfs in the foreground. At the end of the test it is unmounted
// as a user does it, and nothing may be left of it.
func mount(t testing.TB, args ...string) *mounted { return mountAs(t, nil, args...) }

// mountAs mounts with somebody else's rights.
func mountAs(t testing.TB, who *syscall.Credential, args ...string) *mounted {
	t.Helper()
	dir, err := os.MkdirTemp("", "mount-")
	if err != nil {
		t.Fatal(err)
	}
	if who != nil {
		if err := os.Chown(dir, int(who.Uid), int(who.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	m := &mounted{TB: t, dir: dir, log: &syncBuffer{}, end: make(chan struct{})}
	m.cmd = exec.Command(program, append(append([]string{"--foreground"}, args...), dir)...)
	m.cmd.Stderr = m.log
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: who}
	if err := m.cmd.Start(); err != nil {
		t.Fatalf("%v (make vm-test builds it)", err)
	}
	go func() {
		m.err = m.cmd.Wait()
		close(m.end)
	}()
	t.Cleanup(m.stop)
	took := eventually(t, hung, "the mount", func() error {
		select {
		case <-m.end:
			t.Fatalf("owfs %q: %v\n%s", args, m.err, m.log)
		default:
		}
		if !m.isMounted() {
			return errors.New("it is not there")
		}
		return nil
	})
	t.Logf("mounted after %v", took.Round(time.Millisecond))
	return m
}

func (m *mounted) isMounted() bool {
	all, err := os.ReadFile("/proc/self/mounts")
	return err == nil && strings.Contains(string(all), " "+m.dir+" ")
}

// stop unmounts, and sees that the process ends by that, and well.
func (m *mounted) stop() {
	m.Helper()
	if m.isMounted() {
		if err := unix.Unmount(m.dir, 0); err != nil {
			m.Errorf("umount: %v", err)
			m.cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	select {
	case <-m.end:
	case <-time.After(hung):
		m.Errorf("unmounted, owfs does not end:\n%s", m.stacks())
		m.kill()
	}
	if m.err != nil {
		m.Errorf("owfs: %v", m.err)
	}
	if m.isMounted() {
		m.Errorf("%s is still mounted", m.dir)
	}
	if left := append(processes("owfs"), processes("fusermount3")...); len(left) > 0 {
		m.Errorf("processes %v are left", left)
	}
	os.Remove(m.dir)
	if m.Failed() {
		m.Logf("owfs says:\n%s", m.log)
	}
}

// kill frees those that wait for files. The server's last words are in its log:
// what its goroutines do.
func (m *mounted) kill() {
	m.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-m.end:
	case <-time.After(5 * time.Second):
	}
	m.cmd.Process.Kill()
	unix.Unmount(m.dir, unix.MNT_FORCE|unix.MNT_DETACH)
	<-m.end
}

// watched does something with the files of a mount. If that hangs, the test
// fails with where in the kernel it does, and where the server is.
func (m *mounted) watched(what string, f func() error) error {
	m.Helper()
	err := m.begin(what, f)()
	if errors.Is(err, errHung) {
		m.FailNow()
	}
	return err
}

var errHung = errors.New("it hangs")

// begin does something with the files of a mount; wait waits for its end as
// watched does, but returns errHung when the test has failed.
func (m *mounted) begin(what string, f func() error) (wait func() error) {
	ended := make(chan error, 1)
	thread := make(chan int, 1)
	began := time.Now()
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		thread <- unix.Gettid()
		ended <- f()
	}()
	return func() error {
		m.Helper()
		select {
		case err := <-ended:
			if took := time.Since(began); took > 5*time.Second {
				m.Logf("%s took %v", what, took.Round(time.Millisecond))
			}
			return err
		case <-time.After(hung):
		}
		stack, _ := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/stack", <-thread))
		m.Errorf("%s hangs:\n%s\nowfs:\n%s", what, stack, m.stacks())
		m.kill()
		return errHung
	}
}

// stacks are where the threads of the server are in the kernel.
func (m *mounted) stacks() string {
	var all strings.Builder
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stack", m.cmd.Process.Pid))
	for _, name := range files {
		stack, err := os.ReadFile(name)
		fmt.Fprintf(&all, "%s: %v\n%s", name, err, stack)
	}
	return all.String()
}

// processes are those that run a program of this name.
func processes(name string) (all []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/comm")
	for _, file := range files {
		if comm, err := readTrimmed(file); err == nil && comm == name {
			all = append(all, filepath.Base(filepath.Dir(file)))
		}
	}
	return all
}

// read returns what a file says, without the spaces around it.
func (m *mounted) read(name string) (text string, err error) {
	m.Helper()
	err = m.watched("reading "+name, func() (err error) {
		text, err = readTrimmed(filepath.Join(m.dir, name))
		return err
	})
	return text, err
}

// must returns what a file says, which has to be readable.
func (m *mounted) must(name string) string {
	m.Helper()
	text, err := m.read(name)
	if err != nil {
		m.Fatal(err)
	}
	return text
}

// entries lists a folder.
func (m *mounted) entries(name string) (all []string, err error) {
	m.Helper()
	err = m.watched("listing "+name, func() error {
		found, err := os.ReadDir(filepath.Join(m.dir, name))
		for _, e := range found {
			all = append(all, e.Name())
		}
		return err
	})
	return all, err
}

// devices are the folders of devices in a folder.
func (m *mounted) devices(name string) (all []hw.ROM, err error) {
	m.Helper()
	names, err := m.entries(name)
	for _, name := range names {
		if id, bad := hw.ParseROM(name); bad == nil {
			all = append(all, id)
		}
	}
	return all, err
}

// lists tells whether the folder has just the devices of the sticks.
func (m *mounted) lists(folder string, sticks ...*stick) error {
	m.Helper()
	found, err := m.devices(folder)
	if err != nil {
		return err
	}
	var want []hw.ROM
	for _, s := range sticks {
		want = append(want, s.ids()...)
	}
	for _, id := range want {
		if !slices.Contains(found, id) {
			return fmt.Errorf("%d of %d devices listed in %q, without %v", len(found), len(want), folder, id)
		}
	}
	if len(found) != len(want) {
		return fmt.Errorf("%q lists %v, want %d", folder, found, len(want))
	}
	return nil
}

// comes waits until the folder has just the devices of the sticks.
func (m *mounted) comes(folder string, sticks ...*stick) time.Duration {
	m.Helper()
	return eventually(m, hung, "the listing", func() error { return m.lists(folder, sticks...) })
}

// reads compares all temperatures of a stick.
func (m *mounted) reads(folder string, s *stick) {
	m.Helper()
	began := time.Now()
	for id := range s.celsius {
		m.readsOne(folder, s, id)
	}
	m.Logf("%d temperatures in %v", len(s.celsius), time.Since(began).Round(time.Millisecond))
}

func (m *mounted) readsOne(folder string, s *stick, id hw.ROM) {
	m.Helper()
	text, err := m.read(filepath.Join(folder, id.String(), "temperature"))
	got, bad := strconv.ParseFloat(text, 64)
	if err != nil || bad != nil || got != s.celsius[id] {
		m.Errorf("%v reads %q, %v, want %v", id, text, err, s.celsius[id])
	}
}
