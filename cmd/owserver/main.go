// SPDX-License-Identifier: Apache-2.0

// Command owserver serves 1-Wire buses to network clients by the owserver
// protocol.
package main

import (
	"fmt"
	"os"

	"owfs/config"
	"owfs/daemon"
	"owfs/transport/virtual"
)

// version is set by the build.
var version = "devel"

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run does what the command line says and returns the exit code.
func run(args []string, stdout, stderr *os.File) int {
	cfg, err := config.Parse("owserver", args[1:], config.Env{})
	switch {
	case err != nil:
		return daemon.Complain(stderr, err)
	case cfg.Version:
		fmt.Fprintf(stdout, "owserver %s (speaks for OWFS %s)\n", version, virtual.Suite)
		return config.ExitOK
	case cfg.Help != "":
		return daemon.Complain(stderr, config.Help(stdout, config.Owserver, cfg.Help))
	}
	if background(cfg) {
		daemon.Warn(stderr, cfg)
		return daemon.Detach(args, stderr)
	}
	return daemon.Complain(stderr, work(cfg, stderr))
}

// background tells whether to start again behind. A program that was handed
// its sockets stays, as they are its own.
func background(cfg *config.Config) bool { return !handedOver() && daemon.Background(cfg) }

// work is the life of the process that serves. Once nobody sees its standard
// error any more, what ends it is told to the log as well.
func work(cfg *config.Config, stderr *os.File) error {
	journal := daemon.NewJournal(cfg, stderr)
	if daemon.StageNow() == daemon.Foreground {
		daemon.Warn(stderr, cfg)
	}
	err := serveAll(cfg, journal)
	if err != nil && daemon.StageNow() == daemon.Settled {
		journal.Error(err.Error())
	}
	return err
}
