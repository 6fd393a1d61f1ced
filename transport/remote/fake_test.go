// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"errors"
	"strings"
	"sync"

	"owfs/hw"
	"owfs/owproto"
)

// A fake is a peer: a map of what it says, and a record of what it was asked.
type fake struct {
	mu    sync.Mutex
	asked []string
	away  bool              // it does not answer
	dirs  map[string]string // listings by path, names joined by commas, directories with a slash
	files map[string]string
	noROM bool // PRESENCE says yes and no more, as older servers do
	block chan struct{}
}

var errAway = errors.New("connection refused")

func (f *fake) ask(what string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, what)
	if f.away {
		return errAway
	}
	return nil
}

// messages returns what was asked since the last call.
func (f *fake) messages() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := strings.Join(f.asked, ", ")
	f.asked = nil
	return all
}

func (f *fake) set(away bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.away = away
}

func (f *fake) Read(ctx context.Context, path string, _ owproto.Flags, size, _ int) ([]byte, error) {
	if err := f.ask("read " + path); err != nil {
		return nil, err
	}
	if f.block != nil {
		select {
		case <-f.block:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	text, ok := f.files[path]
	if !ok {
		return nil, owproto.ErrUnknownPath
	}
	return []byte(text[:min(size, len(text))]), nil
}

func (f *fake) Write(_ context.Context, path string, data []byte, _ owproto.Flags, _ int) (int, error) {
	if err := f.ask("write " + path); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.files[path] = string(data)
	return len(data), nil
}

func (f *fake) Dir(_ context.Context, path string, _ owproto.Flags) (owproto.Listing, error) {
	if err := f.ask("dir " + path); err != nil {
		return owproto.Listing{}, err
	}
	names, ok := f.dirs[path]
	if !ok {
		return owproto.Listing{}, owproto.ErrUnknownPath
	}
	list := owproto.Listing{Marked: true}
	for _, n := range strings.Split(names, ",") {
		name, dir := strings.CutSuffix(n, "/")
		list.Entries = append(list.Entries, owproto.ListEntry{Path: strings.TrimSuffix(path, "/") + "/" + name, Dir: dir})
	}
	return list, nil
}

func (f *fake) Presence(_ context.Context, path string, _ owproto.Flags) (rom [8]byte, known bool, err error) {
	if err := f.ask("presence " + path); err != nil {
		return rom, false, err
	}
	for _, names := range f.dirs {
		for _, n := range strings.Split(names, ",") {
			if "/"+strings.TrimSuffix(n, "/") != path {
				continue
			}
			code, err := hw.ParseROM(path[1:])
			if err != nil {
				code, _ = hw.ParseROM(f.files[path+"/address"])
			}
			return code, !f.noROM && code.Valid(), nil
		}
	}
	return rom, false, owproto.ErrUnknownPath
}
