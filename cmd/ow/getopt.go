// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"strings"
)

// An option of the command line. Options with the same id mean the same: a word
// that begins several of them is not ambiguous.
type option struct {
	name  string
	short byte // 0 if there is none
	id    string
	value string // name of the value for the help; empty: it takes none
	help  string // empty: another spelling of the one before
	whole bool   // it can't be shortened, as that would take words from options of the C programs
	kind  kind   // the commands that take it
	set   func(s *settings, value string) error
}

// badOption is a mistake in an option that is told even with --quiet, in the
// words of GNU getopt.
type badOption struct{ text, hint string }

func (e *badOption) Error() string { return e.text }

// parse reads a command line as getopt_long of the GNU C library does: options
// may stand anywhere, long ones may be cut short, "--" ends them. Each is given
// to obey as it comes. With strict the first operand ends the options.
func parse(options []option, args []string, strict bool, obey func(o *option, value string) error) (operands []string, err error) {
	p := parser{options: options, args: args, obey: obey}
	for len(p.args) > 0 {
		arg := p.args[0]
		switch {
		case arg == "--":
			return append(operands, p.args[1:]...), nil
		case strings.HasPrefix(arg, "--"):
			p.args = p.args[1:]
			err = p.long(arg[2:])
		case len(arg) > 1 && arg[0] == '-':
			p.args = p.args[1:]
			err = p.cluster(arg[1:])
		case strict:
			return append(operands, p.args...), nil
		default:
			operands, p.args = append(operands, arg), p.args[1:]
		}
		if err != nil {
			return nil, err
		}
	}
	return operands, nil
}

type parser struct {
	options []option
	args    []string // those to come
	obey    func(o *option, value string) error
}

// long obeys an option that was given as --word or --word=value.
func (p *parser) long(text string) error {
	word, value, given := strings.Cut(text, "=")
	o, err := p.find(word, text)
	switch {
	case err != nil:
		return err
	case o.value == "" && given:
		return &badOption{text: fmt.Sprintf("option '--%s' doesn't allow an argument", o.name)}
	case o.value != "" && !given && len(p.args) == 0:
		return &badOption{text: fmt.Sprintf("option '--%s' requires an argument", o.name)}
	case o.value != "" && !given:
		value, p.args = p.args[0], p.args[1:]
	}
	return p.obey(o, value)
}

// find returns the option of that name, or else the one that word begins.
func (p *parser) find(word, text string) (*option, error) {
	var first *option
	var rivals []string
	for i := range p.options {
		o := &p.options[i]
		switch {
		case o.name == word:
			return o, nil
		case o.whole || !strings.HasPrefix(o.name, word):
		case first == nil:
			first = o
		case o.id != first.id:
			rivals = append(rivals, " '--"+o.name+"'")
		}
	}
	switch {
	case first == nil:
		return nil, &badOption{text: fmt.Sprintf("unrecognized option '--%s'", text), hint: "--help lists the options"}
	case rivals != nil:
		return nil, &badOption{text: fmt.Sprintf("option '--%s' is ambiguous; possibilities: '--%s'%s", text, first.name, strings.Join(rivals, ""))}
	}
	return first, nil
}

// cluster obeys options of one letter each. What follows one that takes a value
// is the value.
func (p *parser) cluster(letters string) error {
	for i := range len(letters) {
		o := p.letter(letters[i])
		if o == nil {
			return &badOption{text: "invalid option -- '" + letters[i:i+1] + "'", hint: "put -- before what begins with - and is no option"}
		}
		if o.value == "" {
			if err := p.obey(o, ""); err != nil {
				return err
			}
			continue
		}
		value := letters[i+1:]
		if value == "" {
			if len(p.args) == 0 {
				return &badOption{text: "option requires an argument -- '" + letters[i:i+1] + "'"}
			}
			value, p.args = p.args[0], p.args[1:]
		}
		return p.obey(o, value)
	}
	return nil
}

func (p *parser) letter(c byte) *option {
	for i := range p.options {
		if p.options[i].short == c {
			return &p.options[i]
		}
	}
	return nil
}

// What ends the reading of options without being a mistake.
var (
	errHelp    = errors.New("help is wanted")
	errVersion = errors.New("the version is wanted")
)
