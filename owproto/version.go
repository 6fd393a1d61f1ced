// SPDX-License-Identifier: Apache-2.0

package owproto

// VersionWord is the first word of a header (protocol section 5.1): bits 0 to
// 15 count the tokens, bit 16 tells that an owserver asks and that tokens
// follow the payload, bits 17 to 24 are the protocol's version, 0 today.
type VersionWord uint32

const (
	tokenCountMask = 0xFFFF
	fromServerBit  = 1 << 16
	versionShift   = 17
)

// NewVersionWord builds the word. Tokens can only come from a server.
func NewVersionWord(version uint8, fromServer bool, tokens int) VersionWord {
	w := VersionWord(version) << versionShift
	if fromServer {
		w |= fromServerBit | VersionWord(tokens)&tokenCountMask
	}
	return w
}

// Version returns the version of the protocol.
func (w VersionWord) Version() uint8 { return uint8(w >> versionShift) }

// FromServer tells whether another owserver sent the request.
func (w VersionWord) FromServer() bool { return w&fromServerBit != 0 }

// Tokens returns the number of tokens after the payload. A count without the
// from-server bit means nothing.
func (w VersionWord) Tokens() int {
	if !w.FromServer() {
		return 0
	}
	return int(w & tokenCountMask)
}

// TokenSize is the length of a Token.
const TokenSize = 16

// Token marks an owserver that a request has passed (protocol section 5.2). A
// server that meets its own token has found a loop. The bytes mean nothing to others.
type Token [TokenSize]byte
