// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/moby/sys/mountinfo"

	"owfs/config"
	"owfs/daemon"
)

// cantMount is a failure to mount.
func cantMount(hint string, format string, args ...any) error {
	return &daemon.Failure{Code: config.ExitMount, Hint: hint, Err: fmt.Errorf(format, args...)}
}

// prepare checks the mount point, and clears away what a mount that died has
// left there. A mount that lives is not touched.
func prepare(point string) (string, error) {
	full, err := resolve(point)
	if err != nil {
		return "", err
	}
	for range 10 {
		kind := mountedAt(full).FSType
		if !strings.HasPrefix(kind, "fuse") {
			break
		}
		if !isDead(full) {
			return "", cantMount("unmount it first with: umount "+full, "something is mounted at %s already (%s)", full, kind)
		}
		if err := takeAway(full, true); err != nil {
			return "", cantMount("unmount it with: umount -l "+full, "a dead mount at %s can't be removed: %w", full, err)
		}
	}
	return full, checkDir(full)
}

func checkDir(full string) error {
	switch info, err := os.Stat(full); {
	case errors.Is(err, fs.ErrNotExist):
		return cantMount("create it with: mkdir -p "+full, "mount point %s does not exist", full)
	case err != nil:
		return cantMount("check the path and its permissions", "mount point: %w", err)
	case !info.IsDir():
		return cantMount("name a directory", "mount point %s is not a directory", full)
	}
	return nil
}

// resolve returns the full name of a directory as the mount table has it. It
// asks nothing of the directory itself, where a mount may hang.
func resolve(point string) (string, error) {
	full, err := filepath.Abs(point)
	for range 40 {
		dir, gone := filepath.EvalSymlinks(filepath.Dir(full))
		if err != nil || gone != nil {
			break
		}
		full = filepath.Join(dir, filepath.Base(full))
		target, notLink := os.Readlink(full)
		if notLink != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(dir, target)
		}
		full = target
	}
	return full, err
}

// mountedAt returns the uppermost mount at a directory, the zero Info if there
// is none.
func mountedAt(dir string) mountinfo.Info {
	mounts, err := mountinfo.GetMounts(mountinfo.SingleEntryFilter(dir))
	if err != nil || len(mounts) == 0 {
		return mountinfo.Info{}
	}
	return *mounts[len(mounts)-1]
}
