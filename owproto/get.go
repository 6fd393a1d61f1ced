// SPDX-License-Identifier: Apache-2.0

package owproto

import "context"

// Content is what a path leads to: a listing or data.
type Content struct {
	IsDir   bool
	Listing Listing // of a directory
	Data    []byte  // of a property
}

// Get reads a property, at most size bytes, or lists a directory, whichever the
// path is. A server without MsgGet gets a MsgRead, and if that finds
// a directory, a listing is asked for.
func (c *Client) Get(ctx context.Context, path string, flags Flags, size int) (Content, error) {
	if c.caps.lacks(MsgGetSlash) && c.caps.lacks(MsgGet) {
		return c.readOrDir(ctx, path, flags, size)
	}
	rep, err := c.firstKnown(ctx, &Request{Path: path, Flags: flags, Size: clamp(size)}, MsgGetSlash, MsgGet)
	switch {
	case isErrno(err, ErrUnknownMessage):
		return c.readOrDir(ctx, path, flags, size)
	case err != nil:
		return Content{}, err
	case rep.Ret > 0:
		return Content{Data: rep.data()}, nil
	case len(rep.Payload) > 0:
		return Content{IsDir: true, Listing: rep.listing()}, nil
	}
	return c.emptyContent(ctx, path, flags)
}

// emptyContent finds out what an empty reply is, as an empty directory and
// a property without data look the same.
func (c *Client) emptyContent(ctx context.Context, path string, flags Flags) (Content, error) {
	list, err := c.Dir(ctx, path, flags)
	if isErrno(err, ErrNotDir) {
		return Content{}, nil
	}
	return Content{IsDir: true, Listing: list}, err
}

func (c *Client) readOrDir(ctx context.Context, path string, flags Flags, size int) (Content, error) {
	// A directory needs no size, but MsgRead does to get as far as finding one.
	data, err := c.Read(ctx, path, flags, max(size, 1), 0)
	if isErrno(err, ErrIsDir) {
		list, err := c.Dir(ctx, path, flags)
		return Content{IsDir: true, Listing: list}, err
	}
	if err == nil && size <= 0 {
		err = opError(MsgRead, path, ErrMessageSize) // as MsgGet does
	}
	return Content{Data: data}, err
}
