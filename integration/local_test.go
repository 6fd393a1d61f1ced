// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The computed bus of our own beside that of the real owserver, through two
// mounts: the same names and values.
func TestTesterMountIsOwservers(t *testing.T) {
	ours := mountOwfs(t, testDevices)
	theirs := mountOwfs(t, "-s", startOwserver(t, testDevices))
	for _, dir := range []string{"/", thermometer, "29.000029D60200", "1D.00001DE20300", "12.000012ED0400/TAI8570", "simultaneous", "uncached"} {
		if a, b := strings.Join(ours.names(t, dir), " "), strings.Join(theirs.names(t, dir), " "); a != b {
			t.Errorf("%s lists %s, over the owserver %s", dir, a, b)
		}
	}
	for _, name := range []string{
		thermometer + "/temperature", thermometer + "/scratchpad", thermometer + "/address", "29.000029D60200/PIO.ALL",
		"29.000029D60200/latch.BYTE", "1D.00001DE20300/counters.ALL", "12.000012ED0400/memory", "uncached/10.000010EF0000/temperature",
	} {
		if a, b := ours.read(t, name), theirs.read(t, name); a != b {
			t.Errorf("%s reads %q, over the owserver %q", name, a, b)
		}
	}
}

// An emulated line in real timing: a conversion takes its 750 ms, and one
// serves all.
func TestEmulatedLine(t *testing.T) {
	t.Parallel()
	m := mountOwfs(t, "--sim=28,28,28,28,28,10,29,1D,2D")
	var thermometers []string
	for _, name := range m.names(t, "/") {
		if strings.HasPrefix(name, "28.") || strings.HasPrefix(name, "10.") {
			thermometers = append(thermometers, name)
		}
	}
	if len(thermometers) != 6 {
		t.Fatalf("%d thermometers are listed: %v", len(thermometers), thermometers)
	}
	begin := time.Now()
	for _, name := range thermometers {
		if got := m.read(t, name+"/temperature"); got == "" || got == "85" {
			t.Errorf("%s reads %q", name, got)
		}
	}
	if took := time.Since(begin); took < 700*time.Millisecond || took > 5*time.Second+busy {
		t.Errorf("six temperatures took %v, want one conversion of 750 ms and a little", took)
	}
	m.write(t, thermometers[0]+"/temphigh", "31")
	if got := m.read(t, thermometers[0]+"/temphigh"); got != "31" {
		t.Errorf("temphigh reads %q after 31 was written", got)
	}
	if err := os.WriteFile(m.path(thermometers[0], "temphigh"), []byte("300"), 0o666); !errors.Is(err, syscall.ERANGE) {
		t.Errorf("temphigh 300: %v, want ERANGE", err)
	}
	m.write(t, "29.000029D60600/PIO.3", "1")
	if got := m.read(t, "29.000029D60600/PIO.ALL"); got != "0,0,0,1,0,0,0,0" {
		t.Errorf("PIO.ALL reads %q after PIO.3 was switched on", got)
	}
	m.write(t, "2D.00002DD20800/memory", "hello")
	if got := m.read(t, "2D.00002DD20800/pages/page.0"); !strings.HasPrefix(got, "hello") {
		t.Errorf("page.0 reads %q after the memory was written", got)
	}
	if got := m.read(t, "system/connections/count_outbound_connections"); got != "0" {
		t.Errorf("there are %s outbound connections", got)
	}
}

// How long values of a line of our own are kept can be set by an option, and
// changed while the program runs. The counter has a pulse a second.
func TestTimeoutsOfALine(t *testing.T) {
	t.Parallel()
	m := mountOwfs(t, "--sim=1D", "--timeout_volatile=3600")
	const counter = "1D.00001DE20000/counter.A"
	first := m.read(t, counter)
	eventually(t, 10*time.Second, "the chip has counted", func() bool { return m.read(t, "uncached/"+counter) != first })
	kept := m.read(t, counter) // what was read past the cache is kept as well
	eventually(t, 10*time.Second, "the chip has counted on", func() bool {
		b, err := os.ReadFile(m.path("bus.0", "interface", "statistics", "elapsed_time"))
		n, _ := strconv.Atoi(string(b))
		return err == nil && n >= 4
	})
	if got := m.read(t, counter); got != kept {
		t.Errorf("a value that may be kept for an hour reads %s, then %s", kept, got)
	}
	m.write(t, "settings/timeout/volatile", "0")
	if got := m.read(t, "settings/timeout/volatile"); got != "0" {
		t.Errorf("the timeout reads %s after 0 was written", got)
	}
	eventually(t, 5*time.Second, "the value is not kept any more", func() bool { return m.read(t, counter) != kept })
}
