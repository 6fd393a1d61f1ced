// SPDX-License-Identifier: Apache-2.0

package fsnode

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"owfs/transport"
	"owfs/transport/memory"
)

func TestErrno(t *testing.T) {
	for _, test := range []struct {
		err  error
		want syscall.Errno
	}{
		{nil, 0},
		{syscall.ENOENT, syscall.ENOENT},
		{transport.Wrap("read", "/x", syscall.ENOTSUP), syscall.ENOTSUP},
		{transport.Wrap("read", "/x", transport.Cause(syscall.EIO, "peer is away")), syscall.EIO},
		{fmt.Errorf("deeper: %w", transport.Wrap("read", "/x", syscall.EINVAL)), syscall.EINVAL},
		{transport.Wrap("read", "/x", context.Canceled), syscall.EINTR},
		{transport.Wrap("read", "/x", context.DeadlineExceeded), syscall.EIO},
		{errors.New("who knows"), syscall.EIO},
		{syscall.ENOSYS, syscall.EIO}, // the kernel would never ask again
		{syscall.Errno(0), syscall.EIO},
	} {
		if got := errno(test.err); got != test.want {
			t.Errorf("%v becomes %v, want %v", test.err, got, test.want)
		}
	}
}

func TestInodes(t *testing.T) {
	seen := map[uint64]string{}
	for i := range 20000 {
		path := fmt.Sprintf("/28.%012X/temperature", i)
		n := inode(path)
		if n < 1<<8 || n>>63 != 0 {
			t.Fatalf("%s has inode number %d", path, n)
		}
		if other := seen[n]; other != "" {
			t.Fatalf("%s and %s have the same inode number", path, other)
		}
		seen[n] = path
	}
}

// slow returns a tree with a file that takes a time to read.
func slow(d time.Duration) patient {
	tree := memory.New()
	tree.Add("/slow", memory.File{OnRead: func(ctx context.Context) ([]byte, error) {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(d):
			return []byte("21.5"), nil
		}
	}})
	return patient{tree}
}

// A signal does not break off a read that ends soon; one that lasts is left.
func TestInterrupt(t *testing.T) {
	for _, test := range []struct {
		takes, after time.Duration
		want         error
	}{
		{500 * time.Millisecond, 500 * time.Millisecond, nil},
		{time.Hour, 100*time.Millisecond + grace, context.Canceled},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			begin := time.Now()
			_, err := slow(test.takes).Read(ctx, transport.Request{Path: "/slow"})
			if took := time.Since(begin); !errors.Is(err, test.want) || took != test.after {
				t.Errorf("a read of %v that is interrupted: %v after %v, want %v after %v", test.takes, err, took, test.want, test.after)
			}
		})
	}
}
