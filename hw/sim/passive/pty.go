// SPDX-License-Identifier: Apache-2.0

package passive

import (
	"errors"
	"os"
	"sync"
	"time"

	"owfs/hw/sim/pty"
)

// A PTY is a pseudo terminal with an adapter behind it. Its clock must be the
// one on the wall. The rate of the port is the terminal's; the length of words
// is not, as a terminal always has 8 bits.
type PTY struct {
	// Name is the file to open.
	Name    string
	Adapter *Adapter

	bits   int
	master *pty.Terminal
	wg     sync.WaitGroup
}

// OpenPTY puts an adapter behind a new pseudo terminal. bits is the length of
// words at 115200 baud; at other rates it is 8.
func OpenPTY(a *Adapter, bits int) (*PTY, error) {
	t, err := pty.Open()
	if err != nil {
		return nil, err
	}
	p := &PTY{Name: t.Name, Adapter: a, bits: bits, master: t}
	p.wg.Go(p.fromHost)
	p.wg.Go(p.toHost)
	return p, nil
}

const pause = 2 * time.Millisecond

func isClosed(err error) bool { return errors.Is(err, os.ErrClosed) }

// Close takes the terminal away.
func (p *PTY) Close() error {
	err := p.master.Close()
	p.Adapter.Close()
	p.wg.Wait()
	return err
}

// fromHost passes on what the host writes. While nobody has the terminal open,
// reads fail.
func (p *PTY) fromHost() {
	buf := make([]byte, 512)
	for {
		n, err := p.master.Read(buf)
		switch {
		case n > 0:
			p.mode()
			p.Adapter.Write(buf[:n])
		case isClosed(err):
			return
		default:
			if p.Adapter.clock.Sleep(p.Adapter.ctx, pause) != nil {
				return
			}
		}
	}
}

// mode takes over the rate that the host has set.
func (p *PTY) mode() {
	rate, bits := p.master.Rate(), 8
	if rate == 115200 {
		bits = p.bits
	}
	p.Adapter.SetMode(rate, bits)
}

// toHost passes on what comes back.
func (p *PTY) toHost() {
	buf := make([]byte, 256)
	for {
		n, err := p.Adapter.Read(buf)
		if err != nil {
			return
		}
		if _, err := p.master.Write(buf[:n]); isClosed(err) {
			return
		}
	}
}
