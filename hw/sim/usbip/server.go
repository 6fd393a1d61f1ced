// SPDX-License-Identifier: Apache-2.0

// Package usbip shows emulated USB devices to the Linux kernel, through its
// driver vhci_hcd and the USB/IP protocol (the kernel's
// Documentation/usb/usbip_protocol.rst), over a pair of connected sockets. To
// all programs, and to the kernel's other drivers, they are USB devices.
//
// It needs root and the module vhci-hcd, so it is for tests in the virtual
// machine (integration/vm).
package usbip

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"

	"owfs/hw/sim/usb"
)

// The commands (table "usbip_header_basic").
const (
	cmdSubmit = 1
	cmdUnlink = 2
	retSubmit = 3
	retUnlink = 4
)

const (
	headerSize = 48
	dirIn      = 1
	maxData    = 1 << 20 // of a transfer; no driver here asks for more
)

// Serve answers the kernel's transfers until the connection or ctx ends. It
// closes the connection.
func Serve(ctx context.Context, conn io.ReadWriteCloser, device usb.Device) error {
	ctx, cancel := context.WithCancel(ctx)
	s := &server{
		device:  device,
		conn:    conn,
		pending: map[uint32]*transfer{},
		last:    map[uint32]chan struct{}{},
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err := s.receive(ctx)
	stop()
	cancel()
	conn.Close()
	s.wg.Wait()
	if errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) {
		return nil
	}
	return err
}

type server struct {
	device usb.Device
	conn   io.ReadWriteCloser
	wg     sync.WaitGroup

	mu      sync.Mutex
	pending map[uint32]*transfer     // by sequence number
	last    map[uint32]chan struct{} // of an endpoint: closed when its last transfer has ended

	write sync.Mutex
}

// A transfer is one that the kernel has submitted.
type transfer struct {
	seq       uint32
	endpoint  byte
	in        bool
	length    int
	setup     [8]byte
	out       []byte
	cancel    context.CancelFunc
	unlinkSeq uint32 // of the command that takes it back, 0 for none
}

func (s *server) receive(ctx context.Context) error {
	var h [headerSize]byte
	for {
		if _, err := io.ReadFull(s.conn, h[:]); err != nil {
			return err
		}
		field := func(n int) uint32 { return binary.BigEndian.Uint32(h[n:]) }
		switch command := field(0); command {
		case cmdSubmit:
			t := &transfer{
				seq:      field(4),
				in:       field(12) == dirIn,
				endpoint: byte(field(16)) & 0x0F,
				setup:    [8]byte(h[40:48]),
			}
			if n := field(24); n > maxData {
				return fmt.Errorf("usbip: a transfer of %d bytes, at most %d are taken", n, maxData)
			} else if t.length = int(n); !t.in {
				t.out = make([]byte, n)
				if _, err := io.ReadFull(s.conn, t.out); err != nil {
					return err
				}
			}
			s.submit(ctx, t)
		case cmdUnlink:
			s.unlink(field(4), field(20))
		default:
			return fmt.Errorf("usbip: unknown command %d", command)
		}
	}
}

// submit starts a transfer. Those of one endpoint follow each other; one that is
// taken back before its turn is answered at once, and those behind it still wait
// for those before it.
func (s *server) submit(ctx context.Context, t *transfer) {
	ctx, t.cancel = context.WithCancel(ctx)
	key := uint32(t.endpoint)
	if t.in && t.endpoint > 0 {
		key |= 0x80
	}
	done := make(chan struct{})
	s.mu.Lock()
	before := s.last[key]
	s.last[key] = done
	s.pending[t.seq] = t
	s.mu.Unlock()
	s.wg.Go(func() {
		defer close(done)
		if before == nil {
			s.do(ctx, t)
			return
		}
		select {
		case <-before:
		case <-ctx.Done():
		}
		s.do(ctx, t)
		<-before
	})
}

// unlink takes a transfer back. It is answered when that has ended, one way or
// the other; if it has ended already, with 0.
func (s *server) unlink(seq, of uint32) {
	s.mu.Lock()
	t := s.pending[of]
	if t != nil {
		t.unlinkSeq = seq
	}
	s.mu.Unlock()
	if t == nil {
		s.reply(retUnlink, seq, 0, 0, nil)
		return
	}
	t.cancel()
}

// do does a transfer and tells its end. It stays pending until that is told: the
// kernel takes the answer to an unlink as the transfer's end, and drops a device
// that tells an end twice.
func (s *server) do(ctx context.Context, t *transfer) {
	defer t.cancel()
	n, data, err := s.transfer(ctx, t)
	s.mu.Lock()
	inTime := t.unlinkSeq != 0 && errors.Is(err, context.Canceled)
	s.mu.Unlock()
	if !inTime {
		s.reply(retSubmit, t.seq, status(err), n, data)
		err = nil
	}
	s.mu.Lock()
	delete(s.pending, t.seq)
	taken := t.unlinkSeq
	s.mu.Unlock()
	if taken != 0 {
		s.reply(retUnlink, taken, status(err), 0, nil)
	}
}

func (s *server) transfer(ctx context.Context, t *transfer) (n int, data []byte, err error) {
	if err := ctx.Err(); err != nil {
		return 0, nil, err
	}
	switch {
	case t.endpoint == 0:
		data, err = s.device.Control(ctx, usb.ParseSetup(t.setup), t.out)
		if !t.in {
			return len(t.out), nil, err
		}
	case t.in:
		data, err = s.device.In(ctx, 0x80|t.endpoint, t.length)
	default:
		n, err = s.device.Out(ctx, t.endpoint, t.out)
		return n, nil, err
	}
	if len(data) > t.length {
		data, err = data[:t.length], usb.ErrBabble
	}
	return len(data), data, err
}

// status is an error as the kernel writes it.
func status(err error) int32 {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, usb.ErrStall):
		return -int32(syscall.EPIPE)
	case errors.Is(err, usb.ErrBabble):
		return -int32(syscall.EOVERFLOW)
	case errors.Is(err, usb.ErrGone):
		return -int32(syscall.ESHUTDOWN)
	case errors.Is(err, context.Canceled):
		return -int32(syscall.ECONNRESET)
	}
	return -int32(syscall.EPROTO)
}

// reply sends an answer. If that fails, receive will see the same.
func (s *server) reply(command, seq uint32, status int32, n int, data []byte) {
	p := make([]byte, headerSize, headerSize+len(data))
	binary.BigEndian.PutUint32(p, command)
	binary.BigEndian.PutUint32(p[4:], seq)
	binary.BigEndian.PutUint32(p[20:], uint32(status))
	binary.BigEndian.PutUint32(p[24:], uint32(n))
	s.write.Lock()
	defer s.write.Unlock()
	s.conn.Write(append(p, data...))
}
