// SPDX-License-Identifier: Apache-2.0

// Command ow asks an owserver from the shell. Called as owdir, owread, owwrite,
// owget or owpresent it is that program; "ow dir" is the same as owdir.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"owfs/owproto"
	"owfs/transport/virtual"
)

// version is set by the build.
var version = "devel"

// Exit codes are those of the C programs.
const (
	exitOK      = 0
	exitFailure = 1
	exitAddress = 2 // the server's name means no address
)

func main() { os.Exit(run(context.Background(), os.Args, os.Stdout, os.Stderr)) }

// run does what the command line says and returns the exit code.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cmd, name, args := choose(args)
	out := bufio.NewWriter(stdout)
	j := &job{name: name, set: defaults(), out: out, errs: stderr}
	err := j.obey(ctx, cmd, args)
	if flush := out.Flush(); err == nil && flush != nil {
		err = fmt.Errorf("writing the output: %w", flush)
	}
	return j.complain(err)
}

// choose finds the command, by the name that the program is called by or else
// by its first argument; nil if there is none. The name is for messages.
func choose(args []string) (cmd *command, name string, rest []string) {
	if len(args) == 0 {
		return nil, "ow", nil
	}
	base := strings.TrimSuffix(filepath.Base(args[0]), ".exe")
	if word, ok := strings.CutPrefix(base, "ow"); ok {
		if cmd := commandOf(word); cmd != nil {
			return cmd, args[0], args[1:]
		}
	}
	if len(args) > 1 {
		if cmd := commandOf(args[1]); cmd != nil {
			return cmd, args[0] + " " + args[1], args[2:]
		}
	}
	return nil, args[0], args[1:]
}

// A job is one call of the program.
type job struct {
	name   string // in messages
	set    settings
	server server
	out    *bufio.Writer
	errs   io.Writer
}

// server is what a job asks. Its methods are those of owproto.Client.
type server interface {
	Dir(ctx context.Context, path string, flags owproto.Flags) (owproto.Listing, error)
	Read(ctx context.Context, path string, flags owproto.Flags, size, offset int) ([]byte, error)
	Write(ctx context.Context, path string, data []byte, flags owproto.Flags, offset int) (int, error)
	Presence(ctx context.Context, path string, flags owproto.Flags) (rom [8]byte, known bool, err error)
}

// obey reads the options and carries the command out.
func (j *job) obey(ctx context.Context, cmd *command, args []string) error {
	allowed := optionsFor(cmd)
	operands, err := parse(allowed, args, os.Getenv("POSIXLY_CORRECT") != "", func(o *option, value string) error {
		return o.set(&j.set, value)
	})
	switch {
	case errors.Is(err, errHelp):
		_, err := io.WriteString(j.out, help(cmd, allowed))
		return err
	case errors.Is(err, errVersion):
		_, err := fmt.Fprintf(j.out, "ow %s (speaks for OWFS %s)\n", version, virtual.Suite)
		return err
	case err != nil:
		return err
	case cmd == nil:
		return noCommand(operands)
	}
	if j.server == nil {
		client, err := j.connect(ctx, cmd.lasting)
		if err != nil {
			return err
		}
		defer client.Close()
		j.server = client
	}
	return cmd.run(ctx, j, operands)
}

func noCommand(operands []string) error {
	hint := "ow --help lists the commands"
	if len(operands) > 0 {
		return &failure{err: fmt.Errorf("there is no command %q", operands[0]), hint: hint}
	}
	return &failure{err: errors.New("no command given"), hint: hint}
}
