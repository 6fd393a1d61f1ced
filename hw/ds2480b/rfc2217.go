// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// The commands of RFC 2217 (pages 6 to 13). The server confirms each of them by
// its number and confirms more, with the value that is set now.
const (
	setBaud           = 1
	setDataSize       = 2
	setParity         = 3
	setStopSize       = 4
	setControl        = 5
	setLineStateMask  = 10
	setModemStateMask = 11
	purgeData         = 12
	confirms          = 100

	parityNone   = 1
	stopOne      = 1
	noFlow       = 1
	breakOn      = 5
	breakOff     = 6
	dtrOn        = 8
	rtsOn        = 11
	purgeReceive = 1
)

// prepare sets the port as a DS2480B needs it, but for the rate. Not all servers
// confirm all of that; the rate comes next and tells whether it is heeded.
func (p *telnetPort) prepare() error {
	var out []byte
	for _, command := range [][2]byte{
		{setDataSize, 8}, {setParity, parityNone}, {setStopSize, stopOne}, {setControl, noFlow},
		{setControl, dtrOn}, {setControl, rtsOn}, // adapters have their power from these lines
		{setLineStateMask, 0}, {setModemStateMask, 0}, // nothing is to be told unasked
		{purgeData, purgeReceive},
	} {
		out = p.appendCommand(out, command[0], command[1])
	}
	_, err := p.tcp.Write(out)
	return err
}

func (p *telnetPort) appendCommand(out []byte, code byte, value ...byte) []byte {
	out = append(out, iac, subBegin, optComPort, code)
	for _, v := range value {
		if out = append(out, v); v == iac {
			out = append(out, iac)
		}
	}
	return append(out, iac, subEnd)
}

// confirmed keeps what a subnegotiation confirms.
func (p *telnetPort) confirmed() {
	if len(p.sub) > 2 && p.sub[0] == optComPort {
		p.answers[p.sub[1]] = append([]byte(nil), p.sub[2:]...)
	}
}

// ask sends a command and returns what the server confirms. Bytes from the chip
// that come meanwhile are kept.
func (p *telnetPort) ask(code byte, value ...byte) ([]byte, error) {
	p.answers[code+confirms] = nil
	_, err := p.tcp.Write(p.appendCommand(nil, code, value...))
	if err == nil {
		err = p.until(func() bool { return p.answers[code+confirms] != nil })
	}
	if err != nil {
		return nil, p.lastWords(err)
	}
	return p.answers[code+confirms], nil
}

// SetBaud implements Port.
func (p *telnetPort) SetBaud(rate int) error {
	if p.ours[optComPort] != optionOn {
		return errors.ErrUnsupported
	}
	got, err := p.ask(setBaud, binary.BigEndian.AppendUint32(nil, uint32(rate))...)
	if err != nil {
		return fmt.Errorf("asking the terminal server for %d baud: %w", rate, err)
	}
	if len(got) != 4 || binary.BigEndian.Uint32(got) != uint32(rate) {
		return fmt.Errorf("the terminal server was asked for %d baud and confirms % X", rate, got)
	}
	return nil
}

// Break implements Port. It begins when the server says so, so that it is no
// shorter than d there. Without RFC 2217 there is telnet's own break (RFC 854,
// page 13), whose length is the server's.
func (p *telnetPort) Break(d time.Duration) error {
	if p.ours[optComPort] != optionOn {
		_, err := p.tcp.Write([]byte{iac, brk})
		time.Sleep(d)
		return err
	}
	if _, err := p.ask(setControl, breakOn); err != nil {
		return fmt.Errorf("asking the terminal server for a break: %w", err)
	}
	time.Sleep(d)
	if _, err := p.ask(setControl, breakOff); err != nil {
		return fmt.Errorf("asking the terminal server to end the break: %w", err)
	}
	return nil
}
