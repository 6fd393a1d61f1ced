// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sideDevices are the devices of the comparison; sideHub is one that lists all
// of them again behind itself, without an end.
const (
	sideDevices = "--tester=10,28,29,1D,12,1F,20,26,05,2D,41,30,FF,3B,EF"
	side28      = "28.000028D70100"
	sideHub     = "1F.00001FE00500"
)

// TestSideBySide makes the same probes in the mount of the C program and in
// ours, over the same owserver. Whatever comes out differently and is not in
// the table of differences fails; so does a difference that never shows.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	hits := map[string]int{}
	if !t.Run("all", func(t *testing.T) { sideBySide(t, hits) }) || !t.Run("options", func(t *testing.T) { sideBySideOptions(t, hits) }) {
		return
	}
	for _, d := range differences {
		if hits[d.id] == 0 {
			t.Errorf("%s never shows", d.id)
		}
	}
}

func sideBySide(t *testing.T, hits map[string]int) {
	addr := startOwserver(t, sideDevices)
	ours, c := mountOwfs(t, "--allow_other", "-s", addr), mountC(t, "--allow_other", "-s", addr)
	bad := mismatches{t: t, hits: hits}
	bad.lookAt(slices.Concat(walkProbes(c), spellingProbes(), prefixProbes(), propertyProbes()), c, ours)
	bad.oneByOne(slices.Concat(writeProbes(), settingProbes(), callProbes()), c, ours)
	for _, d := range differences {
		if d.example.op == "" {
			continue
		}
		cs, we := d.example.on(c), d.example.on(ours)
		if !d.matches(d.example, cs, we) {
			t.Errorf("%s does not show in %v:\n\tours %s\n\tC    %s", d.id, d.example, short(we), short(cs))
		}
		bad.compare(d.example, cs, we)
	}
	bad.oneByOne(aliasProbes(), c, ours) // last: the C program finds names that are none after an alias was removed
	bad.finish()
}

// lookAt makes probes that change nothing in both mounts, several at a time.
// An open file shows the size of its content, so no file is looked at while
// others are read.
func (m *mismatches) lookAt(probes []probe, c, ours *mounted) {
	m.t.Helper()
	for _, op := range []string{"stat", "list", "read"} {
		some := slices.DeleteFunc(slices.Clone(probes), func(p probe) bool { return p.op != op })
		inParallel(len(some), func(i int) {
			m.compare(some[i], some[i].on(c), some[i].on(ours))
		})
	}
}

// oneByOne makes probes that change what others find.
func (m *mismatches) oneByOne(probes []probe, c, ours *mounted) {
	m.t.Helper()
	for _, p := range probes {
		m.compare(p, p.on(c), p.on(ours))
	}
}

// sideBySideOptions has options that change what is shown.
func sideBySideOptions(t *testing.T, hits map[string]int) {
	addr, other := startOwserver(t, "--tester=10,28,29,26,41"), startOwserver(t, "--tester=20,28,05")
	aliases := filepath.Join(t.TempDir(), "aliases")
	if err := os.WriteFile(aliases, []byte("10.000010EF0000 = attic\n28.000028D70100\tliving room \n05.000005FF0200=pump\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"--readonly", "-s", addr},
		{"-ffic", "-F", "--psi", "-s", addr},
		{"-ff.ic", "-K", "--atm", "--uncached", "-s", addr},
		{"-a", aliases, "-s", addr},
		{"-a", aliases, "--unaliased", "-s", addr},
		{"-s", addr, "-s", other},
	} {
		ours, c := mountOwfs(t, args...), mountC(t, args...)
		bad := mismatches{t: t, hits: hits}
		looks := walkProbes(c, "structure", "return_codes")
		for _, p := range []string{"/10.000010EF0000", "/attic", "/living room", "/pump", "/05.000005FF0200", "/nosuch"} {
			for _, prefix := range []string{"", "/bus.0", "/bus.1", "/bus.2", "/uncached", "/unaliased"} {
				looks = append(looks, everything(prefix+p)...)
				looks = append(looks, everything(prefix+p+"/type")...)
			}
		}
		bad.lookAt(looks, c, ours)
		for _, p := range []string{"/28.000028D70100/templow", "/28.000028D70100/type", "/29.000029D60200/PIO.0", "/settings/timeout/stable",
			"/simultaneous/temperature", "/bus.0/28.000028D70100/templow", "/bus.1/20.000020DF0000/CO2/power", "/28.000028D70100", "/nosuch"} {
			bad.oneByOne([]probe{{op: "write", path: p, data: "1"}, {op: "write", path: p, data: "x"}, {op: "mkdir", path: p}, {op: "unlink", path: p}}, c, ours)
		}
		if bad.count > 0 {
			t.Errorf("with %q", args)
		}
		bad.finish()
		c.stop(t)
		ours.stop(t)
	}
}

// everything probes a place in all harmless ways.
func everything(p string) []probe {
	return []probe{{op: "stat", path: p}, {op: "list", path: p}, {op: "read", path: p}}
}

// walkProbes goes through the tree as the C program lists it, but not again
// through what repeats: the buses, uncached, and the branches of hubs. The
// long trees of all families were compared with captured values elsewhere.
// Directories with the names given are left out, too.
func walkProbes(c *mounted, except ...string) []probe {
	var probes []probe
	var walk func(dir string)
	walk = func(dir string) {
		list := probe{op: "list", path: dir}
		probes = append(probes, list)
		for _, name := range strings.Split(list.on(c), "|") {
			p := path.Join(dir, name)
			stat := probe{op: "stat", path: p}
			probes = append(probes, stat)
			switch dirs := strings.HasPrefix(stat.on(c), "40"); {
			case dirs && (endless(p) || slices.Contains(except, name)):
				probes = append(probes, probe{op: "list", path: p})
			case dirs:
				walk(p)
			case !changing(p):
				probes = append(probes, probe{op: "read", path: p})
			}
		}
	}
	walk("/")
	return probes
}

// endless tells which directories a walk does not enter: they repeat, or are
// long and known.
func endless(p string) bool {
	switch path.Base(p) {
	case "bus.0", "bus.1", "uncached", "alarm", "main", "aux":
		return true
	}
	family := path.Base(p)
	return path.Dir(p) == "/structure" && family > "30" && family != "simultaneous" && family != "thermostat"
}

// changing tells which values are of the process or the moment.
func changing(p string) bool {
	return strings.HasPrefix(p, "/statistics/") || strings.HasPrefix(p, "/system/process/") ||
		strings.Contains(p, "/interface/statistics/")
}

// spellingProbes spell devices in all ways, right and wrong.
func spellingProbes() []probe {
	var probes []probe
	for _, name := range []string{
		// the six formats
		"28.000028D70100", "28000028D70100", "28.000028D70100.87", "28.000028D7010087", "28000028D70100.87", "28000028D7010087",
		// in any letter case
		"28.000028d70100", "28000028d70100", "28.000028d70100.87", "28000028d7010087", "1d.00001de20300", "1D.00001dE20300",
		// another CRC, none, half of one
		"28.000028D70100.00", "28.000028D7010000", "28000028D70100.88", "28.000028D70100.", "28.000028D70100.8", "28.000028D701008",
		// not there, too long, too short, no hex
		"28.000028D70101", "29.000028D70100", "28.000028D7010", "28.000028D70100.87.", "28.000028D70100.87x", "28.000028D70100x",
		"28..000028D70100", "28", "28.", "2", "2G.000028D70100", "28.000028D7010G", "28-000028D70100", "0x28.000028D70100",
		" 28.000028D70100", "28.000028D70100 ", "28.000028D70100%", "28.000028D70100\n", "00.000000000000", "FF.FFFFFFFFFFFF",
		// nothing at all
		"nosuch", "x", "~", "-", "..x", "...", ".x", ".hidden", "bus", "bus.", "bus.x", "bus.-1", "bus.1", "bus.99", "\xff\xfe", "ä",
	} {
		probes = append(probes, everything("/"+name)...)
		for _, sub := range []string{"/type", "/temperature", "/errata/trim", "/nosuch"} {
			probes = append(probes, probe{op: "stat", path: "/" + name + sub}, probe{op: "read", path: "/" + name + sub})
		}
		probes = append(probes, probe{op: "stat", path: "/uncached/" + name}, probe{op: "stat", path: "/bus.0/" + name + "/type"})
	}
	return probes
}

// prefixProbes put words before, behind and into each other.
func prefixProbes() []probe {
	words := []string{
		"uncached", "alarm", "bus.0", "text", "json", "unaliased", "settings", "system", "statistics", "structure",
		"simultaneous", "thermostat", "interface", "bus.00", "UNCACHED", "Alarm", "BUS.0", "Settings", "bus.7",
	}
	tails := []string{
		"", "/" + side28, "/" + side28 + "/type", "/28/type", "/units/temperature_scale", "/temperature", "/nosuch",
		"/configuration/version", "/cache/flips", "/settings/name",
	}
	var probes []probe
	add := func(prefix string, tails []string) {
		for _, tail := range tails {
			p := prefix + tail
			probes = append(probes, probe{op: "stat", path: p})
			if tail == "" {
				probes = append(probes, probe{op: "list", path: p})
			} else if !changing(p) {
				probes = append(probes, probe{op: "read", path: p})
			}
		}
	}
	for _, a := range words {
		add("/"+a, tails)
		for _, b := range words {
			add("/"+a+"/"+b, tails[:3])
			add("/"+a+"/"+b, tails[4:6])
		}
	}
	for _, p := range []string{
		"/uncached/bus.0/alarm", "/bus.0/alarm/uncached", "/alarm/uncached/bus.0", "/text/uncached/unaliased", "/json/text/json",
		"/uncached/uncached/uncached", "/structure/uncached/text", "/settings/text/uncached", "/bus.0/bus.0/bus.0", "/bus.0/uncached/bus.0",
		"/" + sideHub + "/main", "/" + sideHub + "/aux", "/" + sideHub + "/main/uncached", "/" + sideHub + "/main/alarm",
		"/" + sideHub + "/main/bus.0", "/" + sideHub + "/main/settings", "/" + sideHub + "/main/structure",
		"/" + sideHub + "/main/simultaneous", "/" + sideHub + "/main/text", "/uncached/" + sideHub + "/main", "/alarm/" + sideHub + "/aux",
		"/" + side28 + "/main", "/" + side28 + "/uncached", "/" + side28 + "/alarm", "/" + side28 + "/text", "/" + side28 + "/settings",
		"/" + side28 + "/" + side28, "/20.000020DF0600/alarm", "/20.000020DF0600/uncached", "/20.000020DF0600/Alarm",
		strings.Repeat("/uncached", 400), strings.Repeat("/uncached", 440), "/" + strings.Repeat("x", 200), "/" + strings.Repeat("x", 300),
		"/" + strings.Repeat("x", 1100), "/" + side28 + "/" + strings.Repeat("x", 250), "/" + side28 + strings.Repeat("/x", 300),
		"/settingsx", "/alarm_door", "/text1", "/bus.0x", "/bus.0.0", "/systems", "/structured", "/uncachedx", "/interfaces", "/simultaneously",
		"/alar", "/setting", "/unaliase", "/jso", "/jsonx", "/thermostats", "/statisticsx", "/unaliasedx",
	} {
		add(p, tails[:3])
	}
	return probes
}

// propertyProbes spell properties and their elements in all ways.
func propertyProbes() []probe {
	var probes []probe
	for dir, names := range map[string][]string{
		"/29.000029D60200/": {"PIO", "pio", "sensed", "latch", "por", "LCD_M/clear", "LCD_H/redefchar", "LCD_H/redefchar_hex"},
		"/20.000020DF0600/": {"volt", "set_alarm/voltlow", "memory", "pages/page", "CO2/ppm", "alarm/low", "Volt"},
		"/28.000028D70100/": {"temperature", "Temperature", "errata/die", "scratchpad", "piostate", "present", "type", "tempres", "errata"},
		"/12.000012ED0400/": {"PIO", "TAI8570/temperature", "T8A/volt", "TAI8570/C", "tai8570/pressure", "piostate", "aux", "channels"},
		"/1D.00001DE20300/": {"counters", "counter", "memory", "pages/page", "pages/count", "mincount"},
		"/05.000005FA0800/": {"PIO", "sensed", "present"},
		"/2D.00002DD20900/": {"pages/page", "memory", "password", "lock"},
		"/41.000041BE0A00/": {"clock/date", "clock/udate", "log/temperature", "log/date", "log/udate", "about/version", "memory"},
		"/FF.0000FF000C00/": {"message", "line16", "gpio", "counters", "screen16", "LCDon", "memory"},
		"/structure/28/":    {"temperature", "errata/die", "errata", "nosuch", "present"},
		"/structure/29/":    {"PIO", "sensed"},
		"/structure/20/":    {"volt", "pages/page"},
		"/settings/":        {"units/temperature_scale", "return_codes/text", "timeout/volatile", "alias/list", "units"},
		"/statistics/":      {"read/tries", "return_codes/responses", "cache/flips"},
		"/system/":          {"configuration/version", "process/pid", "connections"},
		"/simultaneous/":    {"temperature", "voltage", "present", "nosuch"},
	} {
		for _, name := range names {
			for _, ext := range []string{
				"", ".ALL", ".all", ".All", ".BYTE", ".byte", ".bYtE", ".0", ".00", ".000000", ".1", ".07", ".7", ".8", ".15", ".16", ".255", ".256", ".9999",
				".-1", ".+1", ". 1", ".1 ", ".0x0", ".1x", ".x", ".A", ".a", ".B", ".h", ".AA", ".Z", ".", "..", ".ALLx", ".BYTEx", ".ALL.0", ".0.ALL", ".1.2",
				".4294967296", ".4294967297", ".99999999999999999999", " ", "x", "/x", "/", "/.", "//", ".0/x", "%", "\n", ",0", ":0",
			} {
				p := dir + name + ext
				probes = append(probes, probe{op: "stat", path: p})
				if !changing(p) {
					probes = append(probes, probe{op: "read", path: p})
				}
			}
		}
	}
	for _, name := range []string{"/28.000028D70100/temperature", "/29.000029D60200/PIO.BYTE", "/29.000029D60200/PIO.ALL", "/28.000028D70100/type",
		"/41.000041BE0A00/clock/date", "/29.000029D60200/PIO.1"} { // not of bytes: at an offset the C server makes up the rest
		for _, off := range []int64{0, 1, 5, 11, 12, 24, 100, 1 << 40} {
			for _, size := range []int64{1, 2, 12, 100} {
				probes = append(probes, probe{op: "read", path: name, size: size, off: off})
			}
		}
	}
	return probes
}

// writeProbes write values, good and bad. The simulated devices drop them.
func writeProbes() []probe {
	var probes []probe
	for _, p := range []string{
		"/29.000029D60200/strobe", "/29.000029D60200/PIO.0", "/29.000029D60200/PIO.BYTE", "/29.000029D60200/PIO.ALL", "/28.000028D70100/templow",
		"/28.000028D70100/tempres", "/28.000028D70100/type", "/28.000028D70100/temperature", "/20.000020DF0600/set_alarm/voltlow.ALL",
		"/20.000020DF0600/set_alarm/voltlow.A", "/41.000041BE0A00/clock/date", "/41.000041BE0A00/clock/udate", "/1D.00001DE20300/mincount",
		"/simultaneous/temperature", "/statistics/read/calls", "/system/process/pid", "/structure/28/templow", "/settings/units", "/",
		"/28.000028D70100", "/28.000028D70100/nosuch", "/settings/alias/list", "/settings/alias/unaliased", "/settings/timeout/uncached",
		"/bus.0/interface/settings/name", "/uncached/29.000029D60200/PIO.1", "/bus.0/29.000029D60200/PIO.1", "/1F.00001FE00500/discharge",
	} {
		for _, data := range []string{
			"0", "1", "1\n", " 1 ", "-1", "2", "yes", "no", "on", "off", "of", "o", "y", "x", "", " ", "\n", "\t", "0x1", "1.5", "1e1", "nan", "inf", "1e400",
			"abc", "12abc", "1,0,1,0", "1,0,1,0,1,0,1,0", "1,0,1,0,1,0,1,0,1", ",,,", "1,2,3,4", "1,2,x,4", "99999999999999999999", "4294967296",
			"Fri Mar 23 04:00:00 2007", "03/23/07 04:00:00", "Mar 23 2007 04:00:00", "23.3.2007", "0",
		} {
			probes = append(probes, probe{op: "write", path: p, data: data})
		}
	}
	for _, data := range []string{"0", "1", "abc", ""} {
		probes = append(probes, probe{op: "write", path: "/simultaneous/voltage", data: data},
			probe{op: "write", path: "/thermostat/temphigh", data: data}, probe{op: "write", path: "/thermostat/temperature", data: data})
	}
	for _, p := range []string{"/2D.00002DD20900/pages/page.0", "/2D.00002DD20900/memory", "/FF.0000FF000C00/message", "/FF.0000FF000C00/line16.0",
		"/2D.00002DD20900/pages/page.ALL", "/28.000028D70100/templow", "/29.000029D60200/PIO.1", "/29.000029D60200/PIO.ALL"} {
		for _, n := range []int{1, 7, 8, 15, 16, 17, 31, 32, 33, 127, 128, 129, 130, 200} {
			for _, off := range []int64{0, 1, 16, 30, 31, 32, 33, 127, 128, 1000} {
				probes = append(probes, probe{op: "write", path: p, data: strings.Repeat("1", n), off: off},
					probe{op: "write", path: p, data: strings.Repeat("1", n-1) + "\n", off: off})
			}
		}
	}
	return probes
}

// settingProbes change what others read. At the end all is as it was.
func settingProbes() []probe {
	var probes []probe
	for _, w := range [][]string{
		{"/settings/units/temperature_scale", "F", "F\n", "kelvin", "r", "X", "", "\n", " C", "C"},
		{"/settings/units/pressure_scale", "psi", "PSI", "at", "Pa\n", "p", "xx", "", "mmHg", "inhg", "mb", "mbar"},
		{"/settings/timeout/volatile", "10", "10\n", " 12", "x", "", "0", "99", "15"},
		{"/settings/timeout/directory", "abc", "61", "60"},
	} {
		for _, data := range w[1:] {
			probes = append(probes, probe{op: "write", path: w[0], data: data}, probe{op: "read", path: w[0]},
				probe{op: "read", path: "/28.000028D70100/temperature"}, probe{op: "read", path: "/26.000026D90700/B1-R1-A/pressure"})
		}
	}
	return probes
}

// aliasProbes name a device, and look at it under that name.
func aliasProbes() []probe {
	const alias = "/10.000010EF0000/alias"
	var probes []probe
	for _, name := range []string{"kitchen", "living room", "  sp  ", "a/b", "bus.0", "bus.x", "busy", "alarm", "alarmed", "text", "uncached", "x=y",
		"with,comma", "ä", strings.Repeat("x", 255), strings.Repeat("x", 256), strings.Repeat("x", 257), "", " "} {
		probes = append(probes, probe{op: "write", path: alias, data: name}, probe{op: "read", path: alias}, probe{op: "list", path: "/"},
			probe{op: "list", path: "/bus.0"}, probe{op: "list", path: "/1F.00001FE00500/main"}, probe{op: "read", path: "/settings/alias/list"},
			probe{op: "list", path: "/unaliased"}, probe{op: "stat", path: "/10.000010EF0000/type"})
		if name = strings.TrimSpace(name); name != "" {
			probes = append(probes, probe{op: "stat", path: "/" + name}, probe{op: "read", path: "/" + name + "/type"})
		}
	}
	// What the C program takes and should not is taken back at once.
	for _, name := range []string{"system", "json", "thermostat", "Alarm", "SETTINGS", "28.000028D70100", "28000028d70100", "..", "tab\there", "a\nb"} {
		probes = append(probes, probe{op: "write", path: alias, data: name}, probe{op: "write", path: alias, data: " "})
	}
	return append(probes, probe{op: "list", path: "/"})
}

// callProbes make the other calls of the kernel's filesystem interface.
func callProbes() []probe {
	var probes []probe
	for op := range probeOps {
		switch op {
		case "stat", "list", "read", "write", "writeback", "user", "times", "fstat", "readcalls", "dtype", "inode":
			continue
		}
		for _, p := range []string{"/new", "/28.000028D70100/new", "/settings/new", "/28.000028D70100", "/28.000028D70100/type",
			"/28.000028D70100/templow", "/29.000029D60200/PIO.ALL", "/settings", "/structure/28/type", "/1F.00001FE00500/discharge"} {
			probes = append(probes, probe{op: op, path: p})
		}
	}
	for _, p := range []string{"/", "/28.000028D70100", "/settings", "/29.000029D60200", "/structure/28"} {
		probes = append(probes, probe{op: "dtype", path: p})
	}
	for _, p := range []string{"type", "temperature", "templow"} {
		probes = append(probes, probe{op: "user", path: "/28.000028D70100/" + p, data: "1"})
	}
	return append(probes, probe{op: "user", path: "/1F.00001FE00500/discharge", data: "1"})
}
