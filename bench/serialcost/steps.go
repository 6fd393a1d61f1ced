// SPDX-License-Identifier: Apache-2.0

package serialcost

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"

	"owfs/owproto"
)

// list lists the root, and finds all devices there.
func list(ctx context.Context, r *rig) error {
	found, err := r.devices(ctx, "/")
	want := len(r.sensors)
	if r.switches != nil {
		want++
	}
	if err == nil && len(found) != want {
		err = fmt.Errorf("%d devices are listed, not %d: %v", len(found), want, found)
	}
	return err
}

// alarms lists those that have an alarm, which nobody has.
func alarms(ctx context.Context, r *rig) error {
	found, err := r.devices(ctx, "/alarm")
	if err == nil && len(found) > 0 {
		err = fmt.Errorf("%v have an alarm", found)
	}
	return err
}

func (r *rig) devices(ctx context.Context, dir string) (found []string, err error) {
	listing, err := r.client.Dir(ctx, dir, 0)
	for _, e := range listing.Entries {
		name := path.Base(e.Path)
		if strings.HasPrefix(name, "28.") || strings.HasPrefix(name, "29.") {
			found = append(found, name)
		}
	}
	return found, err
}

// temperature reads that of one sensor; top is "/uncached" or nothing.
func temperature(top string, i int) func(context.Context, *rig) error {
	return func(ctx context.Context, r *rig) error {
		file := top + "/" + r.sensors[i].ROM.String() + "/temperature"
		text, err := r.client.Read(ctx, file, owproto.FlagTrim, 64, 0)
		if err != nil {
			return err
		}
		got, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
		if err != nil || got != celsius(i) {
			return fmt.Errorf("%s reads %q, not %v", file, text, celsius(i))
		}
		return nil
	}
}

// loop is: for d in 28.*; do owread /$d/temperature; done
func loop(ctx context.Context, r *rig) error {
	for i := range r.sensors {
		if err := temperature("", i)(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// write switches the outputs 0, 2, 5 and 7 on, which makes their latches 0.
func write(ctx context.Context, r *rig) error {
	file := "/" + r.switches.ROM.String() + "/PIO.BYTE"
	if _, err := r.client.Write(ctx, file, []byte("165"), 0, 0); err != nil {
		return err
	}
	if got := r.switches.Latches(); got != 0x5A {
		return fmt.Errorf("the latches are %02X, not 5A", got)
	}
	return nil
}
