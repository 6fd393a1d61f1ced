// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"context"
	"crypto/rand"
	"slices"
)

// NewToken returns a token that no other server has.
func NewToken() Token {
	var t Token
	rand.Read(t[:]) // never fails
	return t
}

type tokensKey struct{}

// WithTokens returns a context with which a Client adds tokens to each of its
// requests: those of the servers that the request has passed already. A Server
// gives its Handler such a context, with its own token as the last.
func WithTokens(ctx context.Context, tokens []Token) context.Context {
	return context.WithValue(ctx, tokensKey{}, slices.Clone(tokens))
}

// tokensOf returns the tokens of a context.
func tokensOf(ctx context.Context) []Token {
	tokens, _ := ctx.Value(tokensKey{}).([]Token)
	return tokens
}
