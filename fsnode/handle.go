// SPDX-License-Identifier: Apache-2.0

package fsnode

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"syscall"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// A handle is an open file. It reads the device once: what it holds then is
// what all reads get, whatever their offsets, until one begins at 0 again.
type handle struct {
	node *node

	mu    sync.Mutex
	have  bool // value and err are set
	used  bool // something was read from the start
	value []byte
	err   syscall.Errno
}

var (
	_ gofs.FileReader    = (*handle)(nil)
	_ gofs.FileWriter    = (*handle)(nil)
	_ gofs.FileReleaser  = (*handle)(nil)
	_ gofs.FileFlusher   = (*handle)(nil)
	_ gofs.FileFsyncer   = (*handle)(nil)
	_ gofs.FileAllocater = (*handle)(nil)
)

// fill reads the device. h.mu is held, or nobody else knows h yet.
func (h *handle) fill(ctx context.Context) {
	n := h.node
	value, err := n.fs.Transport.Read(ctx, n.fs.request(n.path))
	if errors.Is(err, syscall.ENOTSUP) {
		// Where the mode says that there is nothing to read, who may pass over
		// that (root's tar, grep -r) finds nothing instead of an error.
		if e, gone := n.fs.Transport.Stat(ctx, n.fs.request(n.path)); gone == nil && !e.Readable() {
			value, err = nil, nil
		}
	}
	h.value, h.err = value, 0
	if err != nil {
		if h.err = n.missing(err); h.err == syscall.EINTR {
			return
		}
	}
	n.hold(int64(len(value)), !h.have, err == nil)
	h.have, h.used = true, false
}

// hold notes that an open file has a snapshot of this length. The kernel must
// ask for size and time again if they are not those it was told.
func (n *node) hold(length int64, first, good bool) {
	n.mu.Lock()
	if first {
		n.opens++
	}
	n.exact, n.taken = length, time.Now()
	stale := n.timely || length != n.size
	if n.static && good {
		stale = n.known != length && length != n.size
		n.known = length
	}
	n.mu.Unlock()
	if stale {
		// A negative offset drops the attributes and leaves the data alone,
		// which takes no lock that a request could hold.
		n.NotifyContent(-1, 0)
	}
}

// Read implements gofs.FileReader.
func (h *handle) Read(ctx context.Context, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.have || off == 0 && h.used {
		if h.fill(ctx); h.err == syscall.EINTR {
			return nil, h.err
		}
	}
	h.used = true
	if h.err != 0 {
		return nil, h.err
	}
	if off >= int64(len(h.value)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(h.value[off:min(off+int64(len(dest)), int64(len(h.value)))]), 0
}

// Write implements gofs.FileWriter. Each write is a value of its own. What
// does not fit is an error, as a writer that is told "0 bytes" tries for ever;
// only the newline that a shell appends is let go.
func (h *handle) Write(ctx context.Context, data []byte, off int64) (uint32, syscall.Errno) {
	n := h.node
	req := n.fs.request(n.path)
	req.Offset = off
	taken, err := n.fs.Transport.Write(ctx, req, bytes.Clone(data))
	if err != nil {
		return 0, n.missing(err)
	}
	h.forget()
	switch rest := data[taken:]; {
	case len(bytes.TrimLeft(rest, "\r\n")) == 0:
		return uint32(len(data)), 0
	case taken == 0:
		return 0, syscall.ENOSPC
	}
	return uint32(taken), 0
}

// forget makes the next read ask the device again.
func (h *handle) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.have {
		h.used = true
	}
}

// Release implements gofs.FileReleaser.
func (h *handle) Release(context.Context) syscall.Errno {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.have {
		h.node.mu.Lock()
		h.node.opens--
		h.node.mu.Unlock()
	}
	return 0
}

// Flush implements gofs.FileFlusher: a write is done when it returns.
func (h *handle) Flush(context.Context) syscall.Errno { return 0 }

// Fsync implements gofs.FileFsyncer.
func (h *handle) Fsync(context.Context, uint32) syscall.Errno { return 0 }

// Allocate implements gofs.FileAllocater.
func (h *handle) Allocate(context.Context, uint64, uint64, uint32) syscall.Errno { return 0 }
