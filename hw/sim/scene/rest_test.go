// SPDX-License-Identifier: Apache-2.0

package scene_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"owfs/transport"
)

// The rarer chips, through all that lies between a path and the line.
func TestRarerChips(t *testing.T) {
	b := play(t, read(t, `
		[[device]]
		id = "02.000000000001"
		[[device]]
		id = "04.000000000002"
		text = "econo"
		[[device]]
		id = "18.000000000003"
		[[device]]
		id = "1A.000000000004"
		[[device]]
		id = "1C.000000000005"
		input.1 = "low"
		[[device]]
		id = "37.000000000006"
		text = "behind a password"
		[[device]]
		chip = "BAE0910"
		id = "FC.000000000007"
		[[device]]
		chip = "BAE0911"
		id = "FC.000000000008"
		[[device]]
		id = "FE.000000000009"
		temperature = 21.5
		humidity = 44
	`))
	b.write("/02.000000000001/subkey0/reset.12AB", "1")
	b.reads("/02.000000000001/subkey0/id.0", "Subkey 0")
	b.write("/02.000000000001/subkey0/secure_data.12AB", "secret")
	b.reads("/02.000000000001/subkey0/secure_data.12AB", "secret"+strings.Repeat("\x00", 42))

	b.reads("/04.000000000002/date", "Sat Jan  1 00:00:00 2000")
	b.sleep(time.Minute)
	b.reads("/04.000000000002/date", "Sat Jan  1 00:01:00 2000")
	if got, err := b.get("/04.000000000002/pages/page.0"); err != nil || !strings.HasPrefix(got, "econo") {
		t.Errorf("the page is %q, %v", got, err)
	}
	b.write("/04.000000000002/set_alarm", "101")
	b.reads("/04.000000000002/set_alarm", "101")

	for _, name := range []string{"/18.000000000003", "/1A.000000000004"} {
		b.write(name+"/pages/page.13", "counted")
		b.reads(name+"/pages/count.13", "1")
		b.reads(name+"/pages/count.0", "4294967295")
	}

	b.reads("/1C.000000000005/sensed.ALL", "1,0")
	b.write("/1C.000000000005/PIO.0", "1")
	b.reads("/1C.000000000005/PIO.BYTE", "1")
	b.reads("/1C.000000000005/sensed.ALL", "0,0")
	b.write("/1C.000000000005/set_alarm", "312")
	b.reads("/1C.000000000005/set_alarm", "312")

	if got, err := b.get("/37.000000000006/memory"); err != nil || len(got) != 32704 || !strings.HasPrefix(got, "behind a password") {
		t.Errorf("the memory has %d bytes, %v", len(got), err)
	}
	b.write("/37.000000000006/use_password/full", "12345678")
	b.write("/37.000000000006/set_password/full", "12345678")
	b.write("/37.000000000006/set_password/enabled", "1")
	b.reads("/37.000000000006/set_password/enabled", "1")
	b.reads("/37.000000000006/version", "49")

	b.reads("/FE.000000000009/TH/temperature", "21.5")
	b.reads("/FE.000000000009/TH/humidity", "44")
	b.reads("/FE.000000000009/subtype", "TH")

	b.write("/FC.000000000007/910/useri", "4660")
	b.reads("/FC.000000000007/910/useri", "4660")
	b.write("/FC.000000000008/911/pio/pio.3", "1")
	b.reads("/FC.000000000008/911/pio/pio.3", "1")
	b.write("/FC.000000000008/911/sdcard/sector_nr", "9")
	b.reads("/FC.000000000008/911/sdcard/sector_data", strings.Repeat("\x00", 512))
	for name, want := range map[string]string{"/FC.000000000007": "910", "/FC.000000000008": "911"} {
		var shown []string
		all, err := b.Dir(b.Context(), transport.Request{Path: name})
		if err != nil {
			t.Error(err)
		}
		for _, e := range all {
			if slices.Contains([]string{"910", "911", "generic"}, e.Name) {
				shown = append(shown, e.Name)
			}
		}
		if got := strings.Join(shown, " "); got != want {
			t.Errorf("%s lists %q of the models, want %q", name, got, want)
		}
	}
}
