// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/bits"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// The devices of the servers that are asked, and those that the command lines
// below are about.
const (
	owDevices     = "--tester=10,28,29,1D,12,2D"
	owThermometer = "/10.000010EF0000"
	owSwitch      = "/29.000029D60200"
	owMemory      = "/2D.00002DD20500"
)

// A toolRun is what one call of a shell tool has done.
type toolRun struct {
	stdout, stderr string
	code           int
}

func (r toolRun) String() string {
	return fmt.Sprintf("exit code %d\nstdout %q\nstderr %q", r.code, r.stdout, r.stderr)
}

// owTools is a folder with our program under the names of the C tools.
func owTools(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"owdir", "owread", "owwrite", "owget", "owpresent"} {
		if err := os.Symlink(filepath.Join(built, "ow"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// owRun calls a program under a name, as a shell does. In the words, ADDR stands
// for the address, PORT for its port.
func owRun(t testing.TB, path, addr string, line []string) toolRun {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path)
	cmd.Args = []string{line[0]}
	for _, word := range line[1:] {
		cmd.Args = append(cmd.Args, strings.NewReplacer("ADDR", addr, "PORT", addr[strings.LastIndex(addr, ":")+1:]).Replace(word))
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%q: %v", line, err)
	}
	return toolRun{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// owLines are command lines, words separated by blanks; ” is an empty word and
// _ a blank in one. S stands for the option that names the server.
func owLines() []string {
	var lines []string
	each := func(tools, rest string) {
		for tool := range strings.FieldsSeq(tools) {
			lines = append(lines, tool+" "+rest)
		}
	}
	const all = "owdir owread owwrite owget owpresent"
	T, P, M := owThermometer, owSwitch, owMemory

	// Listings.
	each("owdir owget", "S")
	for _, rest := range []string{"/", "''", "//", T, T[1:], T + "/", P, M, M + "/pages", "/alarm", "/bus.0", "/bus.0" + T, "/uncached",
		"/settings", "/settings/units", "/structure", "/structure/10", "/statistics", "/system", "/simultaneous", "/nix", "/bus.7", T + "/nix",
		T + "/temperature", T + " " + P, "/nix " + T, T + " /nix", "--dir /", "--dir " + T, "--slash /settings", "--SLASH " + T, "--dir /alarm",
		"-f fic /", "-ffi.c /", "--format=f.i.c /", "--format f.ic /", "--fo fi /", "-f FIC /", "-f f.i /", "--unaliased /", "--uncached /",
		"--unaliased --aliased /", "--un /", "--unc /"} {
		each("owdir owget", "S "+rest)
	}
	// Values.
	for _, rest := range []string{T + "/type", T + "/temperature", T[1:] + "/temperature", "-F " + T + "/temperature", "-K " + T + "/temperature",
		"-R " + T + "/temperature", "--Fahrenheit " + T + "/temperature", "--Kel " + T + "/temperature", "-FCK " + T + "/temperature",
		"--trim " + T + "/temperature", "--TRIM " + T + "/temperature", "--uncached " + T + "/temperature", "--hex " + T + "/type",
		"--HEX " + T + "/type", "--H " + T + "/type", "--hexa " + T + "/type", "--size=3 " + T + "/type", "--SIZE 3 " + T + "/type",
		"--bytes=3 " + T + "/type", "--BYTES=3 " + T + "/type", "--size=0 " + T + "/type", "--size=_3 " + T + "/type", "--size=+3 " + T + "/type",
		"--offset=2 " + T + "/type", "--start=2 " + T + "/type", "--OFFSET 2 " + T + "/type", "--START 2 " + T + "/type",
		"--offset=2 --size=2 " + T + "/type", "--offset=100 " + T + "/type", "--trim --offset=1 " + T + "/temperature",
		"--hex --size=16 " + M + "/memory", "--hex --offset=500 " + M + "/memory", "--size=16 " + M + "/memory", M + "/pages/page.0",
		"--hex " + M + "/pages/page.ALL", P + "/PIO.ALL", P + "/PIO.3", "--size=14 " + P + "/PIO.ALL", P + "/PIO.BYTE",
		T + "/type " + P + "/type", T + "/type /nix", "/nix " + T + "/type", "/settings/units/temperature_scale", "/structure/10/temperature",
		"/system/configuration/trim", "--trim /system/configuration/trim", "/text/nix", T + "/temperature/nix"} {
		each("owread owget", "S "+rest)
	}
	each("owread", "S / ")
	each("owread", "S "+T)
	each("owread", "S "+P+"/LCD_M/message")
	// Presence.
	for _, rest := range []string{"/", "''", T, T[1:], "/nix", "/10.000000000001", T + "/type", T + "/nix", "/nix " + T, T + " /nix " + P,
		"/bus.0", "/bus.7", "/structure/10", "--uncached " + T, "-q /nix"} {
		each("owpresent", "S "+rest)
	}
	// Writing, with what came of it.
	for _, rest := range []string{T + "/temphigh 30", "-F " + T + "/temphigh 77", T + "/temphigh abc", T + "/temphigh ''", T + "/temphigh 1e400",
		T + "/temphigh -- -5", "-- " + T + "/temphigh -5", T + "/temphigh -5", T + "/temperature 5", T + " 5", "/ 5", "/nix 5", P + "/PIO.0 1",
		P + "/PIO.0 maybe", P + "/PIO.ALL 1,1,1,1,0,0,0,0", "/nix 5 " + P + "/PIO.1 1", P + "/PIO.1 0 /nix 5", P + "/PIO.1 1 /nix", "/nix",
		M + "/memory hello", "--offset=8 " + M + "/memory hello", "--offset=126 " + M + "/memory hello", "--hex " + M + "/memory 00fF10",
		"--hex " + M + "/memory 0g", "--hex " + M + "/memory g0", "--hex " + M + "/memory ''", "--hex --offset=16 " + M + "/pages/page.1 4142"} {
		each("owwrite", "S "+rest)
		each("owread", "S --hex --size=32 "+M+"/memory "+T+"/temphigh "+P+"/PIO.BYTE")
	}
	// The command line itself.
	for _, rest := range []string{"--xyz", "--xyz=3 /", "-Z", "-s", "--ser", "--server", "--s", "--si", "--size", "--offset", "--hex=3", "--H=3", "--dir=",
		"--a", "--t", "--st", "--he /", "--help=x", "-f nix /", "--format=nix", "-f", "--size=-1 /", "--size=64001 /", "--offset=-1 /",
		"--offset=64001 /", "--size=99999999999999999999 /", "-s 1 /", "--server=1 /", "-q -s 1 /", "-q -f nix", "-q /nix", "--quiet /nix",
		"--debug /nix", "--qu /nix", "- /", "/ -Z", "-- -Z", "/ --", "--timeout_network=3 /", "--timeout 3 /", "--bare /", "--start_offset=3 /", "-qZ"} {
		each("owdir owread", "S "+rest)
	}
	each("owread owwrite owpresent", "S")
	each("owwrite owget owpresent", "S --nix")
	// Servers.
	// Every way to cut an option short.
	for word := range strings.FieldsSeq("q se=ADDR C F K R f=fi hexa H di sl SL si=3 SI=3 B=3 b=3 o=1 O=1 st=1 ST=1 ti=3 una al tr T unc c de") {
		server := "S"
		if strings.HasPrefix(word, "se=") {
			server = ""
		}
		each("owdir owpresent", server+" --"+word+" "+T)
		each("owread", server+" --"+word+" "+T+"/type")
	}
	// Options of the suite's other programs, which the tools know and refuse.
	for _, rest := range []string{"-m x", "-c x", "-p 1", "-u", "-ux", "-d x", "-t 3", "-P x", "-q -u", "-p"} {
		each("owdir", "S "+rest+" /")
	}
	for _, rest := range []string{"-s 127.0.0.1:1 /", "-s ::1:1 /", "-s127.0.0.1:1 /", "--server=localhost:1 /", "-s localhost:nix /", "-s no.such.invalid /", "-s no.such.invalid", "-s 1 /nix"} {
		each(all, rest)
	}
	// A name for the comparison of listings; the last line, as others would show it.
	each("owwrite", "S "+T+"/alias a,b")
	return lines
}

func owWords(line string) []string {
	words := strings.Fields(line)
	for i, w := range words {
		switch w {
		case "''":
			words[i] = ""
		case "S":
			words[i] = "-sADDR"
		default:
			words[i] = strings.ReplaceAll(w, "=_", "= ")
		}
	}
	return words
}

// An owDifference is a place where our tools are meant to be unlike the C ones.
// It shows on each of its lines.
type owDifference struct {
	id    string // as docs/ow.md calls it
	lines []string
	c     string // regexp of what the C tool does: the exit code, a blank, and what it prints
	ours  string
	why   string
}

func owDifferences() []owDifference {
	const T, M = owThermometer, owMemory
	return []owDifference{
		{"help", []string{"owdir --help", "owread -h", "owwrite S -h", "owpresent / --help", "owget --hel"}, `0 .*Paul H Alfille.*`, `0 Usage: .*`, "the text is our own"},
		{"version", []string{"owdir -V", "owread --version"}, `0 owshell version:\n\t3\.2p4\n`, `0 ow \S+ \(speaks for OWFS 3\.2p4\)\n`, "it is another program"},
		{"numbers", []string{"owdir S --size=abc /alarm", "owread S --size=3x " + T + "/type", "owread S --offset=x " + T + "/type",
			"owread S --timeout_network=x " + T + "/type", "owread S --timeout_network= " + T + "/type"},
			`0 .*|1 `, `1 `, "what is no number is not taken for 0, nor a number with a slip for part of it"},
		{"slash", []string{"owdir S --dir /nix " + T, "owget S --slash /nix " + T}, `0 .*/errata\n.*`, `0 .*/errata/\n.*`, "directories are marked after a path that failed, too"},
		{"hex-odd", []string{"owwrite S --hex " + M + "/memory 123"}, `0 `, `1 `, "the last byte of an odd number of digits was dropped in silence: it is an error"},
		{"comma", []string{"owdir S /uncached", "owget S --dir /"}, `0 .*/a\nb/?\n.*`, `0 .*/a,b/?\n.*`, "a name with a comma in it is one name"},
		{"address", []string{"owdir -s :PORT /alarm", "owread -s [::1]:1 /x", "owdir -s unix:/none /"}, `2 `, `[01] `, "ways to name a server that the C tools lack"},
		{"json", []string{"owdir S --json /alarm", "owread S --json " + T + "/type", "owget S --json /alarm", "owpresent S --json /"}, `1 `, `0 \{"path":.*\}\n`, "an option of ours"},
		{"pressure", []string{"owread S --pressure=atm " + T + "/type", "owdir S --pr Pa /alarm"}, `1 `, `0 .*`, "an option of ours"},
	}
}

func TestOwTools(t *testing.T) {
	t.Parallel()
	tools := owTools(t)
	theirs, ours := startOwserver(t, owDevices), startOwserver(t, owDevices) // one each, as there is writing
	both := func(line string) (c, we toolRun) {
		words := owWords(line)
		path, err := exec.LookPath(words[0])
		if err != nil {
			t.Fatalf("%v (install the Debian package ow-shell)", err)
		}
		return owRun(t, path, theirs, words), owRun(t, filepath.Join(tools, words[0]), ours, words)
	}
	lines := owLines()
	spoke := 0
	for _, line := range lines {
		c, we := both(line)
		if c.code != we.code || c.stdout != we.stdout {
			t.Errorf("%s\nC: %v\nours: %v", line, c, we)
		}
		if c.stderr == "" && we.stderr != "" {
			spoke++
		}
		if complaint := owComplaint(line, c, we); complaint != "" {
			t.Errorf("%s: %s\nC: %v\nours: %v", line, complaint, c, we)
		}
	}
	t.Logf("%d command lines are the same; on %d only ours say what is wrong", len(lines), spoke)
	for _, d := range owDifferences() {
		for _, line := range d.lines {
			c, we := both(line)
			shows := func(expr string, r toolRun) bool { return rx(expr).MatchString(fmt.Sprint(r.code, " ", r.stdout)) }
			if c.code == we.code && c.stdout == we.stdout || !shows(d.c, c) || !shows(d.ours, we) {
				t.Errorf("difference %s (%s) does not show on %s\nC: %v\nours: %v", d.id, d.why, line, c, we)
			}
		}
	}
}

// owComplaint checks what our tool says on standard error: of options what the C
// tool says, and for any failure what to do, unless --quiet is given.
func owComplaint(line string, c, we toolRun) string {
	tool := owWords(line)[0]
	first, _, _ := strings.Cut(we.stderr, "\n")
	told, _, _ := strings.Cut(c.stderr, "\n")
	refused := strings.Contains(line, " -u") || rx(`owdir S -[mcdtP] .*|owdir S -p 1 /|owdir S -p /`).MatchString(line) // without a word by the C tool
	switch {
	case refused:
		return ""
	case strings.HasPrefix(told, tool+": "):
		if first != told {
			return "another message about an option"
		}
	case rx(`.* (-q|--quiet|--qu|--q|--debug|--de) .*`).MatchString(line):
		if we.stderr != "" {
			return "not quiet"
		}
	case c.stderr != "" && !strings.HasPrefix(first, tool+": error: "):
		return "no message"
	case c.code != 0 && tool != "owpresent" && !strings.HasPrefix(first, tool+": error: "):
		return "a failure without a message"
	case c.code == 0 && c.stderr == "" && we.stderr != "" && !rx(tool+`: (error|warning): [^ ]+: (owserver error|only 2 of 5 bytes).*`).MatchString(first):
		return "a message about nothing"
	}
	return ""
}

// A server that listens but says nothing has not said that a path is absent, as
// the C tool claims.
func TestOwSilence(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tools, addr := owTools(t), l.Addr().String()
	type pair struct{ c, ours toolRun }
	runs := map[string]pair{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, tool := range []string{"owdir", "owread", "owwrite", "owpresent"} {
		line := []string{tool, "-sADDR", "--timeout_network=0", "/x"}
		if tool == "owwrite" {
			line = append(line, "1")
		}
		all.Go(func() {
			p := pair{owRun(t, "/usr/bin/"+tool, addr, line), owRun(t, filepath.Join(tools, tool), addr, line)}
			mu.Lock()
			runs[tool] = p
			mu.Unlock()
		})
	}
	all.Wait()
	for tool, p := range runs {
		if p.c.code != 1 || p.ours.code != 1 || p.ours.stdout != "" || !strings.Contains(p.ours.stderr, "peer is silent\n"+tool+": hint: ") {
			t.Errorf("%s\nC: %v\nours: %v", tool, p.c, p.ours)
		}
	}
	if c := runs["owpresent"].c; c.stdout != "0" {
		t.Errorf("the C tool has been mended: %v", c)
	}
}

// The options that are no option of the C tools.
func TestOwServers(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "ow.sock")
	addr := startOwserver(t, owDevices)
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() { // one request
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		peer, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		defer peer.Close()
		go io.Copy(peer, conn)
		io.Copy(conn, peer)
	}()
	tools := owTools(t)
	if r := owRun(t, filepath.Join(tools, "owread"), "", []string{"owread", "-s", "unix:" + socket, owThermometer + "/type"}); r.stdout != "DS18S20" || r.code != 0 {
		t.Error(r)
	}
	for _, line := range []string{"ow read S " + owThermometer + "/type", "ow get S " + owThermometer + "/type"} {
		if r := owRun(t, filepath.Join(built, "ow"), addr, owWords(line)); r.stdout != "DS18S20" || r.code != 0 {
			t.Errorf("%s: %v", line, r)
		}
	}
}

// The first owserver that is announced is asked. It runs in a network namespace
// of its own.
func TestOwAutoserver(t *testing.T) {
	ownNetwork(t)
	owserverAt(t, 4305, "10.000000000001")
	announce(t).hello("attic", bits.ReverseBytes16(4305), "127.0.0.1") // as the C program says it
	tools := owTools(t)
	if r := owRun(t, filepath.Join(tools, "owread"), "", []string{"owread", "--autoserver", "/10.000000000001/type"}); r.stdout != "DS18S20" || r.code != 0 {
		t.Error(r)
	}
}

// ownNames are what the server lists of itself beside the devices of a bus. The
// tree is without them.
var ownNames = regexp.MustCompile(`(?m)^(/|.*/(main|aux)/)(bus\.[0-9]+|uncached|settings|system|statistics|structure|simultaneous|alarm)/\n`)

// Every directory of the tree has what the C tool lists there.
func TestOwTree(t *testing.T) {
	t.Parallel()
	addr := startOwserver(t, owDevices)
	r := owRun(t, filepath.Join(built, "ow"), addr, []string{"ow", "tree", "-sADDR", "--json", "/", "/structure/10", "/settings"})
	if r.code != 0 || r.stderr != "" {
		t.Fatal(r.stderr)
	}
	type node struct {
		Path    string
		Dir     bool
		Entries []node
	}
	directories, properties := 0, 0
	var check func(n node)
	check = func(n node) {
		if !n.Dir {
			properties++
			return
		}
		if strings.Count(n.Path, owThermometer[1:]) > 1 || n.Entries == nil {
			return // within itself
		}
		directories++
		var want string
		for _, e := range n.Entries {
			want += e.Path
			if e.Dir {
				want += "/"
			}
			want += "\n"
		}
		c := owRun(t, "/usr/bin/owdir", addr, []string{"owdir", "-sADDR", "--dir", n.Path})
		listed := ownNames.ReplaceAllString(c.stdout, "")
		if listed != want {
			t.Errorf("%s: the C tool lists\n%s\nours\n%s", n.Path, listed, want)
		}
		for _, e := range n.Entries {
			check(e)
		}
	}
	for line := range strings.Lines(r.stdout) {
		var n node
		if err := json.Unmarshal([]byte(line), &n); err != nil {
			t.Fatal(err)
		}
		check(n)
	}
	t.Logf("%d directories, %d properties", directories, properties)
	if directories < 20 || properties < 200 {
		t.Errorf("only %d directories, %d properties", directories, properties)
	}
}

// A watch tells a change and ends well when it is interrupted.
func TestOwWatch(t *testing.T) {
	addr := startOwserver(t, "--mock=10.000010EF0000") // it keeps what is written
	const path = owThermometer + "/temphigh"
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(built, "ow"), "watch", "-s", addr, "--interval=50ms", path)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(stdout)
	next := func() (value string) {
		if !lines.Scan() {
			t.Fatalf("no line: %v, %s", lines.Err(), stderr.String())
		}
		moment, rest, _ := strings.Cut(lines.Text(), " ")
		at, err := time.Parse("2006-01-02T15:04:05.000Z07:00", moment)
		if since := time.Since(at); err != nil || since < -time.Second || since > 10*time.Second {
			t.Errorf("%q: %v", lines.Text(), err)
		}
		value, ok := strings.CutPrefix(rest, path+" ")
		if !ok {
			t.Errorf("%q", lines.Text())
		}
		return value
	}
	first := next()
	for _, value := range []string{"41", "42"} {
		if c := owRun(t, "/usr/bin/owwrite", addr, []string{"owwrite", "-sADDR", path, value}); c.code != 0 {
			t.Fatal(c)
		}
		if got := next(); got != value || got == first {
			t.Errorf("first %s, then %s, want %s", first, got, value)
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if lines.Scan() {
		t.Errorf("one line more: %q", lines.Text())
	}
	if err := cmd.Wait(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v %s", err, stderr.String())
	}
}

// What --json prints is what the C tool prints, without the blanks.
func TestOwJSON(t *testing.T) {
	addr := startOwserver(t, owDevices)
	paths := []string{owThermometer + "/temperature", owThermometer + "/type", owSwitch + "/PIO.ALL", owMemory + "/memory", owThermometer + "/address"}
	r := owRun(t, filepath.Join(built, "ow"), addr, append([]string{"ow", "read", "-sADDR", "--json"}, paths...))
	if r.code != 0 || r.stderr != "" {
		t.Fatal(r)
	}
	dec := json.NewDecoder(strings.NewReader(r.stdout))
	for _, path := range paths {
		var got struct{ Path, Value, Hex string }
		if err := dec.Decode(&got); err != nil {
			t.Fatal(err)
		}
		value := got.Value
		line := []string{"owread", "-sADDR", path}
		if path == owMemory+"/memory" {
			value, line = got.Hex, append(line, "--hex")
		}
		c := owRun(t, "/usr/bin/owread", addr, line)
		if got.Path != path || value == "" || value != strings.TrimSpace(c.stdout) {
			t.Errorf("%s: %+v, the C tool prints %q", path, got, c.stdout)
		}
	}
}
