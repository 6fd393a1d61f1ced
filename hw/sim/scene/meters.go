// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"encoding/binary"
	"math"
	"time"

	"owfs/hw/sim"
)

// What the devices measure that are microcontrollers and not chips, those of
// Embedded Data Systems and of HobbyBoards.
var (
	pressure = quantity{"pressure", 300, 1100, wave(1013, 8, 0.1), 0}
	light    = quantity{"light", 0, 100000, wave(300, 300, 0), 0}
	airy     = append(room[:1:1], pressure)
	lit      = append(room[:1:1], light)
	climate  = append(logged[:2:2], pressure, light)
	platinum = []quantity{{"temperature", -200, 850, wave(20, 2, 0.05), 3}, {"resistance", 0, 4000, wave(108, 1, 0.01), 0}}
	soil     = channels(4, quantity{"sensor", 0, 255, wave(80, 10, 1), 20})
	probes   = channels(6, quantity{"temperature", -55, 125, wave(20, 2, 0.05), 3})
)

// channels is a quantity several times: sensor.0, sensor.1 …
func channels(n int, q quantity) (all []quantity) {
	for i := range n {
		each := q
		each.key += "." + string(rune('0'+i))
		all = append(all, each)
	}
	return all
}

func eds(model int) func(parts) sim.Slave {
	return func(p parts) sim.Slave { return sim.NewEDS(p.rom, p.clock, model) }
}

func hobbyBoards(kind, major, minor byte) func(parts) sim.Slave {
	return func(p parts) sim.Slave { return sim.NewHobbyBoards(p.rom, kind, major, minor) }
}

// The kinds of HobbyBoards devices, as they tell them themselves.
const (
	hbMoisture  = 2
	hbHub       = 5
	hbBarometer = 6
	hbHumidity  = 7
	hbMultiTemp = 9
)

// measure puts what an EDS sensor measures where programs look for it. What
// follows from two measures, such as the dew point, is calculated.
func (st *stage) measure(d *device, chip *sim.EDS, since time.Duration) {
	value := func(key string) float64 { return st.value(d, key, since) }
	if st.sample(d, chip, since) {
		return
	}
	if d.measures("resistance") {
		chip.Reading(0x22, 3, value("temperature"), 1./2048)
		chip.Reading(0x25, 3, value("resistance"), 1./2048)
		return
	}
	celsius := value("temperature")
	chip.Reading(0x22, 2, celsius, 1./16)
	if d.measures("humidity") {
		percent := value("humidity")
		chip.Reading(0x24, 2, percent, 1./16)
		chip.Reading(0x26, 2, dewPoint(celsius, percent), 1./16)
		chip.Reading(0x28, 2, humidex(celsius, percent), 1./16)
		chip.Reading(0x2A, 2, heatIndex(celsius, percent), 1./16)
	}
	if d.measures("pressure") {
		const perInch = 33.8639 // mbar
		chip.Reading(0x2C, 3, value("pressure"), 1./2048)
		chip.Reading(0x2F, 3, value("pressure")/perInch, 1./2048)
	}
	if d.measures("light") {
		chip.Reading(0x32, 3, value("light"), 1)
	}
}

func (d *device) measures(key string) bool {
	_, yes := d.curves[key]
	return yes
}

// vapour is the logarithm of how much of 6.11 mbar the water in the air is
// (Magnus).
func vapour(celsius, percent float64) float64 {
	return math.Log(max(percent, 1)/100) + 17.62*celsius/(243.12+celsius)
}

func dewPoint(celsius, percent float64) float64 {
	g := vapour(celsius, percent)
	return 243.12 * g / (17.62 - g)
}

// humidex is what the Canadian weather service tells of muggy air.
func humidex(celsius, percent float64) float64 {
	return celsius + 5./9*(6.11*math.Exp(vapour(celsius, percent))-10)
}

// heatIndex is the simple formula of the US weather service.
func heatIndex(celsius, percent float64) float64 {
	f := celsius*9/5 + 32
	f = 0.5 * (f + 61 + (f-68)*1.2 + percent*0.094)
	return (f - 32) * 5 / 9
}

// answer lets a HobbyBoards device answer what it measures, the lowest byte
// first.
func (st *stage) answer(d *device, chip *sim.HobbyBoards, since time.Duration) {
	value := func(key string) float64 { return st.value(d, key, since) }
	words := func(command byte, unit float64, values ...float64) {
		var p []byte
		for _, v := range values {
			p = binary.LittleEndian.AppendUint16(p, uint16(int16(math.Round(v/unit))))
		}
		chip.Answer(command, p...)
	}
	var each []float64
	for _, q := range d.kind.curves {
		each = append(each, value(q.key))
	}
	switch {
	case d.measures("sensor.0"):
		var p []byte
		for _, v := range each {
			p = append(p, byte(math.Round(v)))
		}
		chip.Answer(0x21, p...)
		words(0x31, 0.05, each...) // what they are made from; how is up to the device
	case d.measures("temperature.0"):
		words(0x21, 0.1, each...)
	case d.measures("humidity"):
		offset := float64(int16(binary.LittleEndian.Uint16(chip.Answers(0x24)))) / 100
		words(0x22, 0.01, value("humidity"))
		words(0x21, 0.01, value("humidity")+offset)
		words(0x40, 0.1, value("temperature"))
	case d.measures("pressure"):
		words(0x22, 0.1, value("pressure"))                                    // hundredths of a kPa
		words(0x24, 1, 44330*(1-math.Pow(value("pressure")/1013.25, 1/5.255))) // metres, in the standard atmosphere
		words(0x40, 0.1, value("temperature"))
	}
}
