// SPDX-License-Identifier: Apache-2.0

package usbip

import (
	"context"
	"encoding/hex"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"owfs/hw/sim/usb"
)

// A gadget is a device with what tests need: 0x83 waits until there is data, for
// one transfer at a time.
type gadget struct {
	data chan []byte
	seen chan string
	busy atomic.Int32 // transfers from 0x83 that wait
	most atomic.Int32 // of them at the same time
}

func (g *gadget) Control(_ context.Context, s usb.Setup, out []byte) ([]byte, error) {
	if s.RequestType&0x80 == 0 {
		g.seen <- "control " + hex.EncodeToString(out)
		return nil, nil
	}
	return []byte{byte(s.Value), byte(s.Index), byte(s.Length)}, nil
}

func (g *gadget) In(ctx context.Context, endpoint byte, most int) ([]byte, error) {
	if endpoint == 0x81 {
		return nil, usb.ErrStall
	}
	if n := g.busy.Add(1); n > g.most.Load() {
		g.most.Store(n)
	}
	defer g.busy.Add(-1)
	select {
	case p := <-g.data:
		return p, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (g *gadget) Out(_ context.Context, endpoint byte, p []byte) (int, error) {
	g.seen <- "out " + hex.EncodeToString(p)
	return len(p), nil
}

// A kernel is the other end: it writes and expects bytes as the kernel's
// description of the protocol lays them out.
type kernel struct {
	*testing.T
	conn net.Conn
	*gadget
}

func newKernel(t *testing.T) *kernel {
	ours, theirs := net.Pipe()
	g := &gadget{data: make(chan []byte), seen: make(chan string, 9)}
	ended := make(chan error)
	go func() { ended <- Serve(t.Context(), theirs, g) }()
	t.Cleanup(func() {
		ours.Close()
		if err := <-ended; err != nil && t.Context().Err() == nil {
			t.Error(err)
		}
	})
	ours.SetDeadline(time.Now().Add(10 * time.Second))
	return &kernel{t, ours, g}
}

func (k *kernel) bytes(text string) []byte {
	k.Helper()
	p, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		k.Fatal(err)
	}
	return p
}

func (k *kernel) send(text string) {
	k.Helper()
	if _, err := k.conn.Write(k.bytes(text)); err != nil {
		k.Fatal(err)
	}
}

func (k *kernel) expect(text string) {
	k.Helper()
	want := k.bytes(text)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(k.conn, got); err != nil {
		k.Fatal(err)
	}
	if string(got) != string(want) {
		k.Errorf("got\n% X, want\n% X", got, want)
	}
}

// The parts of messages: a command or answer, its sequence number, and so on.
const (
	submit = "00000001"
	unlink = "00000002"
	device = "00010002"
	out    = "00000000"
	in     = "00000001"
	none   = "00000000 00000000 00000000" // start frame, packets, interval or errors
	empty  = "0000000000000000"
)

func TestControl(t *testing.T) {
	k := newKernel(t)
	k.send(submit + "00000011" + device + in + "00000000" + "00000200 00000012" + none + "8006 3412 7856 1200")
	k.expect("00000003 00000011 00000000 00000000 00000000" + "00000000 00000003" + none + empty + "347812")
	k.send(submit + "00000012" + device + out + "00000000" + "00000000 00000002" + none + "4001 4300 0000 0200" + "CAFE")
	k.expect("00000003 00000012 00000000 00000000 00000000" + "00000000 00000002" + none + empty)
	if got := <-k.seen; got != "control cafe" {
		t.Error(got)
	}
}

func TestData(t *testing.T) {
	k := newKernel(t)
	k.send(submit + "00000001" + device + out + "00000002" + "00000000 00000003" + none + empty + "010203")
	k.expect("00000003 00000001 00000000 00000000 00000000" + "00000000 00000003" + none + empty)
	if got := <-k.seen; got != "out 010203" {
		t.Error(got)
	}
	k.send(submit + "00000002" + device + in + "00000003" + "00000000 00000040" + none + empty)
	k.data <- []byte{7, 8}
	k.expect("00000003 00000002 00000000 00000000 00000000" + "00000000 00000002" + none + empty + "0708")
	// −32 is EPIPE, −75 EOVERFLOW.
	k.send(submit + "00000003" + device + in + "00000001" + "00000000 00000020" + none + empty)
	k.expect("00000003 00000003 00000000 00000000 00000000" + "FFFFFFE0 00000000" + none + empty)
	k.send(submit + "00000004" + device + in + "00000003" + "00000000 00000001" + none + empty)
	k.data <- []byte{7, 8}
	k.expect("00000003 00000004 00000000 00000000 00000000" + "FFFFFFB5 00000001" + none + empty + "07")
}

// A transfer that waits is taken back, one behind it is not, and one that has
// ended can't be.
func TestUnlink(t *testing.T) {
	k := newKernel(t)
	k.send(submit + "00000001" + device + in + "00000003" + "00000000 00000040" + none + empty)
	k.send(submit + "00000002" + device + in + "00000003" + "00000000 00000040" + none + empty)
	k.send(unlink + "00000003" + device + in + "00000003" + "00000001" + none + "00000000" + empty)
	// −104 is ECONNRESET.
	k.expect("00000004 00000003 00000000 00000000 00000000" + "FFFFFF98 00000000" + none + empty)
	k.data <- []byte{9}
	k.expect("00000003 00000002 00000000 00000000 00000000" + "00000000 00000001" + none + empty + "09")
	k.send(unlink + "00000004" + device + in + "00000003" + "00000002" + none + "00000000" + empty)
	k.expect("00000004 00000004 00000000 00000000 00000000" + "00000000 00000000" + none + empty)
}

// A transfer that waits for its turn is taken back at once; the one behind it
// keeps its place.
func TestUnlinkWaiting(t *testing.T) {
	k := newKernel(t)
	for _, seq := range []string{"00000001", "00000002", "00000003"} {
		k.send(submit + seq + device + in + "00000003" + "00000000 00000040" + none + empty)
	}
	k.send(unlink + "00000004" + device + in + "00000003" + "00000002" + none + "00000000" + empty)
	k.expect("00000004 00000004 00000000 00000000 00000000" + "FFFFFF98 00000000" + none + empty)
	k.data <- []byte{7}
	k.expect("00000003 00000001 00000000 00000000 00000000" + "00000000 00000001" + none + empty + "07")
	k.data <- []byte{8}
	k.expect("00000003 00000003 00000000 00000000 00000000" + "00000000 00000001" + none + empty + "08")
	if n := k.most.Load(); n != 1 {
		t.Errorf("%d transfers of an endpoint at the same time", n)
	}
}

// A transfer that has been done can't be taken back: its end is told first, and
// then that it was too late.
func TestUnlinkLate(t *testing.T) {
	k := newKernel(t)
	k.send(submit + "00000001" + device + out + "00000002" + "00000000 00000001" + none + empty + "05")
	<-k.seen
	k.send(unlink + "00000002" + device + out + "00000002" + "00000001" + none + "00000000" + empty)
	k.expect("00000003 00000001 00000000 00000000 00000000" + "00000000 00000001" + none + empty)
	k.expect("00000004 00000002 00000000 00000000 00000000" + "00000000 00000000" + none + empty)
}

// A length that nobody asks for is refused before memory is taken for it.
func TestTooLong(t *testing.T) {
	ours, theirs := net.Pipe()
	defer ours.Close()
	go ours.Write((&kernel{T: t}).bytes(submit + "00000001" + device + out + "00000002" + "00000000 7FFFFFFF" + none + empty))
	if err := Serve(t.Context(), theirs, &gadget{}); err == nil || !strings.Contains(err.Error(), "2147483647 bytes") {
		t.Error(err)
	}
}
