// SPDX-License-Identifier: Apache-2.0

package config

import (
	"errors"
	"net"
	"net/netip"
	"strings"

	"owfs/owproto"
)

// Bus is one source of 1-Wire buses.
type Bus struct {
	Kind BusKind
	Arg  string // as the user wrote it; for BusServer see Address
}

// BusKind says what a Bus is. Its text is the long name of the option that names such a bus.
type BusKind string

// The kinds of bus.
const (
	BusServer       BusKind = "server"
	BusSerial       BusKind = "device"
	BusUSB          BusKind = "usb"
	BusI2C          BusKind = "i2c"
	BusPassive      BusKind = "passive"
	BusHA3          BusKind = "ha3"
	BusHA4B         BusKind = "ha4b"
	BusHA5          BusKind = "ha5"
	BusHA7E         BusKind = "ha7e"
	BusHA7Net       BusKind = "ha7net"
	BusEnet         BusKind = "enet"
	BusLink         BusKind = "link"
	BusXport        BusKind = "xport"
	BusPBM          BusKind = "pbm"
	BusMasterHub    BusKind = "masterhub"
	BusEtherWeather BusKind = "etherweather"
	BusDS1WM        BusKind = "ds1wm"
	BusK1WM         BusKind = "k1wm"
	BusW1           BusKind = "w1"
	BusBrowse       BusKind = "autoserver"
	BusFake         BusKind = "fake"
	BusTester       BusKind = "tester"
	BusMock         BusKind = "mock"
	BusSim          BusKind = "sim"
)

// Address returns the address of a BusServer as host:port, tls:host:port or unix:/path. It has been checked by Parse.
func (b Bus) Address() string {
	address, err := serverAddress(b.Arg)
	if err != nil {
		return b.Arg
	}
	return address
}

// serverAddress checks an address and completes it, by the rules of owproto.SplitAddr.
func serverAddress(arg string) (string, error) {
	if rest, ok := strings.CutPrefix(arg, "tls:"); ok {
		address, err := serverAddress(rest)
		if err == nil && strings.HasPrefix(address, "unix:") {
			err = badValue("a socket file has no TLS").hint("leave out tls:")
		}
		return "tls:" + address, err
	}
	network, address := owproto.SplitAddr(arg)
	if network == "unix" && address != "" {
		return "unix:" + address, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil || arg == "" || !isHost(host) || strings.ContainsFunc(port, notInHost) {
		return "", badValue("%q is not the address of a server", arg).hint("write host, host:port, only a port, tls:host:port or unix:/path")
	}
	if isDigits(port) {
		if _, err := parseInt(port, 1, 65535); err != nil {
			return "", err
		}
	}
	return address, nil
}

func isHost(text string) bool {
	if strings.Contains(text, ":") {
		_, err := netip.ParseAddr(text)
		return err == nil
	}
	return !strings.ContainsFunc(text, notInHost)
}

func notInHost(r rune) bool { return r <= ' ' || r == '/' || r == 0x7f }

func isDigits(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// addBus checks a bus and adds it.
func (p *parser) addBus(kind BusKind, arg string) error {
	if kind == BusSerial && strings.Contains(arg, "i2c") {
		kind = BusI2C
	}
	if err := exactRow(p.table, string(kind)).check(); err != nil {
		return err
	}
	if kind == BusServer {
		if _, err := serverAddress(arg); err != nil {
			return err
		}
	}
	p.cfg.Buses = append(p.cfg.Buses, Bus{Kind: kind, Arg: arg})
	return nil
}

// plainArguments gives the arguments without dashes their meaning: the last is the mount point of a program that mounts,
// unless -m has named one, and the others are buses.
func (p *parser) plainArguments(args []string) error {
	named := p.cfg.Mount.Point
	if p.cfg.Program == Owfs && p.cfg.Mount.Point == "" && len(args) > 0 {
		last := len(args) - 1
		if args[last] == "" {
			return badValue("the mount point is empty").hint("name a directory as the last argument, or with -m")
		}
		p.cfg.Mount.Point, args = args[last], args[:last]
	}
	for _, arg := range args {
		if arg == "none" {
			continue // what an fstab line says that names its server among the options
		}
		kind, rest := plainBus(arg)
		var err error
		if kind == BusSerial && !strings.HasPrefix(arg, "/dev/") {
			err = badValue("is no serial adapter: those are below /dev").hint("name it with -d if it is one all the same")
		} else {
			err = p.addBus(kind, rest)
		}
		if err != nil {
			return blame(arg, named, err)
		}
	}
	return nil
}

// blame puts the plain argument into an error, and says why a directory may have been taken for a bus: named is the mount
// point that was given before.
func blame(arg, named string, err error) error {
	var usage *UsageError
	if errors.As(err, &usage) {
		usage.Option = arg
		if named != "" && strings.HasPrefix(arg, "/") {
			usage.Hint = "the mount point is " + named + ", so this counts as a serial adapter; give only one of them"
		}
	}
	return err
}

// plainBus tells what kind of bus an argument without dashes means: /dev/tty serial, u or u2 or usb USB, else a server.
func plainBus(arg string) (BusKind, string) {
	if strings.HasPrefix(arg, "/") {
		return BusSerial, arg
	}
	low := strings.ToLower(arg)
	if rest, ok := strings.CutPrefix(low, "usb"); ok && isUSB(rest) {
		return BusUSB, rest
	}
	if rest, ok := strings.CutPrefix(low, "u"); ok && isUSB(rest) {
		return BusUSB, rest
	}
	return BusServer, arg
}

// isUSB tells whether text names a USB adapter: nothing, a number, all, scan, scan:seconds or bus:device.
func isUSB(text string) bool {
	text = strings.TrimPrefix(text, "=")
	if text == "" || text == "all" || text == "scan" {
		return true
	}
	first, second, pair := strings.Cut(text, ":")
	if !pair {
		return isDigits(first)
	}
	return (first == "scan" || isDigits(first)) && isDigits(second)
}
