// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// walk stats and lists a directory as ls -l does.
func (m *mounted) lsl(t testing.TB, dir string) {
	t.Helper()
	for _, name := range m.names(t, dir) {
		if _, err := os.Lstat(m.path(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

// quiet fails the test if something goes over the wire meanwhile.
func quiet(t testing.TB, p *proxy, what string, do func()) {
	t.Helper()
	p.messages()
	do()
	if n, msgs := p.messages(); n > 0 {
		t.Errorf("%s costs %d messages: %v", what, n, msgs)
	}
}

// What may cost a message, and what may not.
func TestTraffic(t *testing.T) {
	p := startProxy(t, startOwserver(t, testDevices))
	m := mountOwfs(t, "-s", p.addr)
	m.lsl(t, "/")
	m.lsl(t, thermometer)

	quiet(t, p, "a second ls -l of the root", func() { m.lsl(t, "/") })
	quiet(t, p, "a second ls -l of a device", func() { m.lsl(t, thermometer) })
	quiet(t, p, "stat of files never seen", func() {
		for _, name := range []string{"29.000029D60200/PIO.3", "29.000029D60200/LCD_M/clear", "12.000012ED0400/PIO.BYTE", "1D.00001DE20300/pages/page.15"} {
			if _, err := os.Stat(m.path(name)); err != nil {
				t.Error(err)
			}
		}
	})
	quiet(t, p, "settings and structure of our own", func() {
		m.read(t, "settings/units/temperature_scale")
		m.read(t, "structure/28/temperature")
	})

	p.messages()
	for range 3 {
		m.read(t, thermometer+"/type")
	}
	if n, msgs := p.messages(); n != 1 {
		t.Errorf("a static property read three times costs %d messages: %v", n, msgs)
	}
	for range 3 {
		m.read(t, thermometer+"/temperature")
	}
	if n, msgs := p.messages(); n != 3 {
		t.Errorf("a volatile property read three times costs %d messages: %v", n, msgs)
	}

	f, err := os.Open(m.path(thermometer, "temperature"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for i := range 10 {
		if _, err := f.ReadAt(make([]byte, 1), int64(i)); err != nil {
			break
		}
	}
	if n, msgs := p.messages(); n != 1 {
		t.Errorf("a file read byte by byte costs %d messages: %v", n, msgs)
	}
}

// A mount with timeouts of its own keeps values that long.
func TestTimeoutsOfTheUser(t *testing.T) {
	p := startProxy(t, startOwserver(t, testDevices))
	m := mountOwfs(t, "-s", p.addr, "--timeout_volatile=100", "--timeout_stable=100")
	m.read(t, thermometer+"/temperature")
	m.read(t, thermometer+"/templow")
	quiet(t, p, "reading kept values again", func() {
		m.read(t, thermometer+"/temperature")
		m.read(t, thermometer+"/templow")
	})
	p.messages()
	m.read(t, filepath.Join("uncached", thermometer, "temperature"))
	if n, msgs := p.messages(); n != 1 {
		t.Errorf("an uncached read costs %d messages: %v", n, msgs)
	}
	m.write(t, thermometer+"/templow", "12")
	p.messages()
	m.read(t, thermometer+"/templow")
	if n, msgs := p.messages(); n != 1 || !strings.Contains(msgs[0], "templow") {
		t.Errorf("a read after a write costs %d messages: %v", n, msgs)
	}
}
