// SPDX-License-Identifier: Apache-2.0

package transport

import (
	"errors"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

func TestParse(t *testing.T) {
	for path, want := range map[string]Place{
		"/":                             {},
		"":                              {},
		"/28.FF4A3C021604/temperature":  {Segments: []string{"28.FF4A3C021604", "temperature"}},
		"28.FF4A3C021604/":              {Segments: []string{"28.FF4A3C021604"}},
		"/bus.0":                        {Buses: []int{0}},
		"/bus.00/bus.1/alarm":           {Buses: []int{0, 1}, Alarm: true},
		"/uncached/uncached/28.1":       {Uncached: true, Segments: []string{"28.1"}},
		"/text/json/unaliased/kitchen":  {Unaliased: true, Segments: []string{"kitchen"}},
		"/settings/uncached/timeout/w1": {Uncached: true, Word: Settings, Segments: []string{"timeout", "w1"}},
		"/SETTINGS/timeout":             {Word: Settings, Segments: []string{"timeout"}},
		"/structure/28/uncached":        {Word: Structure, Segments: []string{"28", "uncached"}},
		"/bus.3/interface/settings":     {Buses: []int{3}, Word: Interface, Segments: []string{"settings"}},
		"/alarm/uncached/28.1/PIO.ALL":  {Alarm: true, Uncached: true, Segments: []string{"28.1", "PIO.ALL"}},
		"/alarm/bus.2":                  {Alarm: true, Buses: []int{2}},
		"/settingsfoo":                  {Segments: []string{"settingsfoo"}},
		"/alarmfoo":                     {Segments: []string{"alarmfoo"}},
		"/bus.":                         {Segments: []string{"bus."}},
		"/bus.-1":                       {Segments: []string{"bus.-1"}},
		"/bus.4294967296":               {Segments: []string{"bus.4294967296"}},
		"/28.1/settings":                {Segments: []string{"28.1", "settings"}},
		"/1F.1/main/28.2/alarm":         {Segments: []string{"1F.1", "main", "28.2", "alarm"}},
		"/simultaneous/temperature":     {Word: Simultaneous, Segments: []string{"temperature"}},
		"/simultaneous/uncached":        {Word: Simultaneous, Segments: []string{"uncached"}},
		"/alarm/thermostat/type":        {Alarm: true, Word: Thermostat, Segments: []string{"type"}},
		"/20.000020DF0500/alarm/high.A": {Segments: []string{"20.000020DF0500", "alarm", "high.A"}},
	} {
		got, err := Parse(path)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("Parse(%q) = %+v, %v, want %+v", path, got, err, want)
		}
	}
	for _, path := range []string{
		"//", "/28.1//temperature", "/.", "/28.1/..", "/alarm/alarm", "/alarm/settings", "/interface",
		"/28.1/a\x00b", "/" + strings.Repeat("x", MaxPath),
	} {
		if got, err := Parse(path); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("Parse(%q) = %+v, %v, want ENOENT", path, got, err)
		}
	}
}

// FuzzParse: what parses is spelled in a form that parses as the same place,
// and that form is its own.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"/", "/bus.0/uncached/28.FF4A3C021604/temperature", "/alarm/28.1", "/settings/text/timeout/volatile",
		"/1F.1/main/28.2/type", "/bus.1/bus.0/interface/statistics/errors",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, err := Parse(path)
		if err != nil {
			return
		}
		spelled := p.String()
		if len(spelled) > MaxPath {
			return
		}
		again, err := Parse(spelled)
		if err != nil || !reflect.DeepEqual(p, again) {
			t.Fatalf("%q parses as %+v, spelled %q, which parses as %+v, %v", path, p, spelled, again, err)
		}
		if s := again.String(); s != spelled {
			t.Fatalf("%q is spelled %q, and then %q", path, spelled, s)
		}
	})
}

func TestReserved(t *testing.T) {
	for name, want := range map[string]bool{
		"settings": true, "Alarm": true, "json": true, "bus.7": true, "..": true, "": true, "thermostat": true,
		"kitchen": false, "settings2": false, "bus": false, "bus.": false, "alarm_door": false, "textile": false,
	} {
		if got := Reserved(name); got != want {
			t.Errorf("Reserved(%q) = %v, want %v", name, got, want)
		}
	}
}

func TestError(t *testing.T) {
	if Wrap("read", "/x", nil) != nil {
		t.Error("nil is wrapped")
	}
	cause := Cause(syscall.EIO, "owserver %s is away", "here")
	err := Wrap("read", "/28.1/temperature", cause)
	if got, want := err.Error(), "read /28.1/temperature: owserver here is away"; got != want {
		t.Errorf("the error reads %q, want %q", got, want)
	}
	if !errors.Is(err, syscall.EIO) {
		t.Error("the cause is hidden")
	}
	if Wrap("dir", "/", err) != err {
		t.Error("an *Error is wrapped twice")
	}
}
