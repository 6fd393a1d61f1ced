// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bufio"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// goldenID is the id that all devices of the captures have, each under its own
// family code.
const goldenID = ".0300AA550501"

// captured reads a table of values captured from the C suite: tab separated,
// one row a line, comments at its head.
func captured(t testing.TB, name string) [][]string {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var r io.Reader = file
	if strings.HasSuffix(name, ".gz") {
		if r, err = gzip.NewReader(file); err != nil {
			t.Fatal(err)
		}
	}
	var rows [][]string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if line := lines.Text(); !strings.HasPrefix(line, "#") {
			rows = append(rows, strings.Split(line, "\t"))
		}
	}
	if err := lines.Err(); err != nil || len(rows) == 0 {
		t.Fatalf("%s: %d rows, %v", name, len(rows), err)
	}
	return rows
}

// goldenRoot is the listing of the root with every device of the captures.
func goldenRoot(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, row := range captured(t, "testdata/root.txt") {
		names = append(names, row[0])
	}
	return names
}

// goldenServer starts an owserver with the devices of the captures. They are
// too many for its command line.
func goldenServer(t testing.TB, adapter string, devices ...string) (addr string) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "owserver.conf")
	if err := os.WriteFile(config, []byte(adapter+" = "+strings.Join(devices, ",")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	return startOwserver(t, "-c", config)
}

// TestGolden compares the mount over an owserver with what the C suite's mount
// showed and what its server read, path by path.
func TestGolden(t *testing.T) {
	t.Parallel()
	var devices []string
	for _, name := range goldenRoot(t) {
		if strings.HasSuffix(name, goldenID) {
			devices = append(devices, name)
		}
	}
	m := mountOwfs(t, "-s", goldenServer(t, "tester", devices...))
	for _, tt := range []struct {
		name string
		test func(*testing.T, *mounted)
	}{
		{"stat", goldenStat},
		{"names", goldenNames},
		{"order", goldenOrder},
		{"values", goldenValues},
		{"structure", goldenStructure},
		{"settings", goldenSettings},
		{"reads", goldenReads},
	} {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, m) })
	}
}

// compareAll makes the probes, several at a time, and compares each outcome
// with what want says the C program gives.
func compareAll(t *testing.T, m *mounted, probes []probe, want func(i int) string, tidy func(string) string) {
	t.Helper()
	bad := mismatches{t: t}
	inParallel(len(probes), func(i int) {
		bad.compare(probes[i], want(i), tidy(probes[i].on(m)))
	})
	bad.finish()
}

// inParallel calls f for 0 to n-1 on a few goroutines.
func inParallel(n int, f func(i int)) {
	const workers = 8
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	wg.Wait()
}

func asIs(s string) string { return s }

// statRows are path, mode and size of every path of the captured mount; the
// number of links is 1 for all.
func statRows(t *testing.T) [][]string {
	rows := captured(t, "../device/testdata/stat.tsv.gz")
	for _, row := range rows {
		row[0] = withID(row[0])
	}
	return rows
}

// withID puts the id back that tables leave out behind a family code.
func withID(name string) string {
	if len(name) >= 3 && regexp.MustCompile(`^/[0-9A-F]{2}(/|$)`).MatchString(name) {
		return name[:3] + goldenID + name[3:]
	}
	return name
}

func goldenStat(t *testing.T, m *mounted) {
	rows := statRows(t)
	var probes []probe
	for _, row := range rows {
		probes = append(probes, probe{op: "stat", path: row[0]})
	}
	compareAll(t, m, probes, func(i int) string { return rows[i][1] + " " + rows[i][2] + " 1" }, asIs)
}

// goldenNames compares the names in each directory with the captured paths.
// (Only directories that were entered have any.)
func goldenNames(t *testing.T, m *mounted) {
	names := map[string][]string{}
	for _, row := range statRows(t) {
		up := path.Dir(row[0])
		names[up] = append(names[up], path.Base(row[0]))
	}
	var probes []probe
	var want []string
	for dir, list := range names {
		probes = append(probes, probe{op: "list", path: dir})
		want = append(want, sorted(list))
	}
	compareAll(t, m, probes, func(i int) string { return want[i] },
		func(s string) string { return sorted(strings.Split(s, "|")) })
}

// isBranch tells whether a captured directory is a hub's branch or describes
// one.
func isBranch(dir string) bool {
	base := path.Base(dir)
	return base == "main" || base == "aux"
}

func sorted(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	return strings.Join(names, "|")
}

// goldenOrder compares the order of listings. (The order of the root is the
// one of the bus.)
func goldenOrder(t *testing.T, m *mounted) {
	probes, want := []probe{{op: "list", path: "/"}}, []string{strings.Join(goldenRoot(t), "|")}
	for _, row := range captured(t, "../device/testdata/listings.tsv.gz") {
		dir := row[0]
		if dir == "/interface" || strings.HasPrefix(dir, "/interface/") {
			dir = "/bus.0" + dir
		}
		if strings.HasPrefix(dir, "/bus.0/interface/settings") || strings.HasPrefix(row[1], "ERR") || isBranch(dir) {
			continue // lists by the kind of adapter
		}
		probes = append(probes, probe{op: "list", path: withID(dir)})
		want = append(want, strings.ReplaceAll(row[1], ",", "|"))
	}
	compareAll(t, m, probes, func(i int) string { return want[i] }, asIs)
}

// goldenValues reads every property of every family.
func goldenValues(t *testing.T, m *mounted) {
	rows := captured(t, "testdata/values.tsv.gz")
	var probes []probe
	for _, row := range rows {
		probes = append(probes, probe{op: "read", path: row[0]})
	}
	compareAll(t, m, probes, func(i int) string { return wireValue(t, rows[i][1]) }, asIs)
}

// number is one that the server has padded to 12 columns.
const number = ` {0,11}[-+0-9.EAFIN]+`

var numbers = regexp.MustCompile(`^` + number + `(,` + number + `)*$`)

// wireValue is what the mount reads where the server's answer was this: hex,
// or ERR and an errno. The mount does not pad numbers.
func wireValue(t *testing.T, answer string) string {
	if code, failed := strings.CutPrefix(answer, "ERR -"); failed {
		n, err := strconv.Atoi(code)
		if err != nil {
			t.Fatal(err)
		}
		return errnoName(syscall.Errno(n))
	}
	text := unhex(t, answer)
	if numbers.MatchString(text) {
		text = strings.ReplaceAll(text, " ", "")
	}
	return fmt.Sprintf("%q", text)
}

func unhex(t *testing.T, s string) string {
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func goldenStructure(t *testing.T, m *mounted) {
	// The server also reads the branches of hubs, which are directories in a mount.
	rows := slices.DeleteFunc(captured(t, "../device/testdata/structure.tsv.gz"), func(row []string) bool { return isBranch(row[0]) })
	var probes []probe
	for _, row := range rows {
		probes = append(probes, probe{op: "read", path: "/structure/" + row[0]})
	}
	compareAll(t, m, probes, func(i int) string { return fmt.Sprintf("%q", rows[i][1]) }, asIs)
}

// goldenSettings reads the defaults of the program's own directories. The
// bus.0 of the server is bus.0/bus.0 of the mount, whose own bus.0 is a peer.
// The server does not trim.
func goldenSettings(t *testing.T, m *mounted) {
	rows := slices.DeleteFunc(captured(t, "testdata/settings.tsv"), func(row []string) bool {
		return row[0] == "/system/configuration/trim"
	})
	var probes []probe
	for _, row := range rows {
		if strings.HasPrefix(row[0], "/bus.0/") {
			row[0] = "/bus.0" + row[0]
		}
		probes = append(probes, probe{op: "read", path: row[0]})
	}
	compareAll(t, m, probes, func(i int) string { return wireValue(t, rows[i][1]) }, asIs)
}

// mountValue is the outcome that a table from the C suite's mount tells.
func mountValue(t *testing.T, cell string) string {
	if errno, failed := strings.CutPrefix(cell, "OPEN ERR "); failed {
		return "open " + errno
	}
	if errno, failed := strings.CutPrefix(cell, "ERR "); failed {
		return errno
	}
	return fmt.Sprintf("%q", unhex(t, cell))
}

func atoi(t *testing.T, s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// goldenReads reads at offsets and with small buffers. Where that is meant to
// be different it must be the part asked for of the whole that was captured.
func goldenReads(t *testing.T, m *mounted) {
	rows := captured(t, "testdata/reads.tsv")[1:]
	whole := map[string]string{}
	var probes []probe
	for _, row := range rows {
		p := probe{op: "read", path: row[0], size: atoi(t, row[1]), off: atoi(t, row[2])}
		probes = append(probes, p)
		if p.off == 0 && p.size == 65536 && !strings.Contains(row[3], "ERR") {
			whole[row[0]] = unhex(t, row[3])
		}
	}
	for _, p := range probes {
		text, ok := whole[p.path]
		from := min(p.off, int64(len(text)))
		want := fmt.Sprintf("%q", text[from:min(from+p.size, int64(len(text)))])
		if got := p.on(m); ok && got != want {
			t.Errorf("%v: %s, want %s", p, got, want)
		}
	}
	compareAll(t, m, probes, func(i int) string { return mountValue(t, rows[i][3]) }, asIs)
}

// TestGoldenWrites writes to an adapter that keeps what it is given. Aliases
// were captured with another one, which makes no difference here.
func TestGoldenWrites(t *testing.T) {
	t.Parallel()
	m := mountOwfs(t, "-s", goldenServer(t, "mock", "28"+goldenID, "29"+goldenID, "20"+goldenID, "2D"+goldenID))
	bad := mismatches{t: t}
	was := map[string]string{} // what the file read before
	for _, row := range captured(t, "testdata/writes.tsv")[1:] {
		p := probe{op: "write", path: row[0], off: atoi(t, row[1]), data: unhex(t, row[2])}
		want := row[3]
		if strings.Contains(want, "ERR") {
			want = mountValue(t, want)
		}
		got := p.on(m)
		bad.compare(p, want, got)
		if row[4] == "-" {
			continue
		}
		back := probe{op: "read", path: row[0]}
		read := back.on(m)
		if got == want {
			bad.compare(back, mountValue(t, row[4]), read)
		} else if read != was[row[0]] && was[row[0]] != "" {
			t.Errorf("%v: was refused, and the file reads %s instead of %s", p, read, was[row[0]])
		}
		was[row[0]] = read
	}
	bad.finish()
}

// TestGoldenDisplay reads in every scale, and lists in every spelling of
// device names.
func TestGoldenDisplay(t *testing.T) {
	t.Parallel()
	codes := []string{"10", "28", "30", "20", "51", "21", "41", "12", "26"}
	for i := range codes {
		codes[i] += goldenID
	}
	addr := goldenServer(t, "tester", codes...)
	bad := mismatches{t: t}
	for _, scale := range []struct{ cell, option string }{
		{"scale 0 (Celsius)", "-C"}, {"scale 1 (Fahrenheit)", "-F"}, {"scale 2 (Kelvin)", "-K"}, {"scale 3 (Rankine)", "-R"},
		{"pressure scale 0 (mbar)", "--mbar"}, {"pressure scale 1 (atm)", "--atm"}, {"pressure scale 2 (mmHg)", "--mmHg"},
		{"pressure scale 3 (inHg)", "--inHg"}, {"pressure scale 4 (psi)", "--psi"}, {"pressure scale 5 (Pa)", "--Pa"},
		{"format 0 (f.i)", "-ff.i"}, {"format 1 (fi)", "-ffi"}, {"format 2 (f.i.c)", "-ff.i.c"},
		{"format 3 (f.ic)", "-ff.ic"}, {"format 4 (fi.c)", "-ffi.c"}, {"format 5 (fic)", "-ffic"},
	} {
		m := mountOwfs(t, scale.option, "-s", addr)
		rows := 0
		for _, row := range captured(t, "testdata/display.tsv") {
			words := strings.SplitN(row[0], " ", 3)
			if words[2] != scale.cell {
				continue
			}
			rows++
			p := probe{op: words[0], path: words[1]}
			if p.op == "read" {
				bad.compare(p, wireValue(t, row[1]), p.on(m))
				continue
			}
			p.op = "list"
			names := strings.Split(p.on(m), "|")
			bad.compare(p, row[1], "/"+names[0]+",/"+names[1])
		}
		if rows == 0 {
			t.Errorf("no rows for %q", scale.cell)
		}
		m.stop(t)
	}
	bad.finish()
}
