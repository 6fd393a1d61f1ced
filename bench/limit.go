// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"os"
	"os/signal"
	"path"
	"strings"
	"syscall"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// A tree is what the limit serves: values by path; directories end in a slash
// and have none.
type tree map[string]string

// static is a file of the limit, which does nothing but serve its bytes.
type static struct {
	gofs.Inode
	value []byte
}

var (
	_ gofs.NodeOpener    = (*static)(nil)
	_ gofs.NodeReader    = (*static)(nil)
	_ gofs.NodeGetattrer = (*static)(nil)
)

func (s *static) Open(context.Context, uint32) (gofs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO | fuse.FOPEN_NOFLUSH, 0
}

func (s *static) Read(_ context.Context, _ gofs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	from := min(off, int64(len(s.value)))
	to := min(from+int64(len(dest)), int64(len(s.value)))
	return fuse.ReadResultData(s.value[from:to]), 0
}

func (s *static) Getattr(_ context.Context, _ gofs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode, out.Size = 0o444, uint64(len(s.value))
	return 0
}

// place returns the inode of a directory below root, and makes it if need be.
func place(ctx context.Context, root *gofs.Inode, dir string) *gofs.Inode {
	for _, name := range strings.Split(dir, "/") {
		if name == "" || name == "." {
			continue
		}
		c := root.GetChild(name)
		if c == nil {
			c = root.NewPersistentInode(ctx, &gofs.Inode{}, gofs.StableAttr{Mode: syscall.S_IFDIR})
			root.AddChild(name, c, false)
		}
		root = c
	}
	return root
}

// serveLimit mounts the tree in a file until it is told to stop.
func serveLimit(file, dir string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var t tree
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	long := time.Hour
	root := &gofs.Inode{}
	server, err := gofs.Mount(dir, root, &gofs.Options{
		EntryTimeout: &long, AttrTimeout: &long,
		OnAdd: func(ctx context.Context) {
			for name, value := range t {
				up := place(ctx, root, path.Dir(name))
				if !strings.HasSuffix(name, "/") {
					up.AddChild(path.Base(name), up.NewPersistentInode(ctx, &static{value: []byte(value)}, gofs.StableAttr{}), false)
				}
			}
		},
		MountOptions: fuse.MountOptions{
			FsName: "limit", Name: "bench", DirectMount: os.Geteuid() == 0, MaxBackground: 64,
			Options: []string{"default_permissions"}, ExtraCapabilities: fuse.CAP_READDIRPLUS_AUTO,
			DisableSplice: true, // else go-fuse tries it for each read, in vain
		},
	})
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	go func() {
		<-signals
		server.Unmount()
	}()
	server.Wait()
	return nil
}
