// SPDX-License-Identifier: Apache-2.0

package w1_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/w1kernel"
	"owfs/hw/w1"
)

// pair opens a socket to an emulated kernel, of the real kernel's making.
func pair(t *testing.T, kernel *w1kernel.Kernel) (w1.Socket, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	far := os.NewFile(uintptr(fds[1]), "emulated kernel")
	served := make(chan error)
	go func() {
		served <- kernel.Serve(far)
		far.Close()
	}()
	near := w1.NewSocket(fds[0])
	t.Cleanup(func() {
		near.Close()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return near, nil
}

// The same over a socket pair, in real time.
func TestSocketPair(t *testing.T) {
	dir := t.TempDir()
	kernel, err := w1kernel.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	line := sim.NewLine(hw.Wall{})
	t.Cleanup(func() { line.Close() })
	id, err := kernel.Attach(line, w1kernel.Driver{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{T: t, kernel: kernel, line: line, id: id}
	r.opts = w1.Options{Sys: dir, Dial: func(bool) (w1.Socket, error) { return pair(t, kernel) }}
	r.open()
	r.finds(hw.SearchROM, r.crowd(3))
	long := slices.Repeat([]byte{1, 2, 3, 0xFF}, 100)
	if got := r.touch(slices.Clone(long)...); !slices.Equal(got, long) {
		t.Error("400 bytes did not come back as they were sent")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if err := r.bus.Touch(ctx, ff(400)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("400 bytes in 5 ms: %v", err)
	}
	r.reset()
}
