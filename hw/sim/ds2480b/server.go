// SPDX-License-Identifier: Apache-2.0

package ds2480b

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// ServerMode is what a terminal server makes of the bytes that it carries.
type ServerMode int

// The modes: bytes as they are; telnet (RFC 854); telnet with the option that
// controls the port (RFC 2217).
const (
	Raw ServerMode = iota
	Telnet
	ComPort
)

// A Server is a terminal server on a loopback address, with a chip at its serial
// port. It serves one client at a time and turns others away. Its clock must be
// the one on the wall.
type Server struct {
	// Addr is where it listens.
	Addr  string
	Cable *Cable

	// What follows is set before the first client comes.

	// Late is how long the server takes for its first word.
	Late time.Duration
	// NoBinary makes it refuse to be 8 bits wide, so that a carriage return is
	// followed by a zero.
	NoBinary bool
	// OnlyBaud, if set, is the one rate that it can, and confirms.
	OnlyBaud int
	// Pieces makes it send its bytes one by one.
	Pieces bool

	mode ServerMode
	l    net.Listener
	wg   sync.WaitGroup

	mu      sync.Mutex
	conn    net.Conn
	heard   []byte      // all that clients have sent
	set     map[int]int // value by command of RFC 2217
	control []int       // the values of SET-CONTROL, in their order
	breakAt time.Time
}

// Serve puts a chip behind a terminal server.
func Serve(chip *Chip, mode ServerMode) (*Server, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on a loopback address: %w", err)
	}
	s := &Server{Addr: l.Addr().String(), Cable: PlugPatient(chip), mode: mode, l: l, set: map[int]int{}}
	return s, nil
}

// Start lets clients in.
func (s *Server) Start() { s.wg.Go(s.accept) }

// Close ends the server and whom it serves.
func (s *Server) Close() error {
	err := s.l.Close()
	s.mu.Lock()
	if s.conn != nil {
		s.conn.Close()
	}
	s.mu.Unlock()
	s.Cable.Close()
	s.wg.Wait()
	return err
}

// Heard returns all that clients have sent, as it came.
func (s *Server) Heard() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]byte(nil), s.heard...)
}

// Set returns the last value of a command of RFC 2217, or -1.
func (s *Server) Set(command int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.set[command]; ok {
		return v
	}
	return -1
}

// Control returns the values of the command SET-CONTROL, in their order.
func (s *Server) Control() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]int(nil), s.control...)
}

func (s *Server) accept() {
	for {
		conn, err := s.l.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		busy := s.conn != nil
		if !busy {
			s.conn = conn
		}
		s.mu.Unlock()
		if busy {
			io.WriteString(conn, "Port already in use\r\n")
			conn.Close()
			continue
		}
		s.wg.Go(func() { s.serve(conn) })
	}
}

func (s *Server) serve(conn net.Conn) {
	c := &client{Server: s, conn: conn}
	done := make(chan struct{})
	s.wg.Go(func() { c.toHost(done) })
	c.fromHost()
	close(done)
	conn.Close()
	s.mu.Lock()
	s.conn = nil
	s.mu.Unlock()
}

// A client is one connection.
type client struct {
	*Server
	conn  net.Conn
	write sync.Mutex

	binaryIn, binaryOut bool
	afterCR             bool
}

// send sends bytes as they are.
func (c *client) send(p ...byte) {
	c.write.Lock()
	defer c.write.Unlock()
	if !c.Pieces {
		c.conn.Write(p)
		return
	}
	for i := range p {
		c.conn.Write(p[i : i+1])
		time.Sleep(50 * time.Microsecond)
	}
}

// toHost passes on what the chip answers.
func (c *client) toHost(done chan struct{}) {
	buf := make([]byte, 64)
	for {
		select {
		case <-done:
			return
		default:
		}
		c.Cable.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		n, err := c.Cable.Read(buf)
		if err == io.EOF {
			return
		}
		if n > 0 {
			c.send(c.wrap(buf[:n])...)
		}
	}
}

func (c *client) wrap(p []byte) (out []byte) {
	if c.mode == Raw {
		return p
	}
	c.mu.Lock()
	wide := c.binaryOut
	c.mu.Unlock()
	for _, b := range p {
		switch {
		case b == 0xFF:
			out = append(out, 0xFF, 0xFF)
		case b == 0x0D && !wide:
			out = append(out, 0x0D, 0x00)
		default:
			out = append(out, b)
		}
	}
	return out
}

// fromHost does what the host says. What it can't do is refused.
func (c *client) fromHost() {
	time.Sleep(c.Late)
	switch c.mode {
	case ComPort:
		c.send(0xFF, 0xFB, 0x03, 0xFF, 0xFB, 0x01, 0xFF, 0xFD, 0x18, 0xFF, 0xFD, 0x2C) // WILL go on, WILL echo, DO terminal type, DO com port
	case Telnet:
		c.send(0xFF, 0xFB, 0x03, 0xFF, 0xFB, 0x01)
	}
	in := &reader{c: c}
	for {
		b, ok := in.next()
		if !ok {
			return
		}
		switch {
		case c.mode == Raw || b != 0xFF:
			c.data(b)
		default:
			c.command(in)
		}
	}
}

func (c *client) data(b byte) {
	c.mu.Lock()
	filler := c.mode != Raw && !c.binaryIn && c.afterCR && b == 0
	c.mu.Unlock()
	c.afterCR = b == 0x0D
	if !filler {
		c.Cable.Write([]byte{b})
	}
}

// A reader gives what a host sends byte by byte.
type reader struct {
	c    *client
	buf  [256]byte
	rest []byte
}

func (r *reader) next() (byte, bool) {
	if len(r.rest) == 0 {
		n, err := r.c.conn.Read(r.buf[:])
		if err != nil {
			return 0, false
		}
		r.rest = r.buf[:n]
		r.c.mu.Lock()
		r.c.heard = append(r.c.heard, r.rest...)
		r.c.mu.Unlock()
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b, true
}

// command is what follows an FF.
func (c *client) command(in *reader) {
	verb, _ := in.next()
	switch verb {
	case 0xFF:
		c.data(0xFF)
	case 0xF3: // a break
		c.Cable.Break(5 * time.Millisecond)
	case 0xFB, 0xFC, 0xFD, 0xFE:
		option, _ := in.next()
		c.negotiate(verb, option)
	case 0xFA:
		c.sub(in.sub())
	}
}

// sub reads to the end of a subnegotiation.
func (r *reader) sub() (p []byte) {
	for {
		b, ok := r.next()
		if b == 0xFF {
			b, ok = r.next()
			if b == 0xF0 {
				return p
			}
		}
		if !ok {
			return nil
		}
		p = append(p, b)
	}
}

// negotiate answers WILL (FB) with DO or DONT, DO (FD) with WILL or WONT; what it
// has offered itself is not answered again.
func (c *client) negotiate(verb, option byte) {
	can := option == 0x03 || option == 0x00 && !c.NoBinary || option == 0x2C && c.mode == ComPort
	switch {
	case verb == 0xFB && option == 0x2C && can: // it was asked for
	case verb == 0xFD && option == 0x03: // it was offered
	case verb == 0xFB && can:
		c.wide(&c.binaryIn, option)
		c.send(0xFF, 0xFD, option)
	case verb == 0xFB:
		c.send(0xFF, 0xFE, option)
	case verb == 0xFD && can:
		c.send(0xFF, 0xFB, option)
		c.wide(&c.binaryOut, option)
	case verb == 0xFD:
		c.send(0xFF, 0xFC, option)
	}
}

func (c *client) wide(way *bool, option byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if option == 0 {
		*way = true
	}
}

// sub does a command of RFC 2217 and confirms it.
func (c *client) sub(p []byte) {
	if len(p) < 3 || p[0] != 0x2C || c.mode != ComPort {
		return
	}
	command, value := int(p[1]), p[2:]
	n := int(value[0])
	switch command {
	case 1:
		if len(value) != 4 {
			return
		}
		if n = int(binary.BigEndian.Uint32(value)); c.OnlyBaud != 0 {
			n = c.OnlyBaud
		}
		c.Cable.SetBaud(n)
		value = binary.BigEndian.AppendUint32(nil, uint32(n))
	case 5:
		c.doControl(n)
	}
	c.mu.Lock()
	c.set[command] = n
	c.mu.Unlock()
	// Line and modem states come whenever they like.
	c.send(0xFF, 0xFA, 0x2C, 107, 0x30, 0xFF, 0xF0)
	out := []byte{0xFF, 0xFA, 0x2C, byte(command + 100)}
	for _, v := range value {
		if out = append(out, v); v == 0xFF {
			out = append(out, v)
		}
	}
	c.send(append(out, 0xFF, 0xF0)...)
}

// doControl does a value of SET-CONTROL: 5 begins a break, 6 ends it.
func (c *client) doControl(n int) {
	c.mu.Lock()
	c.control = append(c.control, n)
	began := c.breakAt
	if c.breakAt = (time.Time{}); n == 5 {
		c.breakAt = time.Now()
	}
	c.mu.Unlock()
	if n == 6 && !began.IsZero() {
		c.Cable.Break(time.Since(began))
	}
}
