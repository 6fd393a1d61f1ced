// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
)

// A guard is what tells that a value is right.
type guard struct {
	name string
	// raw is a chip that takes what is written at once and without a check, so
	// that after an error it may hold neither the old nor the new.
	raw bool
	// bits is how many bits of an answer have no check but that they came twice:
	// each is wrong if it was disturbed both times. 0: there is a check.
	bits int
}

var (
	crc8       = guard{name: "CRC-8"}
	crc16      = guard{name: "CRC-16"}
	complement = guard{name: "complement"}
	readBack   = guard{name: "read back"}
	rawBack    = guard{name: "read back", raw: true}
	echoOnly   = guard{name: "echo", raw: true}
	agreeing   = guard{name: "8 slots agree"} // an answer of one bit, in as many slots
	searched   = guard{name: "search"}
)

// around is a write of a part of so many bits. What is read back is sure; what is
// around it in the page was read twice and is written again.
func around(bits int) guard { return guard{name: "read back", bits: bits} }

func twice(bits int) guard { return guard{name: "read twice", bits: bits} }

// A verdict is what became of one operation.
type verdict int

const (
	right  verdict = iota
	failed         // with an error
	torn           // an error, and the chip holds neither the old nor the new
	wrong
)

// A noiseProbe does operations on a device whose outcome is known. It tells each to
// the worker.
type noiseProbe struct {
	family string
	what   string
	guard  guard
	do     func(w *noiseWorker, p *noiseProbe, dev string)
}

// measuring lets the chip see another value, and reads it.
func measuring(g guard, file, key string, draw func(*rand.Rand) float64, tolerance float64) noiseProbe {
	return noiseProbe{what: file, guard: g, do: func(w *noiseWorker, p *noiseProbe, dev string) {
		want := draw(w.rand)
		w.see(dev, key, strconv.FormatFloat(want, 'f', -1, 64))
		ask := func(dir string) bool {
			got, err := w.read(dir + dev + "/" + file)
			w.judge(p, dev, err, func() (bool, string) {
				x, bad := strconv.ParseFloat(got, 64)
				return bad == nil && math.Abs(x-want) <= tolerance, fmt.Sprintf("%s%s reads %s, there is %v", dir, file, got, want)
			})
			return err == nil
		}
		// What was just read is in the cache.
		if ask("uncached/") && w.rand.IntN(4) == 0 {
			ask("")
		}
	}}
}

// inSteps draws multiples of a step.
func inSteps(low, high, step float64) func(*rand.Rand) float64 {
	return func(r *rand.Rand) float64 {
		n := int(math.Round((high - low) / step))
		return low + float64(r.IntN(n+1))*step
	}
}

// showing reads what the chip holds.
func showing(g guard, file, key string, spell func(held string) string) noiseProbe {
	return noiseProbe{what: file, guard: g, do: func(w *noiseWorker, p *noiseProbe, dev string) {
		held := w.held(dev, key)
		got, err := w.read("uncached/" + dev + "/" + file)
		w.judge(p, dev, err, func() (bool, string) {
			return got == spell(held), fmt.Sprintf("%s reads %q, it holds %s", file, clip(got), clip(held))
		})
	}}
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}

// shownAfter lets something outside change the chip first.
func shownAfter(g guard, file, key string, draw func(*rand.Rand) float64, held string, spell func(held string) string) noiseProbe {
	then := showing(g, file, held, spell)
	return noiseProbe{what: file, guard: g, do: func(w *noiseWorker, p *noiseProbe, dev string) {
		w.see(dev, key, strconv.FormatFloat(draw(w.rand), 'f', -1, 64))
		then.do(w, p, dev)
	}}
}

// passing reads a number that grows with the time.
func passing(g guard, file, key string) noiseProbe {
	return noiseProbe{what: file, guard: g, do: func(w *noiseWorker, p *noiseProbe, dev string) {
		before := w.held(dev, key)
		got, err := w.read("uncached/" + dev + "/" + file)
		after := w.held(dev, key)
		w.judge(p, dev, err, func() (bool, string) {
			x, bad := strconv.ParseFloat(got, 64)
			return bad == nil && x >= numberOf(before) && x <= numberOf(after), fmt.Sprintf("%s reads %s, it is from %s to %s", file, got, before, after)
		})
	}}
}

// A change is what is written and what the chip then holds.
type change struct{ text, held string }

// writing writes. Without an error the chip must hold the new, with one the old or
// the new; where is what of both is acceptable after an error.
func writing(g guard, file, key string, draw func(r *rand.Rand, old string) change, either func(old, now, held string) bool) noiseProbe {
	return noiseProbe{what: file + " (write)", guard: g, do: func(w *noiseWorker, p *noiseProbe, dev string) {
		old := w.held(dev, key)
		if known, sure := w.sure[dev+key]; sure && known != old {
			w.tell(p, wrong, fmt.Sprintf("%s of %s was %s and is %s, without a write", key, dev, clip(known), clip(old)), nil)
		}
		c := draw(w.rand, old)
		err := w.write("uncached/"+dev+"/"+file, c.text)
		if err != nil { // what is under way in the chip comes to its end
			w.ask(fmt.Sprint("rest ", w.line()))
		}
		held := w.held(dev, key)
		delete(w.sure, dev+key)
		switch {
		case err == nil && held == c.held:
			w.sure[dev+key] = held
			w.tell(p, right, "", nil)
		case err == nil:
			w.tell(p, wrong, fmt.Sprintf("%s of %s holds %s after %q was written over %s", file, dev, clip(held), clip(c.text), clip(old)), nil)
		case either(old, c.held, held):
			w.tell(p, failed, "", err)
		default:
			w.tell(p, torn, fmt.Sprintf("%s of %s holds %s after %q over %s failed: %v", file, dev, clip(held), clip(c.text), clip(old), err), err)
		}
	}}
}

// oldOrNew is all of the one or all of the other.
func oldOrNew(old, now, held string) bool { return held == old || held == now }

// rowsOf is the one or the other for each row of so many bytes.
func rowsOf(n int) func(old, now, held string) bool {
	return func(old, now, held string) bool {
		for at := 0; at < len(held); at += 2 * n {
			end := min(at+2*n, len(held))
			if h := held[at:end]; h != old[at:end] && h != now[at:end] {
				return false
			}
		}
		return true
	}
}

// limitProbe writes a limit of a thermometer, a byte of its EEPROM.
func limitProbe(file string, at int) noiseProbe {
	return writing(readBack, file, "eeprom", func(r *rand.Rand, old string) change {
		p := fromHex(old)
		n := r.IntN(181) - 55
		p[at] = byte(n)
		return change{strconv.Itoa(n), hex.EncodeToString(p)}
	}, oldOrNew)
}

// resolutionProbe writes the resolution of a thermometer.
func resolutionProbe() noiseProbe {
	return writing(readBack, "tempres", "eeprom", func(r *rand.Rand, old string) change {
		p, n := fromHex(old), r.IntN(4)
		p[2] = p[2]&^0x60 | byte(n)<<5
		return change{strconv.Itoa(9 + n), hex.EncodeToString(p)}
	}, oldOrNew)
}

// limitShown reads a limit, if the latest write of the EEPROM came through: the
// file shows what is in force, which then is not the EEPROM.
func limitShown(file string, at int) noiseProbe {
	then := showing(crc8, file, "eeprom", func(held string) string { return strconv.Itoa(int(int8(fromHex(held)[at]))) })
	return noiseProbe{what: file, guard: crc8, do: func(w *noiseWorker, p *noiseProbe, dev string) {
		if _, sure := w.sure[dev+"eeprom"]; sure {
			then.do(w, p, dev)
		}
	}}
}

// seldom is for what takes long.
func seldom(p noiseProbe) noiseProbe {
	do := p.do
	p.do = func(w *noiseWorker, p *noiseProbe, dev string) {
		if w.rand.IntN(8) == 0 {
			do(w, p, dev)
		}
	}
	return p
}

// activityProbe changes pins and reads the activity latches: those of the pins that
// have changed are set.
func activityProbe(g guard) noiseProbe {
	return noiseProbe{what: "latch.BYTE", guard: g, do: func(w *noiseWorker, p *noiseProbe, dev string) {
		w.see(dev, "low", strconv.Itoa(w.rand.IntN(4)))
		want, err := strconv.Atoi(w.held(dev, "changed"))
		if err != nil {
			w.broken = err
			return
		}
		got, err := w.read("uncached/" + dev + "/latch.BYTE")
		w.judge(p, dev, err, func() (bool, string) {
			n, bad := strconv.Atoi(got)
			return bad == nil && n&want == want, fmt.Sprintf("latch.BYTE reads %s, pins %d have changed", got, want)
		})
	}}
}

// partProbe writes some bytes into a file of size bytes that begins at an address of
// the memory.
func partProbe(g guard, file string, at, size, row int, draw func(r *rand.Rand, old []byte) []byte) noiseProbe {
	return writing(g, file, "memory", func(r *rand.Rand, old string) change {
		p := fromHex(old)
		n := 1 + r.IntN(size)
		data := draw(r, p[at:at+n])
		copy(p[at:], data)
		return change{string(data), hex.EncodeToString(p)}
	}, rowsOf(row))
}

func anyBytes(r *rand.Rand, old []byte) []byte {
	p := make([]byte, len(old))
	for i := range p {
		p[i] = byte(r.Uint32())
	}
	return p
}

// cleared is what EPROM can become: a bit or two less in a few bytes.
func cleared(r *rand.Rand, old []byte) []byte {
	p := append([]byte(nil), old...)
	for range 1 + r.IntN(2) {
		p[r.IntN(len(p))] &^= 1 << r.IntN(8)
	}
	return p
}

// renewed puts a blank chip in the place of an EPROM that has no bits left.
func renewed(at, all int, p noiseProbe) noiseProbe {
	do := p.do
	p.do = func(w *noiseWorker, p *noiseProbe, dev string) {
		if left := bytes.Count(fromHex(w.held(dev, "memory"))[at:at+32], []byte{0}); left > 24 {
			w.see(dev, "memory", strings.Repeat("ff", all))
			delete(w.sure, dev+"memory")
		}
		do(w, p, dev)
	}
	return p
}

// heldPage is the spelling of some bytes of what is held.
func heldPage(at, n int) func(string) string {
	return func(held string) string { return string(fromHex(held)[at : at+n]) }
}

// bitField spells a byte as a bit field, inverted if a 0 is on.
func bitField(invert, mask byte) func(string) string {
	return func(held string) string { return strconv.Itoa(int((fromHex(held)[0] ^ invert) & mask)) }
}

func whole(held string) string { return strconv.Itoa(int(fromHex(held)[0])) }

// outputs writes a bit field of outputs.
func outputs(g guard, file, key string, invert, mask byte) noiseProbe {
	return writing(g, file, key, func(r *rand.Rand, _ string) change {
		n := byte(r.Uint32()) & mask
		return change{strconv.Itoa(int(n)), hex.EncodeToString([]byte{(n ^ invert) & mask})}
	}, oldOrNew)
}

// listing lists a line, whose devices stay there.
func listing(line int, names []string) noiseProbe {
	return noiseProbe{family: "all", what: "listing", guard: searched, do: func(w *noiseWorker, p *noiseProbe, _ string) {
		entries, err := os.ReadDir(w.mount.path(fmt.Sprint("uncached/bus.", line)))
		var got []string
		for _, e := range entries {
			if len(e.Name()) > 2 && e.Name()[2] == '.' {
				got = append(got, e.Name())
			}
		}
		w.judge(p, "all", err, func() (bool, string) {
			missing, more := compareNames(names, got)
			return len(missing)+len(more) == 0, fmt.Sprintf("not listed: %v, too much: %v", missing, more)
		})
	}}
}

func compareNames(want, got []string) (missing, more []string) {
	in := func(list []string, s string) bool {
		for _, one := range list {
			if one == s {
				return true
			}
		}
		return false
	}
	for _, s := range want {
		if !in(got, s) {
			missing = append(missing, s)
		}
	}
	for _, s := range got {
		if !in(want, s) {
			more = append(more, s)
		}
	}
	return missing, more
}
