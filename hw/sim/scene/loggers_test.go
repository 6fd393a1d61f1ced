// SPDX-License-Identifier: Apache-2.0

package scene_test

import (
	"slices"
	"testing"
	"time"
)

// Loggers that somebody has set up: what is in alarm follows from the limits that are
// told, and from a mission or the lack of one.
func TestLoggersSetUp(t *testing.T) {
	b := play(t, read(t, `
epoch = "start"
[[device]]
id = "41.000000000001"
chip = "DS1923"
temperature = { points = [["0s", 20], ["1m", 30]], steps = true }
humidity = 40
low = { temperature = 10, humidity = 30 }
high = { temperature = 25, humidity = 70 }
mission = "10s"
[[device]]
id = "41.000000000002"
chip = "DS1923"
humidity = 80
high.humidity = 70
mission = "5h"
[[device]]
id = "41.000000000003"
chip = "DS1922T"
temperature = 120
high.temperature = 110
[[device]]
id = "41.000000000004"
chip = "DS1922L"
temperature = -30
mission = "1s"
`))
	alarms := func(want ...string) {
		t.Helper()
		if got := b.list("/uncached/alarm"); !slices.Equal(got, want) {
			t.Errorf("in alarm are %q, want %q", got, want)
		}
	}
	alarms("41.000000000002")
	b.reads("/uncached/41.000000000001/mission/running", "1")
	b.reads("/uncached/41.000000000001/mission/samplinghumidity", "1")
	b.reads("/uncached/41.000000000003/mission/running", "0")
	b.sleep(time.Minute)
	alarms("41.000000000001", "41.000000000002")
	b.reads("/uncached/41.000000000003/temperature", "120") // a measurement without a mission counts as well
	alarms("41.000000000001", "41.000000000002", "41.000000000003")
}
