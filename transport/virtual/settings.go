// SPDX-License-Identifier: Apache-2.0

package virtual

import (
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
)

// maxTimeout bounds what may be written to a timeout, in seconds: ten years.
const maxTimeout = 10 * 365 * 24 * 3600

// Settings are what a user can change while the program runs. They hold for
// everybody at once. Make them with NewSettings.
type Settings struct {
	mu        sync.RWMutex
	timeouts  map[string]uint64 // in seconds, by name below settings/timeout
	given     map[string]bool   // timeouts that the user set
	flags     owproto.Flags
	unaliased bool
	uncached  bool
	changed   []func()
}

// NewSettings returns the defaults: Celsius, mbar, f.i, numbers trimmed.
func NewSettings() *Settings {
	return &Settings{
		flags: owproto.FlagTrim,
		given: map[string]bool{},
		timeouts: map[string]uint64{
			"directory": 60, "ftp": 900, "ha7": 60, "network": 1, "presence": 120, "serial": 5,
			"server": 10, "stable": 300, "usb": 5, "volatile": 15, "w1": 30,
		},
	}
}

// OnChange has f called after each change of a timeout or an alias rule.
func (s *Settings) OnChange(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed = append(s.changed, f)
}

// Options returns the flags that a request from a user of this program has.
func (s *Settings) Options() owproto.Flags {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.uncached {
		return s.flags | owproto.FlagUncached
	}
	return s.flags
}

// SetOptions sets scales, name format and trimming.
func (s *Settings) SetOptions(f owproto.Flags) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flags = f
}

// Unaliased tells whether listings show ROM codes even for aliased devices.
func (s *Settings) Unaliased() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.unaliased
}

// SetUnaliased sets whether listings show ROM codes.
func (s *Settings) SetUnaliased(on bool) { s.set(func() { s.unaliased = on }) }

// SetUncached sets whether every request goes past the caches.
func (s *Settings) SetUncached(on bool) { s.set(func() { s.uncached = on }) }

func (s *Settings) set(change func()) {
	s.mu.Lock()
	change()
	hooks := s.changed
	s.mu.Unlock()
	for _, f := range hooks {
		f()
	}
}

// Timeout returns a timeout, and whether the user chose it.
func (s *Settings) Timeout(name string) (d time.Duration, given bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return time.Duration(s.timeouts[name]) * time.Second, s.given[name]
}

// SetTimeout sets a timeout as the user's choice.
func (s *Settings) SetTimeout(name string, d time.Duration) {
	s.set(func() { s.timeouts[name], s.given[name] = uint64(d/time.Second), true })
}

// Tree returns the tree of /settings.
func (s *Settings) Tree(table *device.Table, aliases *Aliases, start time.Time) *Tree {
	t := &Tree{Family: table.Tree("settings"), Start: start, Values: map[string]Value{
		"alias/list":              {Read: func(device.Element) string { return aliases.List() }},
		"alias/unaliased":         s.yesNo(&s.unaliased),
		"timeout/uncached":        s.yesNo(&s.uncached),
		"return_codes/text":       {Read: func(e device.Element) string { return returnCode(e.Index) }},
		"units/temperature_scale": {Read: s.temperature, Write: s.setTemperature},
		"units/pressure_scale":    {Read: s.pressure, Write: s.setPressure},
	}}
	for name := range s.timeouts {
		t.Values["timeout/"+name] = s.timeout(name)
	}
	return t
}

func (s *Settings) yesNo(b *bool) Value {
	return Value{
		Read: func(device.Element) string {
			s.mu.RLock()
			defer s.mu.RUnlock()
			return yesNo(*b)
		},
		Write: func(text string) error {
			on, err := ParseYesNo(text)
			if err == nil {
				s.set(func() { *b = on })
			}
			return err
		},
	}
}

func (s *Settings) timeout(name string) Value {
	return Value{
		Read: func(device.Element) string {
			d, _ := s.Timeout(name)
			return strconv.FormatInt(int64(d/time.Second), 10)
		},
		Write: func(text string) error {
			n, err := parseUnsigned(text, maxTimeout)
			if err == nil {
				s.SetTimeout(name, time.Duration(n)*time.Second)
			}
			return err
		},
	}
}

func (s *Settings) temperature(device.Element) string { return s.Options().Temperature().String() }

// setTemperature takes the first letter, of any case, as the original does.
func (s *Settings) setTemperature(text string) error {
	scale, err := owproto.ParseTemperatureScale(text[:min(1, len(text))])
	if err != nil {
		return transport.Cause(syscall.EINVAL, "%q is none of C, F, K, R", strings.TrimSpace(text))
	}
	s.set(func() { s.flags = s.flags.WithTemperature(scale) })
	return nil
}

func (s *Settings) pressure(device.Element) string { return s.Options().Pressure().String() }

// setPressure goes by the first two letters, of any case, as the original does.
func (s *Settings) setPressure(text string) error {
	low := strings.ToLower(text)
	for scale := owproto.Millibar; scale <= owproto.Pascal; scale++ {
		if name := strings.ToLower(scale.String()); len(low) >= 2 && low[:2] == name[:2] {
			s.set(func() { s.flags = s.flags.WithPressure(scale) })
			return nil
		}
	}
	return transport.Cause(syscall.EINVAL, "%q is none of mbar, atm, mmHg, inHg, psi, Pa", strings.TrimSpace(text))
}
