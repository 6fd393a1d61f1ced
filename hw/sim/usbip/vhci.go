// SPDX-License-Identifier: Apache-2.0

package usbip

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"owfs/hw/sim/usb"
)

// Where the driver is spoken to.
const vhci = "/sys/devices/platform/vhci_hcd.0"

// The states of a port, and the speed 12 Mbit/s, as the kernel numbers them.
const (
	portFree  = 4
	portUsed  = 6
	fullSpeed = 2
)

// A Port is a port of the emulated hub with a device plugged in.
type Port struct {
	number int
	ended  chan struct{} // closed when Serve has returned
	err    error         // of Serve
}

// Attach plugs a device into a free port. The kernel begins to look at it when
// Attach returns; Wait waits for the end of that.
func Attach(device usb.Device) (*Port, error) {
	number, err := freePort()
	if err != nil {
		return nil, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("a pair of sockets: %w", err)
	}
	ours := os.NewFile(uintptr(pair[0]), "usbip")
	defer ours.Close()
	defer unix.Close(pair[1]) // the kernel keeps its own reference
	conn, err := net.FileConn(ours)
	if err != nil {
		return nil, fmt.Errorf("a pair of sockets: %w", err)
	}
	line := fmt.Sprintf("%d %d %d %d", number, pair[1], number+1, fullSpeed)
	if err := tell("attach", line); err != nil {
		conn.Close()
		return nil, err
	}
	p := &Port{number: number, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		p.err = Serve(context.Background(), conn, device)
	}()
	return p, nil
}

func tell(file, text string) error {
	if err := os.WriteFile(filepath.Join(vhci, file), []byte(text), 0); err != nil {
		return fmt.Errorf("telling the kernel's vhci_hcd: %w", err)
	}
	return nil
}

// Detach pulls the device out. When it returns, nobody calls the device any
// more, and the kernel has noticed: if another one was plugged in sooner, it
// would be taken for this one.
func (p *Port) Detach() error {
	before, err := p.row()
	if err != nil {
		return err
	}
	if err := tell("detach", strconv.Itoa(p.number)); err != nil {
		return err
	}
	<-p.ended
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err = until(ctx, func() (bool, error) {
		row, err := p.row()
		if err != nil || row.state != portFree {
			return false, err
		}
		_, gone := os.Stat("/sys/bus/usb/devices/" + before.device)
		return gone != nil, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for port %d to be free: %w", p.number, err)
	}
	return p.err
}

// Wait waits until the kernel has configured the device, and returns the name
// that it has there: bus, hyphen, port, as in /sys/bus/usb/devices.
func (p *Port) Wait(ctx context.Context) (name string, err error) {
	err = until(ctx, func() (bool, error) {
		row, err := p.row()
		if err != nil || row.state != portUsed {
			return false, err
		}
		name = row.device
		_, missing := os.Stat("/sys/bus/usb/devices/" + name + ":1.0")
		return missing == nil, nil
	})
	if err != nil {
		return "", fmt.Errorf("waiting for the device at port %d: %w", p.number, err)
	}
	return name, nil
}

// Address returns the numbers of bus and device, as /dev/bus/usb has them.
func (p *Port) Address() (bus, device int, err error) {
	row, err := p.row()
	if err != nil {
		return 0, 0, err
	}
	for file, n := range map[string]*int{"busnum": &bus, "devnum": &device} {
		text, err := os.ReadFile(filepath.Join("/sys/bus/usb/devices", row.device, file))
		if err != nil {
			return 0, 0, fmt.Errorf("the address of port %d: %w", p.number, err)
		}
		if *n, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
			return 0, 0, fmt.Errorf("the address of port %d: %w", p.number, err)
		}
	}
	return bus, device, nil
}

// A row is what the driver tells of a port.
type row struct {
	hub           string
	number, state int
	device        string
}

func (p *Port) row() (row, error) {
	all, err := rows()
	if err != nil {
		return row{}, err
	}
	for _, r := range all {
		if r.number == p.number {
			return r, nil
		}
	}
	return row{}, fmt.Errorf("vhci_hcd has no port %d", p.number)
}

// freePort is the first one of those for devices up to 480 Mbit/s.
func freePort() (int, error) {
	all, err := rows()
	if err != nil {
		return 0, err
	}
	for _, r := range all {
		if r.hub == "hs" && r.state == portFree {
			return r.number, nil
		}
	}
	return 0, fmt.Errorf("all ports of vhci_hcd are taken: %w", os.ErrExist)
}

// rows reads the driver's status: hub port state speed dev sockfd busid.
func rows() ([]row, error) {
	text, err := os.ReadFile(filepath.Join(vhci, "status"))
	if err != nil {
		return nil, fmt.Errorf("the kernel's vhci_hcd (is the module loaded?): %w", err)
	}
	var all []row
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) != 7 || f[0] == "hub" {
			continue
		}
		number, err := strconv.Atoi(f[1])
		state, err2 := strconv.Atoi(f[2])
		if err != nil || err2 != nil {
			return nil, fmt.Errorf("the status of vhci_hcd has the line %q", strings.TrimSpace(line))
		}
		all = append(all, row{f[0], number, state, f[6]})
	}
	return all, nil
}

// until looks every few milliseconds whether something is so.
func until(ctx context.Context, so func() (bool, error)) error {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes, err := so(); yes || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
