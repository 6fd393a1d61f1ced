// SPDX-License-Identifier: Apache-2.0

package passive

import (
	"errors"
	"fmt"
	"os"
	"time"

	"owfs/hw"
)

// How a port can be without a passive adapter.
var (
	ErrNoAnswer = errors.New("nothing that is sent comes back")
	ErrStranger = errors.New("what comes back is not what a passive adapter makes of it")
)

const (
	tries    = 3
	maxDrain = 4096
	burst    = 256 // words that fit into the buffers of any port

	quiet = 30 * time.Millisecond // USB adapters keep bytes back for up to 16 ms
)

// isSilence tells errors that another try may mend.
func isSilence(err error) bool { return errors.Is(err, ErrNoAnswer) || errors.Is(err, ErrStranger) }

func byteTime(baud, bits int) time.Duration {
	return time.Duration(bits+2) * time.Second / time.Duration(baud)
}

// setMode changes the rate. All that was sent has come back, so nothing is on
// its way.
func (b *Bus) setMode(baud, bits int) error {
	if baud == b.baud {
		return nil
	}
	if err := b.port.SetMode(baud, bits); err != nil {
		return fmt.Errorf("setting %d baud, %d bits: %w", baud, bits, err)
	}
	b.baud = baud
	return nil
}

// slots does one slot for each bit, and puts what was read in its place.
func (b *Bus) slots(bits []byte) error {
	if err := b.setMode(115200, b.bits); err != nil {
		return err
	}
	for len(bits) > 0 {
		n := min(burst, len(bits))
		if err := b.some(bits[:n]); err != nil {
			return err
		}
		bits = bits[n:]
	}
	return nil
}

func (b *Bus) some(bits []byte) error {
	words := make([]byte, len(bits))
	for i, bit := range bits {
		words[i] = bit * b.one
	}
	got, err := b.converse(words, byteTime(115200, b.bits))
	if errors.Is(err, ErrNoAnswer) && len(got) > 0 && got[len(got)-1] == 0 && words[len(got)-1] != 0 {
		// No device holds the line for a whole word, and of a line that stays
		// low a port tells once.
		b.shorted = true
		return hw.ErrShort
	}
	if err != nil {
		return err
	}
	for i, word := range got {
		bit, ok := b.bit(words[i], word)
		if !ok {
			return fmt.Errorf("%w: to %02X, %02X comes back", ErrStranger, words[i], word)
		}
		bits[i] = bit
	}
	return nil
}

// bit tells what was read in a slot. A device that sends 0 holds the line low
// from the start on, so that what comes back are some zeros and then ones; it is
// late enough that the first bit is a zero (page 4).
func (b *Bus) bit(sent, got byte) (bit byte, ok bool) {
	switch {
	case sent == 0:
		return 0, got == 0
	case got == b.one:
		return 1, true
	}
	for n := 1; n <= b.bits; n++ {
		if got == b.one<<n&b.one {
			return 0, true
		}
	}
	return 0, false
}

// converse sends words and returns what comes back of them, each of which takes
// some time. Fewer than were sent are ErrNoAnswer.
func (b *Bus) converse(words []byte, each time.Duration) (got []byte, err error) {
	b.trace(true, words)
	if _, err := b.port.Write(words); err != nil {
		return nil, err
	}
	within := b.opts.Timeout + time.Duration(len(words))*each
	for len(got) < len(words) {
		p, err := b.read(len(words)-len(got), within)
		got = append(got, p...)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return got, fmt.Errorf("%w: %d of %d words have come: %w", ErrNoAnswer, len(got), len(words), err)
		}
		if err != nil {
			return got, err
		}
	}
	return got, nil
}

// read reads at least one word, and up to n that have come.
func (b *Bus) read(n int, within time.Duration) ([]byte, error) {
	if err := b.port.SetReadDeadline(time.Now().Add(within)); err != nil {
		return nil, err
	}
	p := make([]byte, n)
	n, err := b.port.Read(p)
	b.trace(false, p[:n])
	if n > 0 {
		err = nil
	}
	return p[:n], err
}

// unasked looks for words that nobody has sent: what came back of others would
// be taken for theirs.
func (b *Bus) unasked() error {
	p, err := b.read(1, 0)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: %02X comes without being asked for", ErrStranger, p[0])
}

// drain lets pass what comes until nothing does.
func (b *Bus) drain(silence time.Duration) error {
	for n := 0; n < maxDrain; {
		p, err := b.read(64, silence)
		n += len(p)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: it does not stop sending", ErrStranger)
}

func (b *Bus) trace(toLine bool, p []byte) {
	if b.opts.Trace != nil && len(p) > 0 {
		b.opts.Trace(toLine, p)
	}
}
