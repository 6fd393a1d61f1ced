// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/bustest"
	"owfs/hw/ds2480b"
	"owfs/hw/sim"
	chip "owfs/hw/sim/ds2480b"
)

// onServer is a chip behind a terminal server, which change may alter before.
func onServer(t *testing.T, mode chip.ServerMode, change func(*chip.Server)) (*chip.Server, *chip.Chip, *sim.Line) {
	t.Helper()
	line := sim.NewLine(hw.Wall{})
	c := chip.New(line)
	c.Volts12 = true
	server, err := chip.Serve(c, mode)
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(server)
	}
	server.Start()
	t.Cleanup(func() {
		server.Close()
		line.Close()
	})
	return server, c, line
}

func openAt(t *testing.T, addr string, opts ds2480b.Options) hw.Bus {
	t.Helper()
	opts.Timeout = busy
	bus, err := ds2480b.Open(t.Context(), addr, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

func infoOf(bus hw.Bus) ds2480b.Info {
	return bus.(interface{ Info() ds2480b.Info }).Info()
}

// The contract through a terminal server that speaks RFC 2217, and through those
// that are worse at it.
func TestContractOnServers(t *testing.T) {
	t.Parallel() // it mostly waits
	for name, server := range map[string]struct {
		mode   chip.ServerMode
		change func(*chip.Server)
		opts   ds2480b.Options
	}{
		"RFC 2217": {chip.ComPort, nil, ds2480b.Options{Baud: 57600}},
		"in pieces, not 8 bits wide": {
			chip.ComPort, func(s *chip.Server) { s.Pieces, s.NoBinary = true, true }, ds2480b.Options{Baud: 19200},
		},
		"telnet alone": {chip.Telnet, nil, ds2480b.Options{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bustest.Run(t, func(t *testing.T) (hw.Bus, *sim.Line) {
				s, c, line := onServer(t, server.mode, server.change)
				bus := openAt(t, s.Addr, server.opts)
				t.Cleanup(func() {
					bus.Close()
					if n := c.Odd(); n != 0 {
						t.Errorf("%d bytes had no meaning to the chip", n)
					}
				})
				return bus, line
			})
		})
	}
}

// The rate of the server's port is changed with the chip's, and the port is set
// to 8 bits, no parity, one stop bit, no flow control, with power on its lines.
func TestBaudByRFC2217(t *testing.T) {
	for _, baud := range []int{9600, 19200, 57600, 115200} {
		server, c, line := onServer(t, chip.ComPort, nil)
		line.Add(sim.NewDS18B20(romOf(t, "28.E1E3000000F1"), hw.Wall{}, func() float64 { return 20 }))
		bus := openAt(t, server.Addr, ds2480b.Options{Baud: baud})
		if got := infoOf(bus).Baud; got != baud || c.Baud() != baud || server.Set(1) != baud {
			t.Errorf("%d baud wanted: the master has %d, the chip %d, the server %d", baud, got, c.Baud(), server.Set(1))
		}
		if server.Set(2) != 8 || server.Set(3) != 1 || server.Set(4) != 1 {
			t.Errorf("the port has data size %d, parity %d, stop size %d, want 8, 1, 1", server.Set(2), server.Set(3), server.Set(4))
		}
		for _, want := range []int{1, 8, 11, 5, 6} { // no flow control, DTR, RTS, a break
			if got := server.Control(); !slices.Contains(got, want) {
				t.Errorf("the port's controls are %v, want %d among them", got, want)
			}
		}
		if got := server.Set(12); got != 1 {
			t.Errorf("purge is %d, want 1: what the server has received", got)
		}
		if n := server.Cable.Counts().Breaks; n == 0 {
			t.Error("the chip has seen no break")
		}
		found, err := hw.Search(t.Context(), bus, hw.SearchROM)
		if err != nil || len(found) != 1 {
			t.Errorf("finds %v, %v", found, err)
		}
		if err := bus.Close(); err != nil {
			t.Error(err)
		}
	}
}

// A chip that another program has left in data mode is taken over by one break.
func TestTakesOverByRFC2217(t *testing.T) {
	server, _, line := onServer(t, chip.ComPort, nil)
	if _, err := server.Cable.Write([]byte{0xC1, 0x3F, 0x83}); err != nil { // strong pull-up without end
		t.Fatal(err)
	}
	line.Add(sim.NewDS18B20(romOf(t, "28.000000000001"), hw.Wall{}, func() float64 { return 20 }))
	bus := openAt(t, server.Addr, ds2480b.Options{Baud: 9600})
	if found, err := hw.Search(t.Context(), bus, hw.SearchROM); err != nil || len(found) != 1 {
		t.Errorf("finds %v, %v", found, err)
	}
	if n := server.Cable.Counts().Breaks; n != 1 {
		t.Errorf("%d breaks, want 1", n)
	}
}

// Bytes that mean something to telnet reach the chip and come back.
func TestTelnetBytes(t *testing.T) {
	for _, narrow := range []bool{false, true} {
		server, _, _ := onServer(t, chip.ComPort, func(s *chip.Server) { s.NoBinary = narrow })
		bus := openAt(t, server.Addr, ds2480b.Options{})
		if _, err := bus.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		want := []byte{0xFF, 0xFF, 0xFB, 0x2C, 0x0D, 0x00, 0x0D, 0x0A, 0x0D, 0xFF, 0xF0, 0x00, 0xFF}
		got := slices.Clone(want)
		if err := bus.Touch(t.Context(), got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("narrow %v: % X comes back, %v", narrow, got, err)
		}
	}
}

// A raw port is never sent anything of telnet's, also if its first bytes are
// garbage; a server that takes its time is understood.
func TestWhoSpeaksTelnet(t *testing.T) {
	server, _, _ := onServer(t, chip.Raw, nil)
	for _, b := range []byte{0xFF, 0x00, 0xFB} {
		server.Cable.Say(b)
	}
	bus := openAt(t, server.Addr, ds2480b.Options{})
	bus.Close()
	if heard := server.Heard(); bytes.IndexByte(heard, 0xFF) >= 0 {
		t.Errorf("the raw port was sent % X", heard)
	}
	late, c, _ := onServer(t, chip.ComPort, func(s *chip.Server) { s.Late = 100 * time.Millisecond })
	openAt(t, late.Addr, ds2480b.Options{Baud: 57600})
	if c.Baud() != 57600 {
		t.Errorf("the chip behind a late server has %d baud", c.Baud())
	}
}

// Without RFC 2217 the rate is not ours to change, and that is said.
func TestTelnetCanNotChangeTheRate(t *testing.T) {
	for _, mode := range []chip.ServerMode{chip.Raw, chip.Telnet} {
		server, _, _ := onServer(t, mode, nil)
		wantError(t, server.Addr, ds2480b.Options{Baud: 57600, Timeout: busy}, "the other end of this connection sets the rate")
	}
}

// A server whose rate can't be changed is used at 9600 baud; one that can't do
// these is told of.
func TestServerWithOneRate(t *testing.T) {
	server, c, _ := onServer(t, chip.ComPort, func(s *chip.Server) { s.OnlyBaud = 9600 })
	bus := openAt(t, server.Addr, ds2480b.Options{Baud: 57600})
	if got := infoOf(bus).Baud; got != 9600 || c.Baud() != 9600 {
		t.Errorf("the master has %d baud, the chip %d", got, c.Baud())
	}
	if err := bus.Touch(t.Context(), []byte{1, 2, 3}); err != nil {
		t.Error(err)
	}
	other, _, _ := onServer(t, chip.ComPort, func(s *chip.Server) { s.OnlyBaud = 4800 })
	wantError(t, other.Addr, ds2480b.Options{Timeout: busy}, "asked for 9600 baud and confirms 00 00 12 C0")
}

func wantError(t *testing.T, addr string, opts ds2480b.Options, text string) *ds2480b.OpenError {
	t.Helper()
	bus, err := ds2480b.Open(t.Context(), addr, opts)
	if err == nil {
		bus.Close()
		t.Fatalf("%s was opened", addr)
	}
	var e *ds2480b.OpenError
	if !errors.As(err, &e) || !bytes.Contains([]byte(err.Error()), []byte(text)) {
		t.Fatalf("error %q, want %q in it", err, text)
	}
	return e
}

// A server that serves another program says so, and its words are told.
func TestServerInUse(t *testing.T) {
	server, _, _ := onServer(t, chip.ComPort, nil)
	openAt(t, server.Addr, ds2480b.Options{})
	e := wantError(t, server.Addr, ds2480b.Options{Timeout: busy}, `says "Port already in use\r\n"`)
	if !errors.Is(e, ds2480b.ErrHungUp) || e.Hint == "" {
		t.Errorf("%v, hint %q", e, e.Hint)
	}
}

// A server that goes while it is used is an adapter that is gone.
func TestServerGoes(t *testing.T) {
	for _, mode := range []chip.ServerMode{chip.Raw, chip.ComPort} {
		server, _, _ := onServer(t, mode, nil)
		bus := openAt(t, server.Addr, ds2480b.Options{})
		server.Close()
		if _, err := bus.Reset(t.Context()); err == nil || hw.IsLine(err) {
			t.Errorf("mode %d: %v", mode, err)
		}
	}
}

// Whatever a server says: there is an error or a bus, soon, and no end of
// memory.
func FuzzServerSays(f *testing.F) {
	f.Add([]byte{0xFF, 0xFD, 0x2C, 0xFF, 0xFA, 0x2C, 101, 0, 0, 0x25, 0x80, 0xFF, 0xF0, 0xFF, 0xFA, 0x2C, 105, 5, 0xFF, 0xF0})
	f.Add([]byte{0xFF, 0xFB, 0x03, 0xFF, 0xFE, 0x2C, 0xFF, 0xFF, 0x0D, 0x00})
	f.Add(bytes.Repeat([]byte{0xFF, 0xFD, 0x2C}, 50))
	f.Add(append([]byte{0xFF, 0xFD, 0x2C, 0xFF, 0xFA}, make([]byte, 5000)...))
	f.Fuzz(func(t *testing.T, says []byte) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		done := make(chan struct{})
		go func() {
			defer close(done)
			conn, err := l.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			conn.Write(says)
			conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, conn)
		}()
		began := time.Now()
		bus, err := ds2480b.Open(t.Context(), l.Addr().String(), ds2480b.Options{Timeout: time.Millisecond})
		if err == nil {
			bus.Close()
		}
		<-done
		if d := time.Since(began); d > 20*time.Second {
			t.Errorf("it took %v", d)
		}
	})
}
