// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"owfs/owproto"
)

// hexBytes reads hex with blanks.
func hexBytes(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		panic(err)
	}
	return b
}

// The exchanges that the protocol's description shows, word for word.
func TestTranscripts(t *testing.T) {
	path := func(p string) string { return hex.EncodeToString([]byte(p)) + "00" }
	const devices = "--tester=10.000010EF0000,10.67C6697351FF"
	for name, addr := range map[string]string{"ours": startOurs(t, devices), "theirs": startOwserver(t, devices)} {
		for _, x := range []struct{ c, s string }{
			{"00000000 00000000 00000001 00000000 00000000 00000000", "00000000 00000000 00000000 00000000 00000000 00000000"},
			{"00000000 00000016 00000002 00000000 00002000 00000000" + path("/10.000010EF0000/type"),
				"00000000 00000007 00000007 00000000 00000007 00000000 44533138533230"},
			{"00000000 00000016 00000002 00000000 00002000 00000002" + path("/10.000010EF0000/type"),
				"00000000 00000005 00000005 00000000 00000005 00000002 3138533230"},
			{"00000000 0000001b 00000003 00000000 00000002 00000000" + path("/10.000010EF0000/templow") + "3130",
				"00000000 00000000 00000000 00000000 00000002 00000000"},
			{"00000000 00000012 00000006 00000000 00000000 00000000 2f31302e3637433636393733353146462f00",
				"00000000 00000008 00000000 00000000 00000000 00000000 1067c6697351ff8d"},
			{"00000000 00000002 00000004 00000100 00000000 00000000 2f00",
				"00000000 00000011 00000000 00000100 00000010 00000000" + path("/10.000010EF0000") +
					"00000000 00000011 00000000 00000100 00000010 00000000" + path("/10.67C6697351FF") +
					"00000000 00000000 00000000 00000100 00000000 00008002"},
			{"00000000 00000007 00000007 00000000 00000000 00000000" + path("/alarm"), "00000000 00000000 00000000 00000000 00000000 00000000"},
			{"00010001 00000016 00000002 00000004 00000020 00000000" + path("/10.000010EF0000/type") + "5991eb13be67813388884da46fabc9be",
				"00000000 00000007 00000007 00000004 00000007 00000000 44533138533230"},
			{"00000000 00000002 00000002 00000000 00000064 00000000 2f00", "00000000 00000000 ffffffeb 00000000 00000000 00000000"},
			{"00000000 00000016 00000004 00000000 00000000 00000000" + path("/10.000010EF0000/type"),
				"00000000 00000000 ffffffec 00000000 00000000 00000000"},
			{"00000000 00000003 00000002 00000000 00000064 00000000 2f7a00", "00000000 00000000 ffffffff 00000000 00000000 00000000"},
		} {
			if got := askWire(t, addr, hexBytes(x.c)); !bytes.Equal(got, hexBytes(x.s)) {
				t.Errorf("%s:\n C %s\n S %s\n want %s", name, x.c, show(got), show(hexBytes(x.s)))
			}
		}
	}
}

// With each of the server's options the answers are those of the C program.
func TestWireOptions(t *testing.T) {
	t.Parallel()
	script := wireScript()
	for _, option := range []string{"--no_dirall", "--no_get", "--no_persistence", "--pingcrazy", "--readonly", "--uncached", "--Fahrenheit", "--unaliased"} {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			ours, theirs := startOurs(t, wireDevices, option), startOwserver(t, wireDevices, option)
			for _, p := range script {
				if a, b := askWire(t, ours, p.send), askWire(t, theirs, p.send); !bytes.Equal(a, b) && !known(wireDifferences(), p.name) {
					t.Errorf("%s:\n ours   %s\n theirs %s", p.name, show(a), show(b))
				}
			}
		})
	}
}

// sessions are what clients send on one connection, and then no more.
func sessions() []wireProbe {
	const persist = owproto.FlagPersist
	req := func(kind owproto.MessageType, path string, flags owproto.Flags) []byte {
		return (&owproto.Request{Type: kind, Path: path, Flags: flags, Size: 4000, Data: []byte("10")}).AppendTo(nil)
	}
	nop := req(owproto.MsgNop, "", persist)
	read := req(owproto.MsgRead, wireThermo+"/type", persist)
	mixed := slices.Concat(nop, read, req(owproto.MsgDir, "/", persist), req(owproto.MsgDirAll, wireThermo, persist), req(owproto.MsgPresence, wireThermo, persist),
		req(owproto.MsgWrite, wireThermo+"/templow", persist), req(owproto.MsgGet, "/alarm", persist), req(owproto.MsgGetSlash, "/structure", persist))
	wrong := slices.Concat(req(owproto.MsgRead, "/nosuch", persist), req(owproto.MsgDir, "/nosuch", persist), req(11, "/", persist), req(owproto.MsgError, "", persist),
		req(owproto.MsgRead, "/", persist), req(owproto.MsgDir, wireThermo+"/type", persist), req(owproto.MsgWrite, wireThermo, persist),
		hexBytes("00000000 00000000 00000002 00000004 00000064 00000000"), hexBytes("00000000 00000016 00000002 00000004 000186d3 00000000"), []byte(wireThermo+"/type\x00"))
	token := hexBytes("00010002 00000016 00000002 00000004 00000020 00000000" + hex.EncodeToString([]byte(wireThermo+"/type")) + "00" +
		"5991eb13be67813388884da46fabc9be 5991eb13be67813388884da46fabc9bf")
	return []wireProbe{
		{"mixed", mixed}, {"errors between", slices.Concat(nop, wrong, read)}, {"many", bytes.Repeat(read, 300)}, {"many listings", bytes.Repeat(req(owproto.MsgDir, wireSwitch, persist), 50)},
		{"the last is not persistent", slices.Concat(mixed, req(owproto.MsgRead, wireThermo+"/type", 0))},
		{"the last listing is not persistent", slices.Concat(nop, req(owproto.MsgDir, "/", 0))},
		{"half a header at the end", slices.Concat(read, read[:7])}, {"half a path at the end", slices.Concat(read, read[:30])},
		{"tokens", slices.Concat(token, read, token)}, {"half a token at the end", slices.Concat(read, token[:len(token)-3])},
		{"a NOP with a payload", slices.Concat(hexBytes("00000000 00000002 00000001 00000004 00000000 00000000 2f00"), read)},
		{"all flags", slices.Concat(req(owproto.MsgRead, wireThermo+"/temperature", 0xFFFFFFFF&^(3<<16)), read)},
	}
}

// Persistent connections: what is sent at once, in pieces, byte by byte.
func TestSessions(t *testing.T) {
	t.Parallel()
	for _, option := range []string{"--Celsius", "--no_persistence", "--pingcrazy", "--no_dirall"} {
		ours, theirs := startOurs(t, wireDevices, option), startOwserver(t, wireDevices, option)
		for _, p := range sessions() {
			if option == "--no_persistence" {
				// The rest is dropped: only what comes alone can be compared.
				h, _ := owproto.ReadHeader(bytes.NewReader(p.send))
				p.send = p.send[:owproto.HeaderSize+int(h.Payload)+owproto.TokenSize*h.Version.Tokens()]
			}
			a, b := askWire(t, ours, p.send), askWire(t, theirs, p.send)
			if !bytes.Equal(a, b) {
				t.Errorf("%s, %s:\n%s", option, p.name, firstDifference(string(a), string(b)))
			}
			for _, size := range []int{1, 23, 25} {
				if len(p.send) > 2000 && size == 1 {
					continue
				}
				if got := askInPieces(t, ours, p.send, size); !bytes.Equal(got, a) {
					t.Errorf("%s, %s in pieces of %d:\n%s", option, p.name, size, firstDifference(string(got), string(a)))
				}
			}
		}
	}
}

// askInPieces is askWire with a packet for each piece.
func askInPieces(t testing.TB, addr string, send []byte, size int) []byte {
	t.Helper()
	nc := dialWire(t, addr)
	defer nc.Close()
	go func() {
		for piece := range slices.Chunk(send, size) {
			nc.Write(piece)
		}
		nc.CloseWrite()
	}()
	got, _ := io.ReadAll(nc)
	return got
}

func dialWire(t testing.TB, addr string) *net.TCPConn {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	return nc.(*net.TCPConn)
}

// What follows a request that is the last does not tear its answer down.
func TestAnswerBeforeTheRest(t *testing.T) {
	ours := startOurs(t, wireDevices)
	read := (&owproto.Request{Type: owproto.MsgRead, Path: wireThermo + "/type", Size: 100}).AppendTo(nil)
	want := askWire(t, ours, read)
	for range 200 {
		if got := askWire(t, ours, slices.Concat(read, bytes.Repeat(read, 500))); !bytes.Equal(got, want) {
			t.Fatalf("%s, want %s", show(got), show(want))
		}
	}
}

// fullSeconds are those that have passed, on a machine that may be busy; a clock
// may go a little slow.
func fullSeconds(d time.Duration) int { return int((d + 100*time.Millisecond).Seconds()) }

// How many connections are kept, and for how long, is as in the C program.
func TestPersistenceOptions(t *testing.T) {
	t.Parallel()
	options := []string{testDevices, "--clients_persistent_high=4", "--clients_persistent_low=2", "--timeout_persistent_low=1", "--timeout_persistent_high=3", "--timeout_server=1"}
	addrs := []string{startOurs(t, options...), startOwserver(t, options...)}
	granted := func(nc net.Conn) bool {
		nc.Write((&owproto.Request{Type: owproto.MsgNop, Flags: owproto.FlagPersist}).AppendTo(nil))
		r, err := owproto.ReadResponse(nc, 1000)
		return err == nil && r.Flags&owproto.FlagPersist != 0
	}
	var told [2]string
	inParallel(2, func(i int) {
		var conns []*net.TCPConn
		var since []time.Time
		n := 0
		for range 6 {
			nc := dialWire(t, addrs[i])
			defer nc.Close()
			if granted(nc) {
				n++
				conns = append(conns, nc)
				since = append(since, time.Now())
				if n <= 2 { // how long it is kept is decided when it falls idle
					time.Sleep(200 * time.Millisecond)
				}
			}
		}
		told[i] = fmt.Sprintf("%d of 6 granted", n)
		for _, nc := range conns[2:] {
			nc.Close()
		}
		ends := make([]int, 2)
		inParallel(2, func(j int) {
			conns[j].Read(make([]byte, 1))
			ends[j] = fullSeconds(time.Since(since[j]))
		})
		slices.Sort(ends)
		told[i] += fmt.Sprintf(", of two idle ones one ends after %d s and one after %d s", ends[0], ends[1])
		nc := dialWire(t, addrs[i])
		defer nc.Close()
		nc.Write(make([]byte, 10))
		begun := time.Now()
		b, err := io.ReadAll(nc)
		told[i] += fmt.Sprintf("; half a header: %q, %v after %d s", b, err, fullSeconds(time.Since(begun)))
	})
	const want = `4 of 6 granted, of two idle ones one ends after 1 s and one after 3 s; half a header: "", <nil> after 1 s`
	if told[0] != want || told[1] != want {
		t.Errorf("ours: %s\ntheirs: %s\nwant: %s", told[0], told[1], want)
	}
}
