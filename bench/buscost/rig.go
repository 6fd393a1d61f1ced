// SPDX-License-Identifier: Apache-2.0

package buscost

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"owfs/device"
	"owfs/hw"
	"owfs/hw/sim"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/local"
	"owfs/transport/local/line"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

// A rig is an emulated line below all that is between it and the mount.
type rig struct {
	clock    sim.Virtual
	wire     *sim.Line
	tree     transport.Transport
	sensors  []*sim.DS18B20
	switches *sim.DS2408
	memory   *sim.DS2433
}

// newRig puts powered thermometers on a line, number i at 20 + i/16 °C, and
// with more also a DS2408 and a DS2433.
func newRig(sensors int, more bool) *rig {
	r := &rig{}
	r.wire = sim.NewLine(&r.clock)
	for i := range sensors {
		s := sim.NewDS18B20(romCode(0x28, i), &r.clock, func() float64 { return celsius(i) })
		r.sensors = append(r.sensors, s)
		r.wire.Add(s)
	}
	if more {
		r.switches = sim.NewDS2408(romCode(0x29, 0))
		r.memory = sim.NewDS2433(romCode(0x23, 0), &r.clock)
		r.wire.Add(r.switches, r.memory)
	}
	table := device.New()
	backend := line.New(line.Config{
		Line:  hw.NewLine(func(context.Context) (hw.Bus, error) { return r.wire, nil }),
		Table: table,
		Clock: &r.clock,
	})
	r.tree = root.New(root.Config{
		Buses:    []root.Bus{{Transport: local.New(local.Config{Backend: backend, Table: table})}},
		Table:    table,
		Settings: virtual.NewSettings(),
	})
	return r
}

func celsius(i int) float64 { return 20 + float64(i)/16 }

// romCode gives codes whose bits differ at many places, as those of real chips do.
func romCode(family byte, i int) hw.ROM {
	serial := uint64(i+1) * 0x9E3779B97F4A7C15
	rom := hw.ROM{family}
	for n := range 6 {
		rom[1+n] = byte(serial >> (8 * n))
	}
	rom[7] = hw.CRC8(rom[:7])
	return rom
}

// count runs f and tells what it took of the line, and how long it lasted.
func (r *rig) count(f func() error) (cost, time.Duration, error) {
	before, begin := r.wire.Counts(), r.clock.Now()
	err := f()
	after := r.wire.Counts()
	return cost{
		resets: after.Resets - before.Resets,
		slots:  after.Slots - before.Slots,
		busy:   after.Busy - before.Busy,
	}, r.clock.Now().Sub(begin), err
}

func request(path string) transport.Request {
	return transport.Request{Path: path, Options: owproto.FlagTrim}
}

// ls asks what the mount asks for a listing of all devices; the kernel gets the
// attributes of the entries with it.
func (r *rig) ls(ctx context.Context) error {
	if _, err := r.tree.Stat(ctx, request("/")); err != nil {
		return err
	}
	list, err := r.tree.Dir(ctx, request("/"))
	n := 0
	for _, e := range list {
		if e.Device {
			n++
		}
	}
	want := len(r.sensors)
	if r.switches != nil {
		want += 2
	}
	if err == nil && n != want {
		err = fmt.Errorf("%d devices are listed, not %d", n, want)
	}
	return err
}

// look is what the kernel asks on the way to a file that it does not know yet.
func (r *rig) look(ctx context.Context, dir, file string) error {
	for _, path := range []string{dir, dir + "/" + file} {
		if _, err := r.tree.Stat(ctx, request(path)); err != nil {
			return err
		}
	}
	return nil
}

// cat asks what the mount asks for a cat: the value when the file is opened, and
// its attributes.
func (r *rig) cat(ctx context.Context, dir, file, want string) error {
	if err := r.look(ctx, dir, file); err != nil {
		return err
	}
	got, err := r.tree.Read(ctx, request(dir+"/"+file))
	if err == nil && string(got) != want {
		err = fmt.Errorf("%s/%s reads %q, not %q", dir, file, got, want)
	}
	if err == nil {
		_, err = r.tree.Stat(ctx, request(dir+"/"+file))
	}
	return err
}

// echo asks what the mount asks for an echo into a file, which the shell
// truncates before.
func (r *rig) echo(ctx context.Context, dir, file, value string) error {
	if err := r.look(ctx, dir, file); err != nil {
		return err
	}
	if _, err := r.tree.Stat(ctx, request(dir+"/"+file)); err != nil {
		return err
	}
	_, err := r.tree.Write(ctx, request(dir+"/"+file), []byte(value+"\n"))
	return err
}

// temperature is a cat of the temperature of one sensor; top is "/uncached" or
// nothing.
func (r *rig) temperature(ctx context.Context, top string, i int) error {
	want := strconv.FormatFloat(celsius(i), 'G', 6, 64)
	return r.cat(ctx, top+"/"+r.sensors[i].ROM.String(), "temperature", want)
}
