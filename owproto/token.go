// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"context"
	"crypto/rand"
	"slices"
)

// NewToken returns a token that no other server has. Its first byte is 0: this
// is what the C suite's servers make of the first byte of the first token
// (protocol section 5.2), and so they do no harm to this one.
func NewToken() Token {
	var t Token
	rand.Read(t[1:]) // never fails
	return t
}

type tokensKey struct{}

// WithTokens returns a context with which a Client adds tokens to each of its
// requests: those of the servers that the request has passed already. A Server
// gives its Handler such a context, with its own token as the first, where it shields the others.
func WithTokens(ctx context.Context, tokens []Token) context.Context {
	return context.WithValue(ctx, tokensKey{}, slices.Clone(tokens))
}

// tokensOf returns the tokens of a context.
func tokensOf(ctx context.Context) []Token {
	tokens, _ := ctx.Value(tokensKey{}).([]Token)
	return tokens
}
