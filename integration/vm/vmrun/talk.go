// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// What the guest says, in lines, over the port that is for that. After each but
// the last it is told the arguments of a program to run, as JSON; none: to end.
const (
	saysReady  = "ready"
	saysEnded  = "ended"  // and the status of the program
	saysFailed = "failed" // and why; then it ends
)

// errCut means that the machine has ended before it was told to.
var errCut = errors.New("the machine has ended before the program")

// talk is the host's side. It returns when the guest knows that it is to end.
func talk(port io.ReadWriter, next func() []string, ended func(status int)) error {
	lines := bufio.NewScanner(port)
	for lines.Scan() {
		what, rest, _ := strings.Cut(lines.Text(), " ")
		switch what {
		case saysReady:
		case saysEnded:
			status, err := strconv.Atoi(rest)
			if err != nil {
				return fmt.Errorf("the guest says the status %q", rest)
			}
			ended(status)
		case saysFailed:
			return fmt.Errorf("the guest: %s", rest)
		default:
			return fmt.Errorf("the guest says %q", lines.Text())
		}
		args := next()
		text, err := json.Marshal(args)
		if err == nil {
			_, err = port.Write(append(text, '\n'))
		}
		if err != nil {
			return fmt.Errorf("telling the guest: %w", err)
		}
		if len(args) == 0 {
			return nil
		}
	}
	return errCut
}

// obey is the guest's side.
func obey(port io.ReadWriter, run func(args []string) (status int, err error)) error {
	if _, err := fmt.Fprintln(port, saysReady); err != nil {
		return err
	}
	commands := json.NewDecoder(port)
	for {
		var args []string
		if err := commands.Decode(&args); err != nil {
			return fmt.Errorf("hearing the host: %w", err)
		}
		if len(args) == 0 {
			return nil
		}
		status, err := run(args)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(port, saysEnded, status); err != nil {
			return err
		}
	}
}
