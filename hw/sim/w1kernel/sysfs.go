// SPDX-License-Identifier: Apache-2.0

package w1kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"owfs/hw"
)

func (k *Kernel) devices() string { return filepath.Join(k.dir, "bus", "w1", "devices") }

func (k *Kernel) mkdir() error { return os.MkdirAll(k.devices(), 0o755) }

func (k *Kernel) slaveDir(rom hw.ROM) string { return filepath.Join(k.devices(), name(rom)) }

// name is how the kernel writes a code: family, and the number as a number.
func name(rom hw.ROM) string {
	n := uint64(0)
	for i := 6; i > 0; i-- {
		n = n<<8 | uint64(rom[i])
	}
	return fmt.Sprintf("%02x-%012x", rom[0], n)
}

func (k *Kernel) addSlave(rom hw.ROM) error {
	if err := os.MkdirAll(k.slaveDir(rom), 0o755); err != nil {
		return err
	}
	if err := k.File(rom, "name", name(rom)+"\n"); err != nil {
		return err
	}
	return k.File(rom, "id", string(rom[:]))
}

func (k *Kernel) removeSlave(rom hw.ROM) error { return os.RemoveAll(k.slaveDir(rom)) }

func (m *master) dir() string {
	return filepath.Join(m.kernel.devices(), fmt.Sprintf("w1_bus_master%d", m.id))
}

func (m *master) file(attribute string) string {
	return filepath.Join(m.dir(), "w1_master_"+attribute)
}

func (m *master) show(attribute, value string) error { return write(m.file(attribute), value+"\n") }

func (m *master) read(attribute string) (string, error) {
	p, err := os.ReadFile(m.file(attribute))
	return strings.TrimSpace(string(p)), err
}

// create makes the master's folder, as a master is after it was loaded.
func (m *master) create() error {
	if err := os.MkdirAll(m.dir(), 0o755); err != nil {
		return err
	}
	for attribute, value := range map[string]string{
		"name": filepath.Base(m.dir()), "search": "-1", "pullup": "1", "timeout": "10",
		"attempts": "0", "max_slave_count": fmt.Sprint(m.driver.Most),
	} {
		if err := m.show(attribute, value); err != nil {
			return err
		}
	}
	return m.list()
}

func (m *master) remove() error { return os.RemoveAll(m.dir()) }

// list shows the devices that are known.
func (m *master) list() error {
	var names []string
	for rom := range m.slaves {
		names = append(names, name(rom))
	}
	slices.Sort(names)
	if err := m.show("slave_count", fmt.Sprint(len(names))); err != nil {
		return err
	}
	if len(names) == 0 {
		names = []string{"not found."}
	}
	return m.show("slaves", strings.Join(names, "\n"))
}

// write replaces a file as a whole, so that nobody reads a half.
func write(file, content string) error {
	if err := os.WriteFile(file+".new", []byte(content), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
