// SPDX-License-Identifier: Apache-2.0

package house

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"owfs/config"
	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim/scene"
	"owfs/transport/local/line"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

// emulate makes a bus of an emulated line, which takes the time that a cable
// takes: what --sim names is a file that describes it, or a list of devices.
func (h *House) emulate(n int, b config.Bus, table *device.Table, stats *virtual.Statistics) (root.Bus, error) {
	s, err := sceneOf(b.Arg)
	if err != nil {
		return root.Bus{}, &config.UsageError{
			Option: "--sim", Msg: err.Error(), Err: err,
			Hint: "give a list such as --sim=28,28,29, or a file as in docs/simulation.md",
		}
	}
	return h.wire(master{
		open: func(context.Context) (hw.Bus, error) { return s.Line(hw.Wall{}), nil },
		about: virtual.Interface{
			Address: fmt.Sprintf("sim.%d", n), Name: "Simulated-Line", Version: versionSimulated,
		},
	}, table, stats), nil
}

// sceneOf reads a file if there is one of this name, else a list.
func sceneOf(arg string) (*scene.Scene, error) {
	f, err := os.Open(arg)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENAMETOOLONG) {
		return scene.List(arg)
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return scene.Read(f, arg)
}

// lineLife is how long what is read from a line of our own is kept now.
func (h *House) lineLife() line.Life {
	var l line.Life
	l.Volatile, _ = h.Settings.Timeout("volatile")
	l.Stable, _ = h.Settings.Timeout("stable")
	l.Directory, _ = h.Settings.Timeout("directory")
	l.Presence, _ = h.Settings.Timeout("presence")
	return l
}
