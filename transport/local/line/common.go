// SPDX-License-Identifier: Apache-2.0

package line

import (
	"context"
	"errors"
	"slices"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/transport/local"
)

// readCommon reads a property of the trees simultaneous and thermostat.
func (b *Backend) readCommon(ctx context.Context, a local.Ask) (device.Value, error) {
	if d := a.Family.Drivers[a.Prop.Name]; d.Read != nil {
		return b.fetch(ctx, a, d)
	}
	switch a.Prop.Name {
	case "temperature", "voltage", "iblss":
		if a.Family == b.Table.Tree("simultaneous") {
			return device.Flag(b.massIsFresh(a)), nil
		}
	case "present":
		_, present, err := b.only(ctx, a.At.Via)
		return device.Flag(present), err
	case "single":
		rom, _, err := b.only(ctx, a.At.Via)
		if err != nil || !rom.Valid() {
			return device.Text(""), err
		}
		return device.Text(rom.String()), nil
	}
	return device.Value{}, notBuilt(a, "read")
}

// massIsFresh tells whether a measurement by all thermometers still counts.
func (b *Backend) massIsFresh(a local.Ask) bool {
	if a.Prop.Name != "temperature" {
		return false
	}
	b.measure.mu.Lock()
	defer b.measure.mu.Unlock()
	m := b.measure.masses[branch(a.At.Via)]
	return m != nil && m.err == nil && b.Clock.Now().Sub(m.began) < b.Life().Volatile
}

// only asks for the ROM code of the only device on the line. With several it
// is garbled, which the CRC tells.
func (b *Backend) only(ctx context.Context, via []hw.Hop) (rom hw.ROM, present bool, err error) {
	err = b.Line.Do(ctx, func(tx *hw.Tx) error {
		tx.Via(via)
		if err := tx.Reset(); err != nil {
			return err
		}
		present = true
		if err := tx.Write(hw.ReadROM); err != nil {
			return err
		}
		return tx.Read(rom[:])
	})
	if errors.Is(err, hw.ErrNoPresence) {
		err = nil
	}
	return rom, present, err
}

// writeCommon starts a measurement by all chips of a kind.
func (b *Backend) writeCommon(ctx context.Context, a local.Ask, v device.Value) error {
	if d := a.Family.Drivers[a.Prop.Name]; d.Write != nil {
		return b.put(ctx, a, v, d)
	}
	if a.Family != b.Table.Tree("simultaneous") {
		return notBuilt(a, "written")
	}
	if !v.Flag() {
		return nil
	}
	switch a.Prop.Name {
	case "temperature":
		m := b.beginMass(ctx, a.At.Via, func(*mass) bool { return false })
		b.forget(m.crew)
		return nil
	case "voltage":
		defer b.forget(b.crew(a.At.Via, device.MassVoltage))
		return b.voltages(ctx, a.At.Via)
	case "iblss": // of iButtonLink's sensors
		return b.all(ctx, a.At.Via, 0, 0xB4)
	}
	return notBuilt(a, "written")
}

// all sends a command to all chips of a branch and gives them time.
func (b *Backend) all(ctx context.Context, via []hw.Hop, d time.Duration, command ...byte) error {
	return b.retry(ctx, "command to all", func() error {
		return b.Line.Do(ctx, func(tx *hw.Tx) error {
			tx.Via(via)
			if err := tx.Command(hw.ROM{}, command...); err != nil {
				return err
			}
			return b.Clock.Sleep(context.Background(), d)
		})
	})
}

// forget drops what a measurement makes old: who reads now wants what is being
// measured.
func (b *Backend) forget(crew []hw.ROM) {
	b.values.dropAll(func(k valueKey) bool {
		f, _ := b.Table.Family(k.rom.Family())
		p, ok := f.Property(k.prop)
		return slices.Contains(crew, k.rom) && ok && p.Class.Lifetime() == device.LifetimeVolatile
	})
}

// voltages makes all DS2450 measure all channels as each is set, with no preset
// (data sheet pages 9 and 10). They begin behind the CRC, which is the same for
// all of them. Its second byte is sent as it is to come, so that the power for
// those without VCC follows without a gap.
func (b *Backend) voltages(ctx context.Context, via []hw.Hop) error {
	const most = 160*time.Microsecond + 4*16*80*time.Microsecond // four channels of 16 bits
	return b.retry(ctx, "measurement by all", func() error {
		return b.Line.Do(ctx, func(tx *hw.Tx) error {
			tx.Via(via)
			command := []byte{0x3C, 0x0F, 0x00}
			if err := tx.Command(hw.ROM{}, command...); err != nil {
				return err
			}
			var got [1]byte
			if err := tx.Read(got[:]); err != nil {
				return err
			}
			crc := hw.AppendCRC16(nil, hw.CRC16(0, command))
			switch got[0] {
			case crc[0]:
				return tx.Power(crc[1], most)
			case 0xFF: // there is no DS2450
				return nil
			}
			return tx.CRCFailed("conversion by all")
		})
	})
}
