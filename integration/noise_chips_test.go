// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync/atomic"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// A chipSide is an emulated chip, what can be put before it to see, and what
// it holds. Neither goes over its line.
type chipSide struct {
	slave sim.Slave
	see   map[string]func(value string)
	hold  map[string]func() string
}

type (
	sees  = map[string]func(string)
	holds = map[string]func() string
)

func numberOf(s string) float64 {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err) // the test has sent it
	}
	return x
}

func fromHex(s string) []byte {
	p, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return p
}

func seeded(seed, stream uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, stream)) }

func octet(f func() byte) func() string {
	return func() string { return hex.EncodeToString([]byte{f()}) }
}

func octets(f func() []byte) func() string { return func() string { return hex.EncodeToString(f()) } }

func mask(f func(byte)) func(string) { return func(s string) { f(byte(numberOf(s))) } }

// A dial is a quantity that is there to be measured.
type dial struct{ bits atomic.Uint64 }

func (d *dial) turn(s string)             { d.bits.Store(math.Float64bits(numberOf(s))) }
func (d *dial) now() float64              { return math.Float64frombits(d.bits.Load()) }
func (d *dial) at(time.Time) float64      { return d.now() }
func (d *dial) seen(name string) sees     { return sees{name: d.turn} }
func kept(f func() [3]byte) func() string { return octets(func() []byte { p := f(); return p[:] }) }

func thermo18B20(rom hw.ROM, clock hw.Clock) chipSide {
	var t dial
	c := sim.NewDS18B20(rom, clock, t.now)
	return chipSide{c, t.seen("temperature"), holds{"eeprom": kept(c.EEPROM)}}
}

func parasite18B20(rom hw.ROM, clock hw.Clock) chipSide {
	side := thermo18B20(rom, clock)
	side.slave.(*sim.DS18B20).SetParasite(true)
	return side
}

func deaf18B20(rom hw.ROM, clock hw.Clock) chipSide {
	side := thermo18B20(rom, clock)
	side.slave.(*sim.DS18B20).SetDeaf(true)
	return side
}

func thermo18S20(rom hw.ROM, clock hw.Clock) chipSide {
	var t dial
	c := sim.NewDS18S20(rom, clock, t.now)
	return chipSide{c, t.seen("temperature"), holds{"eeprom": kept(c.EEPROM)}}
}

func thermo1825(rom hw.ROM, clock hw.Clock) chipSide {
	var t dial
	c := sim.NewDS1825(rom, clock, 5, t.now)
	return chipSide{c, t.seen("temperature"), holds{"eeprom": kept(c.EEPROM)}}
}

func max31826(rom hw.ROM, clock hw.Clock) chipSide {
	var t dial
	c := sim.NewMAX31826(rom, clock, 5, t.now)
	return chipSide{c, t.seen("temperature"), holds{"memory": octets(func() []byte { p := c.EEPROM(); return p[:] })}}
}

func max31850(rom hw.ROM, clock hw.Clock) chipSide {
	var hot, cold dial
	c := sim.NewMAX31850(rom, clock, 5, hot.now, cold.now)
	return chipSide{c, sees{"hot": hot.turn, "cold": cold.turn}, nil}
}

func ds28ea00(rom hw.ROM, clock hw.Clock) chipSide {
	var t dial
	c := sim.NewDS28EA00(rom, clock, t.now)
	return chipSide{
		c, sees{"temperature": t.turn, "low": mask(c.SetPins)},
		holds{"eeprom": kept(c.EEPROM), "latches": octet(c.Latches)},
	}
}

func ds2438(rom hw.ROM, clock hw.Clock) chipSide {
	var vdd, vad, vis dial
	c := sim.NewDS2438(rom, clock)
	volts := func(d *dial) func(string) {
		return func(s string) {
			d.turn(s)
			c.SetVoltages(vdd.now(), vad.now(), vis.now())
		}
	}
	memory := func() []byte {
		var p []byte
		for page := 3; page < 7; page++ {
			one := c.Page(page)
			p = append(p, one[:]...)
		}
		return p
	}
	return chipSide{
		c, sees{
			"temperature": func(s string) { c.SetTemperature(numberOf(s)) },
			"vdd":         volts(&vdd), "vad": volts(&vad), "vis": volts(&vis),
		},
		holds{
			"memory":  octets(memory),
			"flags":   octet(func() byte { return c.Page(0)[0] & 15 }),
			"seconds": func() string { p := c.Page(1); return fmt.Sprint(binary.LittleEndian.Uint32(p[:])) },
		},
	}
}

func ds1921(rom hw.ROM, clock hw.Clock) chipSide {
	var t dial
	c := sim.NewDS1921(rom, clock, sim.DS1921G, t.at)
	return chipSide{c, t.seen("temperature"), holds{
		"memory": octets(func() []byte { return c.Memory()[:512] }),
		"alarm":  octets(func() []byte { return c.Memory()[0x207:0x20D] }),
	}}
}

func ds1923(rom hw.ROM, clock hw.Clock) chipSide {
	var t, humidity dial
	c := sim.NewDS1922(rom, clock, sim.DS1923, t.at, humidity.at)
	return chipSide{c, t.seen("temperature"), holds{
		"memory": octets(func() []byte { return c.Memory()[:512] }),
		"delay":  octets(func() []byte { return c.Memory()[0x216:0x219] }),
	}}
}

func ds2405(rom hw.ROM, _ hw.Clock) chipSide {
	c := sim.NewDS2405(rom)
	on := func() byte {
		if c.On() {
			return 1
		}
		return 0
	}
	low := false
	level := func() byte {
		if low || c.On() {
			return 0
		}
		return 1
	}
	return chipSide{
		c, sees{"low": func(s string) { low = numberOf(s) != 0; c.PullLow(low) }},
		holds{"on": octet(on), "level": octet(level)},
	}
}

func ds2406(rom hw.ROM, _ hw.Clock) chipSide {
	c := sim.NewDS2406(rom)
	var changed byte // by the last that was put before it
	low := func(n byte) {
		before := c.Levels()
		c.PullLow(n)
		changed = before ^ c.Levels()
	}
	memory := func(s string) { c.SetMemory(0, fromHex(s)) }
	return chipSide{c, sees{"low": mask(low), "memory": memory}, holds{
		"changed": func() string { return fmt.Sprint(changed) },
		"latches": octet(c.Latches), "levels": octet(c.Levels), "memory": octets(c.Memory),
		"ram": octet(func() byte { return c.Status(7) & 0x1F }),
	}}
}

func ds2408(rom hw.ROM, _ hw.Clock) chipSide {
	c := sim.NewDS2408(rom)
	return chipSide{c, sees{"low": mask(c.PullLow)}, holds{
		"latches": octet(c.Latches), "levels": octet(c.Levels),
		"activity": octet(func() byte { return c.Register(0x8A) }),
		"search":   octets(func() []byte { return []byte{c.Register(0x8B), c.Register(0x8C), c.Register(0x8D)} }),
	}}
}

func ds2413(rom hw.ROM, _ hw.Clock) chipSide {
	c := sim.NewDS2413(rom)
	return chipSide{c, sees{"low": mask(c.PullLow)}, holds{"latches": octet(c.Latches), "levels": octet(c.Levels)}}
}

func ds2450(rom hw.ROM, clock hw.Clock) chipSide {
	c := sim.NewDS2450(rom, clock)
	see := sees{}
	for i, name := range []string{"A", "B", "C", "D"} {
		see[name] = func(s string) { c.SetVoltage(i, numberOf(s)) }
	}
	return chipSide{c, see, holds{"limits": octets(func() []byte { return c.Memory()[0x10:0x18] })}}
}

// hungry2450 is one on parasite power.
func hungry2450(rom hw.ROM, clock hw.Clock) chipSide {
	side := ds2450(rom, clock)
	side.slave.(*sim.DS2450).SetParasite(true)
	return side
}

func ds2423(rom hw.ROM, _ hw.Clock) chipSide {
	c := sim.NewDS2423(rom)
	return chipSide{
		c, sees{
			"A": func(s string) { c.SetCounter(14, uint32(numberOf(s))) },
			"B": func(s string) { c.SetCounter(15, uint32(numberOf(s))) },
		},
		holds{"memory": octets(c.Memory)},
	}
}

// A heldMemory is a chip that is nothing but memory.
type heldMemory interface {
	sim.Slave
	Memory() []byte
	SetMemory(at int, p []byte)
}

func holdsMemory(c heldMemory, size int) chipSide {
	return chipSide{
		c, sees{"memory": func(s string) { c.SetMemory(0, fromHex(s)) }},
		holds{"memory": octets(func() []byte { return c.Memory()[:size] })},
	}
}

func ds2431(rom hw.ROM, clock hw.Clock) chipSide { return holdsMemory(sim.NewDS2431(rom, clock), 128) }
func ds2433(rom hw.ROM, clock hw.Clock) chipSide { return holdsMemory(sim.NewDS2433(rom, clock), 512) }
func ds1992(rom hw.ROM, clock hw.Clock) chipSide { return holdsMemory(sim.NewNVRAM(rom, clock), 128) }
func ds2502(rom hw.ROM, _ hw.Clock) chipSide     { return holdsMemory(sim.NewEPROM(rom), 128) }
func ds2505(rom hw.ROM, _ hw.Clock) chipSide     { return holdsMemory(sim.NewEPROM(rom), 2048) }

func ds28ec20(rom hw.ROM, clock hw.Clock) chipSide {
	return holdsMemory(sim.NewDS28EC20(rom, clock), 2560)
}

func ds2430(rom hw.ROM, clock hw.Clock) chipSide {
	c := sim.NewDS2430A(rom, clock)
	return chipSide{c, nil, holds{"memory": octets(func() []byte { p, _, _ := c.Memory(); return p })}}
}

func clockChip(rom hw.ROM, clock hw.Clock) chipSide {
	c := sim.NewDS2415(rom, clock)
	return chipSide{c, nil, holds{"control": octet(c.Control), "seconds": func() string { return fmt.Sprint(c.Count()) }}}
}

func coupler(rom hw.ROM, clock hw.Clock) chipSide {
	c := sim.NewDS2409(rom, clock)
	return chipSide{c, nil, holds{"control": octet(func() byte {
		if c.Control() {
			return 1
		}
		return 0
	})}}
}

func eds0068(rom hw.ROM, clock hw.Clock) chipSide {
	c := sim.NewEDS(rom, clock, 0x68)
	return chipSide{
		c, sees{
			"temperature": func(s string) { c.Reading(0x22, 2, numberOf(s), 1./16) },
			"light":       func(s string) { c.Reading(0x32, 3, numberOf(s), 1) },
		},
		holds{"settings": octets(func() []byte { return c.Memory()[0x42:0x44] })},
	}
}

func uvMeter(rom hw.ROM, _ hw.Clock) chipSide {
	c := sim.NewHobbyBoards(rom, 1, 2, 0)
	return chipSide{
		c, sees{
			"temperature": func(s string) {
				n := int16(numberOf(s) * 2)
				c.Answer(0x21, byte(n), byte(n>>8))
			},
			"uvi": func(s string) { c.Answer(0x24, byte(math.Round(numberOf(s)*10))) },
		},
		holds{"offset": octets(func() []byte { return c.Answers(0x26) })},
	}
}

func moisture(rom hw.ROM, _ hw.Clock) chipSide {
	c := sim.NewHobbyBoards(rom, 2, 2, 0)
	return chipSide{
		c, sees{"sensor": func(s string) { n := byte(numberOf(s)); c.Answer(0x21, n, n, n, n) }},
		holds{"leaves": octets(func() []byte { return c.Answers(0x22) })},
	}
}

func lcd(rom hw.ROM, _ hw.Clock) chipSide {
	c := sim.NewLCD(rom)
	return chipSide{c, sees{"levels": mask(c.SetLevels)}, holds{
		"version": func() string { return "" }, "memory": octets(c.Memory), "gpio": octet(c.GPIO), "line": octets(func() []byte { return []byte(c.Text(0, 20)) }),
	}}
}

func ds2760(rom hw.ROM, clock hw.Clock) chipSide {
	var volts, sense, celsius dial
	c := sim.NewDS2760(rom, clock, sim.DS2760Kind)
	turn := func(d *dial) func(string) {
		return func(s string) {
			d.turn(s)
			c.Measure(volts.now(), sense.now(), celsius.now())
		}
	}
	block := func() []byte {
		p := make([]byte, 16)
		for i := range p {
			_, p[i] = c.Memory(0x20 + i)
		}
		return p
	}
	return chipSide{
		c, sees{"volt": turn(&volts), "vis": turn(&sense), "temperature": turn(&celsius)},
		holds{"memory": octets(block)},
	}
}

func ds2436(rom hw.ROM, _ hw.Clock) chipSide {
	var volts, celsius dial
	c := sim.NewDS2436(rom)
	turn := func(d *dial) func(string) {
		return func(s string) { d.turn(s); c.Measure(volts.now(), celsius.now()) }
	}
	return chipSide{c, sees{"volts": turn(&volts), "temperature": turn(&celsius)}, nil}
}

func ds2890(rom hw.ROM, _ hw.Clock) chipSide {
	c := sim.NewDS2890(rom)
	return chipSide{c, nil, holds{"wiper": octet(func() byte { p, _ := c.State(); return p })}}
}

func serial(rom hw.ROM, _ hw.Clock) chipSide { return chipSide{sim.NewSerial(rom), nil, nil} }
