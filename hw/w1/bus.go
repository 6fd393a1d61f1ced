// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

// A Bus is a bus master of the kernel, by netlink. It is a hw.Bus and a
// hw.Searcher.
type Bus struct {
	conn *conn
	id   int
	tree sysfs

	most     int    // devices that the kernel takes in one search
	searched string // what w1_master_search was, if it was changed
	loud     bool   // the kernel searches by itself
	attempts string // then, w1_master_attempts at the last reset; "" if not known

	fresh bool   // nothing was sent since the last reset, which somebody answered
	owed  bool   // that reset is still to be made
	ahead []byte // bits that were read before they were asked for
	list  listing
}

var _ hw.Searcher = (*Bus)(nil)

const nobody = 255 // status of a reset that nobody answered: the kernel's -(1)

// Reset implements hw.Bus. A driver of the kernel tells presence, or none "or
// error". If there is none, a byte is read to tell a short.
func (b *Bus) Reset(ctx context.Context) (present bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	b.ahead, b.fresh = nil, true
	if b.list.more && !b.owed {
		// The kernel has made the resets of this search. If it is another thing
		// that comes now, this one is made then.
		b.owed = true
		return true, nil
	}
	b.owed, b.list = false, listing{}
	b.attempts = b.searches()
	got, err := b.run(ctx, "resetting the line", 0, command{op: cmdReset})
	if err != nil {
		return false, err
	}
	if got[0].status != nobody {
		return true, b.failed("resetting the line", got[0].status)
	}
	b.fresh = false
	got, err = b.run(ctx, "looking for a short", 0, read(1))
	if err != nil {
		return false, err
	}
	if len(got[0].data) == 1 && got[0].data[0] == 0 {
		return false, hw.ErrShort
	}
	return false, nil
}

// read is a command that sends FF and tells what was read. Its data would come
// back if a driver failed and did not say so.
func read(n int) command { return command{cmdRead, bytes.Repeat([]byte{0xFF}, n)} }

// run lets the master do commands and says of what an error is.
func (b *Bus) run(ctx context.Context, what string, extra time.Duration, commands ...command) ([]answer, error) {
	got, err := b.conn.run(ctx, b.id, extra, commands...)
	if errors.Is(err, errGone) {
		b.searched = "" // there is nothing to be set back
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", masterName(b.id), what, err)
	}
	return got, nil
}

func (b *Bus) failed(what string, status byte) error {
	if status == 0 {
		return nil
	}
	return fmt.Errorf("%s: %s: %w", masterName(b.id), what, syscall.Errno(status))
}

// searches is a counter of the searches that the kernel has made, if it makes
// any by itself. It is not read without need: Linux 6.1 locks up if an attribute
// of a master is read at the moment at which the master is unplugged.
func (b *Bus) searches() string {
	if !b.loud {
		return ""
	}
	n, err := b.tree.attribute(b.id, "attempts")
	if err != nil {
		return ""
	}
	return n
}

// Touch implements hw.Bus.
func (b *Bus) Touch(ctx context.Context, p []byte) error {
	if err := ctx.Err(); err != nil || len(p) == 0 {
		return err
	}
	if len(b.ahead) == 0 {
		return b.send(ctx, p)
	}
	bits := make([]byte, 8*len(p))
	for i := range bits {
		bits[i] = p[i/8] >> (i % 8) & 1
	}
	if err := b.Bits(ctx, bits); err != nil {
		return err
	}
	pack(p, bits)
	return nil
}

// pack puts bits into bytes, as many as there are.
func pack(p, bits []byte) {
	clear(p)
	for i, bit := range bits {
		p[i/8] |= bit << (i % 8)
	}
}

// errBits says that slots can't be told apart.
var errBits = fmt.Errorf("the kernel's w1 sends whole bytes only: %w", errors.ErrUnsupported)

// Bits implements hw.Bus. The master sends whole bytes: the slots that are too
// many send 1, which is to read, and what they read is what the next slots
// would. A 0 can't be sent in their place: that is errors.ErrUnsupported.
func (b *Bus) Bits(ctx context.Context, p []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	have := min(len(b.ahead), len(p))
	for _, bit := range p[:have] {
		if bit == 0 {
			return errBits
		}
	}
	if have < len(p) {
		rest := len(p) - have
		bits := make([]byte, (rest+7)&^7)
		copy(bits, p[have:])
		for i := rest; i < len(bits); i++ {
			bits[i] = 1
		}
		whole := make([]byte, len(bits)/8)
		pack(whole, bits)
		if err := b.send(ctx, whole); err != nil {
			return err
		}
		for i := range bits {
			bits[i] = whole[i/8] >> (i % 8) & 1
		}
		copy(p, b.ahead)
		copy(p[have:], bits)
		b.ahead = bits[rest:]
		return nil
	}
	copy(p, b.ahead)
	b.ahead = b.ahead[have:]
	return nil
}

// send sends bytes and puts what was read in their place.
func (b *Bus) send(ctx context.Context, p []byte) error {
	first, sent := b.fresh, p[0]
	b.fresh, b.list = false, listing{}
	for len(p) > 0 {
		n := min(len(p), mostData)
		if err := b.exchange(ctx, p[:n]); err != nil {
			return err
		}
		if first && sent != 0 && zero(p[:n]) {
			// Somebody answered the reset, and not one bit came back. No ROM
			// command is 00.
			return hw.ErrShort
		}
		first, p = false, p[n:]
	}
	return b.undisturbed()
}

// exchange sends what fits into a message: the bytes to send, read back, and
// those behind them that only read, which most masters do faster.
func (b *Bus) exchange(ctx context.Context, p []byte) error {
	var commands []command
	if b.owed {
		b.owed, b.attempts = false, b.searches()
		commands = append(commands, command{op: cmdReset})
	}
	lead := sending(p)
	if lead > 0 {
		commands = append(commands, command{cmdTouch, p[:lead]})
	}
	if lead < len(p) {
		commands = append(commands, read(len(p)-lead))
	}
	const what = "sending bytes"
	got, err := b.run(ctx, what, 0, commands...)
	if err != nil {
		return err
	}
	for i, a := range got {
		switch {
		case commands[i].op == cmdReset && a.status == nobody:
			return hw.ErrNoPresence
		case a.status != 0:
			return b.failed(what, a.status)
		case len(a.data) != len(commands[i].data):
			return fmt.Errorf("%s: %s: %d bytes came back instead of %d", masterName(b.id), what, len(a.data), len(commands[i].data))
		}
		p = p[copy(p, a.data):]
	}
	return nil
}

// sending is how many bytes there are before those that only read.
func sending(p []byte) int {
	n := len(p)
	for n > 0 && p[n-1] == 0xFF {
		n--
	}
	return n
}

func zero(p []byte) bool {
	for _, v := range p {
		if v != 0 {
			return false
		}
	}
	return true
}

// undisturbed tells whether the kernel has searched since the reset: then other
// devices listen than those that were selected.
func (b *Bus) undisturbed() error {
	if b.attempts != "" && b.searches() != b.attempts {
		b.attempts = ""
		return fmt.Errorf("a search of the kernel came between (w1_master_search turns it off): %w", hw.ErrEcho)
	}
	return nil
}

// Power implements hw.Bus as far as the kernel lets it: the line is left to its
// resistor for d.
func (b *Bus) Power(ctx context.Context, v byte, d time.Duration) (byte, error) {
	p := []byte{v}
	if err := b.Touch(ctx, p); err != nil {
		return 0, err
	}
	if err := (hw.Wall{}).Sleep(ctx, d); err != nil {
		return 0, err
	}
	return p[0], nil
}

// StrongPullUp tells that Power has none.
func (b *Bus) StrongPullUp() bool { return false }

// Close implements hw.Bus. The kernel goes on as it did before.
func (b *Bus) Close() error {
	err := b.conn.socket.Close()
	if b.searched != "" {
		err = errors.Join(err, b.tree.set(b.id, "search", b.searched))
		b.searched = ""
	}
	return err
}
