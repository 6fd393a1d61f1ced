// SPDX-License-Identifier: Apache-2.0

package fsnode

import (
	"context"
	"slices"
	"strings"
	"syscall"

	gofs "github.com/hanwen/go-fuse/v2/fs"

	"owfs/transport"
)

// xattrPrefix begins the name of every extended attribute that a place has:
// user.owfs.format, user.owfs.change, user.owfs.unit …
const xattrPrefix = "user.owfs."

var (
	_ gofs.NodeGetxattrer    = (*node)(nil)
	_ gofs.NodeListxattrer   = (*node)(nil)
	_ gofs.NodeSetxattrer    = (*node)(nil)
	_ gofs.NodeRemovexattrer = (*node)(nil)
)

func (n *node) describe(ctx context.Context) (map[string]string, syscall.Errno) {
	d, ok := n.fs.Transport.(transport.Describer)
	if !ok {
		return nil, 0
	}
	about, err := d.Describe(ctx, n.fs.request(n.path))
	if err != nil {
		return nil, n.failed(err)
	}
	return about, 0
}

// Getxattr implements gofs.NodeGetxattrer.
func (n *node) Getxattr(ctx context.Context, attr string, dest []byte) (uint32, syscall.Errno) {
	key, ours := strings.CutPrefix(attr, xattrPrefix)
	if !ours {
		return 0, syscall.ENODATA
	}
	about, e := n.describe(ctx)
	if e != 0 {
		return 0, e
	}
	value, ok := about[key]
	if !ok {
		return 0, syscall.ENODATA
	}
	return fit(dest, value)
}

// Listxattr implements gofs.NodeListxattrer.
func (n *node) Listxattr(ctx context.Context, dest []byte) (uint32, syscall.Errno) {
	about, e := n.describe(ctx)
	if e != 0 {
		return 0, e
	}
	var keys []string
	for key := range about {
		keys = append(keys, xattrPrefix+key+"\x00")
	}
	slices.Sort(keys)
	return fit(dest, strings.Join(keys, ""))
}

func fit(dest []byte, value string) (uint32, syscall.Errno) {
	if len(dest) < len(value) {
		return uint32(len(value)), syscall.ERANGE
	}
	return uint32(copy(dest, value)), 0
}

// Setxattr implements gofs.NodeSetxattrer.
func (n *node) Setxattr(context.Context, string, []byte, uint32) syscall.Errno { return n.refuse() }

// Removexattr implements gofs.NodeRemovexattrer.
func (n *node) Removexattr(context.Context, string) syscall.Errno { return n.refuse() }
