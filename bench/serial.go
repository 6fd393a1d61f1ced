// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"time"

	"owfs/bench/serialcost"
)

// A serialProgram is an owserver on a serial port.
type serialProgram struct {
	name string
	path string
	args []string
	keep string // library to be loaded before all others, or ""
}

// serials tells what our owserver and that of the C suite take of an emulated
// DS2480B. Bytes, slots and resets don't depend on the machine, so each thing is
// done once.
func serials(ctx context.Context, f *fleet, s settings) error {
	scenes := slices.DeleteFunc(serialcost.Scenes(), func(c serialcost.Scene) bool { return !s.wants(c.Name) })
	if len(scenes) == 0 {
		return nil
	}
	all, err := serialPrograms(ctx, f)
	if err != nil {
		return err
	}
	fmt.Println("\nOn an emulated DS2480B: bytes to and from the chip, slots, resets, seconds")
	head := []string{""}
	for _, p := range all {
		head = append(head, p.name)
	}
	serialLine(append(head, "wanted")...)
	started := false
	for _, scene := range scenes {
		var rows [][]serialcost.Row
		for _, p := range all {
			r, err := f.playSerial(ctx, p, scene)
			if err != nil {
				return fmt.Errorf("%s, %s: %w", scene.Name, p.name, err)
			}
			rows = append(rows, r)
		}
		for i := range rows[0] {
			if i == 0 && started {
				continue
			}
			started = true
			printSerial(rows, i)
		}
	}
	return nil
}

// serialPrograms builds what is compared: ours at 9600 baud, as the C program
// always is, and ours as it is without that option.
func serialPrograms(ctx context.Context, f *fleet) ([]serialProgram, error) {
	build := exec.CommandContext(ctx, "go", "build", "-o", f.file("owserver"), "owfs/cmd/owserver")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building owserver: %w\n%s", err, out)
	}
	c, err := exec.LookPath("owserver")
	if err != nil {
		return nil, fmt.Errorf("%w (install the Debian package owserver)", err)
	}
	keep, err := keepOutput(ctx, f)
	if err != nil {
		return nil, err
	}
	return []serialProgram{
		{name: "ours, 9600 baud", path: f.file("owserver"), args: []string{"--baud=9600"}},
		{name: "ours", path: f.file("owserver")},
		{name: "C", path: c, keep: keep},
	}, nil
}

// keepOutput makes a library that keeps output which a program wants to throw
// away. The C suite does so after a command that has no answer. A serial port has
// sent those bytes by then, as it was asked to drain before; a pseudo terminal
// does not wait for that, and loses them.
func keepOutput(ctx context.Context, f *fleet) (lib string, err error) {
	const source = `#define _GNU_SOURCE
#include <dlfcn.h>
#include <termios.h>
int tcflush(int fd, int queue) {
	int (*next)(int, int) = dlsym(RTLD_NEXT, "tcflush");
	return queue == TCOFLUSH ? 0 : next(fd, TCIFLUSH);
}
`
	file, lib := f.file("keep.c"), f.file("keep.so")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "gcc", "-shared", "-fPIC", "-o", lib, file, "-ldl").CombinedOutput(); err != nil {
		return "", fmt.Errorf("compiling a library for the C program (is gcc installed?): %w\n%s", err, out)
	}
	return lib, nil
}

// playSerial has a program play a scene.
func (f *fleet) playSerial(ctx context.Context, s serialProgram, scene serialcost.Scene) (rows []serialcost.Row, err error) {
	var p *process
	defer func() {
		if p != nil {
			err = errors.Join(err, f.kill(p))
		}
	}()
	return scene.Measure(ctx, func(port string) (addr string, err error) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return "", err
		}
		defer l.Close()
		socket, err := l.(*net.TCPListener).File()
		if err != nil {
			return "", err
		}
		defer socket.Close()
		script := `export LISTEN_FDS=1 LISTEN_PID=$$ LD_PRELOAD="$1"; shift; exec "$0" --foreground "$@"`
		args := append([]string{"-c", script, s.path, s.keep, "-d", port}, s.args...)
		p, err = f.start("/bin/sh", []*os.File{socket}, nil, args...)
		return l.Addr().String(), err
	})
}

func serialLine(cells ...string) {
	widths := [...]int{-40, -31, -31, -31, 0}
	for i, c := range cells {
		fmt.Printf("%*s ", widths[i], c)
	}
	fmt.Println()
}

func printSerial(rows [][]serialcost.Row, i int) {
	cells := []string{rows[0][i].Name}
	for _, r := range rows {
		c := r[i].Cost
		cells = append(cells, fmt.Sprintf("%4d %4d %5d %3d %7.3f s", c.ToChip, c.FromChip, c.Slots, c.Resets, c.Took.Seconds()))
	}
	serialLine(append(cells, serialVerdict(rows[0][i]))...)
}

// serialVerdict says what is wanted of a row at 9600 baud, and whether it is met.
func serialVerdict(us serialcost.Row) string {
	var text string
	var met bool
	switch us.Name {
	case serialcost.UncachedAlone:
		text, met = "at most 250 slots, 2 resets", us.Slots <= 250 && us.Resets <= 2
	case serialcost.ListTwenty:
		text, met = "at most 4000 slots", us.Slots <= 4000
	case serialcost.LoopTwenty:
		d := us.NoLonger(9600)
		text, met = fmt.Sprintf("at most 1.5 s of port and line (%.2f s)", d.Seconds()), d <= 1500*time.Millisecond
	default:
		return ""
	}
	if !met {
		text += ": missed"
	}
	return text
}
