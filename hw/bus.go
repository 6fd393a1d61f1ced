// SPDX-License-Identifier: Apache-2.0

package hw

import (
	"context"
	"errors"
	"time"
)

// A Bus drives one 1-Wire line. Its methods are called by one goroutine at a
// time; Line sees to that.
//
// An error is one of two kinds. A sick line (IsLine) may be well again at the
// next try: ErrShort, ErrNoPresence, ErrEcho, ErrCRC. Everything else means
// that the adapter is sick, and the Bus must be closed and opened anew.
type Bus interface {
	// Reset sends a reset pulse and tells whether any device answered with a
	// presence pulse. A line that stays low is ErrShort.
	Reset(ctx context.Context) (present bool, err error)

	// Touch sends the bits of p, least significant first, and puts what the
	// line read at the same time in their place. To read, send FF.
	Touch(ctx context.Context, p []byte) error

	// Bits does the same for single bits, one in each byte of p: 0 or 1.
	Bits(ctx context.Context, p []byte) error

	// Power sends one byte and then drives the line high for d, without a gap
	// between the last bit and the strong pull-up. It returns what was read.
	Power(ctx context.Context, b byte, d time.Duration) (byte, error)

	// Close gives the adapter back.
	Close() error
}

// A Searcher is a Bus that does one pass of the search by itself.
type Searcher interface {
	// SearchPass follows from up to bit number turn (1 to 64), takes the 1 at
	// that bit, and 0 wherever there is a choice behind it. It returns the
	// ROM code at the end and the last bit (1 to 64) at which it took 0 while
	// there was a 1, or 0 for none. found is false if nobody answered.
	SearchPass(ctx context.Context, command byte, from ROM, turn int) (rom ROM, last int, found bool, err error)
}

// A Tripleter is a Bus that does one step of a search by itself: read a bit
// and its complement, write the direction to go.
type Tripleter interface {
	// Triplet goes in the direction dir where there is a choice.
	Triplet(ctx context.Context, dir byte) (id, complement, taken byte, err error)
}

// A Speeder is a Bus that can change to overdrive and back.
type Speeder interface {
	SetOverdrive(ctx context.Context, on bool) error
}

// A Pulser is a Bus that can put 12 V on the line, to program EPROMs.
type Pulser interface {
	Pulse(ctx context.Context, d time.Duration) error
}

// The ways in which a line can be sick.
var (
	ErrShort      = errors.New("the line is shorted")
	ErrNoPresence = errors.New("no device answers the reset")
	ErrEcho       = errors.New("the line did not carry what was sent")
	ErrCRC        = errors.New("wrong CRC")
	ErrVerify     = errors.New("a value read back is not the one written")
	ErrSearch     = errors.New("the search got lost")
)

// IsLine tells whether an error means that the line was sick, so that trying
// again may help, rather than the adapter.
func IsLine(err error) bool {
	for _, sick := range [...]error{ErrShort, ErrNoPresence, ErrEcho, ErrCRC, ErrVerify, ErrSearch} {
		if errors.Is(err, sick) {
			return true
		}
	}
	return false
}
