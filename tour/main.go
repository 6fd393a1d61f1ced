// SPDX-License-Identifier: Apache-2.0

// Command tour shows the filesystem to somebody who has never seen one: it
// starts an owserver with simulated sensors, mounts it, looks around, and stays
// until Ctrl-C. It is what `make run` runs.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// sensors are the simulated devices: two thermometers, a switch, a counter, a
// battery monitor.
const sensors = "--tester=28,10,29,1D,26"

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
	addr, stopServer, err := owserver()
	if err != nil {
		return err
	}
	defer stopServer()
	stopMount, gone, err := mount(addr, dir)
	if err != nil {
		return err
	}
	defer stopMount()
	look(dir, addr)
	select {
	case <-ctx.Done():
		fmt.Println("\nunmounting")
		return nil
	case <-gone:
		return errors.New("the mount has ended by itself")
	}
}

// owserver starts the C suite's server on a port of loopback that the kernel
// chooses, and hands it over as systemd does.
func owserver() (addr string, stop func(), err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	defer l.Close()
	socket, err := l.(*net.TCPListener).File()
	if err != nil {
		return "", nil, err
	}
	defer socket.Close()
	// Only the shell knows the pid that the server must be told.
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_FDS=1 LISTEN_PID=$$ exec owserver --foreground "$0"`, sensors)
	cmd.ExtraFiles = []*os.File{socket}
	if err := start(cmd); err != nil {
		return "", nil, err
	}
	return l.Addr().String(), func() { end(cmd, syscall.SIGKILL) }, nil
}

// start starts a program that Ctrl-C does not reach: we end it ourselves, in
// the right order.
func start(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	return cmd.Start()
}

func end(cmd *exec.Cmd, how syscall.Signal) {
	cmd.Process.Signal(how)
	cmd.Wait()
}

// mount mounts the server's sensors at dir, and returns when they can be seen.
func mount(addr, dir string) (stop func(), gone chan struct{}, err error) {
	cmd := exec.Command(filepath.Join("bin", "owfs"), "--foreground", "--wait=10", "-s", addr, dir)
	cmd.Stderr = os.Stderr
	if err := start(cmd); err != nil {
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
func look(dir, addr string) {
	fmt.Printf("An owserver with simulated sensors runs at %s; its bus is mounted at %s.\n", addr, dir)
	t := tour{dir}
	t.says("Each sensor is a directory, named by its family and serial number.")
	t.shell("ls")
	t.says("A thermometer (family 28, DS18B20) is read by reading a file.")
	t.shell("cat 28.*/type", "cat 28.*/temperature")
	t.says("All temperatures at once:")
	t.shell("grep . [0-9]*/temperature")
	t.says("A switch (family 29, DS2408) has eight pins; PIO.ALL are all of them.")
	t.shell("cat 29.*/PIO.ALL")
	t.says("Writing changes things, here the scale in which temperatures are shown.")
	t.shell("echo F > settings/units/temperature_scale", "cat 28.*/temperature", "echo C > settings/units/temperature_scale")
	t.says("A device can have a name of its own.")
	t.shell("echo kitchen > $(echo 28.*)/alias", "cat kitchen/temperature", "ls -d kitchen")
	fmt.Printf("\nThe mount stays. Look around in another terminal:\n\n    cd %s\n\nCtrl-C unmounts and ends.\n", dir)
}

type tour struct{ dir string }

func (t tour) says(text string) { fmt.Printf("\n%s\n", text) }

// shell runs commands in the mount and shows them with what they print.
func (t tour) shell(commands ...string) {
	for _, c := range commands {
		cmd := exec.Command("/bin/sh", "-c", c)
		cmd.Dir = t.dir
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
