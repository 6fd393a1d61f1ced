// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"errors"
	"io"
)

// firstChunk is what a peer gets us to allocate by merely announcing a length.
const firstChunk = 8192

// readPayload reads n bytes. Its memory grows with the data received, so that a
// lie about the length costs the liar as many bytes as us. The end of r is
// always unexpected here.
func readPayload(r io.Reader, n int) ([]byte, error) {
	if n == 0 {
		return nil, nil
	}
	p := make([]byte, min(n, firstChunk))
	for got := 0; ; {
		m, err := io.ReadFull(r, p[got:])
		got += m
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if got == n {
			return p, nil
		}
		p = append(p, make([]byte, min(n-got, got))...)
	}
}
