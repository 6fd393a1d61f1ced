// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"owfs/hw/w1"
)

// w1Elsewhere opens the socket in a network namespace of its own, as a container
// has one.
func w1Elsewhere(bool) (w1.Socket, error) {
	type result struct {
		socket w1.Socket
		err    error
	}
	got := make(chan result)
	go func() {
		runtime.LockOSThread() // and never unlocked, so that the thread ends here
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			got <- result{err: err}
			return
		}
		socket, err := w1.Dial(false)
		got <- result{socket, err}
	}()
	r := <-got
	return r.socket, r.err
}

// w1Unprivileged opens the socket as a user without any right.
func w1Unprivileged(events bool) (w1.Socket, error) {
	type result struct {
		socket w1.Socket
		err    error
	}
	got := make(chan result)
	go func() {
		runtime.LockOSThread()
		none := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		if err := unix.Capset(&none, &make([]unix.CapUserData, 2)[0]); err != nil {
			got <- result{err: err}
			return
		}
		socket, err := w1.Dial(events)
		got <- result{socket, err}
	}()
	r := <-got
	return r.socket, r.err
}

// Another network namespace refuses with an error that says so.
func TestW1OtherNamespace(t *testing.T) {
	socket, err := w1Elsewhere(false)
	if err == nil {
		err = socket.Send(make([]byte, 64))
		socket.Close()
	}
	if reason := w1.Reason(err); !strings.Contains(reason, "network namespace") {
		t.Errorf("%v: %q", err, reason)
	}
}

// Without any right, commands are still taken; events are not.
func TestW1Unprivileged(t *testing.T) {
	if _, err := w1Unprivileged(true); w1.Reason(err) == "" || !strings.Contains(w1.Reason(err), "CAP_NET_ADMIN") {
		t.Errorf("events without a right: %v", err)
	}
	s := newStick(t, 1, 1)
	bus := w1Open(t, s, w1.Options{Dial: w1Unprivileged})
	if _, ok := bus.(*w1.Bus); !ok {
		t.Fatalf("the bus is a %T", bus)
	}
	for id, celsius := range s.celsius {
		w1Convert(t, bus)
		w1Reads(t, bus, id, celsius)
	}
}
