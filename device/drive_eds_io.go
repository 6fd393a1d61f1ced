// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"fmt"
	"syscall"

	"owfs/hw"
)

// The sensor of vibration and the models with inputs of Embedded Data Systems.
// What they do is from the user manual of the EDS0090 (OW-IO-DIO8) and the
// maker's descriptions; where everything is, from programs that read them.

// edsVibrationMost is the highest level of vibration; it has no unit.
const edsVibrationMost = 1023

// edsVibrationDrivers are those of the EDS0070. Where it keeps the lowest level
// is not certain: programs read it where other models keep their calibration.
func edsVibrationDrivers() Drivers {
	all := edsSmall.pair("vib", 2)
	all["vib_level"] = edsCount(0x24, 2).readOnly()
	all["vib_peak"] = edsCount(0x26, 2).readOnly()
	all["vib_max"] = edsCount(0x28, 2).readOnly()
	for i, end := range []string{"_hi", "_low"} {
		all["threshold/vib"+end] = edsVibrationLimit(0x44 + 2*i)
	}
	return all
}

// edsVibrationLimit is a level. It is no temperature, although its row says so.
func edsVibrationLimit(at int) Driver {
	d := edsNumber{at: at, bytes: 2, unit: 1}.driver()
	write := d.Write
	d.Write = func(ctx context.Context, c Chip, e Element, v Value) error {
		if !(v.Num() >= 0 && v.Num() <= edsVibrationMost) {
			return outOfRange(0, edsVibrationMost)
		}
		return write(ctx, c, e, v)
	}
	return d
}

// The units of the analog inputs: volt, and ampere in steps of 1/2048 mA.
const (
	edsVolt        = 1. / 2048
	edsMilliampere = 1. / 2048 / 1000
)

// An edsInputs is the models with so many analog inputs for one measure.
type edsInputs struct {
	measure  string
	channels int
	unit     float64
}

func (m edsInputs) drivers() Drivers {
	all := edsMemory{pages: 5, readings: []int{1, 2}}.drivers()
	all[m.measure] = m.each(0x30, 2).readOnly()
	all["min_"+m.measure] = m.each(0x40, 2).readOnly()
	all["max_"+m.measure] = m.each(0x50, 2).readOnly()
	for i, end := range []string{"_hi", "_low"} {
		name := m.measure + end
		all["threshold/"+name] = m.each(0x70+2*i, 4)
		all["alarm/"+name] = edsEverySecond(edsAnalog.alarmWord(), i, m.channels).readOnly()
		all["set_alarm/"+name] = edsEverySecond(edsAnalog.searchWord(), i, m.channels)
	}
	return all
}

// each is a number of each input, so many bytes apart. The rows of the limits
// are twice as many as there are inputs.
func (m edsInputs) each(at, apart int) Driver {
	number := func(e Element) (Driver, error) {
		if e.Index >= m.channels {
			return Driver{}, fmt.Errorf("this model has the inputs 0 to %d: %w", m.channels-1, syscall.EINVAL)
		}
		return edsNumber{at: at + e.Index*apart, bytes: 2, unit: m.unit}.driver(), nil
	}
	return Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			d, err := number(e)
			if err != nil {
				return Value{}, err
			}
			return d.Read(ctx, c, e)
		},
		Write: func(ctx context.Context, c Chip, e Element, v Value) error {
			d, err := number(e)
			if err != nil {
				return err
			}
			return d.Write(ctx, c, e, v)
		},
	}
}

// edsEverySecond is one bit of each channel, from a bit on: those for the upper
// and the lower limits take turns in a word of alarms.
func edsEverySecond(n edsNumber, first, channels int) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
			v, err := n.driver().Read(ctx, c, e)
			var bits uint64
			for i := range channels {
				bits |= v.Bits() >> (2*i + first) & 1 << i
			}
			return Bits(bits), err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if v.Bits()>>channels != 0 {
				return outOfRange(0, 1<<channels-1)
			}
			return edsWrite(ctx, c, n.at, func(old []byte) []byte {
				word := n.decode(old).Bits()
				for i := range channels {
					at := 2*i + first
					word = word&^(1<<at) | v.Bits()>>i&1<<at
				}
				p, _ := n.encode(Bits(word)) // always in range
				return append(p, old[len(p):]...)
			})
		},
	}
}

// The EDS0090: eight connections, each an input and an output. Only the first two
// count pulses.
const (
	edsConnections = 8
	edsPulsed      = 2

	edsInput      = 0x22
	edsLatch      = 0x23
	edsPulses     = 0x30
	edsPulseReset = 0x54
	edsLatchReset = 0x55
	edsOutput     = 0x5C
)

// edsDiscreteDrivers are those of the EDS0090. No manual has output/off and
// output/reset: they are what clients of the C suite find under these names, the
// outputs as output/set tells them, and the order that latch/reset is.
func edsDiscreteDrivers() Drivers {
	all := Drivers{
		"input":          edsByte(edsInput).readOnly(),
		"latch/state":    edsByte(edsLatch).readOnly(),
		"latch/reset":    edsOrder(edsLatchReset),
		"output/set":     edsByte(edsOutput),
		"output/off":     edsByte(edsOutput).readOnly(),
		"output/reset":   edsOrder(edsLatchReset),
		"counter/pulses": {Read: edsReadPulses},
		"counter/reset":  edsOrder(edsPulseReset),
	}
	for i, end := range []string{"hi", "low"} {
		all["alarm/"+end] = edsEverySecond(edsDiscrete.alarmWord(), i, edsConnections).readOnly()
		all["set_alarm/"+end] = edsEverySecond(edsDiscrete.searchWord(), i, edsConnections)
	}
	return all
}

// edsByte is a bit of each connection.
func edsByte(at int) Driver { return edsCount(at, 1) }

// edsOrder tells the device to do something to each connection whose bit is 1.
// That can't be read back: nothing is known of how long the bits stay.
func edsOrder(at int) Driver {
	return Driver{Read: edsByte(at).Read, Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
		if v.Bits() > 0xFF {
			return outOfRange(0, 0xFF)
		}
		return c.Do(ctx, func(tx *hw.Tx) error {
			if err := padPut(tx, c.ROM(), "EDS order", at, []byte{byte(v.Bits())}, nil); err != nil {
				return err
			}
			return c.Sleep(context.WithoutCancel(ctx), edsWriteTime)
		})
	}}
}

func edsReadPulses(ctx context.Context, c Chip, e Element) (Value, error) {
	if e.Index >= edsPulsed {
		return Value{}, fmt.Errorf("only the inputs 0 to %d count pulses: %w", edsPulsed-1, syscall.EINVAL)
	}
	return edsCount(edsPulses+4*e.Index, 4).Read(ctx, c, e)
}
