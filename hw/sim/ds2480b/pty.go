// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"context"
	"errors"
	"sync"
	"time"

	"owfs/hw/sim/pty"

	"golang.org/x/sys/unix"
)

// A PTY is a pseudo terminal with a chip behind it. Its clock must be the one
// on the wall. What a terminal can't carry is left out: the chip sees no break;
// instead it is reset each time the last program that had the terminal open has
// closed it. The rate of the host is the terminal's.
type PTY struct {
	// Name is the file to open.
	Name  string
	Cable *Cable

	master *pty.Terminal
	wg     sync.WaitGroup
}

// OpenPTY puts a chip behind a new pseudo terminal.
func OpenPTY(chip *Chip) (*PTY, error) {
	t, err := pty.Open()
	if err != nil {
		return nil, err
	}
	p := &PTY{Name: t.Name, Cable: plug(chip, true), master: t}
	p.wg.Go(p.fromHost)
	p.wg.Go(p.toHost)
	return p, nil
}

// Close takes the terminal away.
func (p *PTY) Close() error {
	err := p.master.Close()
	p.Cable.Close()
	p.wg.Wait()
	return err
}

// fromHost passes on what the host writes.
func (p *PTY) fromHost() {
	buf := make([]byte, 512)
	open := false
	for {
		n, err := p.master.Read(buf)
		switch {
		case n > 0:
			open = true
			p.Cable.SetBaud(p.master.Rate())
			p.Cable.Write(buf[:n])
		case errors.Is(err, unix.EIO): // nobody has the terminal open
			if open {
				p.Cable.Break(time.Millisecond)
			}
			open = false
			if p.Cable.clock.Sleep(p.Cable.ctx, 2*time.Millisecond) != nil {
				return
			}
		case err != nil:
			return
		}
	}
}

// toHost passes on what the chip answers.
func (p *PTY) toHost() {
	buf := make([]byte, 64)
	for {
		n, err := p.Cable.Read(buf)
		if err != nil {
			return
		}
		if _, err := p.master.Write(buf[:n]); err != nil && !errors.Is(err, context.Canceled) {
			return
		}
	}
}
