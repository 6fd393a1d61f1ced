// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// The weather station WS603 of AAG looks like a DS2760: it takes commands in the
// memory from 80 on and puts its answers from 88 on. A command ends with the sum
// of its bytes and one more, an answer with the sum. That is known from programs
// that read such stations, and from what their users have published.
const (
	ws603Command  = 0x80
	ws603Response = 0x88
	ws603Memory   = 16 // bytes of both

	ws603GetParameters = 0xA0
	ws603GetReadings   = 0xA1
	ws603SetLED        = 0xA2
	ws603SetSpeed      = 0xA3
	ws603SetDirection  = 0xA4

	ws603Data  = 5 // bytes of an answer, between the command and the sum
	ws603Tries = 20
)

// ws603Pause is how long to wait before looking for an answer again.
const ws603Pause = 20 * time.Millisecond

// The calibration of the wind speed, in percent. A station with another one is
// taken to have 100.
const (
	ws603SpeedLeast = 1
	ws603SpeedMost  = 199
	ws603SpeedUsual = 100
)

// ws603Speed is the m/s of one count of the wind speed: 2.453 km/h, and a factor
// for the cups.
const ws603Speed = 2.453 * 1.069 / 3.6

var errNoWS603 = errors.New("no weather station WS603 answers; this is a mere battery monitor, or it is busy")

func ws603Drivers() Drivers {
	return Drivers{
		"WS603/data_string":            {Read: ws603Read(ws603GetReadings)},
		"WS603/param_string":           {Read: ws603Read(ws603GetParameters)},
		"WS603/wind_speed":             {Read: ws603WindSpeed},
		"WS603/direction":              ws603Byte("WS603/data_string", 1),
		"WS603/LED/status":             ws603Byte("WS603/data_string", 2),
		"WS603/light/intensity":        ws603Byte("WS603/data_string", 3),
		"WS603/volt":                   ws603Byte("WS603/data_string", 4),
		"WS603/LED/model":              ws603Byte("WS603/param_string", 0),
		"WS603/light/threshold":        ws603Byte("WS603/param_string", 3),
		"WS603/temperature":            {Read: ws603Temperature},
		"WS603/LED/control":            {Write: ws603LED},
		"WS603/calibration/wind_speed": ws603Calibration(1, ws603SetSpeed, ws603SpeedLeast, ws603SpeedMost),
		"WS603/calibration/direction":  ws603Calibration(2, ws603SetDirection, 0, 0xFF),
	}
}

// ws603Do runs one exchange with the station. If there is none, the memory of
// what is only a DS2760 gets back what was in it.
func ws603Do(ctx context.Context, c Chip, f func(tx batteryTx) error) error {
	return battery{eeprom: 0x07}.do(ctx, c, func(tx batteryTx) error {
		before, err := tx.read(ws603Command, ws603Memory)
		if err != nil {
			return err
		}
		if err = f(tx); !errors.Is(err, errNoWS603) {
			return err
		}
		if err := tx.write(ws603Command, before); err != nil {
			return err
		}
		after, err := tx.read(ws603Command, ws603Memory)
		switch {
		case err != nil:
			return err
		case !bytes.Equal(before, after):
			return unverified("DS2760 memory")
		}
		return fmt.Errorf("%w: %w", errNoWS603, syscall.EIO)
	})
}

// ws603Sum is the sum of bytes.
func ws603Sum(p []byte) (sum byte) {
	for _, b := range p {
		sum += b
	}
	return sum
}

// ws603Send puts a command into the memory, until it is there.
func (t batteryTx) ws603Send(command byte, parameters ...byte) error {
	p := append([]byte{command}, parameters...)
	p = append(p, ws603Sum(p), command<<4|0x0E)
	for range ws603Tries {
		if err := t.write(ws603Command, p); err != nil {
			return err
		}
		got, err := t.Exchange(t.c.ROM(), len(p), batteryRead, ws603Command)
		if err != nil || bytes.Equal(got, p) {
			return err
		}
		if err := t.c.Sleep(t.ctx, ws603Pause); err != nil {
			return err
		}
	}
	return unverified("WS603 command")
}

// ws603Ask gives a command and waits for its answer. The one that is there from
// before is made void, and the new one must be read twice: its sum tells little.
func (t batteryTx) ws603Ask(command byte) ([]byte, error) {
	if err := t.write(ws603Response, []byte{0}); err != nil {
		return nil, err
	}
	if err := t.ws603Send(command); err != nil {
		return nil, err
	}
	for range ws603Tries {
		if err := t.c.Sleep(t.ctx, ws603Pause); err != nil {
			return nil, err
		}
		const size = 1 + ws603Data + 1
		p, err := t.Exchange(t.c.ROM(), size, batteryRead, ws603Response)
		if err != nil {
			return nil, err
		}
		if p[0] != command || p[size-1] != ws603Sum(p[:size-1]) {
			continue
		}
		again, err := t.Exchange(t.c.ROM(), size, batteryRead, ws603Response)
		if err != nil {
			return nil, err
		}
		if bytes.Equal(p, again) {
			return p[1 : 1+ws603Data], nil
		}
	}
	return nil, errNoWS603
}

// ws603Read reads the data of an answer.
func ws603Read(command byte) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
		err = ws603Do(ctx, c, func(tx batteryTx) error {
			p, err := tx.ws603Ask(command)
			v = Bytes(p)
			return err
		})
		return v, err
	}
}

// ws603Byte is one byte of another property.
func ws603Byte(property string, n int) Driver {
	return Driver{Read: func(ctx context.Context, c Chip, e Element) (Value, error) {
		v, err := c.Read(ctx, property, e)
		if err != nil {
			return Value{}, err
		}
		return Int(int64(v.Bytes()[n])), nil
	}}
}

// ws603Temperature is what every DS2760 measures.
func ws603Temperature(ctx context.Context, c Chip, e Element) (Value, error) {
	return c.Read(ctx, "temperature", e)
}

// ws603WindSpeed is in m/s.
func ws603WindSpeed(ctx context.Context, c Chip, e Element) (Value, error) {
	data, err := c.Read(ctx, "WS603/data_string", e)
	if err != nil {
		return Value{}, err
	}
	v, err := c.Read(ctx, "WS603/calibration/wind_speed", e)
	if err != nil {
		return Value{}, err
	}
	percent := v.Int()
	if percent < ws603SpeedLeast || percent > ws603SpeedMost {
		percent = ws603SpeedUsual
	}
	return Num(float64(data.Bytes()[0]) * ws603Speed * float64(percent) / 100), nil
}

// ws603Calibration is a byte of the parameters, with the command that sets it.
func ws603Calibration(n int, command byte, low, high int64) Driver {
	d := ws603Byte("WS603/param_string", n)
	d.Write = func(ctx context.Context, c Chip, _ Element, v Value) error {
		if v.Int() < low || v.Int() > high {
			return outOfRange(low, high)
		}
		return ws603Do(ctx, c, func(tx batteryTx) error {
			p, err := tx.ws603Ask(ws603GetParameters)
			if err != nil || p[n] == byte(v.Int()) {
				return err
			}
			if err := tx.ws603Send(command, byte(v.Int())); err != nil {
				return err
			}
			if err := tx.c.Sleep(tx.ctx, ws603Pause); err != nil {
				return err
			}
			p, err = tx.ws603Ask(ws603GetParameters)
			if err == nil && p[n] != byte(v.Int()) {
				err = unverified("WS603 calibration")
			}
			return err
		})
	}
	return d
}

// ws603LED gives the four numbers to the LEDs, if there is a station. What they
// do can't be read back.
func ws603LED(ctx context.Context, c Chip, _ Element, v Value) error {
	parameters := make([]byte, len(v.List()))
	for i, one := range v.List() {
		if one.Int() < 0 || one.Int() > 0xFF {
			return outOfRange(0, 0xFF)
		}
		parameters[i] = byte(one.Int())
	}
	return ws603Do(ctx, c, func(tx batteryTx) error {
		if _, err := tx.ws603Ask(ws603GetParameters); err != nil {
			return err
		}
		return tx.ws603Send(ws603SetLED, parameters...)
	})
}
