// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

// Program is a program of the suite, or a set of them.
type Program uint8

// The programs. They are bits, so that an option can say which of them use it.
const (
	Owfs Program = 1 << iota
	Owserver
	Owhttpd
	Owftpd
	Owexternal

	servers  = Owserver | Owhttpd | Owftpd
	allProgs = Owfs | servers | Owexternal
)

// String returns the name of one program.
func (p Program) String() string {
	switch p {
	case Owserver:
		return "owserver"
	case Owhttpd:
		return "owhttpd"
	case Owftpd:
		return "owftpd"
	case Owexternal:
		return "owexternal"
	default:
		return "owfs"
	}
}

// programWord finds the program a word means by what it contains, in the order the config file grammar gives.
func programWord(word string) (Program, bool) {
	word = strings.ToLower(word)
	switch {
	case strings.Contains(word, "server"):
		return Owserver, true
	case strings.Contains(word, "external"):
		return Owexternal, true
	case strings.Contains(word, "http"):
		return Owhttpd, true
	case strings.Contains(word, "ftp"):
		return Owftpd, true
	case strings.Contains(word, "fs"):
		return Owfs, true
	}
	return 0, false
}
