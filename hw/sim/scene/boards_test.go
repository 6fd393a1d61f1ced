// SPDX-License-Identifier: Apache-2.0

package scene_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// near expects a number that is not more than so much away from another.
func (b *bus) near(path string, want, within float64) {
	b.Helper()
	text, err := b.get(path)
	if got, e := strconv.ParseFloat(text, 64); err != nil || e != nil || got < want-within || got > want+within {
		b.Errorf("%s reads %q, %v, want %v", path, text, err, want)
	}
}

// A barometer is two devices on the line, which come and go together.
func TestBarometer(t *testing.T) {
	b := play(t, read(t, `
epoch = "start"
[[device]]
name = "hub"
id = "1F.000000000001"
[[device]]
id = "12.000000000002"
chip = "TAI8570"
temperature = 39.1
pressure = 971.66
behind = "hub.aux"
[[device]]
id = "12.000000000003"
chip = "TAI8570"
sibling = "12.000000000004"
away = { first = "5m", for = "5m", every = "1h" }
temperature = -40
pressure = 300
`))
	if got, want := b.list("/1F.000000000001/aux"), []string{"12.000000000002", "12.000000000082"}; !slices.Equal(got, want) {
		t.Errorf("behind the coupler there are %v, want %v", got, want)
	}
	all := []string{"12.000000000003", "12.000000000004", "1F.000000000001"}
	if got := b.list("/"); !slices.Equal(got, all) {
		t.Errorf("there are %v, want %v", got, all)
	}
	// The example of the data sheet (DA5540C, figure 3), where X is 23093.
	b.reads("/1F.000000000001/aux/12.000000000082/TAI8570/D1", "16460")
	b.reads("/1F.000000000001/aux/12.000000000002/TAI8570/D2", "27856")
	b.near("/12.000000000004/TAI8570/temperature", -40, 0.01)
	b.near("/12.000000000004/TAI8570/pressure", 300, 0.1)
	b.write("/12.000000000003/PIO.A", "1")
	b.sleep(7 * time.Minute)
	if got := b.list("/"); !slices.Equal(got, all[2:]) {
		t.Errorf("with the barometer away there are %v", got)
	}
	b.sleep(5 * time.Minute)
	if got := b.list("/"); !slices.Equal(got, all) {
		t.Errorf("with the barometer back there are %v", got)
	}
	b.reads("/uncached/12.000000000003/PIO.A", "0")
	other, err := b.get("/12.000000000004/address")
	if err != nil {
		t.Error(err)
	}
	b.reads("/uncached/12.000000000003/TAI8570/sibling", other)
}

func TestMeasuringBoards(t *testing.T) {
	b := play(t, read(t, `
[[device]]
id = "12.000000000001"
chip = "T8A"
volt = { 0 = 1.25, 6 = 0, 7 = 5 }
[[device]]
id = "26.000000000002"
chip = "DATANAB"
temperature = 40
humidity = 55
`))
	b.reads("/12.000000000001/T8A/volt.0", "1.25")
	b.reads("/12.000000000001/T8A/volt.6", "0")
	b.reads("/12.000000000001/T8A/volt.7", "4.99878") // a step below 5 V
	b.near("/12.000000000001/T8A/volt.3", 2.5, 2)     // what was not told
	b.near("/26.000000000002/DATANAB/humidity", 55, 0.2)
	b.reads("/26.000000000002/temperature", "40")
	b.reads("/26.000000000002/pages/page.3", "HUMIDIT3")
}

// Who looks at the file sees what the display shows, from the start on.
func TestPanels(t *testing.T) {
	dir := t.TempDir()
	four, two := filepath.Join(dir, "four lines.txt"), filepath.Join(dir, "two.txt")
	b := play(t, read(t, `
epoch = "start"
[[device]]
id = "29.000000000001"
chip = "LCD_H"
input.1 = { follows = "29.000000000002.7" }
shows = `+strconv.Quote(four)+`
away = { first = "5m", for = "5m", every = "1h" }
[[device]]
id = "29.000000000002"
[[device]]
id = "29.000000000003"
chip = "LCD_M"
shows = `+strconv.Quote(two)+`
[[device]]
id = "29.000000000004"
chip = "LCD_H"
`))
	const frame = "+--------------------+\n"
	blank := "|" + strings.Repeat(" ", 20) + "|\n"
	shows := func(file, want string) {
		t.Helper()
		if got, err := os.ReadFile(file); string(got) != want || err != nil {
			t.Errorf("%s holds\n%s%v, want\n%s", file, got, err, want)
		}
	}
	off := frame + blank + blank + blank + blank + frame + "display off\ncursor off\nblinking off\n"
	shows(four, off)
	shows(two, off)
	b.write("/29.000000000001/LCD_H/message", "Boiler  21.5 \xDFC")
	b.write("/29.000000000001/LCD_H/screenyx", "4,17:\x07\x5C\x7E\xF4")
	b.write("/29.000000000001/LCD_H/redefchar_hex.7", "040E0E0E1F000400")
	b.write("/29.000000000003/LCD_M/message", "Hello")
	b.write("/29.000000000004/LCD_H/message", "nobody sees this")
	shows(four, frame+"|Boiler  21.5 °C     |\n"+blank+blank+"|                ⑦¥→Ω|\n"+frame+
		"display on\ncursor off\nblinking off\ncharacter 7 040E0E0E1F000400\n")
	shows(two, frame+"|Hello               |\n"+blank+blank+blank+frame+"display on\ncursor on\nblinking on\n")
	b.write("/29.000000000002/PIO.7", "1")
	b.reads("/uncached/29.000000000001/sensed.1", "0") // a button
	b.sleep(11 * time.Minute)
	b.list("/")
	shows(four, off) // it was away
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 2 {
		t.Errorf("the folder holds %v, %v", left, err)
	}
}
