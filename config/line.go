// SPDX-License-Identifier: Apache-2.0

package config

import "strings"

const blanks = " \t\r\v\f"

// fileLine is a line of a config file: [!] [program:] [-[-]]option [=] [value], # comment.
type fileLine struct {
	not     bool   // it began with !
	limited bool   // it names a program
	program string // the word before the colon
	option  string // without leading dashes
	tail    string // all after the option and =, without blanks around it
}

func (l fileLine) blank() bool { return l == fileLine{} }

// parseLine takes a line apart. Every text is some line.
func parseLine(text string) fileLine {
	var l fileLine
	text, _, _ = strings.Cut(text, "#")
	text = strings.Trim(text, blanks)
	if rest, ok := strings.CutPrefix(text, "!"); ok {
		l.not = true
		text = strings.TrimLeft(rest, blanks)
	}
	if word, rest := cutAny(text, blanks+"=:"); strings.HasPrefix(rest, ":") {
		l.limited, l.program = true, word
		text = rest[1:]
	}
	l.option, l.tail = cutAny(strings.TrimLeft(text, blanks+"-"), blanks+"=")
	l.tail = strings.TrimLeft(strings.TrimPrefix(l.tail, "="), blanks)
	return l
}

// String writes the line in a form that reads back as the same line.
func (l fileLine) String() string {
	var b strings.Builder
	if l.not {
		b.WriteString("! ")
	}
	if l.limited {
		b.WriteString(l.program + ": ")
	}
	if l.option != "" {
		b.WriteString("-- " + l.option)
	}
	if l.option != "" || l.tail != "" {
		b.WriteString(" = " + l.tail)
	}
	return b.String()
}

// cutAny cuts text before the first character of set and drops the blanks there.
func cutAny(text, set string) (before, after string) {
	i := strings.IndexAny(text, set)
	if i < 0 {
		return text, ""
	}
	return text[:i], strings.TrimLeft(text[i:], blanks)
}

func cutBlank(text string) (first, rest string) { return cutAny(text, blanks) }
