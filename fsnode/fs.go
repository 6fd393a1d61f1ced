// SPDX-License-Identifier: Apache-2.0

// Package fsnode shows any transport as a FUSE filesystem. It is thin: nodes
// hold nothing but the filesystem and their path, and map listings, reads and
// writes onto the transport.
//
// What the kernel keeps follows from how often a place changes (transport.
// Change): names and attributes for as long as listings are kept, longer for
// what never changes; the content never, as every file is opened with direct
// I/O. Each open file holds a snapshot taken when it was opened, so that a cat
// is one read of the device.
//
// To see the requests of the kernel, set Debug in the mount options.
package fsnode

import (
	"context"
	"hash/fnv"
	"io/fs"
	"log/slog"
	"path"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"owfs/owproto"
	"owfs/transport"
)

// Config says how a transport is shown. Transport must be set.
type Config struct {
	Transport transport.Transport
	// Options are the scales, format and trimming of each request, asked for
	// each time as they can change; unset: none.
	Options func() owproto.Flags
	// UID and GID own every file and directory.
	UID, GID uint32
	// Umask takes permission bits away.
	Umask fs.FileMode
	// ReadOnly makes changes of the tree fail with EROFS instead of EPERM.
	ReadOnly bool
	// Keep is how long the kernel keeps names and attributes, asked for each
	// time; unset: 60 s. What never changes it keeps for an hour.
	Keep func() time.Duration
	// Log gets what goes wrong; unset: nothing.
	Log *slog.Logger
}

const (
	defaultKeep = 60 * time.Second
	keepStatic  = time.Hour
)

// New returns the root of a filesystem, to be mounted by go-fuse.
func New(c Config) gofs.InodeEmbedder {
	if c.Options == nil {
		c.Options = func() owproto.Flags { return 0 }
	}
	if c.Keep == nil {
		c.Keep = func() time.Duration { return defaultKeep }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	c.Transport = patient{c.Transport}
	return &node{fs: &filesystem{c}, path: "/"}
}

type filesystem struct{ Config }

func (f *filesystem) request(path string) transport.Request {
	return transport.Request{Path: path, Options: f.Options()}
}

// inode numbers are a hash of the path, so that they are the same after each
// mount. The low numbers are the kernel's and the root's.
func inode(path string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(path))
	return h.Sum64()&(1<<63-1) | 1<<8
}

// RootInode is the inode number of the root, for the mount options.
func RootInode() uint64 { return inode("/") }

func mode(e transport.Entry) uint32 {
	if e.Dir {
		return fuse.S_IFDIR
	}
	return fuse.S_IFREG
}

// attr fills in the attributes of an entry.
func (f *filesystem) attr(name string, e transport.Entry, a *fuse.Attr) {
	a.Ino = inode(name)
	a.Mode = mode(e) | uint32(e.Perm&^f.Umask&0o777)
	a.Size = uint64(e.Size)
	a.Nlink = 1
	a.Blksize = 4096
	a.Uid, a.Gid = f.UID, f.GID
	at := e.ModTime
	if at.IsZero() {
		at = time.Now()
	}
	a.SetTimes(&at, &at, &at)
}

// keep is how long the kernel may trust a name and its attributes.
func (f *filesystem) keep(e transport.Entry) time.Duration {
	switch {
	case !e.Lasting:
		return time.Second
	case e.Change == transport.Static:
		return keepStatic
	}
	return f.Keep()
}

func (f *filesystem) entryOut(name string, e transport.Entry, out *fuse.EntryOut) {
	f.attr(name, e, &out.Attr)
	keep := f.keep(e)
	out.SetEntryTimeout(keep)
	out.SetAttrTimeout(keep)
}

// child makes or finds the inode of a place. What is known of a file stays with
// its node for as long as the kernel remembers it.
func (f *filesystem) child(ctx context.Context, n *node, name string, e transport.Entry, out *fuse.EntryOut) *gofs.Inode {
	full := path.Join(n.path, name)
	f.entryOut(full, e, out)
	if c := n.GetChild(name); c != nil && c.StableAttr().Mode == mode(e) {
		known := c.Operations().(*node)
		out.Attr.Size = uint64(known.shown(e))
		return c
	}
	c := &node{fs: f, path: full}
	c.shown(e)
	return n.NewInode(ctx, c, gofs.StableAttr{Mode: mode(e), Ino: inode(full)})
}
