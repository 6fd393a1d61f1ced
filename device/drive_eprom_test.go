// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

var eproms = map[byte]struct{ count, status int }{
	0x09: {4, 0}, 0x89: {4, 0}, 0x0B: {64, 8}, 0x8B: {64, 8}, 0x0F: {256, 32}, 0x8F: {256, 32},
}

func TestEPROMs(t *testing.T) {
	for family, e := range eproms {
		t.Run(fmt.Sprintf("%02X", family), func(t *testing.T) {
			b, rom := newBench(), testROM(family)
			chip := sim.NewEPROM(rom)
			b.wire.Add(chip)
			all := pattern(3, e.count*32)
			b.write(t, rom, "memory", device.Bytes(all))
			if !bytes.Equal(chip.Memory(), all) {
				t.Fatal("the memory is not as written")
			}
			b.want(t, rom, "memory", device.Bytes(all))
			last := fmt.Sprintf("pages/page.%d", e.count-1)
			b.want(t, rom, last, device.Bytes(all[len(all)-32:]))
			less := bytes.Clone(all[len(all)-32:])
			less[0], less[5], less[6], less[31] = 0, 0, less[6]&0x0F, 0
			b.write(t, rom, last, device.Bytes(less))
			b.want(t, rom, last, device.Bytes(less))
			copy(all[len(all)-32:], less)
			if !bytes.Equal(chip.Memory(), all) {
				t.Error("the last page is not as written")
			}

			impossible := bytes.Clone(all)
			impossible[0], impossible[100] = 0, 0xFF
			wantErr(t, "a bit that is 0", b.tryWrite(rom, "memory", device.Bytes(impossible)), syscall.EPERM)
			wantErr(t, "a bit that is 0", b.tryWrite(rom, last, device.Text("\xFF")), syscall.EPERM)
			if !bytes.Equal(chip.Memory(), all) {
				t.Error("a write that was refused has changed something")
			}
			wantErr(t, "33 bytes", b.tryWrite(rom, last, device.Bytes(make([]byte, 33))), syscall.ERANGE)

			chip.SetStatus(0, []byte{0xFD})
			err := b.tryWrite(rom, "pages/page.1", device.Bytes(make([]byte, 32)))
			wantErr(t, "a protected page", err, hw.ErrVerify)
			b.noisyReads(t, rom, "pages/page.0", last)
		})
	}
}

func TestEPROMStatus(t *testing.T) {
	for family, e := range eproms {
		if e.status == 0 {
			continue
		}
		b, rom := newBench(), testROM(family)
		chip := sim.NewEPROM(rom)
		b.wire.Add(chip)
		chip.SetMemory(0, make([]byte, 32))
		for i := range 11 {
			at := i * 32
			if i >= 3 {
				at = 0x100 + (i-3)*e.status
			}
			path, p := fmt.Sprintf("status/page.%d", i), pattern(byte(60+i), e.status)
			b.want(t, rom, path, device.Bytes(bytes.Repeat([]byte{0xFF}, e.status)))
			b.write(t, rom, path, device.Bytes(p))
			b.want(t, rom, path, device.Bytes(p))
			if got := chip.Status()[at : at+e.status]; !bytes.Equal(got, p) {
				t.Errorf("%02X: the status at %X is % X", family, at, got)
			}
			wantErr(t, "a bit that is 0", b.tryWrite(rom, path, device.Text("\xFF")), syscall.EPERM)
		}
		b.want(t, rom, "pages/page.0", device.Bytes(make([]byte, 32)))
		b.noisyReads(t, rom, "status/page.0", "status/page.10")
	}
}

// With noise, nothing is programmed but what was meant: each byte is the old
// one or the new one, and there is no error only if all are new.
func TestEPROMNoise(t *testing.T) {
	for family := range eproms {
		good := 0
		for seed := range uint64(100) {
			b, rom := newBench(), testROM(family)
			chip := sim.NewEPROM(rom)
			b.wire.Add(chip)
			want := pattern(11, 32)
			b.noise(1000, seed)
			err := b.tryWrite(rom, "pages/page.2", device.Bytes(want))
			for i, now := range chip.Memory() {
				meant := byte(0xFF)
				if i/32 == 2 {
					meant = want[i%32]
				}
				if now != meant && (now != 0xFF || err == nil) {
					t.Fatalf("%02X: byte %d is %02X, not %02X: %v", family, i, now, meant, err)
				}
			}
			if err == nil {
				good++
			}
		}
		if good < 70 {
			t.Errorf("%02X: only %d of 100 writes came through", family, good)
		}
	}
}

func TestEPROMCost(t *testing.T) {
	// The CRC of 8 bits is not enough for a page, which is read twice.
	for family, want := range map[byte]struct{ times, page, memory, first, next int }{
		0x09: {2, 96 + 8 + 264, 96 + 8 + 4*264, 96 + 8 + 8 + 8, 24},
		0x0B: {1, 96 + 296, 16 * (96 + 4*296), 96 + 8 + 16 + 8, 32},
	} {
		b, rom := newBench(), testROM(family)
		b.wire.Add(sim.NewEPROM(rom))
		b.wantCost(t, "reading a page", want.times, want.times*want.page, func() { b.read(t, rom, "pages/page.1") })
		runs := eproms[family].count / 4
		b.wantCost(t, "reading the memory", want.times*runs, want.times*want.memory, func() { b.read(t, rom, "memory") })
		b.wantCost(t, "writing three bytes", 2+want.times, want.times*want.page+200+want.first+2*want.next, func() { b.write(t, rom, "pages/page.1", device.Text("abc")) })
	}
}

// The sample node address of the DS2502-E48 data sheet, page 2.
func TestNodeAddress(t *testing.T) {
	b, rom := newBench(), testROM(0x89)
	chip := sim.NewEPROM(rom)
	b.wire.Add(chip)
	record := []byte{0x0A, 0x29, 0x11, 0, 0, 0xCD, 0xAB, 0x67, 0x35, 0x60, 0x00}
	record = hw.AppendCRC16(record, 0)
	chip.SetMemory(0, record)
	b.want(t, rom, "project", device.Bytes(record[1:5]))
	b.want(t, rom, "mac_e", device.Bytes(record[5:11]))
	b.want(t, rom, "mac_fw", device.Bytes(record[5:13]))
	b.noisyReads(t, rom, "project", "mac_e")
}

// Without 12 V nothing can be written, and the error says so.
func TestEPROMWithoutPulse(t *testing.T) {
	b, rom := newBench(), testROM(0x09)
	chip := sim.NewEPROM(rom)
	b.wire.Add(chip)
	b.line = hw.NewLine(func(context.Context) (hw.Bus, error) { return struct{ hw.Bus }{b.wire}, nil })
	if err := b.tryWrite(rom, "memory", device.Text("abc")); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("without 12 V: %v", err)
	}
	if chip.Memory()[0] != 0xFF {
		t.Error("a byte was programmed")
	}
}

// 12 V would destroy other chips, so there must be none.
func TestEPROMAmongOthers(t *testing.T) {
	b, rom := newBench(), testROM(0x0B)
	chip := sim.NewEPROM(rom)
	other := sim.NewDS18B20(testROM(0x28), b.clock, func() float64 { return 20 })
	b.wire.Add(chip, sim.NewEPROM(testROM(0x09)), other)
	for _, path := range []string{"memory", "status/page.0"} {
		wantErr(t, path, b.tryWrite(rom, path, device.Text("abc")), syscall.EPERM)
	}
	if chip.Memory()[0] != 0xFF {
		t.Error("a byte was programmed")
	}
	b.wire.Remove(other)
	b.write(t, rom, "memory", device.Text("abc"))
	b.want(t, testROM(0x09), "pages/page.0", device.Bytes(bytes.Repeat([]byte{0xFF}, 32)))
}
