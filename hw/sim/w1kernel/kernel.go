// SPDX-License-Identifier: Apache-2.0

// Package w1kernel is an emulation of the Linux kernel's w1, as programs see it:
// the netlink connector (kernel documentation, w1/w1-netlink.rst; the messages
// are those of Linux 6.1) and the files in sysfs. Its bus masters drive
// emulated lines.
package w1kernel

import (
	"cmp"
	"context"
	"maps"
	"math/bits"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
)

// A Driver is what a master's driver makes of a line. The zero value tells
// presence, and none for a shorted line.
type Driver struct {
	Blind        bool // every reset counts as answered, as with ds2490
	ShortPresent bool // a shorted line counts as presence, as with w1-gpio
	Most         int  // devices in one search; 0: 64
}

// A Kernel is an emulated kernel. Its methods may be called by anybody at any
// time.
type Kernel struct {
	dir string // the root of sysfs

	mu      sync.Mutex
	masters map[int]*master
	last    int // the id that was given last
	events  []*Endpoint
	seq     uint32
}

type master struct {
	kernel *Kernel
	id     int
	line   *sim.Line
	driver Driver
	gone   context.Context
	leave  context.CancelFunc

	// turn holds one token: who may use the line. A mutex would stop the time
	// of testing/synctest.
	turn     chan struct{}
	slaves   map[hw.ROM]int
	attempts int
	resume   *hw.ROM // where the next search goes on
	pullup   time.Duration
}

func (m *master) lock()   { <-m.turn }
func (m *master) unlock() { m.turn <- struct{}{} }

// devices are the codes of the devices that are known, in the order in which a
// search finds them: by the lowest bit first.
func (m *master) devices() []hw.ROM {
	return slices.SortedFunc(maps.Keys(m.slaves), func(a, b hw.ROM) int {
		for i := range a {
			if a[i] != b[i] {
				return cmp.Compare(bits.Reverse8(a[i]), bits.Reverse8(b[i]))
			}
		}
		return 0
	})
}

// ttl is how many searches a device may be missed in before it is taken for
// gone.
const ttl = 10

// New returns a kernel without masters, whose sysfs is below dir.
func New(dir string) (*Kernel, error) {
	k := &Kernel{dir: dir, masters: make(map[int]*master)}
	return k, k.mkdir()
}

// Attach gives the kernel a bus master for a line and returns its id.
func (k *Kernel) Attach(line *sim.Line, d Driver) (id int, err error) {
	if d.Most == 0 {
		d.Most = 64
	}
	m := &master{kernel: k, line: line, driver: d, slaves: make(map[hw.ROM]int), turn: make(chan struct{}, 1)}
	m.unlock()
	m.gone, m.leave = context.WithCancel(context.Background())
	k.mu.Lock()
	k.last++
	m.id = k.last
	k.masters[m.id] = m
	k.mu.Unlock()
	if err := m.create(); err != nil {
		return 0, err
	}
	k.tell(masterAdd, idOf(m.id))
	return m.id, nil
}

// Detach takes a bus master away.
func (k *Kernel) Detach(id int) error {
	m := k.master(id)
	k.mu.Lock()
	delete(k.masters, id)
	k.mu.Unlock()
	m.leave()
	m.lock()
	defer m.unlock()
	for _, rom := range m.devices() {
		if err := m.lost(rom); err != nil {
			return err
		}
	}
	k.tell(masterRemove, idOf(id))
	return m.remove()
}

func (k *Kernel) master(id int) *master {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.masters[id]
}

func (k *Kernel) ids() []int {
	k.mu.Lock()
	defer k.mu.Unlock()
	var ids []int
	for id := range k.masters {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// Tick is the moment at which the kernel's thread searches by itself, if
// w1_master_search is not 0.
func (k *Kernel) Tick(id int) error {
	m := k.master(id)
	if on, err := m.read("search"); err != nil || on == "0" {
		return err
	}
	m.lock()
	defer m.unlock()
	_, err := m.search(hw.SearchROM)
	return err
}

// NextPullUp is what drivers of chips inside the kernel ask for: a strong
// pull-up of d after the next byte.
func (k *Kernel) NextPullUp(id int, d time.Duration) {
	m := k.master(id)
	m.lock()
	defer m.unlock()
	m.pullup = d
}

// File puts a file into the folder of a device, as the kernel's driver for that
// kind of chip would.
func (k *Kernel) File(rom hw.ROM, name, content string) error {
	return write(filepath.Join(k.slaveDir(rom), name), content)
}
