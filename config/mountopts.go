// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// mountOptions reads a list as it stands after -o.
func (p *parser) mountOptions(list string) error {
	for _, item := range splitOptions(list) {
		key, value, has := strings.Cut(item, "=")
		if key == "" && !has {
			continue
		}
		if err := p.mountOption(key, value, has); err != nil {
			return nameOption(err, "-o "+key)
		}
	}
	return nil
}

func nameOption(err error, shown string) error {
	var usage *UsageError
	if errors.As(err, &usage) && usage.Option == "" && usage.Where == "" {
		usage.Option = shown
	}
	return err
}

// mountOption gives one option to the first who knows it.
func (p *parser) mountOption(key, value string, has bool) error {
	switch {
	case ignoredByPrefix(key):
		return nil
	case !has && p.mountFlag(key):
		return nil
	case has:
		if known, err := p.mountValue(key, value); known {
			return err
		}
	}
	if row := exactRow(p.table, key); row != nil && usableInMount(row) {
		return p.mountProgramOption(row, value, has)
	}
	stray := badValue("there is no such mount option").hint("see --help=program; what only other programs read is written x-name")
	stray.Option = "-o " + key
	return p.keepStray(stray)
}

// keepStray puts off the error about an unknown option in a mount helper, where -s may still come and forgive it.
func (p *parser) keepStray(err *UsageError) error {
	if !p.helper {
		return err
	}
	if p.stray == nil {
		p.stray = err
	}
	return nil
}

// mountFlag takes the options without a value.
func (p *parser) mountFlag(key string) bool {
	m := &p.cfg.Mount
	switch key {
	case "ro":
		p.cfg.Access.ReadOnly = true
	case "rw":
		p.cfg.Access.ReadOnly = false
	case "allow_other":
		m.AllowOther = true
	case "allow_root":
		m.AllowRoot = true
	case "default_permissions":
		m.DefaultPermissions = true
	case "exec", "noexec":
		m.Exec = Some(key == "exec")
	case "dev", "nodev":
		m.Dev = Some(key == "dev")
	case "suid", "nosuid":
		m.Suid = Some(key == "suid")
	default:
		return slices.Contains(ignoredFlags(), key)
	}
	return true
}

// mountValue takes the options with a value.
func (p *parser) mountValue(key, value string) (known bool, err error) {
	m := &p.cfg.Mount
	switch key {
	case "uid":
		m.UID, err = parseID(value)
	case "gid":
		m.GID, err = parseID(value)
	case "umask":
		m.Umask, err = parseMask(value)
	case "fsname":
		m.FSName = value
	case "subtype":
		m.Subtype = value
	case "max_read":
		if _, err = parseInt(value, 0, 1<<31-1); err == nil {
			m.Rest = append(m.Rest, key+"="+value)
		}
	case "context", "fscontext", "defcontext", "rootcontext":
		m.Rest = append(m.Rest, key+"="+value)
	default:
		return slices.Contains(ignoredValues(), key), nil
	}
	return true, err
}

// usableInMount tells which options of the program may stand in a list after -o.
func usableInMount(row *Option) bool {
	switch row.Name() {
	case "help", "version", "mountpoint", "options", "fuse_opt", "fuse_open_opt", "foreground", "background":
		return false
	}
	return true
}

func (p *parser) mountProgramOption(row *Option, value string, has bool) error {
	if has && row.Arg == ArgNone {
		return badValue("takes no value").hint("leave out what follows the =")
	}
	if !has && row.Arg == ArgRequired {
		return badValue("needs a value").hint("write -o " + row.Name() + "=" + row.ArgName)
	}
	return p.apply(row, value, "", "-o "+row.Name())
}

func parseID(text string) (Opt[uint32], error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return Opt[uint32]{}, badValue("%q is not a user or group number", text).hint("give a number, see id(1)")
	}
	return Some(uint32(n)), nil
}

func parseMask(text string) (Opt[fs.FileMode], error) {
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil || n > 0o777 {
		return Opt[fs.FileMode]{}, badValue("%q is not a file mode mask", text).hint("give an octal number from 0 to 777")
	}
	return Some(fs.FileMode(n)), nil
}
