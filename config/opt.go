// SPDX-License-Identifier: Apache-2.0

package config

// Opt is a value the user may or may not have given. Its zero value says "not given".
type Opt[T any] struct {
	Value T
	Set   bool
}

// Some returns v marked as given by the user.
func Some[T any](v T) Opt[T] { return Opt[T]{Value: v, Set: true} }

// Or returns the value the user gave, or def when there is none.
func (o Opt[T]) Or(def T) T {
	if o.Set {
		return o.Value
	}
	return def
}
