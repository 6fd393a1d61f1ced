// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// What hangs behind a chip of another purpose: a barometer on two DS2406, a volt meter
// that passes for one, a hygrometer on a DS2438, and displays on a DS2408.
func TestRoundTripBoards(t *testing.T) {
	t.Parallel()
	together(t, map[string]func(t *testing.T){
		"TAI8570": barometerBoard, "cold TAI8570": coldBarometerBoard, "T8A": voltMeterBoard, "DATANAB": hygrometerBoard, "LCD_H": lcdHBoard, "LCD_M": lcdMBoard,
	})
}

// boardTrip is a round trip to the properties in one directory of a device.
func boardTrip(t *testing.T, m *mounted, name, dir string, steps ...step) {
	t.Helper()
	r := newTrip(t, m, name)
	r.does(t, steps...)
	r.coverage(t, dir+"/", nil)
}

// A barometer answers at either of its switches. The first one has the values of the
// example in the data sheet of its module (DA5540C, figure 3), where X is 23093.
func barometerBoard(t *testing.T) {
	const writer, reader, plain = "12.00008570AA01", "12.00008570AA02", "12.0000D5240601"
	m := mountScene(t, `
[[device]]
id = "`+writer+`"
chip = "TAI8570"
sibling = "`+reader+`"
temperature = 39.1
pressure = 971.66
[[device]]
id = "`+plain+`"
`)
	steps := barometerSteps(m.read(t, reader+"/address"), "16460", "27856", [6]float64{39.1, 971.66, 39.1, 971.66, 39.1, 971.66})
	boardTrip(t, m, writer, "TAI8570", append(steps, reads("power", "1"), identity("DS2406"))...)
	newTrip(t, m, reader).does(t, reads("TAI8570/sibling", m.read(t, writer+"/address")), reads("TAI8570/D1", "16460"), reads("TAI8570/D2", "27856"),
		near("TAI8570/pressure", 971.66, 0.01), reads("power", "0"), readsChip("PIO.BYTE", "0"), identity("DS2406"))
	newTrip(t, m, plain).does(t, notRead("TAI8570/pressure", syscall.ENOTSUP), notRead("TAI8570/sibling", syscall.ENOTSUP))
}

// Where it is cold the formulas of the two modules differ that a barometer can have
// (figures 4 and 5): dT = -2248, TEMP = 35.35, T2 = 539 * 164.65² / 2²⁰ = 13.935,
// P2 = 3 * 13.935 * 5553.1 / 2¹⁴ = 14.17; of the MS5534, dT becomes -2248 - (2248 / 256)²
// = -2325.11, TEMP = 200 - 170.30 - 9.08, and P = 904.25.
func coldBarometerBoard(t *testing.T) {
	const writer, reader = "12.00008570BB01", "12.00008570BB81" // which is made up
	m := mountScene(t, "[[device]]\nid = \""+writer+"\"\nchip = \"TAI8570\"\ntemperature = 3.535\npressure = 905.31\n")
	steps := barometerSteps(m.read(t, reader+"/address"), "16460", "23000", [6]float64{3.535, 905.31, 2.062, 904.25, 2.1415, 903.89})
	boardTrip(t, m, writer, "TAI8570", steps...)
}

// barometerSteps are those of a barometer with the calibration of the data sheet, by the
// address of its other switch, D1 and D2, and what they mean by each of the formulas.
func barometerSteps(sibling, d1, d2 string, values [6]float64) []step {
	const dir = "TAI8570/"
	c := []string{"23470", "1324", "737", "393", "628", "25"} // figure 3
	steps := []step{
		lists("TAI8570", "sibling", "temperature", "pressure", "DA5534", "DA5540"), lists("TAI8570/DA5534", "temperature", "pressure"),
		lists("TAI8570/DA5540", "temperature", "pressure"),
		reads(dir+"sibling", sibling), reads(dir+"C.ALL", strings.Join(c, ",")), reads(dir+"D1", d1), reads(dir+"D2", d2),
	}
	for i, want := range c {
		steps = append(steps, reads(fmt.Sprint(dir, "C.", i), want))
	}
	for i, name := range []string{"temperature", "pressure", "DA5534/temperature", "DA5534/pressure", "DA5540/temperature", "DA5540/pressure"} {
		steps = append(steps, near(dir+name, values[i], 0.01))
	}
	return append(steps, readsChip("PIO.BYTE", "0")) // nothing conducts when nothing is measured
}

// A result of a T8A is 12 bits of 5 V; the highest is a step below that.
func voltMeterBoard(t *testing.T) {
	const meter = "12.0000007A8001"
	m := mountScene(t, `
[[device]]
id = "`+meter+`"
chip = "T8A"
volt = { 0 = 0, 1 = 5, 2 = 2.5, 3 = 1.25, 4 = 0.625, 5 = 3.75, 6 = 0.078125, 7 = 4.375 }
[[device]]
id = "12.0000D5240601"
`)
	volts := []string{"0", "4.99878", "2.5", "1.25", "0.625", "3.75", "0.078125", "4.375"}
	steps := []step{
		identity("DS2406"), lists("T8A", "volt.ALL", "volt.0", "volt.1", "volt.2", "volt.3", "volt.4", "volt.5", "volt.6", "volt.7"),
		reads("T8A/volt.ALL", strings.Join(volts, ",")),
	}
	for i, want := range volts {
		steps = append(steps, reads(fmt.Sprint("T8A/volt.", i), want))
	}
	boardTrip(t, m, meter, "T8A", steps...)
	if slices.Contains(m.names(t, "12.0000D5240601"), "T8A") {
		t.Error("a switch lists T8A")
	}
}

// The sensor's output at 55 % and 20 °C, with 5 V: 5 * (0.16 + 0.0062 * 55 * (1.0546 -
// 0.00216 * 20)) = 2.5244 V (data sheet of the HIH-4000). A calibration in page 6, of 1 V
// and 25 mV for each percent, has it mean (2.5244 - 1) / 0.025 / 1.0114 = 60.29 %.
func hygrometerBoard(t *testing.T) {
	const sensor = "26.000DA7A4AB01"
	m := mountScene(t, `
[[device]]
id = "`+sensor+`"
chip = "DATANAB"
temperature = 20
humidity = 55
[[device]]
id = "26.0000BA77E201"
`)
	boardTrip(t, m, sensor, "DATANAB",
		identity("DS2438"), lists("DATANAB", "humidity", "reset"), reads("temperature", "20"), reads("VAD", "5"),
		near("DATANAB/humidity", 55, 0.2),
		// Somebody else has used it: the chip does not measure the current.
		writes("IAD", "0"), writes("DATANAB/reset", "0"), readsChip("IAD", "0"), writes("DATANAB/reset", "1"), readsChip("IAD", "1"),
		near("DATANAB/humidity", 55, 0.2),
		sets("pages/page.6", "\xAA\xAA\x27\x10\x09\xC4\x00\x00"), writes("DATANAB/reset", "1"), near("DATANAB/humidity", 60.29, 0.2),
		sets("pages/page.6", strings.Repeat("\x00", 8)), writes("DATANAB/reset", "1"), near("DATANAB/humidity", 55, 0.2))
	if slices.Contains(m.names(t, "26.0000BA77E201"), "DATANAB") {
		t.Error("another DS2438 lists DATANAB")
	}
}

// A watcher sees what a display shows, in the file that its scene names.
type watcher string

// shows expects lines on the display, four of them at most, and then what is below the
// drawing: what is on, and the characters that were defined.
func (w watcher) shows(lines []string, below ...string) step {
	return func(t *testing.T, _ *trip) {
		t.Helper()
		b, err := os.ReadFile(string(w))
		if err != nil {
			t.Error(err)
			return
		}
		var got, rest []string
		for _, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
			switch text, framed := strings.CutPrefix(line, "|"); {
			case framed:
				got = append(got, strings.TrimRight(text, "| "))
			case !strings.HasPrefix(line, "+"):
				rest = append(rest, line)
			}
		}
		for len(lines) < 4 {
			lines = append(lines, "")
		}
		if !slices.Equal(got, lines) || !slices.Equal(rest, below) {
			t.Errorf("the display shows\n%s, want %q and %q", b, lines, below)
		}
	}
}

// lcdHBoard has the LCD driver of Hobby Boards, with a button that is held.
func lcdHBoard(t *testing.T) {
	const lcd = "29.0000004C4301"
	file := watcher(filepath.Join(t.TempDir(), "display.txt"))
	m := mountScene(t, "[[device]]\nid = \""+lcd+"\"\nchip = \"LCD_H\"\ninput.1 = \"low\"\nshows = "+strconv.Quote(string(file)))
	on := []string{"display on", "cursor off", "blinking off"}
	text := func(lines ...string) step { return file.shows(lines, on...) }
	bell := "\x04\x0E\x0E\x0E\x1F\x00\x04\x00"
	below := func(rows ...string) []string { return append(on[:3:3], rows...) }
	// Two sets of eight characters, as bytes, as hex digits, and as they are told.
	var set, hexSet strings.Builder
	var first, second []string
	for i := range 8 {
		set.WriteString("\x1F\x00\x00\x00\x00\x00" + string(rune(0x11+i)) + "\x1F")
		first = append(first, fmt.Sprintf("character %d 1F0000000000%02X1F", i, 0x11+i))
		fmt.Fprintf(&hexSet, "1F0000000000%02X1F", i+1)
		second = append(second, fmt.Sprintf("character %d 1F0000000000%02X1F", i, i+1))
	}
	boardTrip(t, m, lcd, "LCD_H",
		identity("DS2408"), lists("LCD_H", strings.Fields("clear home message onoff screen screenyx redefchar.ALL redefchar_hex.ALL "+
			"redefchar.0 redefchar.1 redefchar.2 redefchar.3 redefchar.4 redefchar.5 redefchar.6 redefchar.7 "+
			"redefchar_hex.0 redefchar_hex.1 redefchar_hex.2 redefchar_hex.3 redefchar_hex.4 redefchar_hex.5 redefchar_hex.6 redefchar_hex.7")...),
		file.shows(nil, "display off", "cursor off", "blinking off"),
		writes("LCD_H/message", "Boiler"), text("Boiler"), writes("LCD_H/screen", " 21.5 \xDFC\n"), text("Boiler 21.5 °C"),
		writes("LCD_H/screenyx", "2,4:on"), text("Boiler 21.5 °C", "   on"), writes("LCD_H/screenyx", "3,1:third"), writes("LCD_H/screenyx", "4,20:x"),
		text("Boiler 21.5 °C", "   on", "third", "                   x"), writes("LCD_H/screenyx", "8:25.0"), text("Boiler 25.0 °C", "   on", "third", "                   x"),
		notWritten("LCD_H/screenyx", "5,1:below", syscall.EINVAL), notWritten("LCD_H/screenyx", "nowhere", syscall.EINVAL),
		writes("LCD_H/home", "0"), writes("LCD_H/home", "1"), writes("LCD_H/screen", "K"), text("Koiler 25.0 °C", "   on", "third", "                   x"),
		writes("LCD_H/clear", "0"), text("Koiler 25.0 °C", "   on", "third", "                   x"), writes("LCD_H/clear", "1"), text(),
		// The first line goes on in the third.
		writes("LCD_H/message", "Pressure 1013 mbar, humidity 55 %"), text("Pressure 1013 mbar,", "", "humidity 55 %"),
		writes("LCD_H/onoff", "0"), file.shows(nil, "display off", "cursor off", "blinking off"),
		writes("LCD_H/onoff", "7"), file.shows([]string{"Pressure 1013 mbar,", "", "humidity 55 %"}, "display on", "cursor on", "blinking on"),
		writes("LCD_H/onoff", "6"), file.shows([]string{"Pressure 1013 mbar,", "", "humidity 55 %"}, "display on", "cursor on", "blinking off"),
		notWritten("LCD_H/onoff", "8", syscall.ERANGE), writes("LCD_H/onoff", "4"),
		writes("LCD_H/message", "\x00\x03\x07"), writes("LCD_H/redefchar.3", bell), file.shows([]string{" ③⑦"}, below("character 3 040E0E0E1F000400")...),
		writes("LCD_H/redefchar_hex.7", "040e0E0E1F000400\n"),
		file.shows([]string{" ③⑦"}, below("character 3 040E0E0E1F000400", "character 7 040E0E0E1F000400")...),
		writes("LCD_H/redefchar.ALL", set.String()), file.shows([]string{" ③⑦"}, below(first...)...),
		writes("LCD_H/redefchar_hex.ALL", hexSet.String()), file.shows([]string{" ③⑦"}, below(second...)...),
		notWritten("LCD_H/redefchar.0", bell[:7], syscall.ERANGE), notWritten("LCD_H/redefchar_hex.0", "040E", syscall.ERANGE),
		file.shows([]string{" ③⑦"}, below(second...)...),
		readsChip("PIO.0", "0"), readsChip("PIO.1", "0"), readsChip("PIO.2", "0"), // the buttons are left alone
		readsChip("sensed.0", "1"), readsChip("sensed.1", "0"), readsChip("sensed.2", "1"))
}

// lcdMBoard has the display of Maxim's application note 3286, of which nobody can choose
// the place.
func lcdMBoard(t *testing.T) {
	const lcd = "29.0000004C4D01"
	file := watcher(filepath.Join(t.TempDir(), "display.txt"))
	m := mountScene(t, "[[device]]\nid = \""+lcd+"\"\nchip = \"LCD_M\"\nshows = "+strconv.Quote(string(file)))
	text := func(lines ...string) step { return file.shows(lines, "display on", "cursor on", "blinking on") }
	boardTrip(t, m, lcd, "LCD_M",
		identity("DS2408"), lists("LCD_M", "clear", "home", "message", "screen"), file.shows(nil, "display off", "cursor off", "blinking off"),
		writes("LCD_M/message", "Boiler\n"), text("Boiler"), writes("LCD_M/screen", " 21.5"), text("Boiler 21.5"),
		writes("LCD_M/home", "0"), writes("LCD_M/screen", " C"), text("Boiler 21.5 C"), writes("LCD_M/home", "1"), writes("LCD_M/screen", "K"), text("Koiler 21.5 C"),
		writes("LCD_M/clear", "0"), text("Koiler 21.5 C"), writes("LCD_M/message", strings.Repeat(" ", 40)+"second line"), text("", "second line"),
		notWritten("LCD_M/message", "21.5 \xDFC", syscall.EINVAL), notWritten("LCD_M/screen", "\xDF", syscall.EINVAL),
		text("", "second line"), writes("LCD_M/clear", "1"), text())
}
