// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"syscall"
	"time"

	"owfs/hw"
)

// What is connected to a BAE0911: an I²C bus, an SD card, a display, a serial
// line. Each is written to and read from with commands that take time, whose
// end and result are asked for.
const (
	baeFunction  = 0x17 // begins or ends something
	baeSendOn    = 0x18
	baeReceiveOn = 0x19
	baeQuery     = 0x1A

	baeBeginIIC     = 0x00 // functions
	baeEndIIC       = 0x01
	baeBeginSDWrite = 0x02
	baeEndSDWrite   = 0x03
	baeBeginSDRead  = 0x04
	baeEndSDRead    = 0x05

	baeToLCD    = 0x00 // channels to send on
	baeToSD     = 0x02
	baeToSerial = 0x04
	baeFromSD   = 0x00 // to receive on

	baeBusy        = 0xFF // instead of a result
	baeDone        = 0x00
	baeBeforeQuery = time.Millisecond
	baePatience    = 100 * time.Millisecond
	baeSector      = 512
	baeTextSize    = 255

	cat9554          = 0x40 // an I²C expander with eight pins
	cat9554Outputs   = 0x01 // its registers
	cat9554Direction = 0x03
)

func baeAddStreams(d Drivers) {
	d["911/iic/cat9554/pio"] = baeExpander(cat9554Outputs)
	d["911/iic/cat9554/direction"] = baeExpander(cat9554Direction)
	d["911/lcd/text"] = Driver{Write: baeText(baeToLCD, trimmedLine)}
	d["911/serial/dataout"] = Driver{Write: baeText(baeToSerial, func(p []byte) []byte { return p })}
	d["911/sdcard/sector_nr"] = Driver{Read: baeSectorNumber, Write: baeSetSectorNumber}
	d["911/sdcard/sector_data"] = Driver{Read: baeReadSector, Write: baeWriteSector}
}

// A baeTalk is a conversation with the chip in one transaction: what belongs
// together must not be mixed with another's.
type baeTalk struct {
	ctx context.Context
	c   Chip
	tx  *hw.Tx
}

func baeConverse(ctx context.Context, c Chip, f func(t baeTalk) error) error {
	return c.Do(ctx, func(tx *hw.Tx) error { return f(baeTalk{ctx, c, tx}) })
}

// do sends a command, and waits for its end and result.
func (t baeTalk) do(command ...byte) ([]byte, error) {
	if err := baeTell(t.tx, t.c.ROM(), "BAE command", command...); err != nil {
		return nil, err
	}
	if err := t.c.Sleep(t.ctx, baeBeforeQuery); err != nil {
		return nil, err
	}
	const pause = 10 * time.Millisecond
	for waited := time.Duration(0); waited < baePatience; waited += pause {
		result, p, err := t.query()
		switch {
		case err != nil:
			return nil, err
		case result == baeDone:
			return p, nil
		case result != baeBusy:
			return nil, fmt.Errorf("the BAE0911 has failed with code %d: %w", result, syscall.EIO)
		}
		if err := t.c.Sleep(t.ctx, pause); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("the BAE0911 is busy for more than %v: %w", baePatience, syscall.ETIMEDOUT)
}

// query asks for the result of the last command, and for what it has read. The
// CRC is that of the question and the answer. As long as the chip is busy there
// is none.
func (t baeTalk) query() (result byte, p []byte, err error) {
	head, err := t.tx.Exchange(t.c.ROM(), 2, baeQuery)
	if err != nil || head[0] == baeBusy {
		return baeBusy, nil, err
	}
	p = make([]byte, int(head[1])+2)
	if err := t.tx.Read(p); err != nil {
		return 0, nil, err
	}
	if !hw.CheckCRC16(hw.CRC16(0, append([]byte{baeQuery}, head...)), p) {
		return 0, nil, t.tx.CRCFailed("BAE result")
	}
	return head[0], p[:len(p)-2], nil
}

// function calls a function with parameters, which gives back so many bytes.
func (t baeTalk) function(number byte, n int, p ...byte) ([]byte, error) {
	got, err := t.do(append([]byte{baeFunction, byte(len(p)), number, byte(n)}, p...)...)
	if err == nil && len(got) != n {
		err = t.tx.CRCFailed("length of the BAE result")
	}
	return got, err
}

// between does something between two functions. The second is called even if it
// fails, or the chip would be left in the middle.
func (t baeTalk) between(begin, end byte, p []byte, n int, f func(got []byte) error) error {
	got, err := t.function(begin, n, p...)
	if err == nil && f != nil {
		err = f(got)
	}
	_, err2 := t.function(end, 0)
	return errors.Join(err, err2)
}

// baeExpander is a register of an I²C expander CAT9554, as one number.
func baeExpander(register byte) Driver {
	return Driver{
		Read: func(ctx context.Context, c Chip, _ Element) (v Value, err error) {
			err = baeConverse(ctx, c, func(t baeTalk) error {
				return t.between(baeBeginIIC, baeEndIIC, []byte{cat9554, register}, 1, func(got []byte) error {
					v = Int(int64(got[0]))
					return nil
				})
			})
			return v, err
		},
		Write: func(ctx context.Context, c Chip, _ Element, v Value) error {
			if v.Int() < 0 || v.Int() > math.MaxUint8 {
				return outOfRange(0, math.MaxUint8)
			}
			return baeConverse(ctx, c, func(t baeTalk) error {
				return t.between(baeBeginIIC, baeEndIIC, []byte{cat9554, register, byte(v.Int())}, 0, nil)
			})
		},
	}
}

// trimmedLine is a text without the line feed that a shell puts behind it.
func trimmedLine(p []byte) []byte { return bytes.TrimSuffix(p, []byte("\n")) }

// baeText sends a text. If it breaks off, a part of it is shown or sent
// already, so that it is not tried again.
func baeText(channel byte, prepare func([]byte) []byte) func(context.Context, Chip, Element, Value) error {
	return func(ctx context.Context, c Chip, _ Element, v Value) error {
		p := prepare(v.Bytes())
		if len(p) == 0 || len(p) > baeTextSize {
			return fmt.Errorf("a text has 1 to %d bytes: %w", baeTextSize, syscall.ERANGE)
		}
		return Once(baeConverse(ctx, c, func(t baeTalk) error { return t.send(channel, p) }))
	}
}

func (t baeTalk) send(channel byte, p []byte) error {
	for block := range slices.Chunk(p, baeGulp) {
		if _, err := t.do(append([]byte{baeSendOn, byte(len(block)), channel}, block...)...); err != nil {
			return err
		}
	}
	return nil
}

func (t baeTalk) receive(channel byte, n int) ([]byte, error) {
	var all []byte
	for len(all) < n {
		got, err := t.do(baeReceiveOn, byte(min(baeGulp, n-len(all))), channel)
		if err != nil {
			return nil, err
		}
		if len(got) == 0 || len(got) > n-len(all) {
			return nil, t.tx.CRCFailed("length of the BAE result")
		}
		all = append(all, got...)
	}
	return all, nil
}

// The number of the sector is not the chip's, but says which one sector_data
// is. It is 0 until somebody has written it.

const baeSectorKey = "sector of the SD card"

func baeSectorNumber(_ context.Context, c Chip, _ Element) (Value, error) {
	n, _ := c.Fact(baeSectorKey).(int64)
	return Int(n), nil
}

func baeSetSectorNumber(_ context.Context, c Chip, _ Element, v Value) error {
	const most = math.MaxUint32 / baeSector
	if v.Int() < 0 || v.Int() > most {
		return outOfRange(0, most)
	}
	c.SetFact(baeSectorKey, v.Int())
	return nil
}

func baeSectorAddress(c Chip) []byte {
	n, _ := c.Fact(baeSectorKey).(int64)
	return binary.BigEndian.AppendUint32(nil, uint32(n*baeSector))
}

func baeReadSector(ctx context.Context, c Chip, _ Element) (v Value, err error) {
	err = baeConverse(ctx, c, func(t baeTalk) error {
		return t.between(baeBeginSDRead, baeEndSDRead, baeSectorAddress(c), 0, func([]byte) error {
			p, err := t.receive(baeFromSD, baeSector)
			v = Bytes(p)
			return err
		})
	})
	return v, err
}

func baeWriteSector(ctx context.Context, c Chip, _ Element, v Value) error {
	if len(v.Bytes()) != baeSector {
		return fmt.Errorf("a sector has %d bytes, not %d: %w", baeSector, len(v.Bytes()), syscall.ERANGE)
	}
	return baeConverse(ctx, c, func(t baeTalk) error {
		return t.between(baeBeginSDWrite, baeEndSDWrite, baeSectorAddress(c), 0, func([]byte) error {
			return t.send(baeToSD, v.Bytes())
		})
	})
}
