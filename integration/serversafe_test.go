// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"owfs/owproto"
)

// A request that asks for safety writes nothing; a server in safe mode lets
// nobody write, nor read past its cache.
func TestServerSafe(t *testing.T) {
	const low, now = "/10.000010EF0000/templow", "/10.000010EF0000/temperature"
	for _, c := range []struct {
		name  string
		args  []string
		flags owproto.Flags
	}{
		{"flag", nil, owproto.FlagSafe},
		{"option", []string{"--safemode"}, 0},
	} {
		client := &owproto.Client{Addr: startOurs(t, append(c.args, "--tester=10")...)}
		defer client.Close()
		if _, err := client.Write(context.Background(), low, []byte("12"), c.flags, 0); !errors.Is(err, owproto.ErrReadOnly) {
			t.Errorf("%s: writing: %v, want ErrReadOnly", c.name, err)
		}
		if _, err := client.Read(context.Background(), now, c.flags, 64, 0); err != nil {
			t.Errorf("%s: reading: %v", c.name, err)
		}
		if c.flags == 0 {
			if _, err := client.Read(context.Background(), "/uncached"+now, 0, 64, 0); err == nil {
				t.Errorf("%s: /uncached can be read", c.name)
			}
		}
	}
}

// Without -p the server listens on this machine only, at the usual port, and
// tells how to open it.
func TestServerOwnMachine(t *testing.T) {
	ownNetwork(t) // where that port is free
	var log syncBuffer
	cmd := exec.Command(filepath.Join(built, "owserver"), "--foreground", "--nozero", "--tester=10")
	cmd.Stderr = &log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		cmd.Process.Kill()
		cmd.Wait()
	}()
	client := &owproto.Client{Addr: "127.0.0.1:4304"}
	defer client.Close()
	eventually(t, soon, "it answers at the usual port", func() bool { return client.Nop(context.Background()) == nil })
	if !strings.Contains(log.String(), "-p 0.0.0.0:4304") {
		t.Errorf("it does not tell how to open the bus: %s", log.String())
	}
	if out, err := exec.Command("ip", "address", "add", "192.0.2.1/32", "dev", "lo").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if nc, err := net.Dial("tcp", "192.0.2.1:4304"); err == nil {
		nc.Close()
		t.Error("it listens at other addresses, too")
	}
}

// Every difference of the server that users are told of is shown by a test, and
// the other way round.
func TestWireDifferencesDocumented(t *testing.T) {
	shown := map[string]string{ // those that the comparison of answers can't show
		"interface-behind": "TestChains",
		"loop-answer":      "TestLoops",
		"safe-flag":        "TestServerSafe",
		"read-only-safe":   "TestServerSafe",
		"persistent-many":  "TestPersistenceOptions",
		"whole-request":    "TestServerSlowSenders",
		"busy-port":        "TestServerPortInUse",
		"announce-port":    "TestAnnounced",
		"own-machine":      "TestServerOwnMachine",
	}
	for _, d := range wireDifferences() {
		shown[d.id] = "TestWireIsOwservers"
	}
	docs, err := os.ReadFile("../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(docs), "\n### On the wire\n")
	told := map[string]bool{"branch-itself": true, "return-code-texts": true} // which hold for the mount as well
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllStringSubmatch(section, -1) {
		told[row[1]] = true
		if shown[row[1]] == "" {
			t.Errorf("docs/compatibility.md mentions %s, which no test shows", row[1])
		}
	}
	var tests bytes.Buffer
	files, _ := os.ReadDir(".")
	for _, f := range files {
		if b, err := os.ReadFile(f.Name()); err == nil && strings.HasSuffix(f.Name(), "_test.go") {
			tests.Write(b)
		}
	}
	for id, test := range shown {
		if !told[id] {
			t.Errorf("docs/compatibility.md does not mention %s", id)
		}
		if !strings.Contains(tests.String(), "\nfunc "+test+"(") {
			t.Errorf("%s is shown by %s, which is not there", id, test)
		}
	}
}
