// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/hw"
)

// mountScene mounts an emulated bus that a scene describes (docs/simulation.md).
func mountScene(t testing.TB, scene string, args ...string) *mounted {
	t.Helper()
	file := filepath.Join(t.TempDir(), "bus.toml")
	if err := os.WriteFile(file, []byte(scene), 0o600); err != nil {
		t.Fatal(err)
	}
	return mountOwfs(t, append([]string{"--sim=" + file}, args...)...)
}

// A trip is a round trip to one device of a mount: what a user reads, writes and
// lists, and a record of it, which tells in the end what was left out.
type trip struct {
	m      *mounted
	device string // the device's name in the mount, such as 28.000028D70100
	rom    hw.ROM
	family *device.Family // for the names of the properties; no value is taken from it
	*record
}

// A record is what was done to the properties of a family.
type record struct {
	mu   sync.Mutex
	done map[string]bool // "r PIO.BYTE"
}

// A step is one thing that a user does on a trip, and what he expects of it.
type step func(t *testing.T, r *trip)

// roundTrip takes all steps in their order, each on its own whatever the ones before
// it gave. Properties that are undone can't be read or written in this version; with
// them the steps must have used all properties of the family (see coverage).
func roundTrip(t *testing.T, m *mounted, name string, undone []string, steps ...step) {
	t.Helper()
	r := newTrip(t, m, name)
	for _, s := range steps {
		s(t, r)
	}
	r.coverage(t, "", undone)
}

func newTrip(t *testing.T, m *mounted, name string) *trip {
	t.Helper()
	rom, err := hw.ParseROM(name)
	if err != nil {
		t.Fatal(err)
	}
	f, _ := device.New().Family(rom.Family())
	return &trip{m: m, device: name, rom: rom, family: f, record: &record{done: map[string]bool{}}}
}

// roundTrips takes groups of steps at the same time, each with a device of this name on
// a mount of its own, so that they don't wait for each other's line. Together they must
// have used all properties of the family.
func roundTrips(t *testing.T, scene, name string, undone []string, groups ...[]step) {
	t.Helper()
	var first *trip
	tests := map[string]func(t *testing.T){}
	for i, steps := range groups {
		r := newTrip(t, mountScene(t, scene), name)
		if first == nil {
			first = r
		}
		r.record = first.record
		tests[fmt.Sprint("part ", i+1)] = func(t *testing.T) { r.does(t, steps...) }
	}
	together(t, tests)
	first.coverage(t, "", undone)
}

// reads expects a text of a property, from the cache or the chip as it comes and then
// from the chip.
func reads(name, want string) step {
	return readsSo(name, strconv.Quote(want), func(got string) bool { return got == want })
}

// matches expects a text of a property that a regular expression describes as a whole.
func matches(name, expr string) step {
	return readsSo(name, expr, rx("(?s)^(?:"+expr+")$").MatchString)
}

// near expects a number that is not more than so much away from another.
func near(name string, want, within float64) step {
	what := strconv.FormatFloat(want, 'g', -1, 64) + " give or take " + strconv.FormatFloat(within, 'g', -1, 64)
	return readsSo(name, what, func(got string) bool {
		v, err := strconv.ParseFloat(got, 64)
		return err == nil && v >= want-within && v <= want+within
	})
}

// readsHex expects bytes, given as a regular expression for their hex digits with
// blanks between them: "2B 00( FF){3}".
func readsHex(name, expr string) step {
	whole := rx("^(?:" + expr + ")$")
	return readsSo(name, expr, func(got string) bool { return whole.MatchString(fmt.Sprintf("% X", got)) })
}

func readsSo(name, what string, ok func(string) bool) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		for _, dir := range []string{"", "uncached"} {
			r.read(t, dir, name, what, ok)
		}
	}
}

// readsOnce is reads without the second look, for what changes by being read.
func readsOnce(name, want string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		r.read(t, "", name, strconv.Quote(want), func(got string) bool { return got == want })
	}
}

// readsChip expects a text that is read from the chip, past the cache.
func readsChip(name, want string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		r.read(t, "uncached", name, strconv.Quote(want), func(got string) bool { return got == want })
	}
}

func (r *trip) read(t *testing.T, dir, name, what string, ok func(string) bool) {
	t.Helper()
	r.note("r", name)
	b, err := os.ReadFile(r.m.path(dir, r.device, name))
	if err != nil {
		t.Error(err)
	} else if !ok(string(b)) {
		t.Errorf("%s reads %q, want %s", path.Join(dir, r.device, name), b, what)
	}
}

// notRead expects that a property can't be read.
func notRead(name string, want syscall.Errno) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		r.note("r", name)
		if b, err := os.ReadFile(r.m.path(r.device, name)); errnoOf(err) != want {
			t.Errorf("%s reads %q, %v, want %v", name, b, err, want)
		}
	}
}

// readsNothing expects an empty text or a refusal, as a write-only property gives.
func readsNothing(name string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		if b, err := os.ReadFile(r.m.path(r.device, name)); len(b) > 0 || err != nil && errnoOf(err) != syscall.ENOTSUP {
			t.Errorf("%s reads %q, %v, want nothing", name, b, err)
		}
	}
}

// writes writes as a shell's echo -n does.
func writes(name, value string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		r.note("w", name)
		if err := r.write(name, value); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
}

// sets writes a value and expects to read it again.
func sets(name, value string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		writes(name, value)(t, r)
		reads(name, value)(t, r)
	}
}

// notWritten expects that a value is refused.
func notWritten(name, value string, want syscall.Errno) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		if err := r.write(name, value); errnoOf(err) != want {
			t.Errorf("%s written with %q: %v, want %v", name, value, err, want)
		}
	}
}

func (r *trip) write(name, value string) error {
	f, err := os.OpenFile(r.m.path(r.device, name), os.O_WRONLY|os.O_TRUNC, 0) // and no O_CREATE: a wrong name is an error of the test
	if err != nil {
		return err
	}
	_, err = f.WriteString(value)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}

// writesAt writes bytes at a place of a file, and nothing else of it.
func writesAt(name string, offset int64, value string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		r.note("w", name)
		f, err := os.OpenFile(r.m.path(r.device, name), os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		if _, err := f.WriteAt([]byte(value), offset); err != nil {
			t.Errorf("%q at %d: %v", value, offset, err)
		}
	}
}

// lists expects what a directory of the device holds.
func lists(dir string, want ...string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		names := r.m.names(t, path.Join(r.device, dir))
		slices.Sort(names)
		slices.Sort(want)
		if !slices.Equal(names, want) {
			t.Errorf("%s lists %q, want %q", path.Join(r.device, dir), names, want)
		}
	}
}

// alarms expects that the device is in the directory alarm, or that it isn't.
func alarms(want bool) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		if got := slices.Contains(r.m.names(t, "alarm"), r.device); got != want {
			t.Errorf("%s in alarm: %v, want %v", r.device, got, want)
		}
	}
}

// identity expects what every device tells of itself, from its number as the name of
// its directory gives it. It gives it an alias and takes it away again.
func identity(kind string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		id := r.rom
		hex := func(b []byte) string { return fmt.Sprintf("%X", b) }
		back := slices.Clone(id[:])
		slices.Reverse(back)
		alias := "name-of-" + strings.ReplaceAll(r.device, ".", "-")
		for _, s := range []step{
			reads("type", kind), reads("family", hex(id[:1])), reads("id", hex(id[1:7])), reads("crc8", hex(id[7:])),
			reads("address", hex(id[:])), reads("r_address", hex(back)), reads("r_id", hex(back[1:7])),
			reads("locator", strings.Repeat("F", 16)), reads("r_locator", strings.Repeat("F", 16)), reads("present", "1"),
			reads("alias", ""), sets("alias", alias),
			func(t *testing.T, r *trip) {
				if b, err := os.ReadFile(r.m.path(alias, "address")); err != nil || string(b) != hex(id[:]) {
					t.Errorf("the address of %s reads %q, %v", alias, b, err)
				}
			},
			writes("alias", " "), reads("alias", ""),
		} {
			s(t, r)
		}
	}
}

// note records what was done to a property. All elements count as one form of it.
func (r *trip) note(how, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done[how+" "+r.form(name)] = true
}

// form is the form of a property that a file stands for: PIO.ALL, PIO.BYTE, or PIO.#
// for the elements.
func (r *trip) form(file string) string {
	dir, base := path.Split(file)
	name, ext, indexed := strings.Cut(base, ".")
	if p := r.property(dir + name); !indexed || p == nil || ext == "ALL" || ext == "BYTE" {
		return file
	}
	return dir + name + ".#"
}

func (r *trip) property(name string) *device.Property {
	for i := range r.family.Properties {
		if r.family.Properties[i].Name == name {
			return &r.family.Properties[i]
		}
	}
	return nil
}

// forms are the forms that a property has.
func forms(p *device.Property) []string {
	switch {
	case p.Index == device.Scalar:
		return []string{p.Name}
	case !p.IsArray():
		return []string{p.Name + ".#"}
	case p.Format == device.Bitfield:
		return []string{p.Name + ".ALL", p.Name + ".BYTE", p.Name + ".#"}
	}
	return []string{p.Name + ".ALL", p.Name + ".#"}
}

// file is a file of a form.
func file(p *device.Property, form string) string {
	first := "0"
	if p.Index == device.Lettered {
		first = "A"
	}
	return strings.Replace(form, "#", first, 1)
}

// coverage expects that each property of the family was read and written as far as it
// can be, in all its forms; that what can't be read or written is refused; and that the
// undone ones are refused, too. What is listed on a condition counts if it is listed.
// Only the properties whose names begin with dir are asked for.
func (r *trip) coverage(t *testing.T, dir string, undone []string) {
	t.Helper()
	listed := r.walk(t)
	for i := range r.family.Properties {
		p := &r.family.Properties[i]
		if p.IsDir() {
			continue
		}
		for _, form := range forms(p) {
			f := file(p, form)
			switch {
			case !strings.HasPrefix(p.Name, dir):
				delete(listed, form)
				continue
			case !p.Hidden && p.When == "" && !listed[form]:
				t.Errorf("%s is not listed", f)
			case p.Hidden && listed[form]:
				t.Errorf("%s is listed", f)
			case p.When != "" && !listed[form]:
				continue
			}
			delete(listed, form)
			missing := slices.Contains(undone, p.Name)
			if !p.Access.CanRead() || missing {
				readsNothing(f)(t, r)
			} else if !r.done["r "+form] {
				t.Errorf("%s was not read", f)
			}
			switch {
			case !p.Access.CanWrite():
				notWritten(f, "1", syscall.ENOTSUP)(t, r)
			case missing:
				if err := r.write(f, "1"); err == nil {
					t.Errorf("%s can be written, though it is undone", f)
				}
			case !r.done["w "+form]:
				t.Errorf("%s was not written", f)
			}
		}
	}
	for form := range listed {
		t.Errorf("%s is listed, and no property of the family", form)
	}
}

// walk finds the forms of properties that the directory of the device lists, and leaves
// out the branches of a coupler.
func (r *trip) walk(t *testing.T) map[string]bool {
	t.Helper()
	listed := map[string]bool{}
	root := r.m.path(r.device)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		if !d.IsDir() {
			listed[r.form(rel)] = true
		} else if p := r.property(rel); p != nil && p.Format == device.Directory || strings.Count(rel, "/") > 4 {
			return fs.SkipDir
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	return listed
}
