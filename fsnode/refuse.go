// SPDX-License-Identifier: Apache-2.0

package fsnode

import (
	"context"
	"syscall"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// The shape of the tree is the bus's: nobody can make or remove places.
var (
	_ gofs.NodeMkdirer   = (*node)(nil)
	_ gofs.NodeMknoder   = (*node)(nil)
	_ gofs.NodeCreater   = (*node)(nil)
	_ gofs.NodeSymlinker = (*node)(nil)
	_ gofs.NodeLinker    = (*node)(nil)
	_ gofs.NodeUnlinker  = (*node)(nil)
	_ gofs.NodeRmdirer   = (*node)(nil)
	_ gofs.NodeRenamer   = (*node)(nil)
)

func (n *node) refuse() syscall.Errno {
	if n.fs.ReadOnly {
		return syscall.EROFS
	}
	return syscall.EPERM
}

// Mkdir implements gofs.NodeMkdirer.
func (n *node) Mkdir(context.Context, string, uint32, *fuse.EntryOut) (*gofs.Inode, syscall.Errno) {
	return nil, n.refuse()
}

// Mknod implements gofs.NodeMknoder.
func (n *node) Mknod(context.Context, string, uint32, uint32, *fuse.EntryOut) (*gofs.Inode, syscall.Errno) {
	return nil, n.refuse()
}

// Create implements gofs.NodeCreater.
func (n *node) Create(context.Context, string, uint32, uint32, *fuse.EntryOut) (*gofs.Inode, gofs.FileHandle, uint32, syscall.Errno) {
	return nil, nil, 0, n.refuse()
}

// Symlink implements gofs.NodeSymlinker.
func (n *node) Symlink(context.Context, string, string, *fuse.EntryOut) (*gofs.Inode, syscall.Errno) {
	return nil, n.refuse()
}

// Link implements gofs.NodeLinker.
func (n *node) Link(context.Context, gofs.InodeEmbedder, string, *fuse.EntryOut) (*gofs.Inode, syscall.Errno) {
	return nil, n.refuse()
}

// Unlink implements gofs.NodeUnlinker.
func (n *node) Unlink(context.Context, string) syscall.Errno { return n.refuse() }

// Rmdir implements gofs.NodeRmdirer.
func (n *node) Rmdir(context.Context, string) syscall.Errno { return n.refuse() }

// Rename implements gofs.NodeRenamer.
func (n *node) Rename(context.Context, string, gofs.InodeEmbedder, string, uint32) syscall.Errno {
	return n.refuse()
}
