// SPDX-License-Identifier: Apache-2.0

//go:build vm

package vm

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"owfs/owproto"
)

// What is told of the adapter is what the C program tells of it. The first bus of
// that by --w1 is none: it stands for the watch over the kernel's bus masters.
func TestMountTellsAdapter(t *testing.T) {
	s := newStick(t, 1, 1)
	b := newBridge(t)
	for _, c := range []struct {
		option       string
		buses, later int  // how many; by how much the C program's numbers are higher
		stick        bool // is plugged in
	}{
		{"-u", 1, 0, true},
		{"--w1", 1, 1, true},
		{"--i2c=" + b.name + ":ALL", 9, 0, false},
	} {
		t.Run(c.option, func(t *testing.T) {
			if c.stick {
				s.plug()
				defer s.unplug()
				w1Finds(t, s)
			}
			theirs := toldByOwserver(t, c.option, c.later, c.later+c.buses)
			t.Logf("%q", theirs)
			m := mount(t, c.option)
			for bus, want := range theirs {
				folder := fmt.Sprintf("bus.%d/interface/settings/", bus)
				if got := [2]string{m.must(folder + "name"), m.must(folder + "version")}; got != want {
					t.Errorf("bus.%d is %q, want %q", bus, got, want)
				}
			}
			if text, err := m.read(fmt.Sprintf("bus.%d/interface/settings/name", c.buses)); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("there is one more bus: %q, %v", text, err)
			}
		})
	}
}

// toldByOwserver returns name and version of the C program's buses.
func toldByOwserver(t *testing.T, option string, from, to int) (all [][2]string) {
	t.Helper()
	addr, end := runOwserver(t, option)
	defer end()
	c := &owproto.Client{Addr: addr, Deadline: time.Minute}
	defer c.Close()
	// It finds the kernel's bus masters some time after its start.
	eventually(t, hung, "owserver's last bus", func() error {
		_, err := c.Read(within(t, time.Minute), fmt.Sprintf("/bus.%d/interface/settings/name", to-1), 0, 64, 0)
		return err
	})
	for bus := from; bus < to; bus++ {
		var told [2]string
		for i, name := range [...]string{"name", "version"} {
			text, err := c.Read(within(t, time.Minute), fmt.Sprintf("/bus.%d/interface/settings/%s", bus, name), 0, 64, 0)
			if err != nil {
				t.Fatal(err)
			}
			told[i] = strings.TrimSpace(string(text))
		}
		all = append(all, told)
	}
	return all
}
