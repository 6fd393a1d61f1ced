// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"syscall"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"owfs/config"
	"owfs/daemon"
	"owfs/fsnode"
	"owfs/house"
)

// A mount is a mounted filesystem.
type mount struct {
	server *fuse.Server
	point  string
	id     int // in the mount table; 0 if that can't be read
	log    *daemon.Journal
	traced bool          // go-fuse tells what the kernel asks
	gone   chan struct{} // closed when the kernel has let go of it
}

// mountAt mounts the house at a directory that prepare has checked.
func mountAt(point string, cfg *config.Config, h *house.House, log *daemon.Journal) (*mount, error) {
	opts, err := options(cfg, log)
	if err != nil {
		return nil, err
	}
	opts.Debug = log.Level.Level() <= config.LevelTrace
	root := fsnode.New(fsnode.Config{
		Transport: h.Tree, Options: h.Settings.Options, Log: log.Logger,
		UID: cfg.Mount.UID.Or(uint32(os.Geteuid())), GID: cfg.Mount.GID.Or(uint32(os.Getegid())),
		Umask: cfg.Mount.Umask.Or(0), ReadOnly: house.ReadOnly(cfg),
		Keep: func() time.Duration { d, _ := h.Settings.Timeout("directory"); return d },
	})
	server, err := fuse.NewServer(gofs.NewNodeFS(root, opts), point, &opts.MountOptions)
	if err != nil {
		return nil, cantMount(mountHint(cfg), "mounting at %s: %w", point, bare(err))
	}
	daemon.CloseOnExec() // go-fuse does so only if fusermount has mounted
	go server.Serve()
	// The wait opens a file of the mount, which -o uid= and umask= can forbid
	// ourselves. The mount is there all the same.
	if err := server.WaitMount(); err != nil {
		log.Debug("looking at the mount", "err", err)
	}
	m := &mount{server: server, point: point, id: mountedAt(point).ID, log: log, traced: opts.Debug, gone: make(chan struct{})}
	go func() {
		defer close(m.gone)
		server.Wait()
	}()
	return m, nil
}

// bare is the kernel's reason. Fusermount has printed its own reason already.
func bare(err error) error {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno
	}
	if os.Geteuid() != 0 {
		return errors.New("fusermount3 has failed")
	}
	return err
}

// mountHint guesses what is missing.
func mountHint(cfg *config.Config) string {
	root := os.Geteuid() == 0
	if _, err := fusermount(); !root && err != nil {
		return "install the package fuse3, whose fusermount3 mounts for users who are not root"
	}
	switch err := openDevice(); {
	case errors.Is(err, os.ErrPermission) && !root:
		return "users can't open /dev/fuse: as root, chmod 666 /dev/fuse"
	case err != nil:
		return "/dev/fuse can't be opened: load the module fuse; in a container pass --device /dev/fuse"
	}
	switch {
	case root:
		return "in a container, give it --cap-add SYS_ADMIN; the kernel's log tells of mount options it does not know"
	case cfg.Mount.AllowOther:
		return "allow_other needs the line user_allow_other in /etc/fuse.conf"
	}
	return "the mount point must be yours to write"
}

// openDevice tries the device. Fusermount3 opens it with the user's rights.
func openDevice() error {
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err == nil {
		f.Close()
	}
	return err
}
