// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

// A conn asks the kernel, one question at a time.
type conn struct {
	socket  Socket
	timeout time.Duration
	seq     uint32
	buf     []byte
}

func newConn(socket Socket, timeout time.Duration) *conn {
	return &conn{socket: socket, timeout: timeout, buf: make([]byte, datagram)}
}

// ask sends a request and calls tell for each message that belongs to it,
// until that says done. An answer that does not come within extra more than
// the timeout is os.ErrDeadlineExceeded.
func (c *conn) ask(ctx context.Context, extra time.Duration, make func(seq uint32) []byte, tell func(message) (done bool, err error)) error {
	c.seq++
	if err := c.socket.Send(make(c.seq)); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, c.timeout+extra)
	defer cancel()
	for {
		n, err := c.socket.Receive(limited, c.buf)
		if err != nil {
			if limited.Err() != nil && ctx.Err() == nil {
				return fmt.Errorf("the kernel does not answer within %v: %w", c.timeout+extra, os.ErrDeadlineExceeded)
			}
			return err
		}
		all, err := messages(c.buf[:n])
		if err != nil {
			return err
		}
		for _, m := range all {
			if m.seq != c.seq || m.kind < masterCommand { // of a question that was given up, or an event
				continue
			}
			if done, err := tell(m); done || err != nil {
				return err
			}
		}
	}
}

// masters asks for the ids of all bus masters.
func (c *conn) masters(ctx context.Context) (ids []int, err error) {
	err = c.ask(ctx, 0, func(seq uint32) []byte { return request(seq, listMasters, 0) }, func(m message) (bool, error) {
		if m.status != 0 {
			return true, syscall.Errno(m.status)
		}
		for p := m.body; len(p) >= 4; p = p[4:] {
			ids = append(ids, int(binary.NativeEndian.Uint32(p)))
		}
		return true, nil
	})
	slices.Sort(ids)
	return ids, err
}

// An answer is what came of one command.
type answer struct {
	data   []byte
	status byte
}

// errGone says that there is no such bus master any more.
var errGone = errors.New("the kernel has no such bus master (any more)")

// slotLimit is how long a slot may take. On a line it is 70 µs; but the kernel
// sends bytes that are read back bit by bit, for each of which ds2490 needs
// several transfers. A master that is gone is told at once in any case.
const slotLimit = 50 * time.Millisecond

// run lets a master do commands, which nobody else's can come between.
func (c *conn) run(ctx context.Context, master int, extra time.Duration, commands ...command) ([]answer, error) {
	answers := make([]answer, len(commands))
	at := 0
	for _, cmd := range commands {
		extra += time.Duration(8*len(cmd.data)) * slotLimit
	}
	ask := func(seq uint32) []byte { return request(seq, masterCommand, uint32(master), commands...) }
	err := c.ask(ctx, extra, ask, func(m message) (bool, error) {
		if len(m.body) == 0 { // the status of the whole
			if syscall.Errno(m.status) == syscall.ENODEV {
				return true, errGone
			}
			return true, fmt.Errorf("the kernel refuses the command: %w", syscall.Errno(m.status))
		}
		got, err := m.command()
		switch {
		case err != nil:
			return true, err
		case got.op != commands[at].op:
			return true, fmt.Errorf("the kernel answers command %d with %d", commands[at].op, got.op)
		case m.data:
			if len(answers[at].data) > datagram {
				return true, errors.New("the kernel answers without end")
			}
			answers[at].data = append(answers[at].data, got.data...)
			return false, nil
		}
		answers[at].status = m.status
		at++
		return at == len(commands), nil
	})
	return answers, err
}
