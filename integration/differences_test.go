// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A difference is a place where the mount is meant to be unlike that of the C
// program. Whatever differs and is not in the table below is a fault.
type difference struct {
	id   string // as docs/compatibility.md calls it
	op   string // of the probe; several are separated by blanks
	path *regexp.Regexp
	c    *regexp.Regexp // what the C program does
	ours *regexp.Regexp
	// also, when set, must agree as well.
	also func(p probe, c, ours string) bool
	why  string
	// example is a probe that shows it, side by side. Without one the
	// comparison must come across it.
	example probe
}

// rx is a regexp that the whole text must match; a dot stands for any
// character.
func rx(expr string) *regexp.Regexp { return regexp.MustCompile(`(?s)^(?:` + expr + `)$`) }

// The ids of the devices are those of sideDevices.
var differences = []difference{
	// Names.
	{
		id: "words-whole", op: "stat list read write",
		path: rx(`(?i)/(settings.|system.|statistics.|structure.|uncached.|unaliased.|text.|json.|simultaneous.|thermostat.|alarm.|interface.|bus\.[0-9]+[^0-9/]|alar$|alar/).*`),
		c:    rx(`.*`), ours: rx(`(open )?ENOENT`),
		also:    func(_ probe, c, _ string) bool { return !strings.Contains(c, "ENOENT") },
		why:     "a name that begins like a reserved word is a name like any other",
		example: probe{op: "stat", path: "/alarm_door"},
	},
	{
		id: "words-alias", op: "stat read", path: rx(`/alarmed(/type)?`), c: rx(`40755 4096 1|open ENOENT`), ours: rx(`40777 4096 1|"DS18S20"`),
		why: "an alias that begins like a reserved word can be used",
	},
	{
		id: "index-exact", op: "stat list read write", path: rx(`.*(\.[0-9]{10,}|\.[0-9A-Za-z]+\.[0-9A-Za-z]+)`), c: rx(`.*`), ours: rx(`(open )?ENOENT`),
		also:    func(_ probe, c, _ string) bool { return !strings.Contains(c, "open ENOENT") },
		why:     "an index beyond all sizes, or two of them, is a slip, not another element",
		example: probe{op: "stat", path: "/29.000029D60200/PIO.4294967297"},
	},
	{
		id: "alarm-before-bus", op: "stat list read", path: rx(`(?i)/alarm(/uncached)?/bus\.0+(/.*)?`), c: rx(`(open )?ENOENT`), ours: rx(`.*`),
		why:     "prefixes may come in any order",
		example: probe{op: "stat", path: "/alarm/bus.0"},
	},
	{
		id: "absent", op: "stat list read", path: rx(`(?i)/bus\.[0-9]+/(bus\.|[0-9A-F]{2}\.|pump).*`), c: rx(`.*`), ours: rx(`(open )?ENOENT`),
		also:    func(_ probe, c, _ string) bool { return c != "ENOENT" && c != "open ENOENT" },
		why:     "a device or bus that a server lacks is not there behind bus.N either",
		example: probe{op: "stat", path: "/bus.0/bus.7"},
	},

	// Directories.
	{
		id: "branch-itself", op: "list", path: rx(`.*/(1F|12)\.[^/]*/(main|aux)(/[a-z]+)?`), c: rx(`.*`), ours: rx(`.*`),
		also:    branchWithoutItself,
		why:     "no device hangs behind itself, and walks through the tree come to an end",
		example: probe{op: "list", path: "/1F.00001FE00500/main"},
	},
	{
		id: "structure-branch", op: "list", path: rx(`(.*/)?structure/(1F|12)/(main|aux)`), c: rx(`ERANGE`), ours: rx(``),
		why:     "a walk through the tree has no errors",
		example: probe{op: "list", path: "/structure/1F/main"},
	},
	{
		id: "prefix-bus", op: "list", path: rx(`(?i)(/(uncached|text|json|unaliased))+/bus\.0+`), c: rx(`interface\|interface\|.*`), ours: rx(`interface\|.*`),
		also:    everyNameOnce,
		why:     "a bus lists the same whether prefixes stand before or behind it, and each name once",
		example: probe{op: "list", path: "/uncached/bus.0"},
	},
	{
		id: "servers-order", op: "list", path: rx(`/|/uncached|/unaliased`), c: rx(`.*`), ours: rx(`.*\|bus\.0\|bus\.1\|.*`),
		also: everyNameOnce,
		why:  "the devices of several servers come in the order of the servers, each time, and each once",
	},
	{
		id: "uncached-option", op: "list", path: rx(`/bus\.0`), c: rx(`.*\|uncached\|.*`), ours: rx(`.*`),
		also: func(_ probe, c, ours string) bool { return strings.Replace(c, "|uncached|", "|", 1) == ours },
		why:  "where all is uncached, as with the option --uncached, there is no directory for it",
	},
	{
		id: "d-type", op: "dtype", path: rx(`.*`), c: rx(`.*`), ours: rx(`.*`),
		also:    func(_ probe, c, ours string) bool { return c == strings.ReplaceAll(ours, ":8", ":4") },
		why:     "find, Domoticz and others go by the type that the directory tells",
		example: probe{op: "dtype", path: "/28.000028D70100"},
	},
	{
		id: "inodes", op: "inode", path: rx(`.*`), c: rx(`other in stat`), ours: rx(`same`),
		why:     "programs tell files apart by inode; the numbers stay the same after each mount",
		example: probe{op: "inode", path: "/28.000028D70100"},
	},

	// Attributes.
	{
		id: "structure-modes", op: "stat", path: rx(`.*/structure/.*`), c: rx(`100(666|222|000) 32 1`), ours: rx(`100444 32 1`),
		why:     "nothing below structure can be written, and all of it can be read",
		example: probe{op: "stat", path: "/structure/28/templow"},
	},
	{
		id: "open-size", op: "fstat", path: rx(`.*`), c: rx(`12`), ours: rx(`[1-9]|1[01]`),
		why:     "tar, rsync and wc compare the size of an open file with what they read",
		example: probe{op: "fstat", path: "/28.000028D70100/temperature"},
	},
	{
		id: "map-static", op: "mmap", path: rx(`.*/(address|crc8|family|id|r_address|r_id|type)`), c: rx(`ENODEV`), ours: rx(``),
		why:     "the kernel keeps what never changes, so it can be mapped",
		example: probe{op: "mmap", path: "/28.000028D70100/type"},
	},
	{
		id: "times", op: "times", path: rx(`.*`), c: rx(`move`), ours: rx(`stay`),
		why:     "tar compares the time of a directory before and after it was read",
		example: probe{op: "times", path: "/28.000028D70100"},
	},
	{
		id: "permissions", op: "user", path: rx(`.*`), c: rx(` I/O error|success`), ours: rx(` Permission denied`),
		why:     "the kernel enforces the modes that are shown",
		example: probe{op: "user", path: "/28.000028D70100/type", data: "x"},
	},
	{
		id: "statfs", op: "statfs", path: rx(`.*`), c: rx(`512 255 0 0 0`), ours: rx(`4096 255 0 0 0`),
		why:     "the block size is the one that stat tells",
		example: probe{op: "statfs", path: "/"},
	},
	{
		id: "xattr", op: "xattr", path: rx(`.*`), c: rx(`ENOTSUP`), ours: rx(`(user\.owfs\.[a-z]+ ?)*`),
		why:     "format, unit and access of a property are at hand",
		example: probe{op: "xattr", path: "/28.000028D70100/temperature"},
	},
	{
		id: "xattr-write", op: "setxattr rmxattr", path: rx(`.*`), c: rx(`ENOTSUP`), ours: rx(`EPERM`),
		why:     "there are extended attributes, but they can't be changed",
		example: probe{op: "setxattr", path: "/28.000028D70100/temperature"},
	},

	// Changes of the tree.
	{
		id: "read-only-mount", op: "write mkdir unlink", path: rx(`.*`), c: rx(`EROFS|ENOSYS|EISDIR|ENOENT`), ours: rx(`(open )?EROFS`),
		why: "with --readonly the mount itself is read-only, and /proc/mounts says so",
	},
	{
		id: "tree-fixed", op: "mkdir create create-x unlink rmdir rename symlink mknod mkfifo", path: rx(`.*`), c: rx(`(open )?ENOSYS`), ours: rx(`(open )?EPERM`),
		why:     "\"Operation not permitted\" says what is meant; \"Function not implemented\" sounds like a fault",
		example: probe{op: "mkdir", path: "/new"},
	},

	// Reading.
	{
		id: "read-once", op: "readcalls", path: rx(`.*`), c: rx(`2`), ours: rx(`1`),
		why:     "a cat is one read of the device, never the halves of two values",
		example: probe{op: "readcalls", path: "/uncached/28.000028D70100/temperature"},
	},
	{
		id: "read-write-only", op: "read", path: rx(`.*`), c: rx(`ENOTSUP`), ours: rx(`""`),
		why:     "tar, rsync and grep -r of the whole mount by root have no errors",
		example: probe{op: "read", path: "/1F.00001FE00500/discharge"},
	},
	{
		id: "read-all-offset", op: "read", path: rx(`.*\.(?i:all)`), c: rx(`ERANGE|EFAULT|".*"`), ours: rx(`".*"`),
		also:    func(p probe, _, _ string) bool { return p.off > 0 || p.size > 0 },
		why:     "byte-wise readers (dd bs=1, head -c1) get the joined text",
		example: probe{op: "read", path: "/29.000029D60200/PIO.ALL", size: 1},
	},
	{
		id: "read-date-offset", op: "read", path: rx(`.*/(date|udate)`), c: rx(`EMSGSIZE`), ours: rx(`".*"`),
		also:    func(p probe, _, _ string) bool { return p.off > 0 || p.size > 0 },
		why:     "byte-wise readers get the whole date",
		example: probe{op: "read", path: "/41.000041BE0A00/clock/date", size: 65536, off: 1},
	},
	{
		id: "thermostat-root", op: "read write", path: rx(`(?i)(/(uncached|unaliased|text|json|alarm|bus\.0+))*/thermostat/[a-z0-9]+`),
		c: rx(`EADDRINUSE|ENODEV`), ours: rx(`".*"|[0-9]+|ENOTSUP`),
		why:     "a server that is not told a bus is asked for its first",
		example: probe{op: "read", path: "/thermostat/temperature"},
	},
	{
		id: "return-code-texts", op: "read", path: rx(`.*/settings/.*return_codes/text\..*`), c: rx(`".*"`), ours: rx(`".+"`),
		why:     "the messages are in words of their own that say what happened",
		example: probe{op: "read", path: "/settings/return_codes/text.1"},
	},
	{
		id: "not-built-in", op: "read", path: rx(`.*/system/configuration/(USB|i2c|parport)`), c: rx(`"1"`), ours: rx(`"0"`),
		why:     "the program says what it can do itself",
		example: probe{op: "read", path: "/system/configuration/USB"},
	},
	{
		id: "connections", op: "read", path: rx(`/system/connections/count_outbound_connections`), c: rx(`"1"`), ours: rx(`"2"`),
		why: "every server counts, not only the first",
	},

	// Writing.
	{
		id: "write-past-end", op: "write", path: rx(`.*`), c: rx(`0`), ours: rx(`ENOSPC`),
		also:    func(p probe, _, _ string) bool { return p.off > 0 },
		why:     "a shell that is told that 0 bytes were written tries for ever",
		example: probe{op: "write", path: "/2D.00002DD20900/pages/page.0", off: 32, data: "x"},
	},
	{
		id: "write-newline", op: "write", path: rx(`.*`), c: rx(`[0-9]+`), ours: rx(`[0-9]+`),
		also:    onlyNewlineMore,
		why:     "echo ends its text with a newline, which is no part of a value that is full",
		example: probe{op: "write", path: "/settings/units/temperature_scale", data: "C\n"},
	},
	{
		id: "write-read-only", op: "write", path: rx(`.*`), c: rx(`EINVAL|ERANGE|EFAULT`), ours: rx(`ENOTSUP`),
		why:     "what can't be written can't be, whatever the text",
		example: probe{op: "write", path: "/28.000028D70100/temperature", data: "abc"},
	},
	{
		id: "fallocate", op: "fallocate", path: rx(`.*`), c: rx(`ENOTSUP`), ours: rx(``),
		why:     "the C library makes up for a missing call by writing zero bytes, which here is a command",
		example: probe{op: "fallocate", path: "/28.000028D70100/templow"},
	},
	{
		id: "settings-numbers", op: "write", path: rx(`/settings/timeout/.*`), c: rx(`[0-9]+`), ours: rx(`EINVAL|ERANGE`),
		why:     "a number that is none or out of range is refused, not cut or wrapped",
		example: probe{op: "write", path: "/settings/timeout/stable", data: "1.5"},
	},
	{
		id: "alias-newline", op: "writeback", path: rx(`.*/alias`), c: rx(`5 "back\\n"`), ours: rx(`5 "back"`),
		why:     "echo ends its text with a newline, which is no part of a name",
		example: probe{op: "writeback", path: "/10.000010EF0000/alias", data: "back\n"},
	},
	{
		id: "alias-refused", op: "write", path: rx(`.*/alias`), c: rx(`[0-9]+`), ours: rx(`EINVAL`),
		also:    func(p probe, _, _ string) bool { return unusable.MatchString(p.data) },
		why:     "the device would vanish from its directory",
		example: probe{op: "write", path: "/10.000010EF0000/alias", data: "system"},
	},
}

// unusable are aliases that can't work: reserved words in any letter case,
// control characters, what looks like a device's id, and the dots.
var unusable = regexp.MustCompile(`(?i)^(system|json|thermostat|alarm|settings|statistics|structure|uncached|unaliased|text|interface|` +
	`simultaneous|bus\..*|\.|\.\.|[0-9A-F]{2}\.?[0-9A-F]{12}(\.?[0-9A-F]{2})?|.*[\x00-\x1f\x7f].*)$`)

// branchWithoutItself checks that we list what the C program lists but for
// the devices that the path goes through. (Behind uncached and its like the C
// program leaves out alarm.)
func branchWithoutItself(p probe, c, ours string) bool {
	var names []string
	for name := range strings.SplitSeq(c, "|") {
		if !slices.Contains(strings.Split(p.path, "/"), name) {
			names = append(names, name)
		}
	}
	want := strings.Join(names, "|")
	return ours == want || ours == want+"|alarm"
}

// everyNameOnce checks that we list each name once, and all that the C program
// lists.
func everyNameOnce(_ probe, c, ours string) bool {
	seen := map[string]bool{}
	for name := range strings.SplitSeq(ours, "|") {
		if seen[name] {
			return false
		}
		seen[name] = true
	}
	for name := range strings.SplitSeq(c, "|") {
		if !seen[name] {
			return false
		}
	}
	return true
}

// onlyNewlineMore checks that of a text with a newline at its end we took all
// and the C program all but the newline.
func onlyNewlineMore(p probe, c, ours string) bool {
	return strings.HasSuffix(p.data, "\n") && ours == strconv.Itoa(len(p.data)) && c == strconv.Itoa(len(p.data)-1)
}

// intended tells which difference of the table the outcomes of a probe are.
func intended(p probe, c, ours string) (id string, ok bool) {
	for _, d := range differences {
		if d.matches(p, c, ours) {
			return d.id, true
		}
	}
	return "", false
}

func (d difference) matches(p probe, c, ours string) bool {
	for op := range strings.FieldsSeq(d.op) {
		if op == p.op {
			return d.path.MatchString(p.path) && d.c.MatchString(c) && d.ours.MatchString(ours) &&
				(d.also == nil || d.also(p, c, ours))
		}
	}
	return false
}

// mismatches collects what differs, and reports the first of it only.
type mismatches struct {
	t     *testing.T
	mu    sync.Mutex
	count int
	done  int
	hits  map[string]int // how often each difference was seen, for who wants to know
}

const maxReports = 20

// compare checks the outcome of a probe against what the C program gives.
func (m *mismatches) compare(p probe, c, ours string) {
	m.t.Helper()
	id, ok := "", c == ours
	if !ok {
		id, ok = intended(p, c, ours)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.done++
	if id != "" && m.hits != nil {
		m.hits[id]++
	}
	if ok {
		return
	}
	if m.count++; m.count <= maxReports {
		m.t.Errorf("%v\n\tours %s\n\tC    %s", p, short(ours), short(c))
	}
}

// finish says how much was left out.
func (m *mismatches) finish() {
	m.t.Helper()
	if m.count > maxReports {
		m.t.Errorf("… and %d more", m.count-maxReports)
	}
	m.t.Logf("%d compared", m.done)
}

func short(s string) string {
	if len(s) > 600 {
		return s[:600] + "…"
	}
	return s
}

// TestDifferencesDocumented checks that users are told of every difference,
// and of none that is no more.
func TestDifferencesDocumented(t *testing.T) {
	const file = "../docs/compatibility.md"
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(doc), "\n## Different on purpose\n")
	if !ok {
		t.Fatalf("%s has no section \"Different on purpose\"", file)
	}
	section, _, _ = strings.Cut(section, "\n### ") // what follows is not of the mount
	told := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9-]+)` \\|").FindAllStringSubmatch(section, -1) {
		told[row[1]] = true
	}
	for _, d := range differences {
		if !told[d.id] {
			t.Errorf("%s does not mention %s: %s", file, d.id, d.why)
		}
	}
	for id := range told {
		if !knownDifference(id) {
			t.Errorf("%s mentions %s, which no test shows", file, id)
		}
	}
}

func knownDifference(id string) bool {
	for _, d := range differences {
		if d.id == id {
			return true
		}
	}
	return false
}
