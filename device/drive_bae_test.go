// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
)

func baeBench(model byte) (*bench, *sim.BAE, hw.ROM) {
	b, rom := newBench(), testROM(0xFC)
	chip := sim.NewBAE(rom, b.clock, model)
	b.wire.Add(chip, sim.NewSerial(testROM(0x01)))
	return b, chip, rom
}

func TestBAEModels(t *testing.T) {
	for model, want := range map[byte]string{2: "910/adc eeprom/page", 3: "911/pio/pio eeprom/page eeprom/pagecrc", 9: "generic/memory"} {
		b, _, rom := baeBench(model)
		var shown []string
		for _, name := range []string{"910/adc", "911/pio/pio", "eeprom/page", "eeprom/pagecrc", "generic/memory"} {
			if yes, err := b.shown(rom, name); err != nil {
				t.Error(err)
			} else if yes {
				shown = append(shown, name)
			}
		}
		if got := strings.Join(shown, " "); got != want {
			t.Errorf("device type %d shows %q, want %q", model, got, want)
		}
		b.want(t, rom, "device_type", device.Int(int64(model)))
	}
	b, _, rom := baeBench(3)
	b.want(t, rom, "chip_type", device.Int(1))
	b.want(t, rom, "localtype", device.Text("01.03"))
	b.want(t, rom, "device_version", device.Int(0x14))
	b.want(t, rom, "bootstrap_version", device.Int(0x10))
	b.want(t, rom, "version", device.Text("10.14"))
	b.noisyReads(t, rom, "version", "device_type")
}

// The places of some registers of each size, the higher byte first.
func TestBAE0910Registers(t *testing.T) {
	b, chip, rom := baeBench(2)
	chip.SetMemory(62, 0x01, 0xFE)
	b.want(t, rom, "910/adc10", device.Int(0x1FE))
	chip.SetMemory(40, 0x46, 0x03, 0x42, 0xB0)
	b.want(t, rom, "910/udate", device.Int(1174618800))
	b.want(t, rom, "910/date", device.Moment(time.Unix(1174618800, 0)))
	for name, want := range map[string]struct {
		at   int
		data string
	}{
		"adcc": {2, "\x7E"}, "tpm2c": {9, "\x7E"}, "out": {48, "\x7E"}, "usera": {96, "\x7E"}, "userh": {103, "\x7E"},
		"period1": {10, "\x00\x7E"}, "duty4": {20, "\x00\x7E"}, "pc3": {60, "\x00\x7E"}, "useri": {104, "\x00\x7E"}, "maxcps": {94, "\x00\x7E"},
		"count": {44, "\x00\x00\x00\x7E"}, "alct": {70, "\x00\x00\x00\x7E"}, "userp": {124, "\x00\x00\x00\x7E"},
	} {
		b.write(t, rom, "910/"+name, device.Int(0x7E))
		if got := chip.Memory(want.at, len(want.data)); string(got) != want.data {
			t.Errorf("after writing %s there is % X at %d, want % X", name, got, want.at, want.data)
		}
		b.want(t, rom, "910/"+name, device.Int(0x7E))
		most := int64(1)<<(8*len(want.data)) - 1
		wantErr(t, name, b.tryWrite(rom, "910/"+name, device.Int(most+1)), syscall.ERANGE)
		wantErr(t, name, b.tryWrite(rom, "910/"+name, device.Int(-1)), syscall.ERANGE)
	}
	b.noisyReads(t, rom, "910/count")
	b.noisyWrites(t, rom, "910/count", []device.Value{device.Int(0x12345678), device.Int(0x9ABCDEF0)}, func(v device.Value) bool {
		return bytes.Equal(chip.Memory(44, 4), []byte{byte(v.Int() >> 24), byte(v.Int() >> 16), byte(v.Int() >> 8), byte(v.Int())})
	})
	b.wantCost(t, "reading a register", 1, 72+8+16+8+8+16, func() { b.read(t, rom, "910/adc") })
	b.wantCost(t, "writing a register", 1, 72+8+16+8+8+16+8, func() { b.write(t, rom, "910/out", device.Int(1)) })
}

func TestBAE0911Registers(t *testing.T) {
	b, chip, rom := baeBench(3)
	b.write(t, rom, "911/pio/pio.21", device.Flag(true))
	b.write(t, rom, "911/counters/count.17", device.Int(0x01020304))
	b.write(t, rom, "911/user_registers/word.15", device.Int(0x0506))
	b.write(t, rom, "911/automation_engine/global_memory.63", device.Int(99))
	b.write(t, rom, "911/pwm2/duty_ch1", device.Int(0x0708))
	for at, want := range map[int]string{
		0x7915: "\x01", 0x7F64: "\x01\x02\x03\x04", 0x7FD9: "\x05\x06", 0x7C3F: "c", 0x7A0C: "\x07\x08",
	} {
		if got := chip.Memory(at, len(want)); string(got) != want {
			t.Errorf("at %04X there is % X, want % X", at, got, want)
		}
	}
	b.want(t, rom, "911/pio/pio.21", device.Flag(true))
	b.want(t, rom, "911/automation_engine/global_mem.63", device.Int(99))
	chip.SetMemory(0x7F1E, 0x03, 0xFF)
	b.want(t, rom, "911/analog/adc.15", device.Int(1023))
	chip.SetMemory(0x7E0B, 0xAB, 0xCD)
	b.want(t, rom, "eeprom/pagecrc", device.Int(0xABCD))
	wantErr(t, "global_memory", b.tryWrite(rom, "911/automation_engine/global_memory.64", device.Int(1)), syscall.ERANGE)
}

func TestBAEEEPROM(t *testing.T) {
	for model, first := range map[byte]int{2: 0xE000, 3: 0} {
		b, chip, rom := baeBench(model)
		text := device.Bytes(pattern(1, 512))
		b.write(t, rom, "eeprom/page.1", text)
		if got := chip.Memory(first+512, 512); !bytes.Equal(got, text.Bytes()) {
			t.Fatalf("model %d: page 1 is % X", model, got)
		}
		b.want(t, rom, "eeprom/page.1", text)
		wantErr(t, "a bit that is 0", b.tryWrite(rom, "eeprom/page.1", device.Bytes(pattern(2, 512))), syscall.EPERM)
		b.write(t, rom, "eeprom/erase.1", device.Flag(true))
		b.want(t, rom, "eeprom/page.1", device.Bytes(bytes.Repeat([]byte{0xFF}, 512)))
		b.write(t, rom, "eeprom/page.1", device.Bytes(pattern(2, 512)))
		b.want(t, rom, "eeprom/page.8", device.Bytes([]byte{}))
		wantErr(t, "a page that is not there", b.tryWrite(rom, "eeprom/page.8", device.Text("x")), syscall.ERANGE)
		wantErr(t, "a page that is not there", b.tryWrite(rom, "eeprom/erase.8", device.Flag(true)), syscall.ERANGE)
		wantErr(t, "too long", b.tryWrite(rom, "eeprom/page.0", device.Bytes(make([]byte, 513))), syscall.ERANGE)
	}
	b, chip, rom := baeBench(5)
	b.write(t, rom, "generic/memory", device.Bytes(pattern(7, 128)))
	b.want(t, rom, "generic/memory", device.Bytes(pattern(7, 128)))
	if got := chip.Memory(0, 128); !bytes.Equal(got, pattern(7, 128)) {
		t.Errorf("the memory is % X", got)
	}
}

// Only an image whose length is right is sent, and then in blocks of 32 bytes.
func TestBAEFirmware(t *testing.T) {
	b, chip, rom := baeBench(3)
	image := pattern(9, 1024)
	copy(image[4:], []byte{0x80, 0x00, 0x83, 0xFF})
	b.write(t, rom, "firmware/function", device.Bytes(image))
	if !bytes.Equal(chip.Firmware(), image) {
		t.Error("the program is not as written")
	}
	if first := chip.Commands()[0]; first[0] != 0xBB || !bytes.Equal(first[1:], image[:32]) {
		t.Errorf("the program was erased with % X", first)
	}
	wantErr(t, "a part of a block", b.tryWrite(rom, "firmware/function", device.Bytes(image[:1000])), syscall.EBADMSG)
	wantErr(t, "a part of an image", b.tryWrite(rom, "firmware/function", device.Bytes(image[:512])), syscall.EBADMSG)
	before := len(chip.Commands())
	b.write(t, rom, "command", device.Text("\x05abc"))
	if all := chip.Commands(); string(all[before]) != "\x05abc" {
		t.Errorf("the command came as % X", all[before])
	}
	wantErr(t, "no command", b.tryWrite(rom, "command", device.Text("")), syscall.ERANGE)
}

func TestBAE0911Streams(t *testing.T) {
	b, chip, rom := baeBench(3)
	chip.SetExpander(1, 0xA5)
	b.want(t, rom, "911/iic/cat9554/pio", device.Int(0xA5))
	b.write(t, rom, "911/iic/cat9554/direction", device.Int(0x0F))
	b.want(t, rom, "911/iic/cat9554/direction", device.Int(0x0F))
	wantErr(t, "pio", b.tryWrite(rom, "911/iic/cat9554/pio", device.Int(256)), syscall.ERANGE)

	long := strings.Repeat("0123456789", 10)
	b.write(t, rom, "911/lcd/text", device.Text(long+"\n"))
	b.write(t, rom, "911/serial/dataout", device.Text("AT\n"))
	if lcd, serial := chip.Texts(); lcd != long || serial != "AT\n" {
		t.Errorf("the display shows %q, the serial line got %q", lcd, serial)
	}
	b.want(t, rom, "911/sdcard/sector_nr", device.Int(0))
	b.write(t, rom, "911/sdcard/sector_nr", device.Int(70000))
	data := pattern(5, 512)
	b.write(t, rom, "911/sdcard/sector_data", device.Bytes(data))
	if !bytes.Equal(chip.Sector(70000), data) {
		t.Error("the sector is not as written")
	}
	b.want(t, rom, "911/sdcard/sector_data", device.Bytes(data))
	b.write(t, rom, "911/sdcard/sector_nr", device.Int(1))
	b.want(t, rom, "911/sdcard/sector_data", device.Bytes(make([]byte, 512)))
	wantErr(t, "a part of a sector", b.tryWrite(rom, "911/sdcard/sector_data", device.Text("x")), syscall.ERANGE)
	wantErr(t, "sector_nr", b.tryWrite(rom, "911/sdcard/sector_nr", device.Int(1<<23)), syscall.ERANGE)
	b.noisyReads(t, rom, "911/iic/cat9554/pio")
}

// Every row of the models has its driver.
func TestBAERows(t *testing.T) {
	f, _ := device.New().Family(0xFC)
	var missing []string
	for _, p := range f.Properties {
		d := f.Drivers[p.Name]
		if !p.IsDir() && (p.Access.CanRead() && d.Read == nil || p.Access.CanWrite() && d.Write == nil) {
			missing = append(missing, p.Name)
		}
	}
	if got := fmt.Sprint(missing); got != "[alias]" {
		t.Errorf("there are no drivers for %v", got)
	}
}
