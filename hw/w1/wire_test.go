// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"encoding/hex"
	"slices"
	"strings"
	"testing"
)

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	p, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// The bytes of a request, written down by the structures of the kernel's headers
// for a machine with the lowest byte first.
func TestRequest(t *testing.T) {
	want := unhex(t, `
		3b000000 0300 0000 07000000 00000000
		03000000 01000000 07000000 00000000 1700 0000
		04 00 0b00 02000000 00000000
		05 00 0000
		04 00 0300 cc44ff`)
	got := request(7, masterCommand, 2, command{op: cmdReset}, command{cmdTouch, []byte{0xCC, 0x44, 0xFF}})
	if !slices.Equal(got, want) {
		t.Errorf("got  % x\nwant % x", got, want)
	}
}

// Whatever comes, nothing is taken from beyond its end.
func FuzzMessages(f *testing.F) {
	f.Add(request(1, listMasters, 0))
	f.Add(request(1, masterCommand, 2, command{cmdTouch, []byte{1, 2, 3}}))
	f.Add(append(request(0, masterCommand, 2), request(9, slaveAdd, 3)...))
	f.Fuzz(func(t *testing.T, p []byte) {
		all, err := messages(p)
		if err != nil {
			return
		}
		size := 0
		for _, m := range all {
			size += messageHeader + len(m.body)
			if c, err := m.command(); err == nil && len(c.data) > len(m.body) {
				t.Errorf("a command of %d bytes in %d", len(c.data), len(m.body))
			}
		}
		if size > len(p) {
			t.Errorf("%d bytes out of %d", size, len(p))
		}
	})
}
