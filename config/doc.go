// SPDX-License-Identifier: Apache-2.0

// Package config reads the command line, the config files and the alias files of the programs of the suite.
//
// All programs share one table of options, [Options]. From it come the command line (GNU style, read with pflag), the
// config file grammar of the original 1-Wire file system (owfs.conf(5)), the options of mount(8) and the help pages.
// Names, spellings and meanings are those of the original; what is new stands at the end of the table.
//
// Where the original was silent this package speaks: a number that does not parse, a value out of range or an unreadable
// file is a [UsageError] with a hint, and what is skipped in a file is a [Warning] with file and line.
//
// No config file is read unless -c names one.
package config
