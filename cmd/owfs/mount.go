// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/moby/sys/mountinfo"

	"owfs/config"
	"owfs/fsnode"
)

// grace is how long a mount that is in use is waited for before it is detached.
const grace = 2 * time.Second

// cantMount is a failure to mount.
func cantMount(hint string, format string, args ...any) error {
	return &failure{code: config.ExitMount, hint: hint, err: fmt.Errorf(format, args...)}
}

// prepare checks the mount point, and clears away what a mount that died has
// left there. A mount that lives is not touched.
func prepare(point string) (string, error) {
	full, err := filepath.Abs(point)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(full); err == nil {
		full = real
	}
	info, err := os.Stat(full)
	if errors.Is(err, syscall.ENOTCONN) {
		if err := detachMount(full); err != nil {
			return "", cantMount("unmount it with: umount -l "+full, "a dead mount at %s can't be removed: %w", full, err)
		}
		info, err = os.Stat(full)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", cantMount("create it with: mkdir -p "+full, "mount point %s does not exist", full)
	case err != nil:
		return "", cantMount("check the path and its permissions", "mount point: %w", err)
	case !info.IsDir():
		return "", cantMount("name a directory", "mount point %s is not a directory", full)
	}
	if kind := mountedAt(full); strings.HasPrefix(kind, "fuse") {
		return "", cantMount("unmount it first with: umount "+full, "something is mounted at %s already (%s)", full, kind)
	}
	return full, nil
}

// mountedAt returns the type of the mount at a directory, "" if there is none.
func mountedAt(dir string) string {
	mounts, err := mountinfo.GetMounts(mountinfo.SingleEntryFilter(dir))
	if err != nil || len(mounts) == 0 {
		return ""
	}
	return mounts[len(mounts)-1].FSType
}

// detachMount takes a mount away even if it is in use.
func detachMount(dir string) error {
	if os.Geteuid() == 0 {
		return syscall.Unmount(dir, syscall.MNT_DETACH)
	}
	out, err := exec.Command("fusermount3", "-u", "-z", dir).CombinedOutput()
	if err != nil {
		return fmt.Errorf("fusermount3: %w: %s", err, strings.TrimSpace(string(out)))
	}
	return nil
}

// options are what go-fuse and the kernel are told.
func options(cfg *config.Config, logger *slog.Logger) *gofs.Options {
	m := cfg.Mount
	o := &gofs.Options{NullPermissions: true}
	o.FsName, o.Name = m.FSName, m.Subtype
	if o.FsName == "" {
		o.FsName = "OWFS"
	}
	if o.Name == "" {
		o.Name = "OWFS"
	}
	o.AllowOther = m.AllowOther
	o.DirectMount = os.Geteuid() == 0
	o.DirectMountFlags = mountFlags(cfg)
	o.Options = kernelOptions(cfg)
	o.MaxBackground = 64
	o.ExtraCapabilities = fuse.CAP_READDIRPLUS_AUTO
	o.MountOptions.Logger = log.New(lines{logger}, "", 0)
	return o
}

// mountFlags are the options that are bits, for a mount without helper.
func mountFlags(cfg *config.Config) uintptr {
	flags := uintptr(syscall.MS_NOSUID | syscall.MS_NODEV)
	if cfg.Access.ReadOnly {
		flags |= syscall.MS_RDONLY
	}
	return flags
}

// kernelOptions are the options that are words. The kernel checks the modes,
// which the C program only shows.
func kernelOptions(cfg *config.Config) []string {
	m := cfg.Mount
	words := []string{"default_permissions"}
	if cfg.Access.ReadOnly && os.Geteuid() != 0 {
		words = append(words, "ro")
	}
	for _, flag := range []struct {
		opt     config.Opt[bool]
		yes, no string
	}{{m.Exec, "exec", "noexec"}, {m.Dev, "dev", "nodev"}, {m.Suid, "suid", "nosuid"}} {
		if flag.opt.Set && flag.opt.Value {
			words = append(words, flag.yes)
		} else if flag.opt.Set {
			words = append(words, flag.no)
		}
	}
	return append(words, m.Rest...)
}

// lines turns what go-fuse logs into records.
type lines struct{ log *slog.Logger }

func (l lines) Write(p []byte) (int, error) {
	l.log.Debug("fuse", "request", strings.TrimSpace(string(p)))
	return len(p), nil
}

// A mount is a mounted filesystem.
type mount struct {
	server *fuse.Server
	point  string
	log    *slog.Logger
	gone   chan struct{} // closed when the kernel has let go of it
}

// mountAt mounts the house at a directory that prepare has checked.
func mountAt(point string, cfg *config.Config, h *house) (*mount, error) {
	root := fsnode.New(fsnode.Config{
		Transport: h.root, Options: h.settings.Options, Log: h.log,
		UID: cfg.Mount.UID.Or(uint32(os.Geteuid())), GID: cfg.Mount.GID.Or(uint32(os.Getegid())),
		Umask: cfg.Mount.Umask.Or(0), ReadOnly: cfg.Access.ReadOnly,
		Keep: func() time.Duration { d, _ := h.settings.Timeout("directory"); return d },
	})
	server, err := gofs.Mount(point, root, options(cfg, h.log))
	if err != nil {
		return nil, cantMount(mountHint(cfg), "mounting at %s: %w", point, err)
	}
	m := &mount{server: server, point: point, log: h.log, gone: make(chan struct{})}
	go func() {
		defer close(m.gone)
		server.Wait()
	}()
	return m, nil
}

// mountHint guesses what is missing.
func mountHint(cfg *config.Config) string {
	if f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0); err != nil {
		return "/dev/fuse can't be opened: load the module fuse; in a container pass --device /dev/fuse"
	} else {
		f.Close()
	}
	switch _, err := exec.LookPath("fusermount3"); {
	case os.Geteuid() == 0:
		return "in a container, give it --cap-add SYS_ADMIN"
	case err != nil:
		return "install the package fuse3, whose fusermount3 mounts for users who are not root"
	case cfg.Mount.AllowOther:
		return "allow_other needs the line user_allow_other in /etc/fuse.conf"
	}
	return "the mount point must be yours to write"
}

// unmount takes the filesystem away. If somebody has a file or directory of it
// open, it is detached after a grace: they keep an error, nobody else sees it.
func (m *mount) unmount(ctx context.Context) error {
	select {
	case <-m.gone:
		return nil
	default:
	}
	end := time.Now().Add(grace)
	err := m.server.Unmount()
	for err != nil && time.Now().Before(end) {
		time.Sleep(200 * time.Millisecond)
		err = m.server.Unmount()
	}
	if err != nil {
		m.log.Warn("the mount is in use, detaching it", "at", m.point, "err", err)
		if err := detachMount(m.point); err != nil {
			return fmt.Errorf("unmounting %s: %w", m.point, err)
		}
	}
	return nil
}
