// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// Telnet's commands (RFC 854) and options (RFC 856, 858 and 2217).
const (
	subEnd   = 240
	brk      = 243
	subBegin = 250
	will     = 251
	wont     = 252
	do       = 253
	dont     = 254
	iac      = 255

	optBinary  = 0
	optNoTurns = 3 // suppress go-ahead
	optComPort = 44
)

// maxSub bounds a subnegotiation; those of RFC 2217 that matter have 6 bytes.
const maxSub = 64

type optionState uint8

const (
	optionOff optionState = iota
	optionAsked
	optionOn
)

// A telnetPort is a serial port of a terminal server that speaks telnet, with the
// option that controls the port (RFC 2217) or without.
type telnetPort struct {
	tcp     *tcpPort
	timeout time.Duration

	ours, theirs [256]optionState // options at either end

	state scanState
	verb  byte // of the negotiation that is being read
	sub   []byte
	cr    bool   // the byte before was a carriage return
	data  []byte // that has come and was not read
	reply []byte // to be sent

	answers [256][]byte // the last confirmation, by command
}

type scanState uint8

const (
	inData scanState = iota
	afterIAC
	inOption
	inSub
	inSubAfterIAC
)

// newTelnet negotiates; first is what the server has said already.
func newTelnet(tcp *tcpPort, first []byte, timeout time.Duration) (*telnetPort, error) {
	p := &telnetPort{tcp: tcp, timeout: timeout}
	for _, opt := range []byte{optBinary, optNoTurns} {
		p.theirs[opt] = optionAsked
		p.reply = append(p.reply, iac, do, opt)
	}
	for _, opt := range []byte{optBinary, optNoTurns, optComPort} {
		p.ours[opt] = optionAsked
		p.reply = append(p.reply, iac, will, opt)
	}
	err := p.take(first)
	if err == nil {
		err = p.until(func() bool { return p.ours[optComPort] != optionAsked })
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = nil // it does not know the option
	}
	if err == nil && p.ours[optComPort] == optionOn {
		err = p.prepare()
	}
	if err != nil {
		return nil, p.lastWords(err)
	}
	return p, nil
}

// until reads what comes until it is as wanted.
func (p *telnetPort) until(done func() bool) error {
	p.tcp.SetReadDeadline(time.Now().Add(p.timeout))
	for !done() {
		if err := p.more(); err != nil {
			return err
		}
		if len(p.data) > maxDrain {
			return fmt.Errorf("%w: it does not stop sending", ErrStranger)
		}
	}
	return nil
}

// more reads what comes next.
func (p *telnetPort) more() error {
	var buf [512]byte
	n, err := p.tcp.Read(buf[:])
	if failed := p.take(buf[:n]); failed != nil {
		return failed
	}
	if n > 0 {
		return nil
	}
	return err
}

// take takes apart what has come, and replies.
func (p *telnetPort) take(in []byte) error {
	for _, b := range in {
		p.scan(b)
	}
	if len(p.reply) == 0 {
		return nil
	}
	_, err := p.tcp.Write(p.reply)
	p.reply = p.reply[:0]
	return err
}

func (p *telnetPort) scan(b byte) {
	switch p.state {
	case inData:
		if b == iac {
			p.state = afterIAC
			return
		}
		p.scanData(b)
	case afterIAC:
		p.scanCommand(b)
	case inOption:
		p.state = inData
		p.negotiate(b)
	case inSub:
		if b == iac {
			p.state = inSubAfterIAC
			return
		}
		p.scanSub(b)
	case inSubAfterIAC:
		p.state = inSub
		if b == subEnd {
			p.state = inData
			p.confirmed()
			return
		}
		p.scanSub(b)
	}
}

// scanData keeps a byte. Where the connection is not binary, a zero follows a
// carriage return that stands alone (RFC 854, page 12).
func (p *telnetPort) scanData(b byte) {
	filler := p.cr && b == 0 && p.theirs[optBinary] != optionOn
	p.cr = b == '\r'
	if !filler {
		p.data = append(p.data, b)
	}
}

func (p *telnetPort) scanCommand(b byte) {
	p.state = inData
	switch b {
	case iac:
		p.scanData(b)
	case will, wont, do, dont:
		p.verb, p.state = b, inOption
	case subBegin:
		p.sub, p.state = p.sub[:0], inSub
	}
}

func (p *telnetPort) scanSub(b byte) {
	if len(p.sub) < maxSub {
		p.sub = append(p.sub, b)
	}
}

// negotiate hears that the server wants an option, or does not. It is answered
// if it is no answer itself (RFC 854, page 2).
func (p *telnetPort) negotiate(opt byte) {
	side, yes, no := &p.theirs[opt], byte(do), byte(dont)
	if p.verb == do || p.verb == dont {
		side, yes, no = &p.ours[opt], will, wont
	}
	before := *side
	switch {
	case p.verb == wont || p.verb == dont:
		*side = optionOff
		if before == optionOn {
			p.reply = append(p.reply, iac, no, opt)
		}
	case before != optionOff:
		*side = optionOn
	case opt == optBinary || opt == optNoTurns || opt == optComPort:
		*side = optionOn
		p.reply = append(p.reply, iac, yes, opt)
	default:
		p.reply = append(p.reply, iac, no, opt)
	}
}

// SetReadDeadline implements Port.
func (p *telnetPort) SetReadDeadline(t time.Time) error { return p.tcp.SetReadDeadline(t) }

// Read implements Port.
func (p *telnetPort) Read(b []byte) (int, error) {
	for len(p.data) == 0 && len(b) > 0 {
		if err := p.more(); err != nil {
			return 0, err
		}
	}
	n := copy(b, p.data)
	p.data = append(p.data[:0], p.data[n:]...)
	return n, nil
}

// Write implements Port.
func (p *telnetPort) Write(b []byte) (int, error) {
	if _, err := p.tcp.Write(p.escape(nil, b)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// escape appends data as telnet carries it.
func (p *telnetPort) escape(out, b []byte) []byte {
	for _, v := range b {
		out = append(out, v)
		switch {
		case v == iac:
			out = append(out, iac)
		case v == '\r' && p.ours[optBinary] != optionOn:
			out = append(out, 0)
		}
	}
	return out
}

// Close implements Port.
func (p *telnetPort) Close() error { return p.tcp.Close() }
