// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// A kind is a chip that is emulated. The first of a family is what the family
// code alone stands for.
type kind struct {
	name   string
	family byte
	make   func(p parts) sim.Slave
	keys   []string // what can be told of it, beside what can of all
	curves []quantity
	pins   string // their names, for inputs and outputs
	memory int    // bytes that can be filled
}

// A quantity is what a chip measures: its key, the range that it may have, and
// what it is if nothing is told. away is added to that, differently for each
// device.
type quantity struct {
	key       string
	low, high float64
	usual     curve
	away      float64
}

// parts is what a chip is made of.
type parts struct {
	rom     hw.ROM
	sibling hw.ROM
	clock   sim.Clock
	address byte
	curve   func(key string) func(time.Time) float64
}

// now makes a curve one of the present time.
func (p parts) now(key string) func() float64 {
	f := p.curve(key)
	return func() float64 { return f(p.clock.Now()) }
}

// The keys that only some kinds have.
const (
	keyParasite = "parasite"
	keyDeaf     = "deaf"
	keyAddress  = "address"
	keyFault    = "fault"
	keyInput    = "input"
	keyCounter  = "counter"
	keySibling  = "sibling"
	keyShows    = "shows"
	keyText     = "text"
	keyHex      = "hex"
)

var (
	powers     = []string{keyParasite}
	thermo     = []string{keyParasite, keyDeaf}
	thermoAddr = []string{keyParasite, keyDeaf, keyAddress}
	couple     = []string{keyParasite, keyDeaf, keyAddress, keyFault}
	inputs     = []string{keyInput}
	switching  = []string{keyInput, keyParasite}
	room       = []quantity{{"temperature", -55, 125, wave(20, 2, 0.05), 3}}
	logged     = append(room[:1:1], quantity{"humidity", 0, 100, wave(50, 8, 0.3), 10})
	hot        = []quantity{
		{"temperature", -270, 1800, wave(200, 50, 0.5), 20},
		{"junction", -55, 125, wave(25, 2, 0.05), 2},
	}
	battery = []quantity{
		{"temperature", -55, 125, wave(20, 2, 0.05), 3},
		{"vdd", 0, 10, wave(5, 0.05, 0.01), 0},
		{"vad", 0, 10, wave(2.4, 0.3, 0.01), 0.2},
		{"vis", -0.25, 0.25, wave(0.01, 0.005, 0.0005), 0},
	}
	converter = []quantity{
		{"volt.A", 0, 5.12, wave(1.2, 0.5, 0.01), 0.1},
		{"volt.B", 0, 5.12, wave(2.2, 0.1, 0.01), 0.1},
		{"volt.C", 0, 5.12, constant(0.5), 0},
		{"volt.D", 0, 5.12, constant(0), 0},
	}
)

// kinds are all chips that are emulated, by family.
var kinds = []kind{
	{name: "DS2401", family: 0x01, make: serial},
	{name: "DS1991", family: 0x02, make: multiKey},
	{name: "DS2404", family: 0x04, make: econoRAM, memory: 512},
	{name: "DS2405", family: 0x05, make: func(p parts) sim.Slave { return sim.NewDS2405(p.rom) }, keys: inputs, pins: "0"},
	{name: "DS1993", family: 0x06, make: nvram, memory: 512},
	{name: "DS1992", family: 0x08, make: nvram, memory: 128},
	{name: "DS2502", family: 0x09, make: eprom, memory: 128},
	{name: "DS1995", family: 0x0A, make: nvram, memory: 2048},
	{name: "DS2505", family: 0x0B, make: eprom, memory: 2048},
	{name: "DS1996", family: 0x0C, make: nvram, memory: 8192},
	{name: "DS2506", family: 0x0F, make: eprom, memory: 8192},
	{name: "DS18S20", family: 0x10, keys: thermo, curves: room, make: func(p parts) sim.Slave {
		return sim.NewDS18S20(p.rom, p.clock, p.now("temperature"))
	}},
	{name: "DS2406", family: 0x12, make: func(p parts) sim.Slave { return sim.NewDS2406(p.rom) }, keys: switching, pins: "AB", memory: 128},
	{name: "TAI8570", family: 0x12, make: newBarometer, keys: []string{keySibling}, curves: outdoors},
	{name: "T8A", family: 0x12, make: newVoltMeter, curves: eightInputs},
	{name: "DS2430A", family: 0x14, make: func(p parts) sim.Slave { return sim.NewDS2430A(p.rom, p.clock) }},
	{name: "DS1963S", family: 0x18, make: func(p parts) sim.Slave { return sim.NewDS1963S(p.rom, p.clock) }, memory: 512},
	{name: "DS1963L", family: 0x1A, make: func(p parts) sim.Slave { return sim.NewDS1963L(p.rom, p.clock) }, memory: 512},
	{name: "DS2436", family: 0x1B, make: func(p parts) sim.Slave { return sim.NewDS2436(p.rom) }, curves: pack},
	{name: "DS28E04", family: 0x1C, make: func(p parts) sim.Slave { return sim.NewDS28E04(p.rom, p.clock) }, keys: inputs, pins: "01", memory: 512},
	{name: "DS2423", family: 0x1D, make: func(p parts) sim.Slave { return sim.NewDS2423(p.rom) }, keys: []string{keyCounter}, memory: 512},
	{name: "DS2409", family: 0x1F, make: func(p parts) sim.Slave { return sim.NewDS2409(p.rom, p.clock) }},
	{name: "DS2450", family: 0x20, make: func(p parts) sim.Slave { return sim.NewDS2450(p.rom, p.clock) }, keys: powers, curves: converter, pins: "ABCD"},
	{name: "DS1921G", family: 0x21, make: thermochron(sim.DS1921G), curves: room, memory: 512},
	{name: "DS1921H", family: 0x21, make: thermochron(sim.DS1921H), curves: room, memory: 512},
	{name: "DS1921Z", family: 0x21, make: thermochron(sim.DS1921Z), curves: room, memory: 512},
	{name: "DS1822", family: 0x22, keys: thermo, curves: room, make: func(p parts) sim.Slave {
		return sim.NewDS1822(p.rom, p.clock, p.now("temperature"))
	}},
	{name: "DS2433", family: 0x23, make: func(p parts) sim.Slave { return sim.NewDS2433(p.rom, p.clock) }, memory: 512},
	{name: "DS2415", family: 0x24, make: clock},
	{name: "DS2438", family: 0x26, make: func(p parts) sim.Slave { return sim.NewDS2438(p.rom, p.clock) }, curves: battery},
	{name: "DATANAB", family: 0x26, make: newHygrometer, curves: logged},
	{name: "DS2417", family: 0x27, make: clock},
	{name: "DS18B20", family: 0x28, keys: thermo, curves: room, make: func(p parts) sim.Slave {
		return sim.NewDS18B20(p.rom, p.clock, p.now("temperature"))
	}},
	{name: "DS2408", family: 0x29, make: func(p parts) sim.Slave { return sim.NewDS2408(p.rom) }, keys: switching, pins: "01234567"},
	{name: "LCD_H", family: 0x29, make: newPanel((*sim.HD44780).WireHobbyBoards), keys: []string{keyInput, keyShows}, pins: "012"},
	{name: "LCD_M", family: 0x29, make: newPanel((*sim.HD44780).WireMaxim), keys: []string{keyShows}},
	{name: "DS2431", family: 0x2D, make: func(p parts) sim.Slave { return sim.NewDS2431(p.rom, p.clock) }, memory: 128},
	{name: "DS2770", family: 0x2E, make: gauge(sim.DS2770Kind), curves: cell},
	{name: "DS2760", family: 0x30, make: gauge(sim.DS2760Kind), curves: cell},
	{name: "WS603", family: 0x30, make: station, curves: weather},
	{name: "DS2720", family: 0x31, make: gauge(sim.DS2720Kind)},
	{name: "DS2780", family: 0x32, make: gauge(sim.DS2780Kind), curves: cell},
	{name: "DS2756", family: 0x35, make: gauge(sim.DS2756Kind), curves: cell},
	{name: "DS2740", family: 0x36, make: gauge(sim.DS2740Kind), curves: []quantity{shunt}},
	{name: "DS1977", family: 0x37, make: func(p parts) sim.Slave { return sim.NewDS1977(p.rom) }, memory: 32704},
	{name: "DS2413", family: 0x3A, make: func(p parts) sim.Slave { return sim.NewDS2413(p.rom) }, keys: inputs, pins: "AB"},
	{name: "DS1825", family: 0x3B, keys: thermoAddr, curves: room, make: func(p parts) sim.Slave {
		return sim.NewDS1825(p.rom, p.clock, p.address, p.now("temperature"))
	}},
	{name: "MAX31826", family: 0x3B, keys: thermoAddr, curves: room, make: func(p parts) sim.Slave {
		return sim.NewMAX31826(p.rom, p.clock, p.address, p.now("temperature"))
	}},
	{name: "MAX31850", family: 0x3B, make: thermocouple, keys: couple, curves: hot},
	{name: "MAX31851", family: 0x3B, make: thermocouple, keys: couple, curves: hot},
	{name: "DS2781", family: 0x3D, make: gauge(sim.DS2781Kind), curves: twoCells},
	{name: "DS1922L", family: 0x41, make: logger(sim.DS1922L), keys: setUp, curves: room, memory: 512},
	{name: "DS1922T", family: 0x41, make: logger(sim.DS1922T), keys: setUp, curves: room, memory: 512},
	{name: "DS1923", family: 0x41, make: logger(sim.DS1923), keys: setUp, curves: logged, memory: 512},
	{name: "DS28EA00", family: 0x42, keys: append([]string{keyInput}, thermo...), curves: room, pins: "AB", make: func(p parts) sim.Slave {
		return sim.NewDS28EA00(p.rom, p.clock, p.now("temperature"))
	}},
	{name: "DS28EC20", family: 0x43, make: func(p parts) sim.Slave { return sim.NewDS28EC20(p.rom, p.clock) }, memory: 2560},
	{name: "DS2751", family: 0x51, make: gauge(sim.DS2751Kind), curves: cell},
	{name: "EDS0068", family: 0x7E, make: eds(0x68), curves: climate, memory: 96},
	{name: "EDS0064", family: 0x7E, make: eds(0x64), curves: room, memory: 96},
	{name: "EDS0065", family: 0x7E, make: eds(0x65), curves: logged, memory: 96},
	{name: "EDS0066", family: 0x7E, make: eds(0x66), curves: airy, memory: 96},
	{name: "EDS0067", family: 0x7E, make: eds(0x67), curves: lit, memory: 96},
	{name: "EDS0070", family: 0x7E, make: eds(0x70), curves: shaking, memory: 96},
	{name: "EDS0071", family: 0x7E, make: eds(0x71), curves: platinum, memory: 96},
	{name: "EDS0072", family: 0x7E, make: eds(0x72), curves: platinum, memory: 96},
	{name: "EDS0080", family: 0x7E, make: eds(0x80), curves: eightLoops, memory: 160},
	{name: "EDS0082", family: 0x7E, make: eds(0x82), curves: eightVolts, memory: 160},
	{name: "EDS0083", family: 0x7E, make: eds(0x83), curves: fourLoops, memory: 160},
	{name: "EDS0085", family: 0x7E, make: eds(0x85), curves: fourVolts, memory: 160},
	{name: "EDS0090", family: 0x7E, make: eds(0x90), keys: inputs, pins: "01234567", memory: 96},
	{name: "DS1420", family: 0x81, make: serial},
	{name: "DS1425", family: 0x82, make: multiKey},
	{name: "DS1982U", family: 0x89, make: eprom, memory: 128},
	{name: "DS1985U", family: 0x8B, make: eprom, memory: 2048},
	{name: "DS1986U", family: 0x8F, make: eprom, memory: 8192},
	{name: "HB_MOISTURE_METER", family: 0xEF, make: hobbyBoards(hbMoisture, 1, 80), curves: soil},
	{name: "HB_HUB", family: 0xEF, make: hobbyBoards(hbHub, 1, 0)},
	{name: "HB_BAROMETER", family: 0xEF, make: hobbyBoards(hbBarometer, 1, 0), curves: airy},
	{name: "HB_HUMIDITY", family: 0xEF, make: hobbyBoards(hbHumidity, 1, 0), curves: logged},
	{name: "HB_MULTITEMP", family: 0xEF, make: hobbyBoards(hbMultiTemp, 1, 0), curves: probes},
	{name: "BAE0910", family: 0xFC, make: func(p parts) sim.Slave { return sim.NewBAE(p.rom, p.clock, 2) }},
	{name: "BAE0911", family: 0xFC, make: func(p parts) sim.Slave { return sim.NewBAE(p.rom, p.clock, 3) }},
	{name: "IBLSS", family: 0xFE, curves: logged, make: func(p parts) sim.Slave {
		return sim.NewSmartSlave(p.rom, p.clock, p.now("temperature"), p.now("humidity"))
	}},
	{name: "LCD", family: 0xFF, make: func(p parts) sim.Slave { return sim.NewLCD(p.rom) }},
}

func serial(p parts) sim.Slave   { return sim.NewSerial(p.rom) }
func multiKey(p parts) sim.Slave { return sim.NewDS1991(p.rom) }
func nvram(p parts) sim.Slave    { return sim.NewNVRAM(p.rom, p.clock) }
func eprom(p parts) sim.Slave    { return sim.NewEPROM(p.rom) }

// econoRAM returns a memory whose clock is right and runs.
func econoRAM(p parts) sim.Slave {
	c := sim.NewDS2404(p.rom, p.clock)
	c.SetClock(p.clock.Now())
	return c
}

// clock returns a clock that is right and runs: it was set over the line.
func clock(p parts) sim.Slave {
	c := sim.NewDS2415(p.rom, p.clock)
	const set, running = 0x99, 0x0C
	t := uint32(p.clock.Now().Unix())
	command(c, set, running, byte(t), byte(t>>8), byte(t>>16), byte(t>>24))
	return c
}

func thermochron(t sim.Thermochron) func(parts) sim.Slave {
	return func(p parts) sim.Slave { return sim.NewDS1921(p.rom, p.clock, t, p.curve("temperature")) }
}

func logger(l sim.Logger) func(parts) sim.Slave {
	return func(p parts) sim.Slave {
		return sim.NewDS1922(p.rom, p.clock, l, p.curve("temperature"), p.curve("humidity"))
	}
}

func thermocouple(p parts) sim.Slave {
	return sim.NewMAX31850(p.rom, p.clock, p.address, p.now("temperature"), p.now("junction"))
}

// coupler tells whether there can be devices behind the chip.
func (k *kind) coupler() bool { return k.family == 0x1F }

// pin returns the number of a pin, or of a coupler's branch, by its name.
func (k *kind) pin(name string) (int, bool) {
	if k.coupler() {
		n := slices.Index(branches, name)
		return n, n >= 0
	}
	n := -1
	if len(name) == 1 {
		n = strings.Index(k.pins, name)
	}
	return n, n >= 0
}

// pinName is the reverse of pin.
func (k *kind) pinName(n int) string {
	if k.coupler() {
		return branches[n]
	}
	return k.pins[n : n+1]
}

// branches are what a coupler has instead of pins: its two branches, and an
// output.
var branches = []string{sim.Main: "main", sim.Aux: "aux", control: "control"}

const control = 2

func (k *kind) has(key string) bool {
	if key == keyText || key == keyHex {
		return k.memory > 0
	}
	return slices.Contains(k.keys, key)
}

func kindOf(family byte) *kind {
	for i := range kinds {
		if kinds[i].family == family {
			return &kinds[i]
		}
	}
	return nil
}

func kindNamed(name string) *kind {
	for i := range kinds {
		if strings.EqualFold(kinds[i].name, name) {
			return &kinds[i]
		}
	}
	return nil
}

func kindNames() string {
	var all []string
	for _, k := range kinds {
		all = append(all, fmt.Sprintf("%02X %s", k.family, k.name))
	}
	return strings.Join(all, ", ")
}

// settle gives a device what was not told of it: what its kind does by default.
func (d *device) settle(seed uint64, told func(key string) bool) {
	for _, q := range d.kind.curves {
		if !told(q.key) {
			c := q.usual
			lean := random(hash(seed, append(d.rom[:], q.key...)...), 0)
			c.mean = math.Round((c.mean+lean*q.away)*100) / 100
			d.curves[q.key] = c
		}
	}
	if d.kind.has(keyInput) && !told(keyInput) && d.kind.family != 0x42 {
		last := len(d.kind.pins) - 1 // a button that is pressed each minute
		d.inputs[last].during = schedule{lasts: 20 * time.Second, every: time.Minute}
	}
	if d.kind.has(keyCounter) && !told(keyCounter) {
		d.counters = [2]counter{{rate: 1}, {rate: 0.1}}
	}
}
