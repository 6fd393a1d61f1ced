// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
	"time"

	"owfs/hw"
)

// The SmartSlave of iButtonLink with thermometer and hygrometer, from what OWFS
// tells of it.
const (
	iblssConvert = 0xB4
	iblssRead    = 0xF0
	iblssLED     = 0xA5

	iblssTime = time.Second // that a conversion takes
	iblssTH   = 0x04        // the first byte of one that measures temperature and humidity
)

func iblssDrivers() Drivers {
	return Drivers{
		"firmware":          {Read: iblssFirmware},
		"subtype":           {Read: iblssSubtype},
		"TH/latesttemp":     iblssLatest(iblssTemperature),
		"TH/latesthumidity": iblssLatest(iblssHumidity),
		"TH/temperature":    iblssMeasured(iblssTemperature),
		"TH/humidity":       iblssMeasured(iblssHumidity),
		"TH/led":            {Write: iblssSetLED},
	}
}

// An iblssPage is what the device tells about itself: its type and version, how
// long it is still busy, temperature and humidity, and whether they were ever
// measured.
type iblssPage []byte

// iblssAsk reads the page. Whether its CRC is that of the page alone or of the
// command too is not known for certain; no page has both.
func iblssAsk(ctx context.Context, c Chip) (p iblssPage, err error) {
	const size = 32
	command := []byte{iblssRead, 0}
	err = c.Do(ctx, func(tx *hw.Tx) error {
		p, err = tx.Exchange(c.ROM(), size+2, command...)
		if err != nil {
			return err
		}
		if !hw.CheckCRC16(0, p) && !hw.CheckCRC16(hw.CRC16(0, command), p) {
			return tx.CRCFailed("page of the SmartSlave")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if p[0] != iblssTH {
		return nil, fmt.Errorf("a SmartSlave of type %d: %w", p[0], errors.ErrUnsupported)
	}
	return p, nil
}

func (p iblssPage) busy() bool     { return p[2] != 0 || p[3] != 0 }
func (p iblssPage) measured() bool { return p[8] != 0 }

func iblssTemperature(p iblssPage) Value { return p.number(4) }
func iblssHumidity(p iblssPage) Value    { return p.number(6) }

// number is a number of 128ths.
func (p iblssPage) number(at int) Value {
	return Num(float64(int16(binary.BigEndian.Uint16(p[at:]))) / 128)
}

func iblssFirmware(ctx context.Context, c Chip, _ Element) (Value, error) {
	p, err := iblssAsk(ctx, c)
	if err != nil {
		return Value{}, err
	}
	return Text(fmt.Sprintf("%d.%d", p[1]>>4, p[1]&15)), nil
}

func iblssSubtype(ctx context.Context, c Chip, _ Element) (Value, error) {
	_, err := iblssAsk(ctx, c)
	return Text("TH"), err
}

// iblssLatest is what was measured last, for this property or by all at once.
func iblssLatest(pick func(iblssPage) Value) Driver {
	return Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
		p, err := iblssAsk(ctx, c)
		switch {
		case err != nil:
			return Value{}, err
		case p.busy():
			return Value{}, fmt.Errorf("the SmartSlave is measuring: %w", syscall.EAGAIN)
		case !p.measured():
			return Value{}, fmt.Errorf("the SmartSlave has measured nothing yet; read TH/temperature, or write 1 to simultaneous/iblss: %w", syscall.EAGAIN)
		}
		return pick(p), nil
	}}
}

// iblssMeasured begins a measurement, of both, and waits for it.
func iblssMeasured(pick func(iblssPage) Value) Driver {
	return Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
		err := c.Do(ctx, func(tx *hw.Tx) error { return tx.Command(c.ROM(), iblssConvert) })
		if err != nil {
			return Value{}, err
		}
		wait := iblssTime
		for range 5 {
			if err := c.Sleep(ctx, wait); err != nil {
				return Value{}, err
			}
			var p iblssPage
			err := patiently(func() (err error) {
				p, err = iblssAsk(ctx, c)
				return err
			})
			if err != nil {
				return Value{}, err
			}
			if !p.busy() && p.measured() {
				c.Also("TH/temperature", Element{}, iblssTemperature(p))
				c.Also("TH/humidity", Element{}, iblssHumidity(p))
				return pick(p), nil
			}
			wait = iblssTime / 4
		}
		return Value{}, fmt.Errorf("the SmartSlave does not end its measurement: %w", syscall.ETIMEDOUT)
	}}
}

func iblssSetLED(ctx context.Context, c Chip, _ Element, v Value) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		return tx.Command(c.ROM(), iblssLED, 0, byte(v.Int()&1))
	})
}
