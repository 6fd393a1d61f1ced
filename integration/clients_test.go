// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// The places that the scripts of the clients go to; wireDevices has them.
const (
	wireThermo  = "/10.000010EF0000"
	wireSwitch  = "/29.000029D60200"
	wireCounter = "/1D.00001DE20300"
)

// toolScript is what users of the shell tools type, but for the -s.
func toolScript() [][]string {
	var all [][]string
	add := func(args ...string) { all = append(all, args) }
	dirs := []string{
		"/", "", "/bus.0", "bus.0/", "/uncached", "/alarm", "/settings", "/system", "/statistics", "/structure", "/structure/10",
		"/simultaneous", "/settings/units", "/bus.0/interface", "/nosuch", wireThermo, wireThermo[1:], wireSwitch + "/", wireSwitch + "/LCD_M",
		"/unaliased" + wireThermo, "/10000010EF0000", wireCounter + "/pages",
	}
	files := []string{
		wireThermo + "/type", wireThermo + "/temperature", wireThermo[1:] + "/temperature", wireThermo + "/nosuch", "/uncached" + wireThermo + "/temperature",
		wireSwitch + "/PIO.ALL", wireSwitch + "/PIO.BYTE", wireSwitch + "/PIO.0", wireSwitch + "/LCD_M/clear", wireCounter + "/memory",
		wireCounter + "/counters.ALL", wireCounter + "/pages/page.3", "/structure/10/temperature", "/settings/timeout/volatile",
		"/26.000026D90500/B1-R1-A/pressure", "/26.000026D90500/VAD", "/12.000012ED0400/sensed.BYTE", "/system/configuration/version",
		"/simultaneous/temperature", "/2D.00002DD80800/memory",
	}
	general := [][]string{{"--bare"}, {"--uncached"}, {"--unaliased"}, {"--trim"}, {"--dir"}, {"-q"}, {"--hex"}}
	scales := [][]string{{"-C"}, {"-F"}, {"-K"}, {"-R"}, {"--Fahrenheit"}, {"--mbar"}, {"--atm"}, {"--mmHg"}, {"--inHg"}, {"--psi"}, {"--Pa"}}
	var formats [][]string
	for _, f := range []string{"f.i", "fi", "f.i.c", "f.ic", "fi.c", "fic"} {
		formats = append(formats, []string{"-f", f}, []string{"--format=" + f})
	}
	for _, tool := range []string{"owdir", "owget", "owpresent", "owread"} {
		for _, p := range append(dirs, files...) {
			add(tool, p)
		}
		add(tool)
		add(tool, wireThermo, wireSwitch, "/nosuch", wireThermo+"/type")
		for _, opts := range append(append(general, scales...), formats...) {
			for _, p := range []string{"/", wireThermo, wireThermo + "/temperature", "/26.000026D90500/B1-R1-A/pressure"} {
				add(append([]string{tool}, append(opts, p)...)...)
			}
		}
	}
	for _, tool := range []string{"owread", "owget"} {
		for _, p := range files {
			add(tool, "--hex", p)
			add(tool, "--size=5", p)
			add(tool, "--size=40", "--hex", p)
			if !strings.HasSuffix(p, ".ALL") {
				add(tool, "--offset=1", p)
				add(tool, "--size=3", "--offset=2", p)
			}
		}
		for _, n := range []string{"0", "-1", "100050", "100051", "x"} {
			add(tool, "--size="+n, wireThermo+"/type")
			add(tool, "--offset="+n, wireThermo+"/type")
		}
	}
	for _, w := range [][]string{
		{wireThermo + "/templow", "10"}, {wireThermo + "/templow", "abc"}, {wireThermo + "/templow", ""}, {"-F", wireThermo + "/templow", "77"},
		{"--hex", wireCounter + "/pages/page.0", "414243"}, {"--hex", wireCounter + "/pages/page.0", "4g"}, {"--hex", "--offset=3", wireCounter + "/pages/page.0", "41"},
		{"--size=1", wireThermo + "/templow", "12"}, {wireSwitch + "/PIO.0", "1"}, {wireSwitch + "/PIO.ALL", "1,0,1,0,1,0,1,0"}, {wireSwitch + "/PIO.BYTE", "3"},
		{wireThermo + "/type", "x"}, {"/", "x"}, {"/nosuch", "x"}, {wireThermo, "x"}, {wireThermo + "/templow"}, {},
		{wireThermo + "/templow", "1", wireThermo + "/temphigh", "2"}, {wireThermo + "/alias", "attic"}, {"--offset=510", wireCounter + "/memory", "abc"},
		{"/settings/units/temperature_scale", "F"}, {"/settings/units/temperature_scale", "C"}, {"/simultaneous/temperature", "1"},
	} {
		add(append([]string{"owwrite"}, w...)...)
	}
	add("owread", wireThermo+"/templow")
	for _, opts := range [][]string{nil, {"--unaliased"}, {"--bare"}, {"--dir"}} {
		add(append([]string{"owdir"}, append(opts, "/")...)...)
		add(append([]string{"owdir"}, append(opts, "/attic")...)...)
	}
	add("owread", "/attic/type")
	add("owpresent", "/attic")
	add("owwrite", wireThermo+"/alias", "")
	return all
}

// runTool runs a shell tool against a server, and tells what the user sees.
func runTool(t testing.TB, addr string, args []string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], append([]string{"-s", addr}, args[1:]...)...)
	var out, msg bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &msg
	cmd.Run()
	told := fmt.Sprintf("exit %d, prints %q, says %q", cmd.ProcessState.ExitCode(), out.Bytes(), msg.Bytes())
	return strings.ReplaceAll(told, addr, "ADDR")
}

// A user of the shell tools notices no difference.
func TestShellTools(t *testing.T) {
	t.Parallel()
	ours, theirs := startOurs(t, wireDevices), startOwserver(t, wireDevices)
	script := toolScript()
	for _, args := range script {
		if a, b := runTool(t, ours, args), runTool(t, theirs, args); a != b && !known(clientDifferences(), strings.Join(args, " ")) {
			t.Errorf("%q:\n ours   %s\n theirs %s", args, short(a), short(b))
		}
	}
	t.Logf("%d command lines", len(script))
}

// clientDifferences are those of wireDifferences that show in what a client
// asks for, by what it is.
func clientDifferences() []wireDifference {
	return []wireDifference{
		{id: "return-code-texts", request: rx(`.*/settings/return_codes/text\..*`)},
		{id: "thermostat-lock", request: rx(`.*/thermostat/temperature.*`)},
		{id: "stale-memory", request: rx(`.*offset.* /1D\.[^/]*/(memory|pages/).*`)},
		{id: "branch-itself", request: rx(`.*/(1F|12)\.[^/]*/(main|aux).*`)},
		{id: "number-range", request: rx(`write .* "(nan|inf|-1|4294967296)(\\n)?".*`)},
		{id: "text-from-start", request: rx(`write .*/FF\.[^/]*/line16\.0 .* offset 1`)},
		{id: "usual-variant", request: rx(`.*/3B\..*`)},
	}
}

// A mount shows the same tree over both, the C suite's and ours.
func TestMountsOverOurs(t *testing.T) {
	t.Parallel()
	for name, mount := range map[string]func(testing.TB, ...string) *mounted{"C": mountC, "owfs": mountOwfs} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours := mount(t, "-s", startOurs(t, sideDevices))
			theirs := mount(t, "-s", startOwserver(t, sideDevices))
			count := 0
			compare := func(probes ...probe) {
				for _, p := range probes {
					count++
					if a, b := p.on(ours), p.on(theirs); a != b && !known(clientDifferences(), p.String()) {
						t.Errorf("%v:\n ours   %s\n theirs %s", p, short(a), short(b))
					}
				}
			}
			compare(walkProbes(theirs)...)
			compare(slices.Concat(writeProbes(), settingProbes())...)
			t.Logf("%d probes", count)
		})
	}
}

// startHTTP runs the C suite's web server in front of an owserver.
func startHTTP(t testing.TB, peer string) (addr string) {
	t.Helper()
	path, err := exec.LookPath("owhttpd")
	if err != nil {
		t.Fatalf("%v (install the Debian package owhttpd)", err)
	}
	socket, addr := listenFile(t)
	launch(t, socket, addr, path, "-s", peer)
	return addr
}

// webPage fetches a page, with the peer's address and the time left out.
func webPage(t testing.TB, addr, peer, path string) string {
	t.Helper()
	c := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := c.Get("http://" + addr + path)
	for range 3 { // owhttpd may close a connection without an answer on a busy machine
		if !errors.Is(err, io.EOF) {
			break
		}
		resp, err = c.Get("http://" + addr + path)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(peer, "PEER", addr, "ADDR").Replace(string(body))
	return resp.Status + "\n" + text
}

// So does owhttpd.
func TestOwhttpdOverOurs(t *testing.T) {
	t.Parallel()
	ours, theirs := startOurs(t, wireDevices), startOwserver(t, wireDevices)
	a, b := startHTTP(t, ours), startHTTP(t, theirs)
	for _, path := range []string{
		"/", "/uncached", wireThermo, wireSwitch, wireCounter, wireThermo + "/temperature", "/bus.0", "/alarm", "/settings", "/structure", "/structure/10",
		"/text/", "/text" + wireThermo, "/text" + wireThermo + "/type", "/json/", "/json" + wireThermo, "/json" + wireSwitch + "/PIO.ALL",
		wireThermo + "?templow=12&TESTBUTTON=CHANGE", wireThermo + "?templow=12", wireThermo, "/text" + wireThermo + "/templow",
		wireSwitch + "?PIO.0=on", wireSwitch, "/nosuch", wireThermo + "/nosuch", "/26.000026D90500/B1-R1-A", "/settings/units?temperature_scale=F",
		wireThermo, "/uncached" + wireThermo + "/temperature", "/1F.00001FE00600", "/bus.0/interface/settings",
	} {
		if x, y := webPage(t, a, ours, path), webPage(t, b, theirs, path); x != y {
			t.Errorf("%s:\n%s", path, firstDifference(x, y))
		} else if path == wireThermo && !strings.Contains(x, "DS18S20") {
			t.Errorf("%s shows no DS18S20: %s", path, x)
		}
	}
}

// firstDifference shows two texts where they part.
func firstDifference(ours, theirs string) string {
	i := 0
	for i < min(len(ours), len(theirs)) && ours[i] == theirs[i] {
		i++
	}
	from := max(0, i-60)
	return fmt.Sprintf(" ours   …%q\n theirs …%q", ours[from:min(len(ours), i+100)], theirs[from:min(len(theirs), i+100)])
}

// perlScript does with the module OWNet what its manual shows.
const perlScript = `use OWNet;
my $ow = OWNet->new($ARGV[0]) or die "no server";
for my $d ("/", "/10.000010EF0000", "/29.000029D60200", "/nosuch", "/structure", "/settings/units") {
	my $got = $ow->dir($d);
	print "dir $d: ", defined $got ? $got : "undef", "\n";
}
for my $f ("/10.000010EF0000/type", "/10.000010EF0000/temperature", "/29.000029D60200/PIO.ALL", "/nosuch", "/10.000010EF0000/nosuch", "/10.000010EF0000") {
	my $got = $ow->read($f);
	print "read $f: ", defined $got ? $got : "undef", "\n";
}
for my $w (["/10.000010EF0000/templow", "21"], ["/10.000010EF0000/templow", "x"], ["/nosuch", "1"], ["/10.000010EF0000/type", "1"]) {
	my $got = $ow->write($w->[0], $w->[1]);
	print "write $w->[0] $w->[1]: ", defined $got ? $got : "undef", "\n";
}
for my $p ("/10.000010EF0000", "/nosuch", "/10.000010EF0001", "/10.000010EF0000/type") {
	my $got = $ow->present($p);
	print "present $p: ", defined $got ? $got : "undef", "\n";
}
print "function: ", OWNet::read("$ARGV[0] -F", "/10.000010EF0000/templow"), "\n";
print "function: ", OWNet::dir("$ARGV[0] -ffic", "/"), "\n";
`

// And Perl programs.
func TestPerlOverOurs(t *testing.T) {
	run := func(addr string) string {
		out, err := exec.Command("perl", "-we", perlScript, addr).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return strings.ReplaceAll(string(out), addr, "ADDR")
	}
	ours, theirs := run(startOurs(t, wireDevices)), run(startOwserver(t, wireDevices))
	if ours != theirs {
		t.Errorf("ours:\n%s\ntheirs:\n%s", ours, theirs)
	}
	if !strings.Contains(ours, "type: DS18S20\n") {
		t.Errorf("no type of the thermometer:\n%s", ours)
	}
}
