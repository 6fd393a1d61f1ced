// SPDX-License-Identifier: Apache-2.0

// Command owfs mounts 1-Wire buses as a filesystem.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"owfs/config"
	"owfs/daemon"
	"owfs/transport/virtual"
)

// version is set by the build.
var version = "devel"

func main() { os.Exit(run(os.Args, os.Stdout, os.Stderr)) }

// run does what the command line says and returns the exit code.
func run(args []string, stdout, stderr *os.File) int {
	if daemon.StageNow() == asking {
		return ask(args[len(args)-1])
	}
	cfg, err := config.Parse(args[0], args[1:], config.Env{})
	switch {
	case err != nil:
		return daemon.Complain(stderr, err)
	case cfg.Version:
		fmt.Fprintf(stdout, "owfs %s (speaks for OWFS %s)\n", version, virtual.Suite)
		return config.ExitOK
	case cfg.Help != "":
		return daemon.Complain(stderr, config.Help(stdout, config.Owfs, cfg.Help))
	case cfg.Mount.Fake:
		return config.ExitOK
	}
	nameSource(args, cfg)
	if daemon.Background(cfg) {
		daemon.Warn(stderr, cfg)
		return daemon.Detach(args, stderr)
	}
	return daemon.Complain(stderr, work(cfg, stderr))
}

// work is the life of the process that serves the mount. Once nobody sees its
// standard error any more, what ends it is told to the log as well.
func work(cfg *config.Config, stderr *os.File) error {
	daemon.CloseOnExec() // what our parent waits at the end of is for nobody else
	journal := daemon.NewJournal(cfg, stderr)
	switch daemon.StageNow() {
	case daemon.Foreground:
		daemon.Warn(stderr, cfg)
	case daemon.Settled:
		for _, w := range cfg.Warnings {
			journal.Warn(w.String())
		}
	case daemon.WaitedFor, asking: // nobody waits for a warning
	}
	err := serve(cfg, journal)
	if err != nil && daemon.StageNow() == daemon.Settled {
		journal.Error(err.Error())
	}
	return err
}

// nameSource lets the mount table show the source of a line of fstab as it is
// there, by which mount -a knows that the line is mounted already.
func nameSource(args []string, cfg *config.Config) {
	helper := strings.HasPrefix(filepath.Base(args[0]), "mount.")
	if helper && cfg.Mount.FSName == "" && len(args) > 1 && !strings.HasPrefix(args[1], "-") {
		cfg.Mount.FSName = args[1]
	}
}
