// SPDX-License-Identifier: Apache-2.0

package line_test

import (
	"testing"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/transport"
)

// A DS1821 has no ROM code: it is the only device on its line, and is read and
// written below thermostat.
func TestThermostat(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBench(t, 0)
		b.wire.Add(sim.NewDS1821(hw.Wall{}, func() float64 { return 25 }))
		if got, err := b.get(t, "/thermostat/temperature"); got != "25" || err != nil {
			t.Errorf("temperature reads %q, %v", got, err)
		}
		if _, err := b.Write(t.Context(), transport.Request{Path: "/thermostat/temphigh"}, []byte("30")); err != nil {
			t.Error(err)
		}
		if got, err := b.get(t, "/thermostat/temphigh"); got != "30" || err != nil {
			t.Errorf("temphigh reads %q, %v after 30 was written", got, err)
		}
	})
}
