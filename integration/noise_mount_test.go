// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"strings"
	"sync/atomic"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"owfs/device"
	"owfs/fsnode"
	"owfs/hw"
	"owfs/hw/sim"
	"owfs/transport/local"
	"owfs/transport/local/line"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

// noisyMount is the variable by which the test's own program is told to be the
// mount under test: a mount in the process that reads it can lock up. Its
// argument is where to mount. The lines are in virtual time, so that a
// conversion takes none.
const noisyMount = "OWFS_TEST_NOISY_MOUNT"

// serveNoise mounts the emulated lines of noisyDevices and obeys its input
// until that ends. It returns the exit code.
func serveNoise(in io.Reader, out io.Writer) int {
	if err := noisy(os.Args[len(os.Args)-1], in, out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func noisy(point string, in io.Reader, out io.Writer) error {
	w := newNoisyWorld()
	opts := &gofs.Options{NullPermissions: true, RootStableAttr: &gofs.StableAttr{Ino: fsnode.RootInode()}}
	opts.MountOptions = fuse.MountOptions{FsName: "OWFS", Name: "OWFS", DirectMountStrict: true, DisableSplice: true, MaxBackground: 64}
	settings := virtual.NewSettings()
	table := device.New()
	var buses []root.Bus
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if os.Getenv("OWFS_NOISE_LOG") != "" {
		log = slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	for i := range w.lines {
		wire := hw.NewLine(func(context.Context) (hw.Bus, error) { return w.lines[i], nil })
		defer wire.Close()
		backend := line.New(line.Config{Line: wire, Table: table, Clock: w.clocks[i], Log: log})
		buses = append(buses, root.Bus{
			Transport: local.New(local.Config{Backend: backend, Table: table, Log: log}),
			Interface: virtual.Interface{Address: fmt.Sprint("noisy.", i), Name: "Noisy"},
		})
	}
	tree := root.New(root.Config{Table: table, Settings: settings, Buses: buses})
	server, err := gofs.Mount(point, fsnode.New(fsnode.Config{Transport: tree, Options: settings.Options, Log: log}), opts)
	if err != nil {
		return fmt.Errorf("mounting: %w", err)
	}
	fmt.Fprintln(out, "mounted")
	w.obey(in, out)
	if err := server.Unmount(); err != nil {
		return fmt.Errorf("unmounting: %w", err)
	}
	return nil
}

// A noisyWorld is the emulated lines and what is known of their chips.
type noisyWorld struct {
	clocks []*sim.Virtual
	lines  []*sim.Line
	chips  map[string]chipSide
	ears   []*ear
}

func newNoisyWorld() *noisyWorld {
	w := &noisyWorld{chips: map[string]chipSide{}}
	for range noisyLines {
		clock := &sim.Virtual{}
		w.clocks = append(w.clocks, clock)
		w.lines = append(w.lines, sim.NewLine(clock))
	}
	for _, d := range noisyDevices() {
		chip := d.make(mustROM(d.name), w.clocks[d.line])
		w.chips[d.name] = chip
		e := &ear{Slave: chip.slave}
		w.ears = append(w.ears, e)
		if d.behind != "" {
			w.chips[d.behind].slave.(*sim.DS2409).Add(sim.Main, e)
			continue
		}
		w.lines[d.line].Add(e)
	}
	return w
}

func mustROM(name string) hw.ROM {
	rom, err := hw.ParseROM(name)
	if err != nil {
		panic(err) // the table is wrong
	}
	return rom
}

// obey answers commands of one line each:
//
//	noise ALL ONE SEED  bit errors from now on, at a rate for all on a line and
//	                    at one for each chip alone
//	slots N             slots and resets of line N so far
//	rest N              line N is left alone for a tenth of a second
//	CHIP KEY            what the chip holds
//	CHIP KEY VALUE      what is there for it to see
func (w *noisyWorld) obey(in io.Reader, out io.Writer) {
	for s := bufio.NewScanner(in); s.Scan(); {
		fmt.Fprintln(out, w.answer(strings.Fields(s.Text())))
	}
}

func (w *noisyWorld) answer(words []string) string {
	switch {
	case len(words) == 4 && words[0] == "noise":
		w.noise(numberOf(words[1]), numberOf(words[2]), uint64(numberOf(words[3])))
		return "ok"
	case len(words) == 2 && words[0] == "slots":
		c := w.lines[int(numberOf(words[1]))].Counts()
		return fmt.Sprint(c.Slots, " ", c.Resets)
	case len(words) == 2 && words[0] == "rest":
		_ = w.clocks[int(numberOf(words[1]))].Sleep(context.Background(), 100*time.Millisecond) // the context does not end
		return "ok"
	case len(words) == 3 && w.chips[words[0]].see[words[1]] != nil:
		w.chips[words[0]].see[words[1]](words[2])
		return "ok"
	case len(words) == 2 && w.chips[words[0]].hold[words[1]] != nil:
		return w.chips[words[0]].hold[words[1]]()
	}
	return fmt.Sprintf("error: %q is not understood", words)
}

func (w *noisyWorld) noise(all, one float64, seed uint64) {
	for i, l := range w.lines {
		l.SetFaults(sim.Faults{BitErrors: all, Rand: seeded(seed, uint64(i))})
	}
	for i, s := range w.ears {
		s.disturb(one, seeded(seed, uint64(1000+i)))
	}
}

// An ear is a chip that mishears a slot now and then, as the only one on the
// line. What it says itself is not changed by that.
type ear struct {
	sim.Slave
	deaf atomic.Pointer[deafness] // nil: it hears all
}

// A deafness is how often a chip mishears. Only its line uses it.
type deafness struct {
	rate float64
	rand *rand.Rand
}

func (e *ear) disturb(rate float64, r *rand.Rand) {
	if rate <= 0 {
		e.deaf.Store(nil)
		return
	}
	e.deaf.Store(&deafness{rate, r})
}

// See implements sim.Slave.
func (e *ear) See(bit byte) {
	if d := e.deaf.Load(); d != nil && d.rand.Float64() < d.rate {
		bit ^= 1
	}
	e.Slave.See(bit)
}

// Stop ends what the chip is doing.
func (e *ear) Stop() {
	if s, ok := e.Slave.(interface{ Stop() }); ok {
		s.Stop()
	}
}
