// SPDX-License-Identifier: Apache-2.0

package scene_test

import (
	"testing"
)

// Battery chips, the weather station and the sensors with inputs measure what
// they are told to.
func TestCells(t *testing.T) {
	b := play(t, read(t, `
[[device]]
id = "30.0000000000A1"
chip = "DS2760"
temperature = 25.5
volt = 4
vis = -0.01

[[device]]
id = "30.0000000000A2"
chip = "WS603"
temperature = -4
wind = 7.284
direction = 9
brightness = 100

[[device]]
id = "3D.0000000000A3"
temperature = 30
volt = 8
vis = 0.02

[[device]]
id = "1B.0000000000A4"
temperature = 10
volt = 7.25

[[device]]
id = "7E.0000000000A5"
chip = "EDS0082"
[device.volts]
0 = 2.5
7 = 10

[[device]]
id = "7E.0000000000A6"
chip = "EDS0083"
[device.current]
3 = 0.02

[[device]]
id = "7E.0000000000A7"
chip = "EDS0070"
vibration = 77

[[device]]
id = "7E.0000000000A8"
chip = "EDS0090"
[device.input]
7 = { first = "5m", for = "1s" }
0 = "low"

[[device]]
id = "EF.0000000000A9"
chip = "HB_BAROMETER"
pressure = 987.6
`))
	b.reads("/30.0000000000A1/temperature", "25.5")
	b.reads("/30.0000000000A1/volt", "4.0016") // a step is 4.88 mV
	b.reads("/30.0000000000A1/current", "-0.4")
	b.reads("/30.0000000000A2/WS603/wind_speed", "7.28405")
	b.reads("/30.0000000000A2/WS603/direction", "9")
	b.reads("/30.0000000000A2/WS603/light/intensity", "100")
	b.reads("/30.0000000000A2/WS603/temperature", "-4")
	b.reads("/3D.0000000000A3/volt", "8.0032") // 9.76 mV
	b.reads("/1B.0000000000A4/volts", "7.25")
	b.reads("/7E.0000000000A5/EDS0082/volts.0", "2.5")
	b.reads("/7E.0000000000A5/EDS0082/volts.7", "10")
	b.reads("/7E.0000000000A6/EDS0083/current.3", "0.02")
	b.reads("/7E.0000000000A7/EDS0070/vib_level", "77")
	b.reads("/uncached/7E.0000000000A8/EDS0090/input.BYTE", "254")
	b.reads("/EF.0000000000A9/barometer/pressure", "987.6")
	b.write("/30.0000000000A2/WS603/calibration/wind_speed", "50")
	b.reads("/uncached/30.0000000000A2/WS603/wind_speed", "3.64202")
	if _, err := b.get("/30.0000000000A1/WS603/volt"); err == nil {
		t.Error("a mere DS2760 is read as a weather station")
	}
	b.write("/7E.0000000000A8/EDS0090/output/set.BYTE", "3")
	b.reads("/uncached/7E.0000000000A8/EDS0090/output/set.BYTE", "3")
}
