// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"syscall"

	"owfs/hw"
)

// The devices of HobbyBoards are microcontrollers: a command reads so many bytes
// or is followed by so many. There is no CRC. Which commands there are is known
// from programs for them; numbers have the lowest byte first.
const (
	hbVersion = 0x11
	hbType    = 0x12

	hbHubSet    = 0x21
	hbHubActive = 0x22
	hbHubShort  = 0x23
	hbHubOn     = 0x10 // with hbHubSet: switch on; else switch off
	hbHubSingle = 0x02 // in the configuration: only one branch at a time

	hbLocationSize = 21
	hbNewMoisture  = 1<<8 | 80 // from firmware 1.80 on the commands are others
)

// An hbNumber is a number in one byte or two.
type hbNumber struct {
	get, set byte
	bytes    int
	unsigned bool
	unit     float64 // 0: a whole number
}

func (n hbNumber) decode(p []byte) Value {
	var x int64
	switch {
	case n.bytes == 2 && n.unsigned:
		x = int64(binary.LittleEndian.Uint16(p))
	case n.bytes == 2:
		x = int64(int16(binary.LittleEndian.Uint16(p)))
	case n.unsigned:
		x = int64(p[0])
	default:
		x = int64(int8(p[0]))
	}
	if n.unit == 0 {
		return Int(x)
	}
	return Num(float64(x) * n.unit)
}

func (n hbNumber) encode(v Value) ([]byte, error) {
	low, high, unit := -math.Ldexp(1, 8*n.bytes-1), math.Ldexp(1, 8*n.bytes-1)-1, n.unit
	if n.unsigned {
		low, high = 0, math.Ldexp(1, 8*n.bytes)-1
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
	return binary.LittleEndian.AppendUint16(nil, uint16(int32(x)))[:n.bytes], nil
}

// hbAsk sends a command and reads n bytes. The commands to read and to write
// differ in one bit only, so that the answer is not asked for until it is sure
// that the right one has come over: it would be written otherwise.
func hbAsk(tx *hw.Tx, rom hw.ROM, n int, command byte) ([]byte, error) {
	return twoAgree(tx, rom, "HobbyBoards device", func() ([]byte, error) {
		if err := tx.Command(rom, command); err != nil {
			return nil, err
		}
		p := make([]byte, n)
		return p, tx.Read(p)
	})
}

// hbRead reads what a command answers.
func hbRead(ctx context.Context, c Chip, command byte, n int) (p []byte, err error) {
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err = hbAsk(tx, c.ROM(), n, command)
		return err
	})
	return p, err
}

// hbWrite writes what is to be read with another command, if it is not so.
func hbWrite(ctx context.Context, c Chip, get, set byte, data []byte) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		old, err := hbAsk(tx, c.ROM(), len(data), get)
		if err != nil || bytes.Equal(old, data) {
			return err
		}
		if err := tx.Command(c.ROM(), append([]byte{set}, data...)...); err != nil {
			return err
		}
		got, err := hbAsk(tx, c.ROM(), len(data), get)
		if err == nil && !bytes.Equal(got, data) {
			err = unverified("HobbyBoards setting")
		}
		return err
	})
}

func (n hbNumber) driver() Driver {
	d := Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := hbRead(ctx, c, n.get, n.bytes)
		if err != nil {
			return Value{}, err
		}
		return n.decode(p), nil
	}}
	if n.set != 0 {
		d.Write = func(ctx context.Context, c Chip, _ Element, v Value) error {
			p, err := n.encode(v)
			if err != nil {
				return err
			}
			return hbWrite(ctx, c, n.get, n.set, p)
		}
	}
	return d
}

// hbIdentity is what all devices tell. Their kinds go by these names.
func hbIdentity(types map[int64]string) Drivers {
	return Drivers{
		"type_number":    hbNumber{get: hbType, bytes: 1, unsigned: true}.driver(),
		"version_number": hbNumber{get: hbVersion, bytes: 2, unsigned: true}.driver(),
		"version": {Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			v, err := c.Read(ctx, "version_number", e)
			return Text(fmt.Sprintf("%d.%d", v.Int()>>8, v.Int()&0xFF)), err
		}},
		"type": {Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			v, err := c.Read(ctx, "type_number", e)
			name, ok := types[v.Int()]
			if !ok {
				name = fmt.Sprintf("HobbyBoards_%X", c.ROM().Family())
			}
			return Text(name), err
		}},
	}
}

func hbTypes() map[int64]string {
	return map[int64]string{
		1: "HB_UVI_METER", 2: "HB_MOISTURE_METER", 3: "HB_MOISTURE_METER_DATALOGGER", 4: "HB_SNIFFER", 5: "HB_HUB", 9: "HB_MULTITEMP",
	}
}

// hbShown tells whether a property is one of this kind's.
func hbShown(ctx context.Context, c Chip, when string) (bool, error) {
	return shownFor(ctx, c, when, "type_number", "type_number reads %d ")
}

func hobbyBoardsEEDrivers() Drivers {
	return merged(hbIdentity(hbTypes()), Drivers{
		"temperature":        hbNumber{get: 0x21, bytes: 2, unit: 0.5}.driver(),
		"temperature_offset": hbNumber{get: 0x23, set: 0x22, bytes: 2, unit: 0.5}.driver(),
		"UVI/UVI":            {Read: hbUVI},
		"UVI/UVI_offset":     hbNumber{get: 0x26, set: 0x25, bytes: 1, unit: 0.1}.driver(),
		"UVI/in_case": {
			Read: hbNumber{get: 0x28, bytes: 1, unsigned: true}.driver().Read,
			Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
				return hbWrite(ctx, c, 0x28, 0x27, []byte{byte(v.Int() & 1)})
			},
		},
	})
}

// hbUVI is the index in tenths, or FF if the meter has none.
func hbUVI(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := hbRead(ctx, c, 0x24, 1)
	switch {
	case err != nil:
		return Value{}, err
	case p[0] == 0xFF:
		return Value{}, errors.New("the meter tells of an error")
	}
	return Num(float64(p[0]) / 10), nil
}

func hobbyBoardsEFDrivers() Drivers {
	all := merged(hbIdentity(hbTypes()), Drivers{
		"moisture/sensor":        {Read: hbSensors},
		"moisture/is_leaf":       {Read: hbLeaves, Write: hbSetLeaves},
		"moisture/is_moisture":   {Read: hbNotLeaves, Write: hbSetNotLeaves},
		"moisture/calibrate/max": hbCalibration(hbPair{0x25, 0x24}, hbPair{0x23, 0xA3}),
		"moisture/calibrate/min": hbCalibration(hbPair{0x27, 0x26}, hbPair{0x24, 0xA4}),
		"moisture/calibrate/raw": {Read: hbList(0x31, 4, hbNumber{bytes: 2, unsigned: true})},

		"hub/branch": {Read: hbChannels(hbHubActive), Write: hbSetBranches},
		"hub/short":  {Read: hbChannels(hbHubShort)},
		"hub/config": hbNumber{get: 0x61, set: 0x60, bytes: 1, unsigned: true}.driver(),

		"barometer/pressure":          {Read: hbPressure},
		"barometer/altitude":          hbNumber{get: 0x26, set: 0xA6, bytes: 2}.driver(),
		"barometer/pressure_altitude": hbNumber{get: 0x24, bytes: 2}.driver(),
		"barometer/temperature":       hbNumber{get: 0x40, bytes: 2, unit: 0.1}.driver(),
		"humidity/humidity_corrected": hbNumber{get: 0x21, bytes: 2, unit: 0.01}.driver(),
		"humidity/humidity_raw":       hbNumber{get: 0x22, bytes: 2, unit: 0.01}.driver(),
		"humidity/humidity_offset":    hbNumber{get: 0x24, set: 0xA4, bytes: 2, unit: 0.01}.driver(),
		"humidity/temperature":        hbNumber{get: 0x40, bytes: 2, unit: 0.1}.driver(),
		"multitemp/temperature":       {Read: hbList(0x21, 6, hbNumber{bytes: 2, unit: 0.1})},
	})
	for _, kind := range []string{"barometer/", "humidity/", "multitemp/"} {
		config := hbNumber{get: 0x61, set: 0xE1, bytes: 1, unsigned: true}.driver()
		if kind == "multitemp/" {
			config = config.readOnly()
		}
		all[kind+"config"] = config
		all[kind+"polling_frequency"] = hbNumber{get: 0x14, set: 0x94, bytes: 1, unsigned: true}.driver()
		all[kind+"polling_available"] = hbNumber{get: 0x15, bytes: 1, unsigned: true}.driver()
		all[kind+"location"] = Driver{Read: hbLocation, Write: hbSetLocation}
		all[kind+"reboot"] = Driver{Write: hbDo(0xF1)}
		all[kind+"reset"] = Driver{Write: hbDo(0xF7)}
	}
	return all
}

// hbList is several numbers in one answer.
func hbList(command byte, count int, n hbNumber) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := hbRead(ctx, c, command, count*n.bytes)
		if err != nil {
			return Value{}, err
		}
		list := make([]Value, count)
		for i := range list {
			list[i] = n.decode(p[i*n.bytes:])
		}
		return List(list...), nil
	}
}

func hbSensors(ctx context.Context, c Chip, e Element) (Value, error) {
	return hbList(0x21, 4, hbNumber{bytes: 1, unsigned: true})(ctx, c, e)
}

// An hbPair is the commands that read and write one thing.
type hbPair struct{ get, set byte }

// hbMoisture chooses between the commands of old and new firmware.
func hbMoisture(ctx context.Context, c Chip, old, renewed hbPair) (hbPair, error) {
	v, err := c.Read(ctx, "version_number", Element{})
	if v.Int() >= hbNewMoisture {
		return renewed, err
	}
	return old, err
}

// hbLeafCommands are those for which sensors measure the wetness of leaves.
func hbLeafCommands(ctx context.Context, c Chip) (hbPair, error) {
	return hbMoisture(ctx, c, hbPair{0x23, 0x22}, hbPair{0x22, 0xA2})
}

// hbCalibration is one end of what the sensors of leaves measure, as
// moisture/calibrate/raw shows it.
func hbCalibration(old, renewed hbPair) Driver {
	number := func(ctx context.Context, c Chip) (Driver, error) {
		p, err := hbMoisture(ctx, c, old, renewed)
		return hbNumber{get: p.get, set: p.set, bytes: 2, unsigned: true}.driver(), err
	}
	return Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			d, err := number(ctx, c)
			if err != nil {
				return Value{}, err
			}
			return d.Read(ctx, c, e)
		},
		Write: func(ctx context.Context, c Chip, e Element, v Value) error {
			d, err := number(ctx, c)
			if err != nil {
				return err
			}
			return d.Write(ctx, c, e, v)
		},
	}
}

// hbPressure is the pressure of the air in mbar. The device tells it in kPa, but
// of how many parts is not certain: programs take it for whole ones. There is no
// air of less than 30 kPa nor of more than 115, so that the number itself tells
// whether it is of whole ones, tenths or hundredths.
func hbPressure(ctx context.Context, c Chip, _ Element) (Value, error) {
	const least, most = 30., 115. // kPa
	p, err := hbRead(ctx, c, 0x22, 2)
	if err != nil {
		return Value{}, err
	}
	raw := float64(binary.LittleEndian.Uint16(p))
	for _, parts := range []float64{1, 10, 100} {
		if kPa := raw / parts; kPa >= least && kPa <= most {
			return Num(raw * 10 / parts), nil
		}
	}
	return Value{}, fmt.Errorf("the barometer tells of %v, which is no pressure of the air: %w", raw, syscall.EIO)
}

func hbLeaves(ctx context.Context, c Chip, _ Element) (Value, error) {
	commands, err := hbLeafCommands(ctx, c)
	if err != nil {
		return Value{}, err
	}
	p, err := hbRead(ctx, c, commands.get, 1)
	if err != nil {
		return Value{}, err
	}
	return Bits(uint64(p[0] & 0x0F)), nil
}

func hbSetLeaves(ctx context.Context, c Chip, _ Element, v Value) error {
	if v.Bits() > 0x0F {
		return outOfRange(0, 0x0F)
	}
	commands, err := hbLeafCommands(ctx, c)
	if err != nil {
		return err
	}
	return hbWrite(ctx, c, commands.get, commands.set, []byte{byte(v.Bits())})
}

func hbNotLeaves(ctx context.Context, c Chip, e Element) (Value, error) {
	v, err := hbLeaves(ctx, c, e)
	return Bits(^v.Bits() & 0x0F), err
}

func hbSetNotLeaves(ctx context.Context, c Chip, e Element, v Value) error {
	if v.Bits() > 0x0F {
		return outOfRange(0, 0x0F)
	}
	return hbSetLeaves(ctx, c, e, Bits(^v.Bits()&0x0F))
}

func hbChannels(command byte) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := hbRead(ctx, c, command, 1)
		if err != nil {
			return Value{}, err
		}
		return Bits(uint64(p[0] & 0x0F)), nil
	}
}

// hbSetBranches switches the branches of a hub. It switches on first, and leaves
// the mode with a single branch if there are to be more.
func hbSetBranches(ctx context.Context, c Chip, _ Element, v Value) error {
	on := byte(v.Bits())
	switch {
	case v.Bits() > 0x0F:
		return outOfRange(0, 0x0F)
	case on&(on-1) != 0:
		config, err := c.Read(ctx, "hub/config", Element{})
		if err != nil {
			return err
		}
		if config.Int()&hbHubSingle != 0 {
			if err := c.Write(ctx, "hub/config", Element{}, Int(config.Int()&^hbHubSingle)); err != nil {
				return err
			}
		}
	}
	return c.Do(ctx, func(tx *hw.Tx) error {
		for _, channels := range []byte{hbHubOn | on, ^on & 0x0F} {
			if err := tx.Command(c.ROM(), hbHubSet, channels); err != nil {
				return err
			}
		}
		p, err := hbAsk(tx, c.ROM(), 1, hbHubActive)
		if err == nil && p[0]&0x0F != on {
			err = unverified("HobbyBoards hub (a branch with a short can't be switched on)")
		}
		return err
	})
}

func hbLocation(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := hbRead(ctx, c, 0x16, hbLocationSize)
	text, _, _ := bytes.Cut(p, []byte{0})
	return Bytes(text), err
}

func hbSetLocation(ctx context.Context, c Chip, _ Element, v Value) error {
	if len(v.Bytes()) > hbLocationSize {
		return tooLong(hbLocationSize)
	}
	return hbWrite(ctx, c, 0x16, 0x96, append(bytes.Clone(v.Bytes()), make([]byte, hbLocationSize-len(v.Bytes()))...))
}

// hbDo gives a command without more, once.
func hbDo(command byte) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		if !v.Flag() {
			return nil
		}
		return Once(c.Do(ctx, func(tx *hw.Tx) error { return tx.Command(c.ROM(), command) }))
	}
}
