// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"

	"owfs/hw"
)

// A noisyDevice is a device of the comparison.
type noisyDevice struct {
	name   string
	line   int
	behind string // the coupler whose main branch it is on
	make   func(hw.ROM, hw.Clock) chipSide
	probes []noiseProbe
}

// The lines: thermometers that measure together; switches and sensors; EPROMs,
// which are programmed with 12 V that nothing else bears; thermometers of which
// some are fed by the line and one does not answer the poll; and memories.
const noisyLines = 5

func noisyDevices() []noisyDevice {
	sixteenth := inSteps(-55, 125, 1./16)
	half := inSteps(-55, 125, 0.5)
	temperature := measuring(crc8, "temperature", "temperature", sixteenth, 1e-3)
	plain := []noiseProbe{temperature, limitProbe("temphigh", 0), limitProbe("templow", 1), limitShown("temphigh", 0), limitShown("templow", 1), powerIs("1")}
	resolutions := []noiseProbe{
		measuring(crc8, "temperature", "temperature", half, 1e-3), measuring(crc8, "temperature9", "temperature", half, 1e-3),
		measuring(crc8, "temperature11", "temperature", half, 1e-3), measuring(crc8, "fasttemp", "temperature", half, 1e-3),
		resolutionProbe(), limitProbe("temphigh", 0), limitShown("temphigh", 0),
	}
	var all []noisyDevice
	add := func(line int, name string, f func(hw.ROM, hw.Clock) chipSide, probes ...noiseProbe) {
		all = append(all, noisyDevice{name: name, line: line, make: f, probes: probes})
	}
	for i := range 5 {
		add(0, fmt.Sprintf("28.00000000010%d", i), thermo18B20, plain...)
	}
	add(0, "28.000000000110", thermo18B20, resolutions...)
	add(0, "22.000000000111", thermo18B20, plain...)
	add(0, "10.000000000112", thermo18S20, measuring(crc8, "temperature", "temperature", sixteenth, 1e-3), limitProbe("temphigh", 0), limitShown("temphigh", 0))
	add(0, "42.000000000113", ds28ea00, append(outputProbes(complement, readBack, 3), temperature, limitProbe("templow", 1))...)
	add(0, "3B.000000000114", thermo1825, temperature, limitProbe("temphigh", 0))
	add(0, "3B.000000000115", max31826, append(memoryProbes(8, 8, 128, 8), measuring(crc8, "temperature", "temperature", sixteenth, 1e-3))...)
	add(0, "3B.000000000116", max31850, measuring(crc8, "thermocouple", "hot", inSteps(-270, 1800, 0.25), 0.011), measuring(crc8, "temperature", "cold", sixteenth, 1e-3))
	add(0, "26.000000000117", ds2438, batteryProbes()...)
	add(0, "21.000000000118", ds1921, append(loggerProbes(), measuring(crc16, "temperature", "temperature", inSteps(-40, 85, 0.5), 1e-3),
		writing(readBack, "undertemp/temperature", "alarm", func(r *rand.Rand, old string) change {
			p, n := fromHex(old), r.IntN(250)
			p[4] = byte(n)
			return change{strconv.FormatFloat(float64(n)/2-40, 'f', -1, 64), hex.EncodeToString(p)}
		}, oldOrNew))...)
	add(0, "41.000000000119", ds1923, append(loggerProbes(), measuring(crc16, "temperature", "temperature", inSteps(-20, 85, 0.5), 1e-2),
		writing(readBack, "mission/delay", "delay", func(r *rand.Rand, _ string) change {
			n := r.IntN(1 << 24)
			return change{strconv.Itoa(n), hex.EncodeToString([]byte{byte(n), byte(n >> 8), byte(n >> 16)})}
		}, oldOrNew))...)

	add(1, "05.000000000200", ds2405,
		outputs(readBack, "PIO", "on", 0, 1), showing(agreeing, "PIO", "on", whole),
		shownAfter(agreeing, "sensed", "low", inSteps(0, 1, 1), "level", whole))
	add(1, "3A.000000000201", ds2413, append(outputProbes(complement, readBack, 3), inputProbe(complement, 3))...)
	add(1, "29.000000000202", ds2408, append(outputProbes(crc16, complement, 0xFF),
		inputProbe(crc16, 0xFF), showing(crc16, "latch.BYTE", "activity", whole), ds2408Alarms())...)
	add(1, "20.000000000203", ds2450, voltProbes(true)...)
	add(1, "20.000000000204", hungry2450, voltProbes(false)...)
	add(4, "1D.000000000205", ds2423,
		measuring(crc16, "counters.A", "A", inSteps(0, 1<<32-1, 1), 0), measuring(crc16, "counters.B", "B", inSteps(0, 1<<32-1, 1), 0),
		partProbe(readBack, "pages/page.3", 96, 32, 32, anyBytes), showing(crc16, "pages/page.3", "memory", heldPage(96, 32)))
	add(4, "23.000000000206", ds2433, memoryProbes(32, 32, 512, 32)...)
	add(4, "2D.000000000207", ds2431, memoryProbes(32, 8, 128, 32)...)
	add(4, "43.000000000208", ds28ec20,
		partProbe(readBack, "pages/page.7", 224, 32, 32, anyBytes), showing(crc16, "pages/page.7", "memory", heldPage(224, 32)))
	add(4, "08.000000000209", ds1992, memoryProbes(32, 32, 128, 32)...)
	add(4, "14.00000000020A", ds2430, partProbe(around(256), "memory", 0, 32, 32, anyBytes), showing(twice(256), "memory", "memory", heldPage(0, 32)))
	add(4, "24.00000000020B", clockChip, passing(twice(40), "udate", "seconds"), showing(twice(40), "ControlRegister", "control", whole),
		outputsAt(rawBack, "user", "control", 4))
	add(4, "27.00000000020C", clockChip, passing(twice(40), "udate", "seconds"), showing(twice(40), "ControlRegister", "control", whole))
	add(1, "7E.00000000020D", eds0068,
		measuring(crc16, "EDS0068/temperature", "temperature", inSteps(-40, 85, 1./16), 1e-3),
		measuring(crc16, "EDS0068/light", "light", inSteps(0, 1<<20, 1), 0),
		writing(readBack, "EDS0068/threshold/temp_hi", "settings", func(r *rand.Rand, old string) change {
			p, n := fromHex(old), r.IntN(100)
			p[0] = byte(n)
			return change{strconv.Itoa(n), hex.EncodeToString(p)}
		}, oldOrNew))
	add(1, "EE.00000000020E", uvMeter,
		measuring(twice(16), "temperature", "temperature", inSteps(-40, 85, 0.5), 1e-3), measuring(twice(8), "UVI/UVI", "uvi", inSteps(0, 16, 0.1), 1e-3),
		writing(rawBack, "UVI/UVI_offset", "offset", func(r *rand.Rand, _ string) change {
			n := r.IntN(100)
			return change{strconv.FormatFloat(float64(n)/10, 'f', 1, 64), hex.EncodeToString([]byte{byte(n)})}
		}, oldOrNew))
	add(1, "EF.00000000020F", moisture,
		measuring(twice(32), "moisture/sensor.2", "sensor", inSteps(0, 199, 1), 0), outputs(rawBack, "moisture/is_leaf.BYTE", "leaves", 0, 15))
	add(4, "FF.000000000210", lcd,
		showing(twice(128), "version", "version", func(string) string { return "Emulated LCD 1.0" }),
		partProbe(readBack, "memory", 0, 16, 16, anyBytes), showing(twice(112*8), "memory", "memory", heldPage(0, 112)),
		outputs(echoOnly, "gpio.BYTE", "gpio", 15, 15),
		writing(echoOnly, "line20.0", "line", func(r *rand.Rand, _ string) change {
			text := fmt.Sprintf("%-20s", strconv.Itoa(r.Int())[:10])
			return change{text, hex.EncodeToString([]byte(text))}
		}, oldOrNew))
	add(4, "30.000000000211", ds2760,
		measuring(twice(16), "volt", "volt", inSteps(0, 4.88, 0.00488), 1e-4), measuring(twice(16), "temperature", "temperature", inSteps(-40, 85, 0.125), 1e-3),
		partProbe(readBack, "pages/page.0", 0, 16, 16, anyBytes), showing(twice(128), "pages/page.0", "memory", heldPage(0, 16)))
	add(4, "1B.000000000212", ds2436,
		measuring(twice(16), "volts", "volts", inSteps(0, 10, 0.01), 1e-3), measuring(twice(16), "temperature", "temperature", inSteps(-40, 85, 1./32), 1e-3))
	add(1, "2C.000000000213", ds2890, outputs(readBack, "wiper", "wiper", 0, 0xFF), showing(twice(16), "wiper", "wiper", whole))
	add(1, "01.000000000214", serial)
	add(1, "81.000000000215", serial)
	add(1, "1F.000000000216", coupler)
	behind := func(name string, f func(hw.ROM, hw.Clock) chipSide, probes ...noiseProbe) {
		add(1, name, f, probes...)
		all[len(all)-1].behind = "1F.000000000216"
	}
	behind("28.000000000217", thermo18B20, plain...)
	behind("3A.000000000218", ds2413, append(outputProbes(complement, readBack, 3), inputProbe(complement, 3))...)

	add(2, "09.000000000300", ds2502, epromProbes(crc8, 96, 3, 128)...)
	add(2, "0B.000000000301", ds2505, epromProbes(crc16, 1024, 32, 2048)...)
	add(2, "12.000000000302", ds2406, append(outputProbes(crc16, readBack, 3), inputProbe(crc16, 3), activityProbe(crc16),
		renewed(64, 128, partProbe(readBack, "pages/page.2", 64, 32, 1, cleared)), showing(crc16, "pages/page.2", "memory", heldPage(64, 32)), ds2406Alarms())...)

	add(3, "28.000000000400", parasite18B20, temperature, limitProbe("temphigh", 0), powerIs("0"))
	add(3, "28.000000000401", parasite18B20, temperature, limitShown("temphigh", 0), powerIs("0"))
	add(3, "28.000000000402", thermo18B20, temperature, powerIs("1"))
	add(3, "28.000000000403", deaf18B20, temperature)
	return all
}

// outputProbes are the outputs of a switch.
func outputProbes(reading, writing guard, mask byte) []noiseProbe {
	return []noiseProbe{outputs(writing, "PIO.BYTE", "latches", 0xFF, mask), showing(reading, "PIO.BYTE", "latches", bitField(0xFF, mask))}
}

// inputProbe is its levels, which something outside changes.
func inputProbe(reading guard, mask byte) noiseProbe {
	return shownAfter(reading, "sensed.BYTE", "low", inSteps(0, float64(mask), 1), "levels", bitField(0, mask))
}

// memoryProbes are a memory without a CRC on the way out: a page, the whole.
func memoryProbes(size, row, all, at int) []noiseProbe {
	n := at / size
	file := fmt.Sprint("pages/page.", n)
	return []noiseProbe{
		partProbe(around(8*size), file, at, size, row, anyBytes), showing(twice(8*size), file, "memory", heldPage(at, size)),
		seldom(showing(twice(8*all), "memory", "memory", heldPage(0, all))),
	}
}

func epromProbes(g guard, at, n, all int) []noiseProbe {
	file := fmt.Sprint("pages/page.", n)
	return []noiseProbe{
		renewed(at, all, partProbe(readBack, file, at, 32, 1, cleared)), showing(g, file, "memory", heldPage(at, 32)),
		seldom(showing(g, "memory", "memory", heldPage(0, all))),
	}
}

func loggerProbes() []noiseProbe {
	return []noiseProbe{partProbe(readBack, "pages/page.2", 64, 32, 32, anyBytes), showing(crc16, "pages/page.2", "memory", heldPage(64, 32))}
}

func batteryProbes() []noiseProbe {
	return []noiseProbe{
		measuring(crc8, "temperature", "temperature", inSteps(-40, 85, 1./32), 1e-3),
		measuring(crc8, "VDD", "vdd", inSteps(0, 10, 0.01), 1e-3), measuring(crc8, "VAD", "vad", inSteps(0, 10, 0.01), 1e-3),
		measuring(crc8, "vis", "vis", inSteps(-0.24, 0.24, 1./4096), 2e-4),
		partProbe(readBack, "pages/page.3", 0, 8, 8, anyBytes), partProbe(readBack, "pages/page.6", 24, 8, 8, anyBytes), showing(crc8, "pages/page.6", "memory", heldPage(24, 8)),
		passing(crc8, "udate", "seconds"),
	}
}

func voltProbes(powered bool) []noiseProbe {
	all := []noiseProbe{
		measuring(crc16, "volt.A", "A", inSteps(0, 5, 0.02), 1e-3), measuring(crc16, "volt.C", "C", inSteps(0, 2.5, 0.02), 1e-3),
		measuring(crc16, "volt2.B", "B", inSteps(0, 2.5, 0.01), 1e-3), measuring(crc16, "8bit/volt.D", "D", inSteps(0, 5, 0.02), 0.011),
		writing(readBack, "set_alarm/volthigh.A", "limits", func(r *rand.Rand, old string) change {
			p, n := fromHex(old), r.IntN(256)
			p[1] = byte(n)
			return change{strconv.FormatFloat(float64(n)*0.02, 'f', 2, 64), hex.EncodeToString(p)}
		}, oldOrNew),
	}
	if powered {
		all[0].what += " (own supply)"
	}
	return all
}

// powerIs reads whether a thermometer has a supply of its own.
func powerIs(want string) noiseProbe {
	return noiseProbe{what: "power", guard: agreeing, do: func(w *noiseWorker, p *noiseProbe, dev string) {
		got, err := w.read("uncached/" + dev + "/power")
		w.judge(p, dev, err, func() (bool, string) { return got == want, "power reads " + got })
	}}
}

// outputsAt writes a number of four bits within a byte.
func outputsAt(g guard, file, key string, shift int) noiseProbe {
	return writing(g, file, key, func(r *rand.Rand, old string) change {
		n := byte(r.IntN(16))
		return change{strconv.Itoa(int(n)), hex.EncodeToString([]byte{fromHex(old)[0]&^(15<<shift) | n<<shift})}
	}, oldOrNew)
}

func ds2408Alarms() noiseProbe {
	return writing(rawBack, "set_alarm", "search", func(r *rand.Rand, old string) change {
		p := fromHex(old)
		n, digits := byte(r.Uint32()), byte(r.Uint32())
		text := ""
		for i := 7; i >= 0; i-- {
			text += strconv.Itoa(int(n>>i&1<<1 | digits>>i&1))
		}
		source := byte(r.IntN(4))
		p[0], p[1], p[2] = n, digits, p[2]&^3|source
		return change{strconv.Itoa(int(source)) + text, hex.EncodeToString(p)}
	}, oldOrNew)
}

func ds2406Alarms() noiseProbe {
	return writing(readBack, "set_alarm", "ram", func(r *rand.Rand, _ string) change {
		channels, source, level := byte(r.IntN(4)), byte(1+r.IntN(3)), byte(r.IntN(2))
		return change{fmt.Sprintf("%d%d%d", channels, source, level), hex.EncodeToString([]byte{channels<<3 | source<<1 | level})}
	}, oldOrNew)
}
