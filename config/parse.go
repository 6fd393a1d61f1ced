// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Env is what Parse needs of the world. Its zero value is the real one.
type Env struct {
	Open func(name string) (io.ReadCloser, error) // opens config and alias files; nil = os.Open
}

func (e Env) open(name string) (io.ReadCloser, error) {
	if e.Open == nil {
		return os.Open(name)
	}
	return e.Open(name)
}

// errStop ends the reading of the command line without an error: help or version was asked for.
var errStop = errors.New("stop")

// parser is one run of Parse.
type parser struct {
	cfg   *Config
	env   Env
	table []Option
	stack []string  // config files being read, outermost first
	given []setting // options of the command line as given
	opens int       // config files opened

	helper bool        // started as a helper of mount(8)
	sloppy bool        // helper -s
	stray  *UsageError // first unknown mount option of a helper
}

// setting is one option of the command line with its value, in canonical form.
type setting struct {
	row   *Option
	value string
}

// Parse reads a command line without the program's name, and the config and alias files it names.
// program is the name the program was started by; mount.owfs and mount.fuse.owfs are read as mount(8) calls its helpers.
//
// When help or the version is asked for, Config.Help or Config.Version is set and nothing more is looked at.
// An error is always a *UsageError with a hint.
func Parse(program string, args []string, env Env) (*Config, error) {
	p, _, err := parse(program, args, env)
	if err != nil {
		return nil, err
	}
	return p.cfg, nil
}

func parse(program string, args []string, env Env) (*parser, []string, error) {
	p := &parser{cfg: &Config{Program: Owfs}, env: env, table: Options()}
	program = filepath.Base(program)
	if which, ok := programWord(program); ok {
		p.cfg.Program = which
	}
	table := p.table
	if p.helper = strings.HasPrefix(program, "mount."); p.helper {
		table = helperOptions()
	}
	plain, err := p.commandLine(table, args)
	if errors.Is(err, errStop) {
		return p, nil, nil
	}
	if err == nil {
		err = p.plainArguments(plain)
	}
	if err == nil {
		err = p.finish()
	}
	return p, plain, withHint(err)
}

// finish checks what can only be seen at the end and reads the alias files.
func (p *parser) finish() error {
	if p.stray != nil && !p.sloppy {
		return p.stray
	}
	if err := p.readAliasFiles(); err != nil {
		return err
	}
	if len(p.cfg.Buses) == 0 {
		return &UsageError{Msg: "no bus is given", Hint: "name an owserver with -s host:port, see --help=device", Code: ExitNoBus}
	}
	if p.cfg.Program == Owfs && p.cfg.Mount.Point == "" {
		return &UsageError{Msg: "no mount point is given", Hint: "name a directory as the last argument, or with -m"}
	}
	return nil
}

// withHint sees to it that every error is a UsageError with a hint.
func withHint(err error) error {
	if err == nil {
		return nil
	}
	var usage *UsageError
	if !errors.As(err, &usage) {
		usage = &UsageError{Msg: err.Error(), Err: err}
	}
	if usage.Hint == "" {
		usage.Hint = "see --help"
	}
	return usage
}

// apply hands a value to a row. where is "file:line" in a config file, shown is the option as the user knows it.
func (p *parser) apply(row *Option, value, where, shown string) error {
	err := row.accepts(value)
	if err == nil && row.Bus == "" {
		err = row.check() // buses are checked where they are added, by what they turn out to be
	}
	if err == nil {
		err = row.set(p, value)
	}
	var usage *UsageError
	if errors.As(err, &usage) {
		if usage.Option == "" && usage.Where == "" {
			usage.Option = shown
		}
		if usage.Where == "" {
			usage.Where = where
		}
	}
	return err
}

func (o *Option) accepts(value string) error {
	if o.Arg == ArgRequired && value == "" {
		return badValue("the value is empty").hint("give " + o.ArgName)
	}
	return nil
}
