// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/tls"
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

	"owfs/certs"
	"owfs/config"
	"owfs/daemon"
)

// usual is where the program listens if nobody says otherwise: on this machine
// only, as the protocol knows no passwords.
const usual = "127.0.0.1:4304"

// handedOver tells whether systemd has opened the sockets.
func handedOver() bool { return os.Getenv("LISTEN_PID") == strconv.Itoa(os.Getpid()) }

// An endpoint is where clients connect.
type endpoint struct {
	net.Listener
	readOnly bool // nothing can be written there
	secure   bool // TLS is spoken
}

// listen opens what the configuration names, or takes what systemd has opened.
func listen(cfg *config.Config, handed []*os.File, log *slog.Logger) (all []endpoint, err error) {
	defer func() {
		if err != nil {
			closeAll(all)
		}
	}()
	ports := cfg.Serve.Ports
	switch {
	case handedOver():
		if len(handed) == 0 {
			return nil, errors.New("sockets from systemd: there are none")
		}
		if len(ports) > 0 {
			log.Warn("systemd has opened the sockets: -p has no effect")
		}
		for _, f := range handed {
			l, err := net.FileListener(f)
			if err != nil {
				return all, fmt.Errorf("sockets from systemd: %w", err)
			}
			all = append(all, endpoint{Listener: l})
		}
		ports = nil
	case len(ports) == 0 && len(cfg.Serve.ReadOnlyPorts) == 0:
		log.Warn("listening on this machine only; -p 0.0.0.0:4304 opens the bus to the network, for everybody", "address", usual)
		ports = []string{usual}
	}
	open := func(option, port string, readOnly bool) error {
		e := endpoint{readOnly: readOnly}
		if e.Listener, err = listenAt(option, strings.TrimPrefix(port, "tls:")); err != nil {
			return err
		}
		all = append(all, e)
		if !strings.HasPrefix(port, "tls:") {
			return nil
		}
		return all[len(all)-1].protect(cfg, log)
	}
	for _, p := range ports {
		if err := open("-p", p, false); err != nil {
			return all, err
		}
	}
	for _, p := range cfg.Serve.ReadOnlyPorts {
		if err := open("--listen_readonly", p, true); err != nil {
			return all, err
		}
	}
	return all, nil
}

// protect has TLS spoken at an endpoint.
func (e *endpoint) protect(cfg *config.Config, log *slog.Logger) error {
	t, err := certs.Server(cfg.TLS)
	if err != nil {
		return err
	}
	if cfg.TLS.ClientCA == "" {
		log.Warn("everybody is served by TLS, as --tls_client_ca names no authority", "address", e.Addr())
	}
	e.Listener, e.secure = tls.NewListener(e.Listener, t), true
	return nil
}

func closeAll(all []endpoint) {
	for _, l := range all {
		l.Close()
	}
}

// listenAt opens one address, which an option has named.
func listenAt(option, port string) (net.Listener, error) {
	network, address, err := listenAddress(port)
	if err != nil {
		return nil, &config.UsageError{Option: option, Msg: err.Error(), Hint: "give a port, host:port, [ip6]:port or unix:/path; tls: before it for TLS"}
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
		hint = "another program listens there: end it, or give another address with " + option
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
