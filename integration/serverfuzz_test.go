// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"owfs/owproto"
)

// Whatever clients send, the server answers each message that it can tell from
// the next, ends the others, and is as it was: no crash, nothing kept.
func TestServerFuzz(t *testing.T) {
	s := runServer(t, serverProgram(t, 'o'), wireDevices, "--error_level=0")
	const workers = 8
	fuzzMessages(t, s, workers, 500) // warm
	fuzzStreams(t, s, workers, 500)
	before := s.held(t)
	fuzzMessages(t, s, workers, 200_000/workers)
	t.Logf("messages: %v", s.held(t))
	fuzzStreams(t, s, workers, 50_000/workers)
	t.Logf("streams: %v", s.held(t))
	if !s.alive() {
		t.Fatalf("the server has died: %s", s.log)
	}
	eventually(t, 15*time.Second, "as many descriptors as before", func() bool { return s.held(t).files <= before.files })
	after := s.held(t)
	t.Logf("before %v, after %v", before, after)
	if after.memory > 2*before.memory+16<<20 {
		t.Errorf("memory has grown from %d MB to %d MB", before.memory>>20, after.memory>>20)
	}
	if after.threads > before.threads+10 {
		t.Errorf("%d threads, before %d", after.threads, before.threads)
	}
	if n := s.goroutines(t); n < 1 || n > 40 {
		t.Errorf("%d goroutines at the end: %s", n, s.log)
	}
}

// held is what a process holds.
type held struct{ files, threads, memory int }

func (s *server) held(t testing.TB) held {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/", s.cmd.Process.Pid)
	fds, err := os.ReadDir(dir + "fd")
	if err != nil {
		t.Fatalf("the server has died: %v: %s", err, s.log)
	}
	threads, err := os.ReadDir(dir + "task")
	if err != nil {
		t.Fatal(err)
	}
	return held{len(fds), len(threads), procKB(t, s.cmd.Process.Pid, "VmRSS:") * 1024}
}

func (h held) String() string {
	return fmt.Sprintf("%d files, %d threads, %.1f MB", h.files, h.threads, float64(h.memory)/(1<<20))
}

// goroutines kills the server and returns how many goroutines it had.
func (s *server) goroutines(t testing.TB) int {
	t.Helper()
	s.cmd.Process.Signal(syscall.SIGQUIT)
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		t.Fatal("the server does not end")
	}
	return strings.Count(s.log.String(), "\ngoroutine ")
}

// dialFrom is dialWire from one of many addresses of this machine, so that no
// number of connections uses up the ports.
func dialFrom(n int, addr string) (*net.TCPConn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+n%250))}, Timeout: 20 * time.Second}
	nc, err := d.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	nc.SetDeadline(time.Now().Add(30 * time.Second))
	return nc.(*net.TCPConn), nil
}

// fuzzMessages has workers send mutated messages: many on one connection, all
// with their true length, a good one, and one whose length is a lie.
func fuzzMessages(t *testing.T, s *server, workers, each int) {
	t.Helper()
	const together = 40
	script := wireScript()
	var failed atomic.Bool
	inParallel(workers, func(w int) {
		rnd := rand.New(rand.NewPCG(uint64(w), uint64(each)))
		for n := 0; n < each && !failed.Load(); n += together {
			if err := fuzzConn(s.addr, w, rnd, script, together); err != nil {
				t.Errorf("seed %d, %d, message %d: %v", w, each, n, err)
				failed.Store(true)
			}
		}
	})
}

func fuzzConn(addr string, w int, rnd *rand.Rand, script []wireProbe, together int) error {
	nc, err := dialFrom(w, addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	var send []byte
	for range together - 1 {
		send = append(send, mutateMessage(rnd, script[rnd.IntN(len(script))].send)...)
	}
	good := owproto.Request{Type: owproto.MsgRead, Path: wireThermo + "/type", Flags: owproto.FlagPersist | owproto.FlagOwnet, Size: 100}
	send = good.AppendTo(send)
	send = append(send, mutateStream(rnd, script[rnd.IntN(len(script))].send)...)
	go func() {
		nc.Write(send)
		nc.CloseWrite()
	}()
	var last *owproto.Response
	for answered := 0; answered < together; {
		r, err := owproto.ReadResponse(nc, 1<<20)
		if err != nil {
			return fmt.Errorf("after %d answers: %w", answered, err)
		}
		if !r.Ping && !element(r) {
			answered, last = answered+1, r
		}
	}
	if string(last.Payload) != "DS18S20" {
		return fmt.Errorf("the good request was answered %v %q", last.Ret, last.Payload)
	}
	_, err = io.Copy(io.Discard, nc)
	if errors.Is(err, syscall.ECONNRESET) {
		err = nil
	}
	return err
}

// element tells whether a message is one of several that answer a MsgDir: mark
// is in the requests for these.
func element(r *owproto.Response) bool {
	return r.Flags&markDir != 0 && len(r.Payload) > 0
}

// markDir is a flag without a meaning.
const markDir = owproto.Flags(1 << 9)

// mutateMessage changes anything in a message but where it ends.
func mutateMessage(rnd *rand.Rand, message []byte) []byte {
	r, err := owproto.ReadRequest(bytes.NewReader(message))
	if err != nil {
		r = &owproto.Request{Type: owproto.MsgNop}
	}
	payload := append([]byte(r.Path), 0)
	if r.Type == owproto.MsgWrite {
		payload = append(payload, r.Data...)
	}
	words := [6]uint32{0, 0, uint32(r.Type), uint32(r.Flags), uint32(r.Size), uint32(r.Offset)}
	if r.Type == owproto.MsgWrite {
		words[4] = uint32(len(r.Data))
	}
	odd := []uint32{0, 1, 2, 11, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 4095, 4096, 100050, 100051, rnd.Uint32()}
	for range rnd.IntN(3) {
		words[2+rnd.IntN(4)] = odd[rnd.IntN(len(odd))]
	}
	words[3] |= uint32(owproto.FlagPersist)
	words[3] &^= uint32(markDir)
	if owproto.MessageType(words[2]) == owproto.MsgDir {
		words[3] |= uint32(markDir)
	}
	for range rnd.IntN(4) {
		payload = mutateBytes(rnd, payload)
	}
	if rnd.IntN(100) == 0 {
		payload = bytes.Repeat(append(payload, '/'), 1+rnd.IntN(100))
	}
	payload = payload[:min(len(payload), 100_000)]
	var tokens []byte
	if rnd.IntN(20) == 0 {
		tokens = make([]byte, owproto.TokenSize*rnd.IntN(4))
		words[0] = 1<<16 | uint32(len(tokens)/owproto.TokenSize)
	}
	words[1] = uint32(len(payload))
	var b []byte
	for _, w := range words {
		b = binary.BigEndian.AppendUint32(b, w)
	}
	return slices.Concat(b, payload, tokens)
}

// mutateBytes changes, inserts, removes or repeats something.
func mutateBytes(rnd *rand.Rand, b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) == 0 {
		return []byte{byte(rnd.Uint32())}
	}
	at := rnd.IntN(len(b))
	switch rnd.IntN(6) {
	case 0:
		b[at] ^= 1 << rnd.IntN(8)
	case 1:
		b[at] = byte(rnd.Uint32())
	case 2:
		b = slices.Delete(b, at, at+1+rnd.IntN(len(b)-at))
	case 3:
		b = slices.Insert(b, at, []byte{'/', 0, '.', 0xFF, 'A', ','}[rnd.IntN(6)])
	case 4:
		b = slices.Insert(b, at, b[rnd.IntN(at+1):at]...)
	case 5:
		words := []string{"/uncached", "/bus.0", "/alarm", "/structure", "..", ".ALL", ".BYTE", ".4294967296", "%s%n", "/settings"}
		b = slices.Insert(b, at, []byte(words[rnd.IntN(len(words))])...)
	}
	return b
}

// mutateStream changes bytes wherever they are, lengths as well.
func mutateStream(rnd *rand.Rand, b []byte) []byte {
	for range 1 + rnd.IntN(5) {
		b = mutateBytes(rnd, b)
	}
	if len(b) > 8 && rnd.IntN(3) == 0 {
		binary.BigEndian.PutUint32(b[4*rnd.IntN(2):], rnd.Uint32()>>rnd.IntN(32))
	}
	return b
}

// fuzzStreams has workers send mutated streams, each on a connection of its
// own, in all ways; in between, good requests are answered.
func fuzzStreams(t *testing.T, s *server, workers, each int) {
	t.Helper()
	script := wireScript()
	good := (&owproto.Request{Type: owproto.MsgRead, Path: wireThermo + "/type", Size: 100}).AppendTo(nil)
	want := askWire(t, s.addr, good)
	var failed atomic.Bool
	inParallel(workers, func(w int) {
		rnd := rand.New(rand.NewPCG(uint64(w), uint64(each)+1))
		for n := 0; n < each && !failed.Load(); n++ {
			err := fuzzStream(s.addr, n, rnd, script)
			if err == nil && n%20 == 0 {
				var got []byte
				if got, err = askFrom(n, s.addr, good); err == nil && !bytes.Equal(got, want) {
					err = fmt.Errorf("a good request was answered %s", show(got))
				}
			}
			if err != nil {
				t.Errorf("seed %d, %d, stream %d: %v", w, each+1, n, err)
				failed.Store(true)
			}
		}
	})
}

// askFrom is askWire from one of many addresses.
func askFrom(n int, addr string, send []byte) ([]byte, error) {
	nc, err := dialFrom(n, addr)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	begun := time.Now()
	if _, err := nc.Write(send); err != nil {
		return nil, err
	}
	got, err := io.ReadAll(nc)
	return withoutPings(got, time.Since(begun)), err
}

// fuzzStream sends one, and leaves, or waits until the server does.
func fuzzStream(addr string, n int, rnd *rand.Rand, script []wireProbe) error {
	nc, err := dialFrom(n, addr)
	if err != nil {
		return err
	}
	defer nc.Close()
	var all []byte
	for range 1 + rnd.IntN(4) {
		all = append(all, script[rnd.IntN(len(script))].send...)
	}
	all = mutateStream(rnd, all)
	size := len(all) + 1
	switch how := rnd.IntN(10); {
	case how == 0 && len(all) < 300:
		size = 1
	case how < 3:
		size = 1 + rnd.IntN(50)
	}
	for piece := range slices.Chunk(all[:min(len(all), 300*size)], size) {
		if _, err := nc.Write(piece); err != nil {
			break // the server has had enough
		}
	}
	switch rnd.IntN(4) {
	case 0: // abort
		nc.SetLinger(0)
		return nil
	case 1: // go without a word
		return nil
	}
	nc.CloseWrite()
	if _, err := io.Copy(io.Discard, nc); err != nil && !rxGone.MatchString(err.Error()) {
		return err
	}
	return nil
}

var rxGone = regexp.MustCompile(`reset by peer|broken pipe`)
