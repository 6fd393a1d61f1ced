// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"errors"
	"fmt"
	"net"
	"os"
)

// Failures of a Client that no server reported. They come wrapped in an OpError.
var (
	// ErrSilence means that the peer kept silent for longer than
	// Client.Silence. It is a timeout for net.Error and for os.ErrDeadlineExceeded.
	ErrSilence error = timeoutError("peer is silent")
	// ErrDeadline means that the call took longer than Client.Deadline,
	// pings or not. It is a timeout as ErrSilence is.
	ErrDeadline error = timeoutError("no reply before the deadline")
	// ErrClosed means that the Client was closed.
	ErrClosed = fmt.Errorf("client closed: %w", net.ErrClosed)
	// ErrWriteUnknown comes with whatever cut a MsgWrite short once it was
	// sent: the server may have written the value or not. It is never
	// repeated, as writing twice is not the same as writing once.
	ErrWriteUnknown = errors.New("unknown whether the value was written")
	// ErrFraming says that a connection cannot be followed any further. A
	// fatal RequestError is one.
	ErrFraming = errors.New("framing lost")
)

// timeoutError is a net.Error.
type timeoutError string

func (e timeoutError) Error() string   { return string(e) }
func (e timeoutError) Timeout() bool   { return true }
func (e timeoutError) Temporary() bool { return true }
func (e timeoutError) Is(target error) bool {
	return target == os.ErrDeadlineExceeded
}

// OpError is what the methods of Client return: what was asked and what went
// wrong. Err is or wraps an Errno if the server answered.
type OpError struct {
	Op   MessageType
	Path string
	Err  error
}

func (e *OpError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("owproto: %v: %v", e.Op, e.Err)
	}
	return fmt.Sprintf("owproto: %v %s: %v", e.Op, shorten(e.Path), e.Err)
}

// shorten keeps paths of thousands of bytes out of the logs.
func shorten(path string) string {
	if len(path) <= 200 {
		return path
	}
	return path[:197] + "..."
}

// Unwrap returns Err.
func (e *OpError) Unwrap() error { return e.Err }

// opError is nil for nil, and does not wrap twice.
func opError(op MessageType, path string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := err.(*OpError); ok {
		return err
	}
	return &OpError{Op: op, Path: path, Err: err}
}

// DialError means that no connection was to be had. While the client backs off
// after a failed dial, Err is the error of that dial and Repeated is set.
type DialError struct {
	Addr     string
	Repeated bool
	Err      error
}

func (e *DialError) Error() string {
	if e.Repeated {
		return fmt.Sprintf("no connection to %s, not tried again yet: %v", e.Addr, e.Err)
	}
	return fmt.Sprintf("no connection to %s: %v", e.Addr, e.Err)
}

// Unwrap returns Err.
func (e *DialError) Unwrap() error { return e.Err }

// ProtocolError means that the peer sent what no owserver sends. The
// connection is then closed, and nothing of the reply is used.
type ProtocolError struct {
	Header Header // of the offending reply
	Reason string
}

func (e *ProtocolError) Error() string {
	return fmt.Sprintf("protocol violated by peer: %s (header %v)", e.Reason, e.Header)
}

// RequestError means that a client sent a request that makes no sense, and
// what a server should answer.
type RequestError struct {
	Header Header
	Ret    Errno
	// Fatal means that the end of the request is unknown: the connection is
	// of no use after the reply. The error is then an ErrFraming.
	Fatal  bool
	Reason string
}

func (e *RequestError) Error() string {
	return fmt.Sprintf("owproto: bad request: %s (header %v)", e.Reason, e.Header)
}

// Unwrap returns the Errno to answer, and ErrFraming if the error is fatal.
func (e *RequestError) Unwrap() []error {
	if e.Fatal {
		return []error{e.Ret, ErrFraming}
	}
	return []error{e.Ret}
}
