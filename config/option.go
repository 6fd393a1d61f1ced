// SPDX-License-Identifier: Apache-2.0

package config

// Option is one row of the option table.
type Option struct {
	Names    []string // long names, all that are accepted; the first is the one shown
	Short    string   // one letter, or ""
	Arg      ArgKind
	ArgName  string  // what the argument is called in help
	Programs Program // the programs it means something to; the others accept and ignore it
	Topic    string  // help page, one of Topics
	Group    string  // heading on that page
	Help     string  // one line
	Status   Status
	Missing  string  // with NotBuilt: what is missing, such as "USB bus master"
	Bus      BusKind // the kind of bus the option adds, or ""

	set func(*parser, string) error // puts the value, "" when there is none, into the Config
}

// ArgKind says whether an option takes an argument.
type ArgKind int

// The kinds of argument.
const (
	ArgNone ArgKind = iota
	ArgRequired
	ArgOptional
)

// Status says what an option does in this version.
type Status int

// The states of an option.
const (
	Works    Status = iota
	Ignored         // checked and kept in Config, but nothing uses it yet
	NotBuilt        // names hardware this version cannot drive: using it is an error
)

// Name returns the name shown for the option.
func (o *Option) Name() string { return o.Names[0] }

// check tells whether the option may be used at all.
func (o *Option) check() error {
	if o.Status != NotBuilt {
		return nil
	}
	return &UsageError{
		Msg:  "this version has no " + o.Missing + " yet",
		Hint: "run an owserver that has it and use -s host:port",
	}
}

// Options returns the option table. Its order is part of the config file grammar: an abbreviation means the first row
// with a name that begins so.
func Options() []Option {
	var all []Option
	for _, part := range [][]Option{
		generalOptions(), displayOptions(), jobOptions(), adapterOptions(), discoveryOptions(), tuningOptions(),
		timeoutOptions(), developerOptions(), tailOptions(), newOptions(),
	} {
		all = append(all, part...)
	}
	return all
}
