// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"owfs/hw/sim"
)

func TestErrors(t *testing.T) {
	const sensor, relay = "[[device]]\nid = \"28.000000000001\"\n", "[[device]]\nname = \"relay\"\nid = \"29.000000000002\"\n"
	const barometer, display = "[[device]]\nid = \"12.000000000003\"\nchip = \"TAI8570\"\n", "[[device]]\nid = \"29.000000000004\"\nchip = \"LCD_H\"\n"
	const display2 = "[[device]]\nid = \"29.000000000005\"\nchip = \"LCD_M\"\n"
	const logger = "[[device]]\nchip = \"DS1922L\"\n"
	for name, test := range map[string]struct{ text, want string }{
		"no TOML":     {"a = 1\nb =\n", "x.toml:2: unexpected character"},
		"key twice":   {sensor + "id = \"28\"\n", "x.toml:3: "},
		"empty":       {"", "x.toml:1: device: there is none; write [[device]]"},
		"unknown key": {"sed = 1\n" + sensor, "x.toml:1: sed: a scene has no such key; its keys are device, epoch, faults, seed"},
		"unknown device key": {sensor + "\ntemprature = 3\n", "x.toml:4: temprature: a DS18B20 has no such key; its keys are " +
			"away, behind, chip, deaf, id, name, parasite, temperature"},
		"another kind's key":  {sensor + "volt.A = 3\n", "x.toml:3: volt: a DS18B20 has no such key"},
		"unknown curve key":   {sensor + "temperature = { mean = 1,\n swings = 2 }\n", "x.toml:4: swings: a wave has no such key; its keys are mean, noise, peak, period, points, swing"},
		"keys of two curves":  {sensor + "temperature = { mean = 1, points = [[\"1h\", 2]] }\n", "x.toml:3: mean: a curve of points has no such key"},
		"no mean":             {sensor + "temperature = { swing = 1 }\n", "x.toml:3: temperature needs mean, or points"},
		"first comes first":   {sensor + "temperature = 300\n" + relay + "away = 4\nwat = 1\n", "x.toml:3: temperature: is from -55 to 125"},
		"too warm":            {"seed = 1\n" + sensor + "temperature = 300\n", "x.toml:4: temperature: is from -55 to 125"},
		"too warm a wave":     {sensor + "temperature = { mean = 100, swing = 30 }\n", "x.toml:3: temperature: goes from 70 to 130, but is from -55 to 125"},
		"no number":           {sensor + "temperature = \"warm\"\n", "x.toml:3: temperature: is a number, { mean"},
		"not a number":        {sensor + "temperature = nan\n", "x.toml:3: temperature: is from -55 to 125"},
		"period":              {sensor + "temperature = { mean = 1, period = 24 }\n", "x.toml:3: period: is a time such as \"90s\", \"1h30m\" or \"24h\", 1s at least"},
		"points":              {sensor + "temperature = { points = [[\"6h\", 1], [\"5h\", 2]] }\n", "x.toml:3: points: the time 5h is not behind"},
		"point outside":       {sensor + "temperature = { points = [[\"24h\", 1]] }\n", "x.toml:3: points: the time 24h is not behind"},
		"no pair":             {sensor + "temperature = { points = [1, 2] }\n", "x.toml:3: points: each is a time and a value"},
		"no id":               {"[[device]]\nname = \"x\"\n", "x.toml:1: the device needs id ="},
		"family":              {"[[device]]\nid = \"A0\"\n", "x.toml:2: id: no chip of family A0 is emulated; those that are: 01 DS2401"},
		"CRC":                 {"[[device]]\nid = \"28.000000000001.00\"\n", "x.toml:2: id: \"28.000000000001.00\" is no family code such as 28, no ROM code"},
		"chip":                {"[[device]]\nchip = \"DS9999\"\n", "x.toml:2: chip: \"DS9999\" is not emulated; those that are: 01 DS2401"},
		"chip and family":     {"[[device]]\nid = \"28.000000000001\"\nchip = \"DS2408\"\n", "x.toml:2: id: a DS2408 has the family 29, not 28"},
		"device twice":        {sensor + sensor, "x.toml:4: id: device 28.000000000001 is there twice"},
		"name twice":          {relay + sensor + "name = \"relay\"\n", "x.toml:6: name: two devices are called \"relay\""},
		"odd name":            {sensor + "name = \"a b\"\n", "x.toml:3: name: \"a b\" is not made of letters, digits"},
		"follows nobody":      {relay + "input.1 = { follows = \"rely.0\" }\n", "x.toml:4: follows: no device has the name or id \"rely\""},
		"follows no pin":      {relay + "input.1 = { follows = \"relay.8\" }\n", "x.toml:4: follows: \"8\" of \"relay\", a DS2408, is not an output, such as \"relay.0\""},
		"follows a sensor":    {relay + "input.1 = { follows = \"28.000000000001.A\" }\n" + sensor, "x.toml:4: follows: \"A\" of \"28.000000000001\", a DS18B20"},
		"input":               {relay + "input.1 = 0\n", "x.toml:4: 1: is \"high\", \"low\", {"},
		"no such input":       {relay + "input.8 = \"low\"\n", "x.toml:4: 8: a table of inputs has no such key; its keys are 0, 1, 2, 3, 4, 5, 6, 7"},
		"schedule":            {sensor + "away = { for = \"5m\", every = \"1m\" }\n", "x.toml:3: for: is shorter than every, which is 1m"},
		"schedule without":    {sensor + "away = { every = \"1m\" }\n", "x.toml:3: every: needs for"},
		"away":                {sensor + "away = true\n", "x.toml:3: away: is a table"},
		"behind a sensor":     {sensor + "name = \"s\"\n" + relay + "behind = \"s.main\"\n", "x.toml:7: behind: \"main\" of \"s\", a DS18B20, is not the branch of a DS2409"},
		"behind an output":    {sensor + "behind = \"h.control\"\n[[device]]\nid = \"1F\"\nname = \"h\"\n", "x.toml:3: behind: is main or aux"},
		"behind itself":       {"[[device]]\nid = \"1F\"\nname = \"h\"\nbehind = \"h.aux\"\n", "x.toml:4: behind: the device is behind itself"},
		"hex":                 {"[[device]]\nid = \"2D\"\nhex = \"123\"\n", "x.toml:3: hex: is an even number of hex digits"},
		"memory":              {"[[device]]\nid = \"2D\"\ntext = \"" + strings.Repeat("x", 129) + "\"\n", "x.toml:3: text: has 129 bytes; the memory of a DS2431 has 128"},
		"text and hex":        {"[[device]]\nid = \"2D\"\ntext = \"a\"\nhex = \"00\"\n", "x.toml:4: hex: there is text already"},
		"no memory":           {sensor + "text = \"a\"\n", "x.toml:3: text: a DS18B20 has no such key"},
		"fault":               {"[[device]]\nchip = \"MAX31850\"\nfault = \"bad\"\n", "x.toml:3: fault: is one of ground, open, supply"},
		"address":             {"[[device]]\nchip = \"DS1825\"\naddress = 16\n", "x.toml:3: address: is a whole number from 0 to 15"},
		"sibling":             {barometer + "sibling = \"hub\"\n", "x.toml:4: sibling: is the id of the second DS2406, such as \"12.000000000083\""},
		"sibling's family":    {barometer + "sibling = \"28.000000000001\"\n", "x.toml:4: sibling: a DS2406 has the family 12, not 28"},
		"its own sibling":     {barometer + "sibling = \"12.000000000003\"\n", "x.toml:4: sibling: device 12.000000000003 is there twice"},
		"sibling there twice": {"[[device]]\nid = \"12.000000000083\"\n" + barometer, "x.toml:3: sibling: device 12.000000000083 is there twice"},
		"sibling of a switch": {"[[device]]\nchip = \"DS2406\"\nsibling = \"12.000000000083\"\n", "x.toml:3: sibling: a DS2406 has no such key"},
		"pressure":            {barometer + "pressure = 1200\n", "x.toml:4: pressure: is from 300 to 1100"},
		"volts of a T8A":      {"[[device]]\nchip = \"T8A\"\nvolt.8 = 1\n", "x.toml:3: 8: a table of channels has no such key; its keys are 0, 1, 2, 3, 4, 5, 6, 7"},
		"shows":               {display + "shows = 3\n", "x.toml:4: shows: is a text in quotes"},
		"shows nothing":       {display + "shows = \"\"\n", "x.toml:4: shows: is the path of a file in quotes, such as \"display.txt\""},
		"shows in a line":     {display + "shows = \"a\\nb\"\n", "x.toml:4: shows: "},
		"shows nowhere":       {display + "shows = \"/no/such/file\"\n", "x.toml:4: shows: the directory /no/such must be there and be writable"},
		"shows on a device":   {display + "shows = \"/dev/null\"\n", "x.toml:4: shows: /dev/null is there, and is no file that could be replaced; name another one"},
		"shows in a folder":   {display + "shows = \"/tmp\"\n", "x.toml:4: shows: /tmp is there, and is no file"},
		"shows there as well": {display + "shows = \"/tmp/a.txt\"\n" + display2 + "shows = \"/tmp/a.txt\"\n", "x.toml:8: shows: /tmp/a.txt is of another display"},
		"a switch shows":      {relay + "shows = \"/tmp/a.txt\"\n", "x.toml:4: shows: a DS2408 has no such key"},
		"limit":               {logger + "high.temperature = 87\n", "x.toml:3: temperature: is a number from -41 to 86.5"},
		"limit of another":    {logger + "low.humidity = 10\n", "x.toml:3: humidity: a table of limits has no such key; its keys are temperature"},
		"limits":              {logger + "low = 10\n", "x.toml:3: low: is a table, such as [low] or"},
		"mission":             {logger + "mission = \"10ms\"\n", "x.toml:3: mission: is a time such as \"90s\", \"1h30m\" or \"24h\", 1s at least"},
		"uneven mission":      {logger + "mission = \"5h30s\"\n", "x.toml:3: mission: is a number of seconds up to \"4h33m3s\", or of minutes up to \"273h3m\""},
		"long mission":        {logger + "mission = \"300h\"\n", "x.toml:3: mission: is a number of seconds up to"},
		"no logger":           {sensor + "mission = \"10s\"\n", "x.toml:3: mission: a DS18B20 has no such key"},
		"bit errors":          {"[faults]\nbit_errors = 0.5\n" + sensor, "x.toml:2: bit_errors: is a number from 0 to 0.1"},
		"epoch":               {"epoch = 2026-01-01\n" + sensor, "x.toml:1: epoch: is a time with its zone"},
		"parasite":            {sensor + "parasite = 1\n", "x.toml:3: parasite: is true or false"},
		"no array":            {"[device]\nid = \"28\"\n", "x.toml:1: device: write [[device]], once for each"},
		"counter":             {"[[device]]\nid = \"1D\"\ncounter.A = -1\n", "x.toml:3: A: is a whole number from 0 to 4294967295"},
		"counter rate":        {"[[device]]\nid = \"1D\"\n[device.counter]\nA = {\n rate = 1e9 }\n", "x.toml:5: rate: is a number from 0 to 1000"},
		"too long":            {strings.Repeat("#", maxFile) + "\n", "x.toml: more than 1 MiB"},
		"too many":            {strings.Repeat("[[device]]\nid = \"28\"\n", 1001), "x.toml:1: device: more than 1000 devices"},
		"two things, same id": {sensor + "[[device]]\nid = \"28\"\n[[device]]\nid = \"28.000028D70100\"\n", "x.toml:6: id: device 28.000028D70100 is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(strings.NewReader(test.text), "x.toml")
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("\n%.200s\ngives %v, want %s", test.text, err, test.want)
			}
		})
	}
}

func TestListErrors(t *testing.T) {
	for list, want := range map[string]string{
		"":                                "the list is empty",
		"28,A0":                           "no chip of family A0 is emulated; those that are: 01 DS2401, 02 DS1991",
		"28.00000000000":                  `"28.00000000000" is no family code such as 28`,
		"28.000000000001 28.000000000001": "device 28.000000000001 is listed twice",
		strings.Repeat("28,", 1001):       "more than 1000 devices",
		"TAI8570 12.000012ED0080":         "device 12.000012ED0080 is listed twice",
		"EE.000000000001":                 "no chip of family EE of EE.000000000001 is emulated",
	} {
		if _, err := List(list); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q gives %v, want %s", list, err, want)
		}
	}
}

// The law: what can be read is written as what reads the same, and can be
// played.
func FuzzRead(f *testing.F) {
	example, err := os.ReadFile("../../../packaging/example-bus.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	all, err := List("01 05 06 09 10 12 1D 1F 20 21 26 29 3B 41 42")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(all.String())
	f.Add("epoch = \"start\"\nseed = 7\ndevice = [ { id = \"28\", away.for = \"1s\" }, { chip = \"MAX31851\", fault = \"open\", address = 3 } ]")
	f.Add("[[device]]\nid = \"12\"\nname=\"s\"\nhex = \"00 ff\"\n[device.input]\nA = { follows = \"s.A\", inverted = true }\nB = { every = \"1m\", for=\"1s\" }")
	f.Add("[[device]]\nchip = \"TAI8570\"\nsibling = \"12.000000000001\"\npressure = 971.6\n[[device]]\nchip = \"T8A\"\nvolt.7 = 5\n[[device]]\nchip = \"DATANAB\"\nhumidity = 40\n" +
		"[[device]]\nchip = \"LCD_H\"\nshows = \"a.txt\"\ninput.2 = \"low\"\n[[device]]\nchip = \"LCD_M\"\nshows = \"b.txt\"\n")
	f.Add("[[device]]\nchip = \"DS1923\"\nlow = { temperature = 10, humidity = 30.5 }\nhigh.humidity = 70\nmission = \"10s\"\n[[device]]\nchip = \"DS1922T\"\nhigh = {}\nmission = \"100h\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Read(strings.NewReader(text), "a")
		if err != nil {
			if !strings.HasPrefix(err.Error(), "a:") {
				t.Errorf("an error without a place: %v", err)
			}
			return
		}
		b, err := Read(strings.NewReader(a.String()), "b")
		if err != nil {
			t.Fatalf("%v in\n%s\nmade of\n%s", err, a, text)
		}
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("not the same:\n%s\n%s", a, b)
		}
		a.show = func(string, string) {} // writes no files
		line := a.Line(&sim.Virtual{})
		defer line.Close()
		for range 3 {
			if _, err := line.Reset(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := line.Touch(t.Context(), []byte{0xCC, 0x44, 0xFF, 0xFF}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
