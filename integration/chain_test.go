// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"owfs/owproto"
)

// programs are the owservers that chains are made of, by a letter.
func serverProgram(t testing.TB, letter rune) string {
	t.Helper()
	if letter == 'o' {
		return filepath.Join(built, "owserver")
	}
	path, err := exec.LookPath("owserver")
	if err != nil {
		t.Fatalf("%v (install the Debian package owserver)", err)
	}
	return path
}

// startChain starts servers that ask each other. The letters are the programs
// from the one in front, which is asked, to the one with the devices: o ours,
// c the C suite's.
func startChain(t testing.TB, letters string) (addr string) {
	t.Helper()
	rest := []rune(letters)
	slices.Reverse(rest)
	for _, letter := range rest {
		args := []string{wireDevices}
		if addr != "" {
			args = []string{"-s", addr}
		}
		addr = startServer(t, serverProgram(t, letter), args...)
	}
	return addr
}

// Behind the C owserver, ours can't be told from the C one; nor can the C one
// be told from ours behind ours.
func TestChains(t *testing.T) {
	t.Parallel()
	script := wireScript()
	for _, test := range []struct {
		as     string
		chains []string
	}{{"cc", []string{"co", "oc"}}, {"ccc", []string{"cco", "coc", "ooc"}}, {"ooo", []string{"oco"}}, {"oo", []string{"oc"}}} {
		t.Run(test.as, func(t *testing.T) {
			t.Parallel()
			names := append([]string{test.as}, test.chains...)
			var addrs []string
			for _, name := range names {
				addrs = append(addrs, startChain(t, name))
			}
			answers := make([][]byte, len(names))
			for _, p := range script {
				inParallel(len(names), func(i int) { answers[i] = askWire(t, addrs[i], p.send) })
				for i := range names {
					if !bytes.Equal(answers[i], answers[0]) && !known(chainDifferences(), p.name) {
						t.Errorf("%s:\n %s %s\n %s %s", p.name, names[i], show(answers[i]), names[0], show(answers[0]))
					}
				}
			}
		})
	}
}

// known tells whether a difference shows in what is asked.
func known(all []wireDifference, request string) bool {
	return slices.ContainsFunc(all, func(d wireDifference) bool { return d.request.MatchString(request) })
}

// chainDifferences are those of wireDifferences, and what servers in front do
// differently.
func chainDifferences() []wireDifference {
	return append(wireDifferences(),
		wireDifference{"prefix-bus", rx(`.* /uncached/bus\.0 .*`), "the order of prefixes does not matter"},
		wireDifference{"interface-behind", rx(`.* /bus\.0/interface(/settings)? .*`), "a directory is one, whoever has it"},
	)
}

// startLoop starts two servers that ask each other, or one that asks itself.
func startLoop(t testing.TB, letters string) (all []*server) {
	t.Helper()
	sockets, addrs := make([]*os.File, len(letters)), make([]string, len(letters))
	for i := range letters {
		sockets[i], addrs[i] = listenFile(t)
	}
	for i, letter := range letters {
		next := addrs[(i+1)%len(addrs)]
		all = append(all, launch(t, sockets[i], addrs[i], serverProgram(t, letter), []string{"--tester=10", "--tester=28", "--tester=29"}[i], "-s", next))
	}
	for _, s := range all {
		s.hello(t)
	}
	return all
}

// Servers that ask each other in a circle answer, and show each device once.
func TestLoops(t *testing.T) {
	for _, letters := range []string{"o", "oo"} {
		t.Run(letters, func(t *testing.T) {
			all := startLoop(t, letters)
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			for _, s := range all {
				c := &owproto.Client{Addr: s.addr}
				defer c.Close()
				for _, path := range []string{"/nosuch/type", "/10.0000000000AA/temperature", "/28.FFFFFFFFFFFF", "/nosuch"} {
					for _, kind := range []owproto.MessageType{owproto.MsgRead, owproto.MsgPresence, owproto.MsgDir, owproto.MsgDirAllSlash, owproto.MsgGet, owproto.MsgWrite} {
						resp, err := c.Do(ctx, &owproto.Request{Type: kind, Path: path, Size: 100, Data: []byte("1")})
						if err != nil {
							t.Fatal(err)
						}
						if want := owproto.ErrUnknownPath.Ret(); resp.Ret != want {
							t.Errorf("%v %s: %d, want %d", kind, path, resp.Ret, want)
						}
					}
				}
				l, err := c.Dir(ctx, "/", 0)
				if len(l.Entries) != len(letters) || err != nil {
					t.Errorf("the root lists %v: %v", l.Entries, err)
				}
				if v, err := c.Read(ctx, "/10.000010EF0000/type", 0, 100, 0); string(v) != "DS18S20" || err != nil {
					t.Errorf("type reads %q: %v", v, err)
				}
			}
			for _, s := range all {
				if !s.alive() {
					t.Errorf("a server is dead: %s", s.log)
				}
			}
		})
	}
}

// A circle with a C server in it ends as well, and that server lives: what has
// passed ours is known on its return, also to the C server, whose own mark is
// behind ours and not damaged.
func TestMixedLoops(t *testing.T) {
	for _, letters := range []string{"oc", "ooc"} {
		t.Run(letters, func(t *testing.T) {
			all := startLoop(t, letters)
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			for _, s := range all {
				c := &owproto.Client{Addr: s.addr}
				defer c.Close()
				for _, kind := range []owproto.MessageType{owproto.MsgRead, owproto.MsgPresence, owproto.MsgDir, owproto.MsgDirAll, owproto.MsgWrite} {
					resp, err := c.Do(ctx, &owproto.Request{Type: kind, Path: "/nosuch/type", Size: 100, Data: []byte("1")})
					if err != nil {
						t.Fatalf("%v: %v", kind, err)
					}
					if resp.Ret >= 0 {
						t.Errorf("%v: %d", kind, resp.Ret)
					}
				}
				if v, err := c.Read(ctx, "/10.000010EF0000/type", 0, 100, 0); string(v) != "DS18S20" || err != nil {
					t.Errorf("type reads %q: %v", v, err)
				}
			}
			for _, s := range all {
				if !s.alive() {
					t.Errorf("a server is dead: %s", s.log)
				}
			}
		})
	}
}
