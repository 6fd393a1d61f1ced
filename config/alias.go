// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"owfs/hw"
)

// Alias is a name for a device.
type Alias struct {
	ROM  hw.ROM
	Name string
}

// maxAlias is the longest name in bytes.
const maxAlias = 256

// ReadAliases reads an alias file: a device id in any form, then blanks or =, then the name up to the end of the line.
// name stands in the warnings, which tell of every line that is skipped though it is neither empty nor a comment.
func ReadAliases(r io.Reader, name string) ([]Alias, []Warning, error) {
	text, err := readText(r, name, "alias")
	if err != nil {
		return nil, nil, err
	}
	var (
		aliases  []Alias
		warnings []Warning
		number   int
	)
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.Trim(line, blanks)
		if line == "" || line[0] == '#' {
			continue
		}
		alias, problem := parseAlias(line)
		if problem != "" {
			warnings = append(warnings, Warning{Where: fmt.Sprintf("%s:%d", name, number), Msg: problem + "; the line is skipped"})
			continue
		}
		aliases = append(aliases, alias)
	}
	return aliases, warnings, nil
}

// parseAlias reads one line; problem says why it cannot be used.
func parseAlias(line string) (alias Alias, problem string) {
	id, name := line, ""
	if i := strings.IndexAny(line, blanks+"="); i >= 0 {
		id, name = line[:i], strings.TrimLeft(line[i:], blanks+"=")
	}
	id = id[strings.LastIndexByte(id, '/')+1:]
	rom, err := hw.ParseROM(id)
	if err != nil {
		return Alias{}, fmt.Sprintf("%q is %v, or its CRC is wrong", id, err)
	}
	return Alias{ROM: rom, Name: name}, nameProblem(name)
}

// nameProblem tells why a name cannot be an alias; "" if it can.
func nameProblem(name string) string {
	switch {
	case name == "":
		return "there is no name after the device id"
	case len(name) > maxAlias:
		return fmt.Sprintf("the name is longer than %d bytes", maxAlias)
	case strings.Contains(name, "/"):
		return fmt.Sprintf("the name %q holds a /", name)
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Sprintf("the name %q holds a control character", name)
	case name == "." || name == ".." || isReserved(name):
		return fmt.Sprintf("the name %q means something else", name)
	}
	if _, err := hw.ParseROM(name); err == nil {
		return fmt.Sprintf("the name %q looks like a device id", name)
	}
	return ""
}

// isReserved knows the words that have a meaning of their own in a path.
func isReserved(name string) bool {
	name = strings.ToLower(name)
	if rest, ok := strings.CutPrefix(name, "bus."); ok {
		return isDigits(rest)
	}
	for word := range strings.FieldsSeq("settings structure uncached unaliased alarm text json simultaneous interface " +
		"statistics system thermostat") {
		if word == name {
			return true
		}
	}
	return false
}

// readAliasFiles reads the files named on the command line and in config files.
func (p *parser) readAliasFiles() error {
	for _, name := range p.cfg.AliasFiles {
		file, err := p.env.open(name)
		if err != nil {
			return unreadable(name, "alias", err)
		}
		aliases, warnings, err := ReadAliases(file, name)
		file.Close()
		if err != nil {
			return err
		}
		p.cfg.Aliases = append(p.cfg.Aliases, aliases...)
		p.cfg.Warnings = append(p.cfg.Warnings, warnings...)
	}
	return nil
}

// cause returns the bare reason of a file error, without the name.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
