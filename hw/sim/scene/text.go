// SPDX-License-Identifier: Apache-2.0

package scene

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"owfs/hw"
)

// String returns the description as a file that Read reads, with what is not
// told by default spelled out.
func (s *Scene) String() string {
	var b strings.Builder
	epoch := `"start"`
	if !s.epoch.IsZero() {
		epoch = s.epoch.Format(time.RFC3339Nano)
	}
	fmt.Fprintf(&b, "epoch = %s\nseed = %d\n", epoch, s.seed)
	if s.errors > 0 {
		fmt.Fprintf(&b, "\n[faults]\nbit_errors = %s\n", number(s.errors))
	}
	for i := range s.devices {
		s.device(&b, &s.devices[i])
	}
	return b.String()
}

func (s *Scene) device(b *strings.Builder, d *device) {
	fmt.Fprintf(b, "\n[[device]]\nid = %q\nchip = %q\n", d.rom, d.kind.name)
	line := func(key, value string, told bool) {
		if told {
			fmt.Fprintf(b, "%s = %s\n", key, value)
		}
	}
	line("name", strconv.Quote(d.name), d.name != "")
	line("behind", s.place(d.behind), d.behind.device > 0)
	line("away", "{ "+d.away.String()+" }", d.away != schedule{})
	line(keyParasite, "true", d.parasite)
	line(keyDeaf, "true", d.deaf)
	line(keyAddress, strconv.Itoa(int(d.address)), d.address > 0)
	line(keyFault, strconv.Quote(d.fault), d.fault != "")
	line(keySibling, `"`+d.other.String()+`"`, d.other != hw.ROM{})
	line(keyShows, strconv.Quote(d.shows), d.shows != "")
	line(keyLow, spellLimits(d.logbook.low), d.logbook.low != nil)
	line(keyHigh, spellLimits(d.logbook.high), d.logbook.high != nil)
	line(keyMission, strconv.Quote(spell(d.logbook.every)), d.logbook.every > 0)
	line(keyHex, strconv.Quote(hex.EncodeToString([]byte(d.memory))), d.memory != "")
	for _, q := range d.kind.curves {
		c := d.curves[q.key]
		line(q.key, c.String(), true)
	}
	if d.kind.has(keyInput) {
		for n := range d.kind.pins {
			line(keyInput+"."+d.kind.pinName(n), s.input(d.inputs[n]), true)
		}
	}
	if d.kind.has(keyCounter) {
		line(keyCounter+".A", s.counter(d.counters[0]), true)
		line(keyCounter+".B", s.counter(d.counters[1]), true)
	}
}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

// place names a pin or a branch.
func (s *Scene) place(at end) string {
	if at.device == 0 {
		return ""
	}
	d := &s.devices[at.device-1]
	return fmt.Sprintf(`"%v.%s"`, d.rom, d.kind.pinName(at.pin))
}

func (s *Scene) input(in input) string {
	switch {
	case in.low:
		return `"low"`
	case in.during != schedule{}:
		return "{ " + in.during.String() + " }"
	case in.follows.device > 0 && in.inverted:
		return "{ follows = " + s.place(in.follows) + ", inverted = true }"
	case in.follows.device > 0:
		return "{ follows = " + s.place(in.follows) + " }"
	}
	return `"high"`
}

func (s *Scene) counter(c counter) string {
	if c.follows.device > 0 {
		return fmt.Sprintf("{ count = %d, follows = %s }", c.count, s.place(c.follows))
	}
	return fmt.Sprintf("{ count = %d, rate = %s }", c.count, number(c.rate))
}

// String returns the keys of a schedule.
func (s schedule) String() string {
	text := fmt.Sprintf("first = %q, for = %q", spell(s.first), spell(s.lasts))
	if s.every > 0 {
		text += fmt.Sprintf(", every = %q", spell(s.every))
	}
	return text
}

// String returns the value of a curve's key.
func (c *curve) String() string {
	if len(c.points) == 0 && c.period == 0 {
		return number(c.mean)
	}
	end := fmt.Sprintf("period = %q, noise = %s }", spell(c.period), number(c.noise))
	if len(c.points) == 0 {
		return fmt.Sprintf("{ mean = %s, swing = %s, peak = %q, %s", number(c.mean), number(c.swing), spell(c.peak), end)
	}
	var points []string
	for _, p := range c.points {
		points = append(points, fmt.Sprintf("[%q, %s]", spell(p.at), number(p.value)))
	}
	return fmt.Sprintf("{ points = [%s], steps = %v, %s", strings.Join(points, ", "), c.steps, end)
}
