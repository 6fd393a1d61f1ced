// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"owfs/owproto"
)

// A house is an owserver with a few directories, as text.
type house struct {
	mu     sync.Mutex
	dirs   map[string]string // entries, a slash behind each that is a directory
	values map[string]string
	old    bool // tells no directories from files
	wrote  []string
	take   int // bytes that a write takes; 0: all
	asked  owproto.Flags
	err    error // of everything
}

func newHouse() *house {
	return &house{
		dirs: map[string]string{"/": "/10.67C6697351FF/ /1F.000000000001/", "/10.67C6697351FF": "/10.67C6697351FF/errata/ /10.67C6697351FF/type",
			"/10.67C6697351FF/errata": "", "/1F.000000000001": "/1F.000000000001/main/",
			"/1F.000000000001/main": "/1F.000000000001/main/1F.000000000001/"},
		values: map[string]string{"/10.67C6697351FF/type": "DS18S20", "/raw": "a\x00\xff"},
	}
}

func (h *house) Dir(_ context.Context, path string, flags owproto.Flags) (owproto.Listing, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = flags
	entries, ok := h.dirs[path]
	switch {
	case h.err != nil:
		return owproto.Listing{}, h.err
	case h.values[path] != "":
		return owproto.Listing{}, fault(owproto.ErrNotDir, path)
	case !ok:
		return owproto.Listing{}, fault(owproto.ErrUnknownPath, path)
	}
	list := owproto.Listing{Marked: !h.old}
	for name := range strings.FieldsSeq(entries) {
		name, dir := strings.CutSuffix(name, "/")
		list.Entries = append(list.Entries, owproto.ListEntry{Path: name, Dir: dir && !h.old})
	}
	return list, nil
}

func (h *house) Read(_ context.Context, path string, flags owproto.Flags, size, offset int) ([]byte, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.asked = flags
	value, ok := h.values[path]
	_, dir := h.dirs[path]
	switch {
	case h.err != nil:
		return nil, h.err
	case dir:
		return nil, fault(owproto.ErrIsDir, path)
	case !ok:
		return nil, fault(owproto.ErrUnknownPath, path)
	}
	value = value[min(offset, len(value)):]
	return []byte(value[:min(size, len(value))]), nil
}

func (h *house) Write(_ context.Context, path string, data []byte, flags owproto.Flags, offset int) (int, error) {
	h.asked = flags
	if h.err != nil {
		return 0, h.err
	}
	if _, ok := h.values[path]; !ok {
		return 0, fault(owproto.ErrUnknownPath, path)
	}
	h.wrote = append(h.wrote, fmt.Sprintf("%s %X %d", path, data, offset))
	if h.take > 0 {
		return h.take, nil
	}
	return len(data), nil
}

func (h *house) Presence(_ context.Context, path string, flags owproto.Flags) (rom [8]byte, known bool, err error) {
	h.asked = flags
	_, dir := h.dirs[path]
	if h.err != nil {
		return rom, false, h.err
	}
	if _, ok := h.values[path]; !ok && !dir {
		return rom, false, fault(owproto.ErrUnknownPath, path)
	}
	return rom, false, nil
}

func fault(code owproto.Errno, path string) error { return &owproto.OpError{Path: path, Err: code} }

// call obeys a command line; ” is an empty word.
func (h *house) call(line string) (stdout, stderr string, code int) {
	words := strings.Fields(strings.ReplaceAll(line, "''", "\x00"))
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "\x00", "")
	}
	var out, errs bytes.Buffer
	cmd, name, rest := choose(words)
	j := &job{name: name, set: defaults(), out: bufio.NewWriter(&out), errs: &errs, server: h}
	code = j.complain(j.obey(context.Background(), cmd, rest))
	j.out.Flush()
	return out.String(), errs.String(), code
}

func TestCommands(t *testing.T) {
	const T = "/10.67C6697351FF"
	for _, test := range []struct {
		line, stdout, stderr string
		code                 int
	}{
		{"owdir", "/10.67C6697351FF\n/1F.000000000001\n", "", 0},
		{"ow dir --dir", "/10.67C6697351FF/\n/1F.000000000001/\n", "", 0},
		{"/usr/bin/owdir " + T + "/errata", "", "", 0},
		{"owdir /nix " + T, T + "/errata\n" + T + "/type\n", "owdir: error: /nix: owserver error -1: no such path\nowdir: hint: owdir lists the devices, and owdir with a device its properties\n", 0},
		{"owdir -q /nix", "", "", 1},
		{"owread " + T + "/type " + T + "/type", "DS18S20DS18S20", "", 0},
		{"owread --hex --size=2 --offset=1 " + T + "/type", "5331", "", 0},
		{"owread", "", "owread: error: no path given\nowread: hint: for example: owread /10.67C6697351FF/temperature\n", 1},
		{"owget " + T + "/type " + T, "DS18S20" + T + "/errata\n" + T + "/type\n", "", 0},
		{"owpresent / /nix", "10", "", 1},
		{"owpresent /nix /", "01", "", 0},
		{"owwrite " + T + "/type 5 x", "", "owwrite: error: x has no value\nowwrite: hint: give path and value in pairs\n", 1},
		{"owwrite " + T + "/type -5", "", "owwrite: invalid option -- '5'\nowwrite: hint: put -- before what begins with - and is no option\n", 1},
		{"owread -q --nix", "", "owread: unrecognized option '--nix'\n", 1},
		{"owdir -f x", "", "owdir: error: --format: unknown word \"x\"\nowdir: hint: one of f.i, fi, f.i.c, f.ic, fi.c or fic; f is the family, i the id, c the CRC\n", 1},
		{"owdir -s a --auto", "", "owdir: error: a second server, --autoserver\nowdir: hint: ask one server at a time; an owserver with several -s joins others to one\n", 1},
		{"owread --size=64001 /", "", "owread: error: --size=64001\nowread: hint: a whole number from 0 to 64000 is needed\n", 1},
		{"ow watch --interval=1ms /", "", "ow watch: error: --interval=1ms\now watch: hint: a time from 10ms to 24h0m0s is needed, such as 10s\n", 1},
		{"ow", "", "ow: error: no command given\now: hint: ow --help lists the commands\n", 1},
		{"ow nix", "", "ow: error: there is no command \"nix\"\now: hint: ow --help lists the commands\n", 1},
		{"ow -V", "ow devel (speaks for OWFS 3.2p4)\n", "", 0},

		{"owdir --json " + T, `{"path":"/10.67C6697351FF","entries":[{"path":"/10.67C6697351FF/errata","dir":true},{"path":"/10.67C6697351FF/type","dir":false}]}` + "\n", "", 0},
		{"owdir -q --json " + T + "/errata /nix", `{"path":"/10.67C6697351FF/errata","entries":[]}` + "\n" + `{"path":"/nix","error":"owserver error -1: no such path","code":-1}` + "\n", "", 1},
		{"owread --json " + T + "/type /raw", `{"path":"/10.67C6697351FF/type","value":"DS18S20"}` + "\n" + `{"path":"/raw","hex":"6100FF"}` + "\n", "", 0},
		{"owpresent --json / /nix", `{"path":"/","present":true}` + "\n" + `{"path":"/nix","present":false}` + "\n", "", 1},
	} {
		stdout, stderr, code := newHouse().call(test.line)
		if stdout != test.stdout || stderr != test.stderr || code != test.code {
			t.Errorf("%s\ngot  %d %q %q\nwant %d %q %q", test.line, code, stdout, stderr, test.code, test.stdout, test.stderr)
		}
	}
}

// The control flags on the wire, as the C programs were seen to send them.
func TestFlags(t *testing.T) {
	for line, want := range map[string]owproto.Flags{
		"owdir /":                            0x0000010a,
		"owpresent /":                        0x0000010a,
		"owread --uncached --unali --trim /": 0x00000162,
		"owread -F /":                        0x0001010a,
		"owread -K /":                        0x0002010a,
		"owget -R -f fic /":                  0x0503010a,
		"owdir --format=f.i.c /":             0x0200010a,
		"owread --pressure=psi /":            0x0010010a, // has no counterpart; protocol section 2
		"ow tree /":                          0x00000108, // without what the server lists of itself
	} {
		h := newHouse()
		h.call(line)
		if h.asked != want {
			t.Errorf("%s: %08x, want %08x", line, uint32(h.asked), uint32(want))
		}
	}
}

func TestWrite(t *testing.T) {
	const path = "/10.67C6697351FF/type"
	for _, test := range []struct {
		line, wrote, stderr string
		code                int
	}{
		{path + " 30", path + " 3330 0", "", 0},
		{path + " ''", path + "  0", "", 0},
		{"--offset=5 --hex " + path + " 00fF", path + " 00FF 5", "", 0},
		{path + " 1 " + path + " 2", path + " 31 0," + path + " 32 0", "", 0},
		{"/nix 1 " + path + " 2", path + " 32 0", "/nix: owserver error -1", 0},
		{path + " 1 x", path + " 31 0", "x has no value", 1},
		{"--hex " + path + " 123", "", "--hex 123: an odd number of digits\nowwrite: hint: the first byte may need a 0 before it: 0123", 1},
		{"--hex " + path + " 1g", "", "--hex 1g: encoding/hex: invalid byte", 1},
	} {
		h := newHouse()
		_, stderr, code := h.call("owwrite " + test.line)
		if got := strings.Join(h.wrote, ","); got != test.wrote || code != test.code || !strings.Contains(stderr, test.stderr) || test.stderr == "" && stderr != "" {
			t.Errorf("%s: wrote %q, %d %q, want %q, %d %q", test.line, got, code, stderr, test.wrote, test.code, test.stderr)
		}
	}
	h := newHouse()
	h.take = 2
	if _, stderr, code := h.call("owwrite " + path + " abc"); code != 0 || !strings.Contains(stderr, "warning: "+path+": only 2 of 3 bytes") {
		t.Errorf("%d %q", code, stderr)
	}
}

// Without a server, each says what to do, once, and nothing is said to be absent.
func TestNoServer(t *testing.T) {
	away := &owproto.OpError{Err: &owproto.DialError{Addr: "localhost:4304", Err: fmt.Errorf("refused")}}
	silent := &owproto.OpError{Err: owproto.ErrSilence}
	for _, test := range []struct {
		err  error
		hint string
		n    int
	}{{away, "start an owserver there, or name another with -s host:port", 1}, {silent, "such as --timeout_network=10", 2}} {
		for _, line := range []string{"owdir / /x", "owread / /x", "owget / /x", "owpresent / /x", "owwrite /x 1 /y 2", "ow tree / /x"} {
			h := newHouse()
			h.err = test.err
			stdout, stderr, code := h.call(line)
			if stdout != "" || code != 1 || strings.Count(stderr, "error: ") != test.n || !strings.Contains(stderr, test.hint) {
				t.Errorf("%s: %d %q %q", line, code, stdout, stderr)
			}
		}
	}
}
