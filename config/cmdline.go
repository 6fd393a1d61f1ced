// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// absent stands for "no value" in pflag; no argument of a program can hold its zero byte.
const absent = "\x00"

// commandLine reads the options and returns the plain arguments.
func (p *parser) commandLine(table []Option, args []string) ([]string, error) {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if row := uniqueRow(table, name); row != nil {
			return pflag.NormalizedName(row.Name())
		}
		return pflag.NormalizedName(name)
	})
	for i := range table {
		row := &table[i]
		flag := set.VarPF(&flagValue{p: p, row: row}, row.Name(), row.Short, "")
		if row.Arg != ArgRequired {
			flag.NoOptDefVal = absent
		}
	}
	err := set.Parse(splitShort(table, args))
	return set.Args(), explain(table, err)
}

// flagValue is a row of the table as pflag wants it.
type flagValue struct {
	p   *parser
	row *Option
}

func (v *flagValue) String() string { return "" }
func (v *flagValue) Type() string   { return v.row.ArgName }

// Set takes one use of the option.
func (v *flagValue) Set(value string) error {
	shown := "--" + v.row.Name()
	if value == absent {
		value = ""
	} else if v.row.Arg == ArgNone {
		return &UsageError{Option: shown, Msg: "takes no value", Hint: "leave out what follows the ="}
	}
	v.p.given = append(v.p.given, setting{v.row, value})
	return v.p.apply(v.row, value, "", shown)
}

// explain turns an error of pflag into ours.
func explain(table []Option, err error) error {
	var (
		usage    *UsageError
		unknown  *pflag.NotExistError
		valueful *pflag.ValueRequiredError
	)
	switch {
	case err == nil, errors.Is(err, errStop):
		return err
	case errors.As(err, &usage):
		return usage
	case errors.As(err, &unknown):
		if group := unknown.GetSpecifiedShortnames(); group != "" {
			return &UsageError{Option: "-" + unknown.GetSpecifiedName(), Msg: "there is no such option", Hint: "see --help"}
		}
		return unknownOption(table, unknown.GetSpecifiedName())
	case errors.As(err, &valueful):
		row := exactRow(table, valueful.GetFlag().Name)
		return &UsageError{Option: "--" + row.Name(), Msg: "needs a value", Hint: "write --" + row.Name() + "=" + row.ArgName}
	default:
		return &UsageError{Msg: "the command line cannot be read", Hint: "see --help", Err: err}
	}
}

// unknownOption tells an ambiguous name from an unknown one.
func unknownOption(table []Option, name string) error {
	e := &UsageError{Option: "--" + name, Msg: "there is no such option", Hint: "see --help"}
	if rows := rowsWith(table, name); len(rows) > 1 {
		names := make([]string, len(rows))
		for i, row := range rows {
			names[i] = "--" + row.Name()
		}
		e.Msg, e.Hint = "is short for several options", "one of "+strings.Join(names, " ")
	}
	return e
}
