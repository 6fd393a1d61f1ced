// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/passive"
	"owfs/owproto"
)

// The real owserver finds and reads sensors by our emulated passive adapter, in
// both lengths of words, so that the emulation is what others take for one.
func TestOwserverOnEmulatedPassive(t *testing.T) {
	t.Parallel()
	for bits, option := range map[int]string{6: "--6bit", 8: "--8bit"} {
		t.Run(option, func(t *testing.T) {
			t.Parallel()
			line := sim.NewLine(hw.Wall{})
			var names []string
			for i := range 3 {
				names = append(names, fmt.Sprintf("28.%02X0000000000", i+1))
				rom, err := hw.ParseROM(names[i])
				if err != nil {
					t.Fatal(err)
				}
				line.Add(sim.NewDS18B20(rom, hw.Wall{}, func() float64 { return 20.5 + float64(i) }))
			}
			pty, err := passive.OpenPTY(passive.New(line), bits)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				pty.Close()
				line.Close()
			})
			addr := startSerialOwserver(t, option, "--passive="+pty.Name)
			client := &owproto.Client{Addr: addr, Silence: 60 * time.Second, NoPersist: true}
			defer client.Close()
			list, err := client.Dir(context.Background(), "/uncached", 0)
			if err != nil {
				t.Fatal(err)
			}
			var found []string
			for _, e := range list.Entries {
				if name := path.Base(e.Path); strings.HasPrefix(name, "28.") {
					found = append(found, name)
				}
			}
			slices.Sort(found)
			if !slices.Equal(found, names) {
				t.Errorf("lists %v, want %v", found, names)
			}
			for i, name := range names {
				text, err := client.Read(context.Background(), "/uncached/"+name+"/temperature12", 0, 64, 0)
				if want := fmt.Sprint(20.5 + float64(i)); err != nil || strings.TrimSpace(string(text)) != want {
					t.Errorf("%s reads %q, %v; want %s", name, text, err, want)
				}
			}
			t.Logf("%+v, %d pulses of no use", line.Counts(), pty.Adapter.Odd())
		})
	}
}
