// SPDX-License-Identifier: Apache-2.0

package fsnode

import (
	"context"
	"path"
	"sync"
	"syscall"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"owfs/transport"
)

// A node is a place of the tree, directory or file.
type node struct {
	gofs.Inode
	fs   *filesystem
	path string

	mu     sync.Mutex
	size   int64     // that a value has at most
	timely bool      // it shows the time at which it is looked at
	static bool      // its value never changes
	known  int64     // length of the value of a static file, once it was read
	opens  int       // snapshots held by open files
	exact  int64     // length of the latest of them
	taken  time.Time // when the latest of them was
	listed []string  // devices shown by the latest listing
}

var (
	_ gofs.NodeLookuper       = (*node)(nil)
	_ gofs.NodeGetattrer      = (*node)(nil)
	_ gofs.NodeSetattrer      = (*node)(nil)
	_ gofs.NodeStatfser       = (*node)(nil)
	_ gofs.NodeOpener         = (*node)(nil)
	_ gofs.NodeOpendirHandler = (*node)(nil)
)

// maxName is the longest name that kernels hand on to a FUSE filesystem; those
// since Linux 6.14 leave it to the filesystem to refuse more.
const maxName = 1024

// Lookup implements gofs.NodeLookuper.
func (n *node) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*gofs.Inode, syscall.Errno) {
	if len(name) > maxName {
		return nil, syscall.ENAMETOOLONG
	}
	e, err := n.fs.Transport.Stat(ctx, n.fs.request(path.Join(n.path, name)))
	if err != nil {
		return nil, n.failed(err)
	}
	return n.fs.child(ctx, n, name, e, out), 0
}

// Getattr implements gofs.NodeGetattrer. While a file is open it tells the
// length of what the opener reads and when that was, so that programs which
// compare it with what they get, or look again at the end whether the file has
// changed (tar, rsync, wc), are content; else the most a value can have.
func (n *node) Getattr(ctx context.Context, _ gofs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	e, err := n.fs.Transport.Stat(ctx, n.fs.request(n.path))
	if err != nil {
		return n.missing(err)
	}
	keep := n.fs.keep(e)
	e.Size = n.shown(e)
	if exact, taken, open := n.opened(); open && e.Change != transport.Static {
		e.Size, keep = exact, 0
		if e.ModTime.IsZero() {
			e.ModTime = taken
		}
	}
	n.fs.attr(n.path, e, &out.Attr)
	out.SetTimeout(keep)
	return 0
}

// Setattr implements gofs.NodeSetattrer: a shell truncates before it writes,
// and chmod, chown and touch are no errors, but nothing comes of them.
func (n *node) Setattr(ctx context.Context, f gofs.FileHandle, _ *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return n.Getattr(ctx, f, out)
}

// Statfs implements gofs.NodeStatfser. As for other trees without storage
// there are no blocks to speak of.
func (n *node) Statfs(_ context.Context, out *fuse.StatfsOut) syscall.Errno {
	out.Bsize, out.Frsize, out.NameLen = 4096, 4096, 255
	return 0
}

// failed logs what the user should know of and translates it.
func (n *node) failed(err error) syscall.Errno {
	e := errno(err)
	if e == syscall.EIO {
		n.fs.Log.Info(err.Error())
	} else {
		n.fs.Log.Debug(err.Error(), "errno", e)
	}
	return e
}

// opened tells whether an open file holds a snapshot, how long it is, and when
// it was taken.
func (n *node) opened() (length int64, taken time.Time, open bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.exact, n.taken, n.opens > 0
}

// Open implements gofs.NodeOpener. A file opened to be read is read at once;
// if that fails, the read fails.
func (n *node) Open(ctx context.Context, flags uint32) (gofs.FileHandle, uint32, syscall.Errno) {
	h, told := &handle{node: n}, n.told()
	if flags&syscall.O_ACCMODE == syscall.O_RDONLY {
		if h.fill(ctx); h.err == syscall.EINTR {
			return nil, 0, syscall.EINTR
		}
	}
	if told > 0 && h.have && h.err == 0 && int64(len(h.value)) == told {
		// The kernel was told the length, so it can keep the bytes.
		return h, fuse.FOPEN_KEEP_CACHE | fuse.FOPEN_NOFLUSH, 0
	}
	return h, fuse.FOPEN_DIRECT_IO | fuse.FOPEN_NOFLUSH, 0
}

// OpendirHandle implements gofs.NodeOpendirHandler.
func (n *node) OpendirHandle(ctx context.Context, _ uint32) (gofs.FileHandle, uint32, syscall.Errno) {
	d := &dirHandle{node: n}
	if e := d.list(ctx); e != 0 {
		return nil, 0, e
	}
	return d, 0, 0
}

// vanished tells which devices an earlier listing showed and this one does not.
func (n *node) vanished(list []transport.Entry) []string {
	now := map[string]bool{}
	var names []string
	for _, e := range list {
		if e.Device {
			now[e.Name] = true
			names = append(names, e.Name)
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	var gone []string
	for _, name := range n.listed {
		if !now[name] {
			gone = append(gone, name)
		}
	}
	n.listed = names
	return gone
}

// drop makes the kernel forget devices that have left. It runs by itself: a
// notification can wait for a request that is under way.
func (n *node) drop(names []string) {
	for _, name := range names {
		if c := n.GetChild(name); c != nil {
			n.NotifyDelete(name, c)
			n.RmChild(name)
		} else {
			n.NotifyEntry(name)
		}
	}
}

// missing is failed for a place that the kernel knows: if it is not there any
// more, the kernel must ask again for its name and those it is below, which it
// would go by for as long as listings are kept.
func (n *node) missing(err error) syscall.Errno {
	e := n.failed(err)
	if e == syscall.ENOENT {
		go n.recheck()
	}
	return e
}

// recheck makes the kernel ask for a place and all above it. It runs by itself,
// as drop does.
func (n *node) recheck() {
	for name, p := n.Parent(); p != nil; name, p = p.Parent() {
		p.NotifyEntry(name)
	}
}

// shown notes what the transport says of the place, and returns the size to
// show: that of a value which never changes is exact, once it was read.
func (n *node) shown(e transport.Entry) int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.size, n.timely = e.Size, e.ModTime.IsZero() && !e.Dir
	if n.static = e.Change == transport.Static && !e.Dir; !n.static {
		n.known = 0
	}
	if n.known > 0 {
		return n.known
	}
	return e.Size
}

// told is the exact length that the kernel was told, 0 if it was not.
func (n *node) told() int64 {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.known
}
