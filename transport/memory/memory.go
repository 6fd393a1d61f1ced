// SPDX-License-Identifier: Apache-2.0

// Package memory is a Transport over a tree that lives in memory: for tests of
// what sits above a transport, and as the limit that a measurement of a mount
// can be compared with.
package memory

import (
	"context"
	"io/fs"
	"path"
	"sync"
	"syscall"
	"time"

	"owfs/transport"
)

// A File is one file of a Tree.
type File struct {
	Value  []byte
	Perm   uint32 // permission bits; 0 means 0444
	Size   int64  // the size Stat tells; 0 means the length of the value
	Change transport.Change
	// OnRead and OnWrite, when set, run in place of the plain ones.
	OnRead  func(ctx context.Context) ([]byte, error)
	OnWrite func(ctx context.Context, data []byte, offset int64) (int, error)
}

// A Tree is a Transport. Make one with New.
type Tree struct {
	mu    sync.RWMutex
	start time.Time
	files map[string]*File
	dirs  map[string]*dir
}

type dir struct {
	names  []string // in the order they were added
	device bool
}

// New returns a tree that holds nothing but its root.
func New() *Tree {
	return &Tree{
		start: time.Now(),
		files: map[string]*File{},
		dirs:  map[string]*dir{"/": {}},
	}
}

// Add puts a file into the tree, with the directories above it.
func (t *Tree) Add(name string, f File) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.Perm == 0 {
		f.Perm = 0o444
	}
	t.addDir(path.Dir(name))
	if t.files[name] == nil {
		t.link(name)
	}
	t.files[name] = &f
}

// AddDevice puts a device's directory into the tree.
func (t *Tree) AddDevice(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.addDir(name)
	t.dirs[name].device = true
}

func (t *Tree) addDir(name string) {
	if t.dirs[name] != nil {
		return
	}
	t.addDir(path.Dir(name))
	t.dirs[name] = &dir{}
	t.link(name)
}

func (t *Tree) link(name string) {
	up := t.dirs[path.Dir(name)]
	up.names = append(up.names, path.Base(name))
}

// Remove takes a place and all below it out of the tree.
func (t *Tree) Remove(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if d := t.dirs[name]; d != nil {
		for _, n := range d.names {
			delete(t.files, path.Join(name, n))
		}
		delete(t.dirs, name)
	}
	delete(t.files, name)
	up := t.dirs[path.Dir(name)]
	kept := up.names[:0:0]
	for _, n := range up.names {
		if n != path.Base(name) {
			kept = append(kept, n)
		}
	}
	up.names = kept
}

// Dir implements transport.Transport.
func (t *Tree) Dir(ctx context.Context, req transport.Request) ([]transport.Entry, error) {
	if err := ctx.Err(); err != nil {
		return nil, transport.Wrap("dir", req.Path, err)
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	d := t.dirs[req.Path]
	if d == nil {
		return nil, transport.Wrap("dir", req.Path, t.missing(req.Path, syscall.ENOTDIR))
	}
	list := make([]transport.Entry, len(d.names))
	for i, n := range d.names {
		list[i], _ = t.stat(path.Join(req.Path, n))
	}
	return list, nil
}

// missing is ENOENT, or what it is of a file that was taken for a directory.
func (t *Tree) missing(name string, isFile syscall.Errno) error {
	if t.files[name] != nil {
		return isFile
	}
	return syscall.ENOENT
}

func (t *Tree) stat(name string) (transport.Entry, bool) {
	e := transport.Entry{Name: path.Base(name), ModTime: t.start, Lasting: true}
	if d := t.dirs[name]; d != nil {
		e.Dir, e.Perm, e.Size, e.Device = true, 0o755, 4096, d.device
		e.Change = transport.Listing
		return e, true
	}
	f := t.files[name]
	if f == nil {
		return transport.Entry{}, false
	}
	e.Perm, e.Size, e.Change = 0o777&permOf(f), f.Size, f.Change
	if e.Size == 0 {
		e.Size = int64(len(f.Value))
	}
	return e, true
}

// Stat implements transport.Transport.
func (t *Tree) Stat(ctx context.Context, req transport.Request) (transport.Entry, error) {
	if err := ctx.Err(); err != nil {
		return transport.Entry{}, transport.Wrap("stat", req.Path, err)
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	e, ok := t.stat(req.Path)
	if !ok {
		return e, transport.Wrap("stat", req.Path, syscall.ENOENT)
	}
	return e, nil
}

// file finds a file to read or write.
func (t *Tree) file(ctx context.Context, name string) (*File, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	f := t.files[name]
	switch {
	case f != nil:
		return f, nil
	case t.dirs[name] != nil:
		return nil, syscall.EISDIR
	}
	return nil, syscall.ENOENT
}

// Read implements transport.Transport.
func (t *Tree) Read(ctx context.Context, req transport.Request) ([]byte, error) {
	f, err := t.file(ctx, req.Path)
	if err == nil && f.Perm&0o444 == 0 {
		err = syscall.ENOTSUP
	}
	if err != nil {
		return nil, transport.Wrap("read", req.Path, err)
	}
	if f.OnRead != nil {
		value, err := f.OnRead(ctx)
		return value, transport.Wrap("read", req.Path, err)
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	return append([]byte(nil), f.Value...), nil
}

// Write implements transport.Transport. A plain file takes the whole value;
// with a Size, it takes that many bytes and no more.
func (t *Tree) Write(ctx context.Context, req transport.Request, data []byte) (int, error) {
	f, err := t.file(ctx, req.Path)
	if err == nil && f.Perm&0o222 == 0 {
		err = syscall.ENOTSUP
	}
	if err != nil {
		return 0, transport.Wrap("write", req.Path, err)
	}
	if f.OnWrite != nil {
		n, err := f.OnWrite(ctx, append([]byte(nil), data...), req.Offset)
		return n, transport.Wrap("write", req.Path, err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if f.Size > 0 && int64(len(data)) > f.Size {
		data = data[:f.Size]
	}
	f.Value = append([]byte(nil), data...)
	return len(data), nil
}

func permOf(f *File) fs.FileMode { return fs.FileMode(f.Perm) }
