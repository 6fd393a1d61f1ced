// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/coreos/go-systemd/v22/activation"

	"owfs/config"
	"owfs/daemon"
)

// usual is where the program listens if nobody says otherwise: on this machine
// only, as the protocol knows no passwords.
const usual = "127.0.0.1:4304"

// handedOver tells whether systemd has opened the sockets.
func handedOver() bool { return os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) }

// listen opens what the configuration names, or takes what systemd has opened.
func listen(cfg *config.Config, log *slog.Logger) ([]net.Listener, error) {
	if handedOver() {
		all, err := activation.Listeners()
		if err == nil && len(all) > 0 {
			if len(cfg.Serve.Ports) > 0 {
				log.Warn("systemd has opened the sockets: -p has no effect")
			}
			return all, nil
		}
		return nil, fmt.Errorf("sockets from systemd: %w", errors.Join(err, errors.New("there are none")))
	}
	ports := cfg.Serve.Ports
	if len(ports) == 0 {
		log.Warn("listening on this machine only; -p 0.0.0.0:4304 opens the bus to the network, for everybody", "address", usual)
		ports = []string{usual}
	}
	var all []net.Listener
	for _, p := range ports {
		l, err := listenAt(p)
		if err != nil {
			closeAll(all)
			return nil, err
		}
		all = append(all, l)
	}
	return all, nil
}

func closeAll(all []net.Listener) {
	for _, l := range all {
		l.Close()
	}
}

// listenAt opens one address.
func listenAt(port string) (net.Listener, error) {
	network, address, err := listenAddress(port)
	if err != nil {
		return nil, &config.UsageError{Option: "-p", Msg: err.Error(), Hint: "give a port, host:port, [ip6]:port or unix:/path"}
	}
	if network == "unix" {
		removeStale(address)
	}
	l, err := net.Listen(network, address)
	if err == nil {
		return l, nil
	}
	hint := ""
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		hint = "another program listens there: end it, or give another address with -p"
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		hint = "the address is none of this machine's; 0.0.0.0 is all of them"
	case errors.Is(err, fs.ErrPermission):
		hint = "take a port above 1023, or give the program the right to open this one"
	}
	return nil, &daemon.Failure{Code: config.ExitFailure, Hint: hint, Err: fmt.Errorf("listening on %s: %w", port, err)}
}

// listenAddress reads what -p names: a port of all IPv4 and IPv6 addresses, an
// address and a port (also without brackets, as ::1:4304), or a socket file.
func listenAddress(text string) (network, address string, err error) {
	if name, ok := strings.CutPrefix(text, "unix:"); ok && name != "" {
		return "unix", name, nil
	}
	host, port := "", text
	if i := strings.LastIndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i+1:]
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 && host == "" {
		return "", "", fmt.Errorf("%q has no port from 1 to 65535", text)
	}
	host = strings.Trim(host, "[]")
	if strings.Contains(host, ":") {
		if _, err := netip.ParseAddr(host); err != nil {
			return "", "", fmt.Errorf("%q is not the address of a listener", text)
		}
	}
	return "tcp", net.JoinHostPort(host, port), nil
}

// removeStale removes a socket file that nobody listens at.
func removeStale(name string) {
	info, err := os.Stat(name)
	if err != nil || info.Mode()&fs.ModeSocket == 0 {
		return
	}
	nc, err := net.Dial("unix", name)
	if err == nil {
		nc.Close()
		return
	}
	if errors.Is(err, syscall.ECONNREFUSED) {
		os.Remove(name)
	}
}
