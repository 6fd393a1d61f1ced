// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"syscall"

	"owfs/transport"
	"owfs/transport/root"
)

// A safe tree lets nobody read past the cache, so that no reader can keep a bus
// busy. That nothing is written either is the root's own setting.
type safe struct{ *root.Root }

// Read implements transport.Transport.
func (s safe) Read(ctx context.Context, req transport.Request) ([]byte, error) {
	if p, err := transport.Parse(req.Path); err == nil && p.Uncached {
		return nil, transport.Wrap("read", req.Path, syscall.EACCES)
	}
	return s.Root.Read(ctx, req)
}
