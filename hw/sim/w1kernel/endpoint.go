// SPDX-License-Identifier: Apache-2.0

package w1kernel

import (
	"context"
	"io"
	"os"
	"slices"
	"sync"
	"syscall"
)

// An Endpoint is a program's socket to the connector. It needs no system calls,
// so that it serves in the time of testing/synctest.
type Endpoint struct {
	kernel *Kernel
	asked  chan []byte
	told   chan []byte
	closed chan struct{}
	close  sync.Once
	over   chan struct{} // one token: a message was lost
}

// deep is how many datagrams wait in a socket.
const deep = 256

// Dial opens a socket, with events of what comes and goes or without.
func (k *Kernel) Dial(events bool) *Endpoint {
	e := &Endpoint{
		kernel: k, asked: make(chan []byte, deep), told: make(chan []byte, deep),
		closed: make(chan struct{}), over: make(chan struct{}, 1),
	}
	if events {
		k.mu.Lock()
		k.events = append(k.events, e)
		k.mu.Unlock()
	}
	go e.serve()
	return e
}

func (e *Endpoint) serve() {
	for {
		select {
		case <-e.closed:
			return
		case p := <-e.asked:
			e.kernel.handle(p, e.put)
		}
	}
}

// put hands a datagram to the program, or drops it if too many wait.
func (e *Endpoint) put(p []byte) {
	select {
	case e.told <- p:
	default:
		select {
		case e.over <- struct{}{}:
		default:
		}
	}
}

// Send gives the kernel a datagram.
func (e *Endpoint) Send(p []byte) error {
	select {
	case <-e.closed:
		return os.ErrClosed
	case e.asked <- slices.Clone(p):
		return nil
	}
}

// Receive waits for a datagram of the kernel.
func (e *Endpoint) Receive(ctx context.Context, p []byte) (int, error) {
	select {
	case <-e.over:
		return 0, syscall.ENOBUFS
	default:
	}
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-e.closed:
		return 0, os.ErrClosed
	case q := <-e.told:
		return copy(p, q), nil
	}
}

// Close closes the socket.
func (e *Endpoint) Close() error {
	e.close.Do(func() {
		close(e.closed)
		e.kernel.mu.Lock()
		defer e.kernel.mu.Unlock()
		e.kernel.events = slices.DeleteFunc(e.kernel.events, func(o *Endpoint) bool { return o == e })
	})
	return nil
}

// Serve is the kernel's end of a socket pair that keeps datagrams apart. It
// returns when the other end is closed.
func (k *Kernel) Serve(conn io.ReadWriter) error {
	buf := make([]byte, 64<<10)
	var sick error
	for sick == nil {
		n, err := conn.Read(buf)
		if n == 0 || err != nil {
			return nil
		}
		k.handle(buf[:n], func(p []byte) {
			if _, err := conn.Write(p); err != nil {
				sick = err
			}
		})
	}
	return sick
}
