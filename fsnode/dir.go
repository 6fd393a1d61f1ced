// SPDX-License-Identifier: Apache-2.0

package fsnode

import (
	"context"
	"path"
	"syscall"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"owfs/transport"
)

// A dirHandle is an open directory: a listing, and how far it was read.
type dirHandle struct {
	node    *node
	entries []transport.Entry
	at      int
}

var (
	_ gofs.FileReaddirenter = (*dirHandle)(nil)
	_ gofs.FileLookuper     = (*dirHandle)(nil)
	_ gofs.FileSeekdirer    = (*dirHandle)(nil)
)

func (d *dirHandle) list(ctx context.Context) syscall.Errno {
	n := d.node
	list, err := n.fs.Transport.Dir(ctx, n.fs.request(n.path))
	if err != nil {
		return n.missing(err)
	}
	if gone := n.vanished(list); len(gone) > 0 {
		go n.drop(gone)
	}
	d.entries = list
	return 0
}

// Readdirent implements gofs.FileReaddirenter. As in the C program "." and
// ".." come last.
func (d *dirHandle) Readdirent(context.Context) (*fuse.DirEntry, syscall.Errno) {
	i := d.at
	if i >= len(d.entries)+2 {
		return nil, 0
	}
	d.at++
	e := fuse.DirEntry{Off: uint64(d.at), Mode: fuse.S_IFDIR}
	switch i {
	case len(d.entries):
		e.Name, e.Ino = ".", inode(d.node.path)
	case len(d.entries) + 1:
		e.Name, e.Ino = "..", inode(path.Dir(d.node.path))
	default:
		e.Name, e.Mode = d.entries[i].Name, mode(d.entries[i])
		e.Ino = inode(path.Join(d.node.path, e.Name))
	}
	return &e, 0
}

// Lookup implements gofs.FileLookuper: the listing has told all that the
// kernel wants to know of an entry.
func (d *dirHandle) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*gofs.Inode, syscall.Errno) {
	if i := d.at - 1; i >= 0 && i < len(d.entries) && d.entries[i].Name == name {
		return d.node.fs.child(ctx, d.node, name, d.entries[i], out), 0
	}
	return d.node.Lookup(ctx, name, out)
}

// Seekdir implements gofs.FileSeekdirer. Offsets count the entries.
func (d *dirHandle) Seekdir(ctx context.Context, off uint64) syscall.Errno {
	if off > uint64(len(d.entries)+2) {
		return syscall.EINVAL
	}
	d.at = int(off)
	return 0
}
