// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"path"
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/passive"
	"owfs/owproto"
)

// What is told of an adapter on a serial port is what the C program tells of it.
func TestAdapterToldAsOwserver(t *testing.T) {
	t.Parallel()
	line := sim.NewLine(hw.Wall{})
	pty, err := passive.OpenPTY(passive.New(line), 6)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		pty.Close()
		line.Close()
	})
	serial, _, _ := serialSensors(t, 1)
	for _, option := range []string{"--passive=" + pty.Name, "-d" + serial.Name} {
		name, _, _ := strings.Cut(option, "/")
		t.Run(name, func(t *testing.T) {
			addr := startSerialOwserver(t, option)
			client := &owproto.Client{Addr: addr, Silence: 60 * time.Second, NoPersist: true}
			defer client.Close()
			told := map[string]string{}
			for _, name := range []string{"name", "version", "address"} {
				name = path.Join("bus.0/interface/settings", name)
				text, err := client.Read(context.Background(), "/"+name, 0, 64, 0)
				if err != nil {
					t.Fatal(err)
				}
				told[name] = strings.TrimSpace(string(text))
			}
			m := mountOwfs(t, option, patiently)
			for name, want := range told {
				if got := strings.TrimSpace(m.read(t, name)); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			t.Logf("%q", told)
		})
	}
}
