// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"
)

// ErrHungUp is a terminal server that has closed the connection.
var ErrHungUp = errors.New("the terminal server has closed the connection")

const (
	dialTime = 10 * time.Second
	// greeting is how long a server may take for its first word, beside the
	// time that the connection itself took, which counts up to longestDial.
	greeting    = 200 * time.Millisecond
	longestDial = time.Second
)

// openNetwork reaches a port of a terminal server. Whether it speaks telnet is
// told by the server: those that do begin to negotiate at once. To ask would be
// to send a chip behind a raw port bytes that it takes for commands.
func openNetwork(ctx context.Context, addr string, timeout time.Duration) (Port, error) {
	began := time.Now()
	conn, err := (&net.Dialer{Timeout: dialTime}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	tcp := &tcpPort{TCPConn: conn.(*net.TCPConn)}
	first, err := hear(tcp, greeting+2*min(time.Since(began), longestDial))
	if err == nil && !isTelnet(first) {
		return tcp, nil // what has come is not an answer to anything
	}
	var port *telnetPort
	if err == nil {
		port, err = newTelnet(tcp, first, timeout)
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return port, nil
}

// hear returns what comes within some time, or until it is telnet's.
func hear(tcp *tcpPort, within time.Duration) (first []byte, err error) {
	const most = 256
	tcp.SetReadDeadline(time.Now().Add(within))
	p := make([]byte, most)
	for len(first) < most && !isTelnet(first) {
		n, err := tcp.Read(p[:most-len(first)])
		first = append(first, p[:n]...)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return first, nil
		case err != nil:
			return nil, hungUp(err, first)
		}
	}
	return first, nil
}

// isTelnet tells whether the first bytes from a server negotiate an option.
func isTelnet(first []byte) bool {
	return len(first) > 2 && first[0] == iac && first[1] >= will && first[1] <= dont
}

// lastWords is hungUp for a write that failed, after which what the server has
// said before is still to be read.
func (p *telnetPort) lastWords(err error) error {
	if !errors.Is(err, syscall.EPIPE) && !errors.Is(err, syscall.ECONNRESET) {
		return hungUp(err, p.data)
	}
	p.tcp.SetReadDeadline(time.Now().Add(greeting))
	var buf [256]byte
	for len(p.data) < len(buf) {
		n, err := p.tcp.Read(buf[:])
		for _, b := range buf[:n] {
			p.scan(b)
		}
		if err != nil {
			break
		}
	}
	return hungUp(ErrHungUp, p.data)
}

// hungUp makes the end of a connection into an error that has the server's last
// words, which tell why.
func hungUp(err error, words []byte) error {
	const most = 80
	switch {
	case !errors.Is(err, ErrHungUp):
		return err
	case len(words) == 0:
		return ErrHungUp
	}
	return fmt.Errorf("%w and says %q", ErrHungUp, words[:min(most, len(words))])
}
