// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"owfs/hw"
)

// A sysfs is what the kernel shows below a folder, which is /sys.
type sysfs struct{ root string }

func (s sysfs) devices(below ...string) string {
	return filepath.Join(append([]string{s.root, "bus/w1/devices"}, below...)...)
}

// loaded tells whether the kernel's w1 is there.
func (s sysfs) loaded() bool {
	_, err := os.Stat(s.devices())
	return err == nil
}

// masters lists the ids of the bus masters.
func (s sysfs) masters() ([]int, error) {
	entries, err := os.ReadDir(s.devices())
	if err != nil {
		return nil, err
	}
	var ids []int
	for _, e := range entries {
		if text, ok := strings.CutPrefix(e.Name(), "w1_bus_master"); ok {
			if id, err := strconv.Atoi(text); err == nil && id > 0 {
				ids = append(ids, id)
			}
		}
	}
	slices.Sort(ids)
	return ids, nil
}

// attribute reads one of a master's attributes, of a line or more.
func (s sysfs) attribute(id int, name string) (string, error) {
	text, err := readFile(s.devices(masterName(id), "w1_master_"+name))
	return strings.TrimSpace(string(text)), err
}

// set writes one of a master's attributes.
func (s sysfs) set(id int, name, value string) error {
	f, err := os.OpenFile(s.devices(masterName(id), "w1_master_"+name), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(value + "\n")
	if sick := f.Close(); err == nil {
		err = sick
	}
	return err
}

// mostFile is the most that a file of sysfs can hold for us: an EEPROM of
// 20 kbit and a good deal more.
const mostFile = 64 << 10

func readFile(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, mostFile))
}

// slaves lists the devices that the kernel knows at a master.
func (s sysfs) slaves(id int) ([]hw.ROM, error) {
	text, err := s.attribute(id, "slaves")
	if err != nil {
		return nil, err
	}
	var found []hw.ROM
	for name := range strings.FieldsSeq(text) {
		if rom, err := parseSlave(name); err == nil { // else it is "not found."
			found = append(found, rom)
		}
	}
	return found, nil
}

// slaveName is the name of a device's folder: 28-0000043e2b5a, the highest byte
// of the number first, no CRC.
func slaveName(rom hw.ROM) string {
	number := rom
	slices.Reverse(number[1:7])
	return fmt.Sprintf("%02x-%s", rom[0], hex.EncodeToString(number[1:7]))
}

func parseSlave(name string) (rom hw.ROM, err error) {
	if len(name) != 15 || name[2] != '-' {
		return rom, hw.ErrROM
	}
	p, err := hex.DecodeString(name[:2] + name[3:])
	if err != nil {
		return rom, hw.ErrROM
	}
	slices.Reverse(p[1:])
	copy(rom[:], p)
	rom[7] = hw.CRC8(rom[:7])
	return rom, nil
}
