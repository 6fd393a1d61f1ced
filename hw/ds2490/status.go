// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
	"fmt"
)

// A status is what EP1 tells: the state registers and result codes (pages 28 to
// 31).
type status struct {
	flags   byte
	out, in int // bytes in the FIFOs of EP2 and EP3
	results []byte
}

const (
	stateRegisters = 16
	statusSize     = 32

	registerFlags = 0x08
	registerOut   = 0x0C
	registerIn    = 0x0D
)

// The flags of the state (page 30; the one of 12 V is of the edition of March
// 1999, later it is reserved).
const (
	flag12V  = 0x04
	flagIdle = 0x20
	flagLost = 0x80 // EP0F: a command came while the FIFO was full
)

// The result codes (table 18, page 31).
const (
	resultNoPresence = 0x01
	resultShort      = 0x02
	resultAlarm      = 0x04
	resultNo12V      = 0x08
	resultCompare    = 0x10
	resultCRC        = 0x20
	resultRedirect   = 0x40
	resultEndSearch  = 0x80 // a search found fewer devices than it was asked for

	deviceArrived = 0xA5 // no result: somebody was plugged into the line
)

func (s *status) idle() bool { return s.flags&flagIdle != 0 }

// unexpected names a result code that the command does not have.
func unexpected(code byte) error {
	for bit, name := range map[byte]string{
		resultNoPresence: "no presence pulse", resultShort: "a short", resultAlarm: "an alarm",
		resultNo12V: "no 12 V", resultCompare: "a failed comparison", resultCRC: "a wrong CRC",
		resultRedirect: "a redirected page", resultEndSearch: "the end of the search",
	} {
		if code == bit {
			return fmt.Errorf("the chip unexpectedly tells of %s", name)
		}
	}
	return fmt.Errorf("the chip gives the result code %02X", code)
}

// errCut is a status of which a part is missing.
var errCut = errors.New("the chip's status came in part")

// poll asks for the status once.
func (b *Bus) poll(ctx context.Context) (*status, error) {
	p := make([]byte, statusSize)
	n, err := b.port.In(ctx, EndpointStatus, p)
	if err != nil {
		return nil, fmt.Errorf("asking for the status: %w", err)
	}
	if n < stateRegisters {
		return nil, errCut
	}
	s := &status{flags: p[registerFlags], out: int(p[registerOut]), in: int(p[registerIn])}
	for _, code := range p[stateRegisters:n] {
		if code != deviceArrived {
			s.results = append(s.results, code)
		}
	}
	return s, nil
}

// doubts is how often the chip may say that it is idle without having done what
// it was told, or send a status in part.
const doubts = 4

// wait asks for the status until the chip is idle and has done what it was told.
// The status it returns has the results of all that were asked for.
func (b *Bus) wait(ctx context.Context, done func(*status) bool) (*status, error) {
	var results []byte
	for doubt := 0; ; {
		s, err := b.poll(ctx)
		if errors.Is(err, errCut) && doubt < doubts {
			doubt++
			continue
		}
		if err != nil {
			return nil, err
		}
		results = append(results, s.results...)
		s.results = results
		switch {
		case s.flags&flagLost != 0:
			return nil, errors.New("the chip has lost a command")
		case len(results) > stateRegisters:
			return nil, fmt.Errorf("the chip gives %d result codes", len(results))
		case s.idle() && done(s):
			return s, nil
		case s.idle():
			doubt++
		}
		if doubt == doubts {
			return nil, fmt.Errorf("the chip rests with %d bytes unsent, %d to be read and the results [% X]", s.out, s.in, results)
		}
	}
}

// has is what wait waits for when a command leaves n bytes to be read.
func has(n int) func(*status) bool {
	return func(s *status) bool { return s.out == 0 && s.in == n }
}

// told is what wait waits for when a command gives a result code.
func told(s *status) bool { return len(s.results) > 0 }
