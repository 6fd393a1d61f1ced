// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"slices"
	"syscall"
	"time"

	"owfs/hw"
)

// The sensors of Embedded Data Systems (OW-ENV user manual, version 1.1, for what
// they measure and how often). They are microcontrollers that look like a memory
// of pages of 32 bytes with a CRC-16 each: the tag, the readings, the settings.
// Where everything is there is known from programs that read them.
const (
	edsClearAlarms = 0x33

	edsTag     = 0x00
	edsTagSize = 30
	edsID      = 0x1E
	edsPage    = 32
)

// An edsMap is where a model keeps what all models have.
type edsMap struct {
	alarms, search int // the flags of alarms, and which of them answer the search
	words          int // how many bytes each of the two has
	seconds        int
	function       int // what works the relay and the LED
	state          int // of the relay and the LED
}

// Where the models keep it: the environment sensors, those with a byte of alarms,
// those with analog inputs, and the one with inputs and outputs.
var (
	edsEnvironment = edsMap{alarms: 0x3A, search: 0x40, words: 2, seconds: 0x3C, function: 0x5E, state: 0x5F}
	edsSmall       = edsMap{alarms: 0x36, search: 0x40, words: 1, seconds: 0x3C, function: 0x5E, state: 0x5F}
	edsAnalog      = edsMap{alarms: 0x2A, search: 0x9A, words: 2, seconds: 0x2C, function: 0x9E, state: 0x9F}
	edsDiscrete    = edsMap{alarms: 0x2A, search: 0x50, words: 2, seconds: 0x2C, function: 0x5E, state: 0x5F}
)

func (m edsMap) alarmWord() edsNumber  { return edsNumber{at: m.alarms, bytes: m.words} }
func (m edsMap) searchWord() edsNumber { return edsNumber{at: m.search, bytes: m.words} }

// edsWriteTime is how long it takes until a setting can be read back.
const edsWriteTime = 700 * time.Millisecond

// An edsNumber is a number in so many bytes, the lowest first.
type edsNumber struct {
	at, bytes int
	signed    bool
	unit      float64 // 0: a whole number
}

func (n edsNumber) decode(p []byte) Value {
	var x int64
	for i := n.bytes - 1; i >= 0; i-- {
		x = x<<8 | int64(p[i])
	}
	if bits := 8 * n.bytes; n.signed && x>>(bits-1) == 1 {
		x -= 1 << bits
	}
	if n.unit == 0 {
		return Int(x)
	}
	return Num(float64(x) * n.unit)
}

func (n edsNumber) encode(v Value) ([]byte, error) {
	low, high, unit := 0., math.Ldexp(1, 8*n.bytes)-1, n.unit
	if n.signed {
		low, high = -math.Ldexp(1, 8*n.bytes-1), math.Ldexp(1, 8*n.bytes-1)-1
	}
	x := float64(v.Int())
	if unit == 0 {
		unit = 1
	} else {
		x = math.Round(v.Num() / unit)
	}
	if !(x >= low && x <= high) {
		return nil, outOfRange(low*unit, high*unit)
	}
	p := make([]byte, n.bytes)
	for i := range p {
		p[i] = byte(int64(x) >> (8 * i))
	}
	return p, nil
}

// driver reads the number, and writes it.
func (n edsNumber) driver() Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			p, err := edsRead(ctx, c, n.at, n.bytes)
			if err != nil {
				return Value{}, err
			}
			return n.decode(p), nil
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			p, err := n.encode(v)
			if err != nil {
				return err
			}
			return edsWrite(ctx, c, n.at, func(old []byte) []byte { return append(p, old[len(p):]...) })
		},
	}
}

// edsFrom reads from an address to the end of its page.
func edsFrom(tx *hw.Tx, rom hw.ROM, at int) ([]byte, error) {
	return exchangeCRC16(tx, rom, "EDS page", edsPage-at%edsPage, addressed(padExtendedRead, at)...)
}

// edsRead reads n bytes, which may go on in the next page.
func edsRead(ctx context.Context, c Chip, at, n int) (p []byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		for p = nil; len(p) < n; {
			q, err := edsFrom(tx, c.ROM(), at+len(p))
			if err != nil {
				return err
			}
			p = append(p, q...)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return p[:n], nil
}

// edsWrite changes what is from an address on to the end of its page, if it is
// not so, and reads it back when it must be there. Meanwhile the line is free.
func edsWrite(ctx context.Context, c Chip, at int, edit func(old []byte) []byte) error {
	written := false
	err := c.Do(ctx, func(tx *hw.Tx) error {
		old, err := edsFrom(tx, c.ROM(), at)
		if err != nil {
			return err
		}
		want := edit(old)
		if written = !bytes.Equal(old, want); !written {
			return nil
		}
		first, last := changed(old, want)
		return padPut(tx, c.ROM(), "EDS setting", at+first, want[first:last+1], nil)
	})
	if err != nil || !written {
		return err
	}
	if err := c.Sleep(context.WithoutCancel(ctx), edsWriteTime); err != nil {
		return err
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		got, err := edsFrom(tx, c.ROM(), at)
		if err == nil && !bytes.Equal(edit(got), got) {
			err = unverified("EDS setting")
		}
		return err
	})
}

// edsBits is so many bits of a number, from a bit on.
func edsBits(n edsNumber, shift, count uint, yesNo bool) Driver {
	mask := int64(1)<<count - 1
	return Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			v, err := n.driver().Read(ctx, c, e)
			return Int(v.Int() >> shift & mask), err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			x := v.Int()
			if yesNo {
				x &= 1
			}
			if x < 0 || x > mask {
				return outOfRange(0, mask)
			}
			return edsWrite(ctx, c, n.at, func(old []byte) []byte {
				p, _ := n.encode(Int(n.decode(old).Int()&^(mask<<shift) | x<<shift)) // always in range
				return append(p, old[len(p):]...)
			})
		},
	}
}

// edsLittle is a signed number with a unit.
func edsLittle(at, bytes int, unit float64) Driver { return edsNumber{at, bytes, true, unit}.driver() }

// edsCount is a whole number.
func edsCount(at, bytes int) Driver { return edsNumber{at: at, bytes: bytes}.driver() }

func edsDrivers() Drivers {
	all := Drivers{
		"tag":         {Read: edsReadTag},
		"device_id":   edsCount(edsID, 2).readOnly(),
		"device_type": {Read: edsType},
	}
	edsAdd(all, "", edsMemory{pages: 3, readings: []int{1}}.drivers())
	temp := edsMeasure{name: "temp", reading: "temperature", at: 0x22, bytes: 2, unit: 1. / 16, limit: 0x42, limitBytes: 1, limitUnit: 1, bit: 0}
	humidity := []edsMeasure{
		{"humidity", "humidity", 0x24, 2, 1. / 16, 0x44, 1, 1, 2},
		{"dew_point", "dew_point", 0x26, 2, 1. / 16, 0x46, 1, 1, 4},
		{"humidex", "humidex", 0x28, 2, 1. / 16, 0x48, 1, 1, 6},
		{"heat_index", "heat_index", 0x2A, 2, 1. / 16, 0x4A, 1, 1, 8},
	}
	pressure := []edsMeasure{
		{"pressure", "pressure", 0x2C, 3, 1. / 2048, 0x4C, 3, 1. / 2048, 10},
		{"inHg", "inHg", 0x2F, 3, 1. / 2048, 0x52, 3, 1. / 2048, 12},
	}
	light := edsMeasure{"light", "light", 0x32, 3, 0, 0x58, 3, 0, 14}
	for model, measures := range map[string][]edsMeasure{
		"EDS0064/": {temp}, "EDS0065/": append([]edsMeasure{temp}, humidity...), "EDS0066/": append([]edsMeasure{temp}, pressure...),
		"EDS0067/": {temp, light},
		"EDS0068/": append(append([]edsMeasure{temp, light}, humidity...), pressure...),
	} {
		edsAdd(all, model, edsEnvironment.drivers())
		for _, m := range measures {
			edsAdd(all, model, m.drivers())
		}
	}
	// The name of one property ends with a blank.
	all["EDS0067/threshold/light_hi "] = all["EDS0067/threshold/light_hi"]
	delete(all, "EDS0067/threshold/light_hi")
	for model, name := range map[string]string{"EDS0071/": "resistance", "EDS0072/": "RTD"} {
		edsAdd(all, model, edsSmall.drivers())
		edsAdd(all, model, edsResistanceDrivers())
		edsAdd(all, model, edsSmall.pair("temp", 0))
		edsAdd(all, model, edsSmall.pair(name, 2))
	}
	// The name of one property has two underscores.
	all["EDS0071/set_alarm/resistance__hi"] = all["EDS0071/set_alarm/resistance_hi"]
	delete(all, "EDS0071/set_alarm/resistance_hi")
	edsAdd(all, "EDS0070/", edsSmall.drivers())
	edsAdd(all, "EDS0070/", edsVibrationDrivers())
	for model, m := range map[string]edsInputs{
		"EDS0080/": {"current", 8, edsMilliampere}, "EDS0082/": {"volts", 8, edsVolt},
		"EDS0083/": {"current", 4, edsMilliampere}, "EDS0085/": {"volts", 4, edsVolt},
	} {
		edsAdd(all, model, edsAnalog.drivers())
		edsAdd(all, model, m.drivers())
	}
	edsAdd(all, "EDS0090/", edsDiscrete.drivers())
	edsAdd(all, "EDS0090/", edsDiscreteDrivers())
	return all
}

func edsAdd(all Drivers, model string, more Drivers) {
	for name, d := range more {
		all[model+name] = d
	}
}

// drivers are those that the models have in common. The relay and the LED have
// two bits each: for what works them, and one that is it.
func (m edsMap) drivers() Drivers {
	function, state := edsNumber{at: m.function, bytes: 1}, edsNumber{at: m.state, bytes: 1}
	return Drivers{
		"LED/control":              edsBits(function, 2, 2, false),
		"LED/state":                edsBits(state, 1, 1, true),
		"relay/control":            edsBits(function, 0, 2, false),
		"relay/state":              edsBits(state, 0, 1, true),
		"relay_function":           function.driver(),
		"relay_state":              state.driver(),
		"alarm/state":              m.alarmWord().driver().readOnly(),
		"alarm/clear":              {Write: edsClear},
		"counter/seconds":          edsCount(m.seconds, 4).readOnly(),
		"set_alarm/alarm_function": m.searchWord().driver(),
	}
}

// pair is the alarms of one measure, the upper one first.
func (m edsMap) pair(name string, bit uint) Drivers {
	all := Drivers{}
	for i, end := range []string{"_hi", "_low"} {
		all["alarm/"+name+end] = edsBits(m.alarmWord(), bit+uint(i), 1, true).readOnly()
		all["set_alarm/"+name+end] = edsBits(m.searchWord(), bit+uint(i), 1, true)
	}
	return all
}

// An edsMeasure is one thing that the environment sensors measure, with its
// limits, the upper one first, and its two bits in the words of alarms.
type edsMeasure struct {
	name, reading string
	at, bytes     int
	unit          float64
	limit         int
	limitBytes    int
	limitUnit     float64
	bit           uint
}

func (m edsMeasure) drivers() Drivers {
	signed := m.unit != 0
	all := edsEnvironment.pair(m.name, m.bit)
	all[m.reading] = edsNumber{m.at, m.bytes, signed, m.unit}.driver().readOnly()
	for i, end := range []string{"_hi", "_low"} {
		all["threshold/"+m.name+end] = edsNumber{m.limit + i*m.limitBytes, m.limitBytes, signed, m.limitUnit}.driver()
	}
	return all
}

// edsResistanceDrivers are those of the models with a platinum resistor.
func edsResistanceDrivers() Drivers {
	const unit = 1. / 2048
	return Drivers{
		"temperature":              edsLittle(0x22, 3, unit).readOnly(),
		"resistance":               edsLittle(0x25, 3, unit).readOnly(),
		"raw":                      edsCount(0x28, 3).readOnly(),
		"calibration/constant":     edsCount(0x30, 4).readOnly(),
		"calibration/key":          edsCount(0x5C, 1),
		"counter/samples":          edsCount(0x38, 4).readOnly(),
		"delay":                    edsCount(0x5D, 1),
		"user_byte":                edsCount(0x41, 1),
		"threshold/temp_hi":        edsLittle(0x42, 3, unit),
		"threshold/temp_low":       edsLittle(0x45, 3, unit),
		"threshold/resistance_hi":  edsLittle(0x48, 3, unit),
		"threshold/resistance_low": edsLittle(0x4B, 3, unit),
	}
}

func edsReadTag(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := edsRead(ctx, c, edsTag, edsTagSize)
	return Bytes(bytes.TrimRight(p, "\x00")), err
}

func edsType(ctx context.Context, c Chip, e Element) (Value, error) {
	v, err := c.Read(ctx, "device_id", e)
	return Text(fmt.Sprintf("EDS%04X", v.Int())), err
}

// edsShown tells whether a property is one of this model's.
func edsShown(ctx context.Context, c Chip, when string) (bool, error) {
	return shownFor(ctx, c, when, "device_id", "device_id reads 0x%04X ")
}

// edsClear clears all flags of alarms.
func edsClear(ctx context.Context, c Chip, _ Element, v Value) error {
	if !v.Flag() {
		return nil
	}
	return c.Do(ctx, func(tx *hw.Tx) error { return tx.Command(c.ROM(), edsClearAlarms) })
}

// An edsMemory is so many pages, some of which are only readings.
type edsMemory struct {
	pages    int
	readings []int
}

func (m edsMemory) drivers() Drivers {
	return Drivers{
		"memory":     {Read: m.read, Write: m.write},
		"pages/page": {Read: m.readPage, Write: m.writePage},
	}
}

func (m edsMemory) readPage(ctx context.Context, c Chip, e Element) (Value, error) {
	p, err := edsRead(ctx, c, e.Index*edsPage, edsPage)
	return Bytes(p), err
}

func (m edsMemory) read(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := edsRead(ctx, c, 0, m.pages*edsPage)
	return Bytes(p), err
}

// writePage writes the beginning of the tag or of the settings. The readings
// between them are the sensor's.
func (m edsMemory) writePage(ctx context.Context, c Chip, e Element, v Value) error {
	switch {
	case len(v.Bytes()) > edsPage:
		return tooLong(edsPage)
	case slices.Contains(m.readings, e.Index):
		return fmt.Errorf("page %d is what the sensor reads: %w", e.Index, syscall.EPERM)
	}
	return edsWrite(ctx, c, e.Index*edsPage, func(old []byte) []byte {
		return append(bytes.Clone(v.Bytes()), old[len(v.Bytes()):]...)
	})
}

// write writes the pages that can be written.
func (m edsMemory) write(ctx context.Context, c Chip, _ Element, v Value) error {
	p := v.Bytes()
	if len(p) > m.pages*edsPage {
		return tooLong(m.pages * edsPage)
	}
	for i := 0; i*edsPage < len(p); i++ {
		if slices.Contains(m.readings, i) {
			continue
		}
		err := m.writePage(ctx, c, Element{Index: i}, Bytes(p[i*edsPage:min(len(p), (i+1)*edsPage)]))
		if err != nil {
			return err
		}
	}
	return nil
}
