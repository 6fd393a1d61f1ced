// SPDX-License-Identifier: Apache-2.0

// Command tour shows the filesystem to somebody who has never seen one: it
// mounts an emulated bus, looks around, and stays until Ctrl-C. It is what
// `make run` runs, and needs no program but owfs and fusermount3.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// sensors are the devices on the emulated bus: six thermometers, a switch, a
// counter, a battery monitor.
const sensors = "--sim=28,28,28,28,28,10,29,1D,26"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "tour: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "1wire-")
	if err != nil {
		return err
	}
	defer os.Remove(dir)
	stopMount, gone, err := mount(dir)
	if err != nil {
		return err
	}
	defer stopMount()
	look(dir)
	select {
	case <-ctx.Done():
		fmt.Println("\nunmounting")
		return nil
	case <-gone:
		return errors.New("the mount has ended by itself")
	}
}

// mount mounts the emulated bus at dir, and returns when it can be seen. Ctrl-C
// does not reach the program: we end it ourselves.
func mount(dir string) (stop func(), gone chan struct{}, err error) {
	cmd := exec.Command(filepath.Join("bin", "owfs"), "--foreground", sensors, dir)
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	gone = make(chan struct{})
	go func() {
		defer close(gone)
		cmd.Wait()
	}()
	stop = func() {
		cmd.Process.Signal(syscall.SIGTERM)
		<-gone
	}
	for range 200 {
		if _, err := os.Stat(filepath.Join(dir, "settings")); err == nil {
			return stop, gone, nil
		}
		select {
		case <-gone:
			return nil, nil, errors.New("owfs did not mount")
		case <-time.After(50 * time.Millisecond):
		}
	}
	stop()
	return nil, nil, errors.New("owfs did not mount within 10 s")
}

// look shows what there is, as the commands a user would type.
func look(dir string) {
	fmt.Printf("An emulated 1-Wire bus is mounted at %s (owfs %s).\n", dir, sensors)
	t := tour{dir}
	t.says("Each sensor is a directory, named by its family and serial number.")
	t.shell("ls")
	t.says("A thermometer (family 28, DS18B20) is read by reading a file, in °C. It measures for 750 ms.")
	t.shell("cat 28.000028D70000/type", "time cat 28.000028D70000/temperature")
	t.says("All thermometers have measured at the same time, so that the others are read at once.")
	t.shell("time grep . [0-9]*/temperature")
	t.says("A switch (family 29, DS2408) has eight pins. PIO.3 is one of them, PIO.ALL are all.")
	t.shell("echo 1 > 29.*/PIO.3", "cat 29.*/PIO.ALL")
	t.says("A counter (family 1D, DS2423) counts a pulse a second.")
	t.shell("cat 1D.*/counter.A", "sleep 2; cat uncached/1D.*/counter.A")
	t.says("Settings are files too, here the scale in which temperatures are shown.")
	t.shell("echo F > settings/units/temperature_scale", "cat 28.000028D70000/temperature", "echo C > settings/units/temperature_scale")
	t.says("A device can have a name of its own.")
	t.shell("echo kitchen > 28.000028D70000/alias", "cat kitchen/temperature", "ls -d kitchen")
	t.says("What can't be is refused, and the reason is told.")
	t.shell("echo 300 > kitchen/temphigh")
	fmt.Printf("\nThe mount stays. Look around in another terminal:\n\n    cd %s\n\nCtrl-C unmounts and ends.\n", dir)
}

type tour struct{ dir string }

func (t tour) says(text string) { fmt.Printf("\n%s\n", text) }

// shell runs commands in the mount and shows them with what they print.
func (t tour) shell(commands ...string) {
	for _, c := range commands {
		cmd := exec.Command("/bin/bash", "-c", c)
		cmd.Dir = t.dir
		cmd.Env = append(os.Environ(), "TIMEFORMAT= (%R s)")
		out, err := cmd.CombinedOutput()
		fmt.Printf("  $ %s\n", c)
		if text := strings.TrimRight(string(out), "\n"); text != "" {
			fmt.Println("  " + strings.ReplaceAll(text, "\n", "\n  "))
		}
		if err != nil {
			fmt.Printf("  (%v)\n", err)
		}
	}
}
