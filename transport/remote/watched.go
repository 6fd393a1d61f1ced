// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"log/slog"
	"sync/atomic"

	"owfs/owproto"
)

// watched passes requests on, logs each of them, and says once that the peer
// has gone away and once that it is back.
type watched struct {
	Client
	addr string
	log  *slog.Logger
	away atomic.Bool
}

func (w *watched) ask(msg, path string) {
	w.log.Debug("wire", "msg", msg, "peer", w.addr, "path", path)
}

// heard notes whether the peer gave an answer. Who did not wait for it has
// heard nothing.
func (w *watched) heard(ctx context.Context, err error) {
	switch {
	case said(err):
		if w.away.CompareAndSwap(true, false) {
			w.log.Warn("owserver is back", "server", w.addr)
		}
	case ctx.Err() == nil && w.away.CompareAndSwap(false, true):
		w.log.Warn("owserver does not answer", "server", w.addr, "err", err)
	}
}

func (w *watched) Read(ctx context.Context, path string, flags owproto.Flags, size, offset int) ([]byte, error) {
	w.ask("read", path)
	value, err := w.Client.Read(ctx, path, flags|owproto.FlagOwnet, size, offset)
	w.heard(ctx, err)
	return value, err
}

func (w *watched) Write(ctx context.Context, path string, data []byte, flags owproto.Flags, offset int) (int, error) {
	w.ask("write", path)
	n, err := w.Client.Write(ctx, path, data, flags|owproto.FlagOwnet, offset)
	w.heard(ctx, err)
	return n, err
}

func (w *watched) Dir(ctx context.Context, path string, flags owproto.Flags) (owproto.Listing, error) {
	w.ask("dir", path)
	list, err := w.Client.Dir(ctx, path, flags|owproto.FlagOwnet)
	w.heard(ctx, err)
	return list, err
}

func (w *watched) Presence(ctx context.Context, path string, flags owproto.Flags) (rom [8]byte, known bool, err error) {
	w.ask("presence", path)
	rom, known, err = w.Client.Presence(ctx, path, flags|owproto.FlagOwnet)
	w.heard(ctx, err)
	return rom, known, err
}
