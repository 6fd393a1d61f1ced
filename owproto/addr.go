// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"net"
	"net/netip"
	"strings"
)

// DefaultPort is the port that IANA gave to owserver.
const DefaultPort = "4304"

// SplitAddr turns an address as users write it into network and address for
// net.Dial:
//
//	"host", "host:port", "192.0.2.1", "[::1]:4304", "[::1]", "::1", ":port"
//	"4304" and "" mean this machine
//	"unix:/path" or "/path" is a socket in the file system
//	"tls:host:port" is "host:port"; a Client speaks TLS with it
//
// What could be an IPv6 address as a whole is one: "::1:4304" has no port.
func SplitAddr(addr string) (network, address string) {
	addr, secure := cutTLS(addr)
	if secure {
		return "tcp", joinPort(addr)
	}
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		return "unix", path
	}
	if strings.HasPrefix(addr, "/") {
		return "unix", addr
	}
	return "tcp", joinPort(addr)
}

// cutTLS tells whether TLS is spoken with an address.
func cutTLS(addr string) (rest string, secure bool) { return strings.CutPrefix(addr, "tls:") }

func joinPort(addr string) string {
	if addr == "" {
		return net.JoinHostPort("localhost", DefaultPort)
	}
	if strings.Trim(addr, "0123456789") == "" {
		return net.JoinHostPort("localhost", addr)
	}
	if _, err := netip.ParseAddr(addr); err == nil {
		return net.JoinHostPort(addr, DefaultPort)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil { // no port
		host = strings.TrimSuffix(strings.TrimPrefix(addr, "["), "]")
	}
	if host == "" {
		host = "localhost"
	}
	if port == "" {
		port = DefaultPort
	}
	return net.JoinHostPort(host, port)
}
