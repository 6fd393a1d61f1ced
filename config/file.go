// SPDX-License-Identifier: Apache-2.0

package config

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Limits of config and alias files.
const (
	maxFileSize = 1 << 20
	maxLine     = 4096
	maxNested   = 5   // config files inside each other
	maxIncluded = 100 // config files in all
)

// include reads a config file; it is also the option that does so.
func (p *parser) include(name string) error {
	if err := p.mayInclude(name); err != nil {
		return err
	}
	text, err := p.readFile(name, "config")
	if err != nil {
		return err
	}
	p.opens++
	if !slices.Contains(p.cfg.Files, name) {
		p.cfg.Files = append(p.cfg.Files, name)
	}
	p.stack = append(p.stack, filepath.Clean(name))
	defer func() { p.stack = p.stack[:len(p.stack)-1] }()
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		if err := p.obey(line, fmt.Sprintf("%s:%d", name, number)); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) mayInclude(name string) error {
	switch {
	case slices.Contains(p.stack, filepath.Clean(name)):
		return badValue("config file %s reads itself", name).hint("remove the line")
	case len(p.stack) >= maxNested:
		return badValue("config files are nested more than %d deep", maxNested).hint("name " + name + " in an outer file")
	case p.opens >= maxIncluded:
		return badValue("more than %d config files are read", maxIncluded).hint("put them together")
	}
	return nil
}

// readFile returns the text of a file without a byte order mark.
func (p *parser) readFile(name, kind string) (string, error) {
	file, err := p.env.open(name)
	if err != nil {
		return "", unreadable(name, kind, err)
	}
	defer file.Close()
	return readText(file, name, kind)
}

func readText(r io.Reader, name, kind string) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFileSize+1))
	if err != nil {
		return "", unreadable(name, kind, err)
	}
	if len(data) > maxFileSize {
		return "", &UsageError{Where: name, Msg: kind + " file is larger than 1 MiB", Hint: "is it the right file?"}
	}
	return strings.TrimPrefix(string(data), "\ufeff"), nil
}

func unreadable(name, kind string, err error) *UsageError {
	e := badValue("cannot read %s file %s: %v", kind, name, cause(err)).hint("check its name and who may read it")
	e.Err = err
	return e
}

// obey carries out one line of a config file.
func (p *parser) obey(text, where string) error {
	if len(text) > maxLine {
		return &UsageError{Where: where, Msg: fmt.Sprintf("the line is longer than %d bytes", maxLine), Hint: "is it the right file?"}
	}
	if strings.IndexByte(text, 0) >= 0 {
		return &UsageError{Where: where, Msg: "the line holds a zero byte", Hint: "a config file is plain text"}
	}
	line := parseLine(text)
	if line.blank() || !p.forUs(line, where) {
		return nil
	}
	if line.option == "" {
		p.warn(where, "there is no option on this line")
		return nil
	}
	row := fileRow(p.table, line.option)
	if row == nil {
		p.warn(where, "there is no option %q; the line is skipped", line.option)
		return nil
	}
	if row.Name() == "help" || row.Name() == "version" {
		p.warn(where, "%s does nothing in a file", row.Name())
		return nil
	}
	return p.apply(row, p.lineValue(row, line, where), where, row.Name())
}

// forUs tells whether the line is meant for this program.
func (p *parser) forUs(line fileLine, where string) bool {
	if !line.limited {
		if line.not {
			p.warn(where, "! without a program before : does nothing")
		}
		return true
	}
	if which, ok := programWord(line.program); ok {
		return (which == p.cfg.Program) != line.not
	}
	if externalWord(line.program) {
		p.warn(where, "devices answered by scripts are not built yet; the line is skipped")
	} else {
		p.warn(where, "there is no program %q; the line is skipped", line.program)
	}
	return false
}

// externalWord knows the lines that describe devices answered by scripts.
func externalWord(word string) bool {
	word = strings.ToLower(word)
	return strings.Contains(word, "sensor") || strings.Contains(word, "script") || strings.Contains(word, "property")
}

// lineValue picks what of the line is the value: the first word, or all for the options that take a list of words.
func (p *parser) lineValue(row *Option, line fileLine, where string) string {
	switch row.Name() {
	case "fuse_opt", "fuse_open_opt", "options":
		return unquote(line.tail)
	}
	value, rest := cutBlank(line.tail)
	if row.Arg == ArgNone {
		if value != "" {
			p.warn(where, "%s takes no value; %q is left out", row.Name(), line.tail)
		}
		return ""
	}
	if rest != "" {
		p.warn(where, "the value ends at the first blank; %q is left out", rest)
	}
	return value
}

func (p *parser) warn(where, format string, args ...any) {
	p.cfg.Warnings = append(p.cfg.Warnings, Warning{Where: where, Msg: fmt.Sprintf(format, args...)})
}
