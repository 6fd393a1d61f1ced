// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// grace is how long a mount that is in use is waited for before it is detached.
const grace = 2 * time.Second

// unmount takes the filesystem away. If somebody has a file or directory of it
// open, it is detached after a grace: they keep an error, nobody else sees it.
func (m *mount) unmount() error {
	var err error
	for end := time.Now().Add(grace); time.Now().Before(end); time.Sleep(grace / 20) {
		if !m.there() {
			return nil
		}
		if err = takeAway(m.point, false); err == nil {
			m.wait(grace)
			return nil
		}
	}
	m.log.Warn("the mount is in use, detaching it", "at", m.point, "err", err)
	if err := takeAway(m.point, true); err != nil && m.there() {
		return fmt.Errorf("unmounting %s: %w", m.point, err)
	}
	return nil
}

// there tells whether the filesystem is still to be seen. Somebody may have
// unmounted it, or have mounted something else over it.
func (m *mount) there() bool {
	select {
	case <-m.gone:
		return false
	default:
		return m.id == 0 || mountedAt(m.point).ID == m.id
	}
}

// wait gives the requests under way time to end.
func (m *mount) wait(most time.Duration) {
	select {
	case <-m.gone:
	case <-time.After(most):
	}
}

// takeAway unmounts a directory, if need be although it is in use.
func takeAway(dir string, inUse bool) error {
	if os.Geteuid() == 0 {
		flags := unmountNoFollow
		if inUse {
			flags |= syscall.MNT_DETACH
		}
		return syscall.Unmount(dir, flags)
	}
	args := []string{"-u", dir}
	if inUse {
		args = []string{"-u", "-z", dir}
	}
	program, err := fusermount()
	if err != nil {
		return err
	}
	out, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// unmountNoFollow is UMOUNT_NOFOLLOW, which package syscall does not have.
const unmountNoFollow = 8

// fusermount finds the program that mounts for users who are not root.
func fusermount() (string, error) {
	var first error
	for _, name := range []string{"fusermount3", "/bin/fusermount3", "fusermount", "/bin/fusermount"} {
		program, err := exec.LookPath(name)
		if err == nil {
			return program, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}
