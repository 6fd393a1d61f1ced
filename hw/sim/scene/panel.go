// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"owfs/hw/sim"
)

// A screen is a chip that shows something. It tells what that is, at once and
// whenever it may have changed.
type screen interface {
	onShow(f func(text string))
}

// A panel is a DS2408 with a display.
type panel struct {
	*sim.DS2408
	lcd *sim.HD44780
}

func newPanel(wire func(*sim.HD44780, *sim.DS2408)) func(parts) sim.Slave {
	return func(p parts) sim.Slave {
		d := &panel{sim.NewDS2408(p.rom), sim.NewHD44780(p.clock)}
		wire(d.lcd, d.DS2408)
		return d
	}
}

// PowerOn is what a loss of power does.
func (p *panel) PowerOn() {
	p.DS2408.PowerOn()
	p.lcd.PowerOn()
}

func (p *panel) onShow(f func(text string)) {
	shown := ""
	p.lcd.OnChange = func() {
		if text := p.lcd.Screen(); text != shown {
			shown = text
			f(text)
		}
	}
	p.lcd.OnChange()
}

// readShows reads where it is written what a display shows.
func (d *device) readShows(t *table, r reader) {
	if !d.kind.has(keyShows) || !t.has(keyShows) {
		return
	}
	path, err := filepath.Abs(t.text(keyShows))
	strange := func(c rune) bool { return !strconv.IsPrint(c) }
	switch {
	case t.text(keyShows) == "":
		t.fail(keyShows, "is the path of a file in quotes, such as \"display.txt\"")
		return
	case err != nil || strings.ContainsFunc(path, strange):
		t.fail(keyShows, "%q is no path of printable characters", path)
		return
	}
	for i := range r.scene.devices {
		if r.scene.devices[i].shows == path {
			t.fail(keyShows, "%s is of another display", path)
		}
	}
	if err := canBeShown(path); err != nil {
		t.fail(keyShows, "%v", err)
	}
	d.shows = path
}

// canBeShown tells whether a file can be made, or replaced.
func canBeShown(path string) error {
	switch at, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case !at.Mode().IsRegular():
		return fmt.Errorf("%s is there, and is no file that could be replaced; name another one", path)
	}
	const writable = 2
	if err := syscall.Access(filepath.Dir(path), writable); err != nil {
		return fmt.Errorf("the directory %s must be there and be writable: %w", filepath.Dir(path), err)
	}
	return nil
}

// show tells what a display shows.
func (st *stage) show(path, text string) {
	if show := st.scene.show; show != nil {
		show(path, text)
		return
	}
	replace(path, text)
}

// replace puts a new file in the place of an old one, so that nobody reads half of
// it. A display can't tell that it went wrong: the old file stays.
func replace(path, text string) {
	f, err := os.CreateTemp(filepath.Dir(path), ".shows-*")
	if err != nil {
		return
	}
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
}
