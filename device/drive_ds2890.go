// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"

	"owfs/hw"
)

// The potentiometer DS2890, from its data sheet (28 pages): registers pages 5 and
// 6, commands from page 9 on. What is written it sends back, and takes only after
// a release code.
const (
	potReadPosition  = 0xF0 // sends the control register, and the position
	potWritePosition = 0x0F
	potReadControl   = 0xAA // sends the feature register, and the control register
	potWriteControl  = 0x55
	potRelease       = 0x96

	potControl  = 0x0C // of the first wiper, which is the only one
	potPump     = 0x40
	potFeatures = 0xF3
)

func ds2890Drivers() Drivers {
	return Drivers{
		"wiper": {
			Read: potRead(potReadPosition, func(p byte) Value { return Int(int64(p)) }),
			Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
				if v.Int() < 0 || v.Int() > 255 {
					return outOfRange(0, 255)
				}
				return potWrite(ctx, c, potWritePosition, potReadPosition, byte(v.Int()))
			},
		},
		"chargepump": {
			Read: potRead(potReadControl, func(p byte) Value { return Flag(p&potPump != 0) }),
			Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
				control := byte(potControl)
				if v.Flag() {
					control |= potPump
				}
				return potWrite(ctx, c, potWriteControl, potReadControl, control)
			},
		},
	}
}

// potAsk reads two bytes, of which the first one is known.
func potAsk(tx *hw.Tx, rom hw.ROM, command byte) (byte, error) {
	p, err := agreed(tx, rom, "DS2890", 2, command)
	if err != nil {
		return 0, err
	}
	control := p[1]
	if command == potReadPosition {
		control = p[0]
	} else if p[0] != potFeatures {
		return 0, unverified("DS2890 features")
	}
	if control&0x0F != potControl {
		return 0, unverified("DS2890 control register")
	}
	return p[1], nil
}

func potRead(command byte, value func(byte) Value) func(context.Context, Chip, Element) (Value, error) {
	return func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
		err = c.Do(ctx, func(tx *hw.Tx) error {
			p, err := potAsk(tx, c.ROM(), command)
			v = value(p)
			return err
		})
		return v, err
	}
}

func potWrite(ctx context.Context, c Chip, write, read, data byte) error {
	return c.Do(ctx, func(tx *hw.Tx) error {
		echo, err := tx.Exchange(c.ROM(), 1, write, data)
		if err != nil {
			return err
		}
		if echo[0] != data {
			return unverified("DS2890 before the release")
		}
		if err := tx.Write(potRelease); err != nil {
			return err
		}
		got, err := potAsk(tx, c.ROM(), read)
		if err == nil && got != data {
			err = unverified("DS2890 register")
		}
		return err
	})
}
