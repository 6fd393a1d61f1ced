// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"owfs/owproto"
)

// wireDevices are on both servers: thermometers, switches, counters, a hub, a
// battery monitor, a memory, a display.
const wireDevices = "--tester=10,28,29,1D,12,26,1F,3A,2D,81,FF,3B"

// A wireProbe is a request that both servers get.
type wireProbe struct {
	name string
	send []byte
}

// wireScript is a few hundred requests: each type for each kind of place, and
// reads and writes of all that can be odd about them.
func wireScript() []wireProbe {
	const thermo, sw, counter = "/10.000010EF0000", "/29.000029D60200", "/1D.00001DE20300"
	var all []wireProbe
	add := func(r owproto.Request) {
		name := fmt.Sprintf("%v %s flags %x size %d offset %d data %q", r.Type, r.Path, uint32(r.Flags), r.Size, r.Offset, r.Data)
		all = append(all, wireProbe{name, r.AppendTo(nil)})
	}
	types := []owproto.MessageType{
		owproto.MsgRead, owproto.MsgDir, owproto.MsgPresence, owproto.MsgDirAll, owproto.MsgGet, owproto.MsgDirAllSlash, owproto.MsgGetSlash,
	}
	places := []string{
		"/", "", "/bus.0", "bus.0/", "/bus.7", "/uncached", "/alarm", "/alarm/", "/settings", "/system", "/statistics", "/structure",
		"/structure/10", "/simultaneous", "/settings/units", "/bus.0/interface", "/bus.0/interface/settings", "/bus.0/alarm",
		"/bus.0/settings", "/uncached/bus.0", "/text", "/unaliased", "/nosuch", "/nosuch/type", "//", "/..",
		thermo, thermo + "/", strings.ToLower(thermo), "/10000010EF0000", "/10.000010EF0000.5B", "/10.000010EF0000.00", "/10.00001",
		thermo + "/type", thermo + "/type/", thermo + "/nosuch", thermo + "/type.0", thermo + "/errata", thermo + "/temperature",
		thermo[1:] + "/temperature", "/uncached" + thermo + "/temperature", "/bus.0" + thermo + "/temperature", "/alarm" + thermo + "/type",
		sw, sw + "/PIO", sw + "/PIO.ALL", sw + "/PIO.all", sw + "/PIO.BYTE", sw + "/PIO.0", sw + "/PIO.07", sw + "/PIO.8", sw + "/PIO.A",
		sw + "/LCD_M/clear", counter + "/counters.ALL", counter + "/counters.A", counter + "/counters.0", counter + "/pages/page.3",
		"/1F.00001FE00600", "/1F.00001FE00600/main", "/structure/10/temperature", "/structure/29/PIO.ALL", "/structure/3a", "/settings/timeout/volatile",
		"/settings/return_codes/text.ALL", "/settings/return_codes/text.1", "/settings/return_codes/text.211", "/system/configuration/version",
		"/12.000012ED0400/TAI8570", "/12.000012ED0400/sensed.BYTE", "/26.000026D90500/VAD", "/3B.00003BC40B00", "/thermostat/temperature",
	}
	for _, p := range places {
		for _, t := range types {
			add(owproto.Request{Type: t, Path: p, Size: 8192, Flags: owproto.FlagOwnet})
		}
		add(owproto.Request{Type: owproto.MsgDirAllSlash, Path: p, Flags: owproto.FlagBusList | owproto.FlagUncached})
		add(owproto.Request{Type: owproto.MsgDir, Path: p, Flags: owproto.FlagBusList})
	}
	// What deployed clients ask: asyncowfs, FHEM, openHAB, Home Assistant.
	const async, openHAB = 0x02000126, 0x104
	for _, p := range []string{"/", thermo, "/structure", "/structure/28"} {
		add(owproto.Request{Type: owproto.MsgDirAll, Path: p, Flags: async &^ owproto.FlagPersist})
	}
	for _, p := range []string{"/structure/28/temperature", thermo + "/temperature", "/uncached/alarm", "/system/configuration/version"} {
		for _, flags := range []owproto.Flags{0, async &^ owproto.FlagPersist, openHAB &^ owproto.FlagPersist} {
			add(owproto.Request{Type: owproto.MsgRead, Path: p, Size: 8192, Flags: flags})
		}
	}
	for _, p := range []string{thermo[1:], thermo[1:] + "/", "/uncached" + thermo} {
		add(owproto.Request{Type: owproto.MsgPresence, Path: p, Flags: openHAB&^owproto.FlagPersist | owproto.FlagUncached})
	}
	add(owproto.Request{Type: owproto.MsgRead, Path: counter + "/pages/page.ALL", Size: 65536, Flags: openHAB &^ owproto.FlagPersist})
	add(owproto.Request{Type: owproto.MsgRead, Path: counter + "/counters.ALL", Size: 33000, Flags: openHAB &^ owproto.FlagPersist})
	for format := range owproto.Flags(7) {
		add(owproto.Request{Type: owproto.MsgDirAll, Path: "/", Flags: format<<24 | 0x00E0FE89})
		add(owproto.Request{Type: owproto.MsgDir, Path: thermo, Flags: format << 24})
	}
	for _, p := range []string{thermo + "/temperature", thermo + "/type", sw + "/PIO.ALL", sw + "/PIO.BYTE", counter + "/memory", "/settings/return_codes/text.ALL"} {
		for _, size := range []int32{-1, 0, 1, 5, 14, 15, 40, 4982, 100050, 100051} {
			add(owproto.Request{Type: owproto.MsgRead, Path: p, Size: size})
		}
		for _, offset := range []int32{-1, 1, 2, 5000} {
			if !strings.HasSuffix(p, ".ALL") {
				add(owproto.Request{Type: owproto.MsgRead, Path: p, Size: 8192, Offset: offset})
			}
		}
		for _, flags := range []owproto.Flags{owproto.FlagTrim, 1 << 16, 2 << 16, 3 << 16, 4 << 18, 6 << 18, 0xFFFFFFFB} {
			add(owproto.Request{Type: owproto.MsgRead, Path: p, Size: 8192, Flags: flags})
		}
	}
	for _, w := range []struct {
		path, data string
		offset     int32
	}{
		{thermo + "/templow", "10", 0}, {thermo + "/templow", " 11 ", 0}, {thermo + "/templow", "abc", 0}, {thermo + "/templow", "", 0},
		{thermo + "/templow", "1e400", 0}, {thermo + "/type", "x", 0}, {thermo + "/temperature", "10", 0}, {thermo, "1", 0}, {"/", "1", 0},
		{"/nosuch", "1", 0}, {sw + "/PIO.0", "yes", 0}, {sw + "/PIO.0", "OFF", 0}, {sw + "/PIO.0", "maybe", 0}, {sw + "/PIO.0", "", 0},
		{sw + "/PIO.ALL", "1,0,1,0,1,0,1,0", 0}, {sw + "/PIO.ALL", "1,0", 0}, {sw + "/PIO.BYTE", "3", 0}, {sw + "/PIO", "1", 0},
		{counter + "/memory", "abc", 510}, {counter + "/memory", "abc", 512}, {counter + "/pages/page.0", "abc", 0},
		{"/settings/units/temperature_scale", "F", 0}, {"/settings/units/temperature_scale", "C", 0}, {"/system/process/pid", "1", 0},
		{"/structure/10/type", "1", 0}, {"/simultaneous/temperature", "1", 0}, {thermo + "/alias", "a/b", 0}, {thermo + "/alias", "settings", 0},
		{thermo + "/templow", "nan", 0}, {counter + "/mincount", "-1", 0}, {sw + "/PIO.BYTE", "-1", 0}, {sw + "/PIO.0", "99999999999999999999", 0}, {"/FF.0000FF000A00/line16.0", "abc", 1},
	} {
		add(owproto.Request{Type: owproto.MsgWrite, Path: w.path, Data: []byte(w.data), Offset: w.offset})
	}
	return append(all, rawProbes()...)
}

// rawProbes are requests that no client of ours would send.
func rawProbes() []wireProbe {
	words := func(name, text string) wireProbe {
		b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
		if err != nil {
			panic(err)
		}
		return wireProbe{name, b}
	}
	typePath := hex.EncodeToString([]byte("/10.000010EF0000/type"))
	return []wireProbe{
		words("NOP", "00000000 00000000 00000001 00000000 00000000 00000000"),
		words("NOP with a payload", "00000000 00000002 00000001 00000000 00000000 00000000 2f00"),
		words("ERROR", "00000000 00000000 00000000 00000000 00000000 00000000"),
		words("SIZE", "00000000 00000002 00000005 00000000 00000000 00000000 2f00"),
		words("type 11", "00000000 00000002 0000000b 00000000 00000000 00000000 2f00"),
		words("negative type", "00000000 00000002 ffffffff 00000000 00000000 00000000 2f00"),
		words("READ without a path", "00000000 00000000 00000002 00000000 00000064 00000000"),
		words("WRITE without a path", "00000000 00000000 00000003 00000000 00000001 00000000"),
		words("DIR without a path", "00000000 00000000 00000004 00000000 00000000 00000000"),
		words("READ without NUL", "00000000 00000015 00000002 00000000 00000064 00000000"+typePath),
		words("READ with more behind the NUL", "00000000 00000018 00000002 00000000 00000064 00000000"+typePath+"007878"),
		words("version word of all ones but tokens", "fffe0000 00000016 00000002 00000000 00000064 00000000"+typePath+"00"),
		words("tokens without the bit", "00000003 00000016 00000002 00000000 00000064 00000000"+typePath+"00"),
		words("a token", "00010001 00000016 00000002 00000000 00000064 00000000"+typePath+"00"+"5991eb13be67813388884da46fabc9be"),
		words("WRITE whose size leaves out bytes", "00000000 0000001b 00000003 00000000 00000001 00000000"+hex.EncodeToString([]byte("/10.000010EF0000/templow"))+"003130"),
		words("a payload of 4096 for READ", "00000000 00001000 00000002 00000000 00000064 00000000"+strings.Repeat("61", 4096)),
		words("a payload of 5000 for PRESENCE", "00000000 00001388 00000006 00000000 00000064 00000000"+strings.Repeat("61", 5000)),
		words("a negative length", "00000000 ffffffff 00000002 00000000 00000064 00000000"),
		words("too long a length", "00000000 000186d3 00000002 00000000 00000064 00000000"),
		words("WRITE with the size of all", "00000000 00000002 00000003 00000000 00000002 00000000 2f78"),
		words("half a header and the end", "00000000 00000000"),
	}
}

// ask sends bytes on a connection of their own and returns all that comes back
// until the server closes it.
func askWire(t testing.TB, addr string, send []byte) []byte {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	nc.SetDeadline(time.Now().Add(20 * time.Second))
	begun := time.Now()
	nc.Write(send)
	nc.(*net.TCPConn).CloseWrite()
	got, _ := io.ReadAll(nc)
	return withoutPings(got, time.Since(begun))
}

// withoutPings leaves out the sign of life that a server sends each second for
// as long as the answer takes, which on a busy machine may be any time.
func withoutPings(got []byte, took time.Duration) []byte {
	ping := (&owproto.Response{Ping: true}).AppendTo(nil)
	for ; took > 900*time.Millisecond && bytes.HasPrefix(got, ping); took -= time.Second {
		got = got[len(ping):]
	}
	return got
}

// A wireDifference is one that is meant. Any other is a fault.
type wireDifference struct {
	id      string // as docs/compatibility.md calls it
	request *regexp.Regexp
	why     string
}

func wireDifferences() []wireDifference {
	return []wireDifference{
		{"branch-itself", rx(`.* /(1F|12)\.[^/]*/(main|aux) .*`), "no hub hangs behind itself"},
		{"return-code-texts", rx(`.* /settings/return_codes/text\..*`), "error texts that mislead help nobody"},
		{"thermostat-lock", rx(`.* /thermostat/temperature .*`), "there is no lock that could not be taken"},
		{"stale-memory", rx(`read /1D\.[^/]*/memory .* offset [12] .*`), "what is behind the end of a value is not sent"},
		{"number-range", rx(`write .* data "(nan|-1)"`), "what a property can't hold is refused"},
		{"text-from-start", rx(`write /FF\.[^/]*/line16\.0 .* offset 1 .*`), "the rest of the text can't be known"},
		{"usual-variant", rx(`.* /3B\.[^/]* .*`), "a computed value tells no variant of a chip"},
		{"malformed-answer", rx(`a negative length|too long a length|WRITE with the size of all`), "who sends nonsense is told so"},
	}
}

// Ours answers as the real one does, byte for byte.
func TestWireIsOwservers(t *testing.T) {
	t.Parallel()
	ours, theirs := startOurs(t, wireDevices), startOwserver(t, wireDevices)
	known := wireDifferences()
	met := map[string]bool{}
	script := wireScript()
	for _, p := range script {
		a, b := askWire(t, ours, p.send), askWire(t, theirs, p.send)
		if bytes.Equal(a, b) {
			continue
		}
		i := slices.IndexFunc(known, func(d wireDifference) bool { return d.request.MatchString(p.name) })
		if i < 0 {
			t.Errorf("%s:\n ours   %s\n theirs %s", p.name, show(a), show(b))
			continue
		}
		met[known[i].id] = true
	}
	docs, err := os.ReadFile("../docs/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range known {
		if !met[d.id] {
			t.Errorf("%s is not met any more: %s", d.id, d.why)
		}
		if !bytes.Contains(docs, []byte("| `"+d.id+"` |")) {
			t.Errorf("docs/compatibility.md does not tell of %s: %s", d.id, d.why)
		}
	}
	t.Logf("%d requests", len(script))
}

// show prints an answer: the words of its first header, and what follows.
func show(b []byte) string {
	if len(b) < owproto.HeaderSize {
		return fmt.Sprintf("%x", b)
	}
	h, _ := owproto.ReadHeader(bytes.NewReader(b))
	rest := b[owproto.HeaderSize:]
	return fmt.Sprintf("%v %q", h, rest[:min(len(rest), 300)])
}
