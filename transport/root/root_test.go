// SPDX-License-Identifier: Apache-2.0

package root_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"syscall"
	"testing"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
	"owfs/transport/memory"
	"owfs/transport/root"
	"owfs/transport/virtual"
)

const (
	one = "28.000028D70100"
	two = "10.000010EF0000"
)

// bus returns a tree with one device, as a bus shows it.
func bus(name, typ string) *memory.Tree {
	t := memory.New()
	t.AddDevice("/" + name)
	t.Add("/"+name+"/type", memory.File{Value: []byte(typ)})
	t.Add("/"+name+"/alias", memory.File{Perm: 0o666})
	t.Add("/"+name+"/templow", memory.File{Value: []byte("1"), Perm: 0o666})
	t.Add("/simultaneous/temperature", memory.File{Value: []byte("0"), Perm: 0o666})
	return t
}

// away is a bus that can't be asked.
type away struct{}

var errAway = transport.Cause(syscall.EIO, "away")

func (away) Dir(_ context.Context, r transport.Request) ([]transport.Entry, error) {
	return nil, transport.Wrap("dir", r.Path, errAway)
}
func (away) Stat(_ context.Context, r transport.Request) (transport.Entry, error) {
	return transport.Entry{}, transport.Wrap("stat", r.Path, errAway)
}
func (away) Read(_ context.Context, r transport.Request) ([]byte, error) {
	return nil, transport.Wrap("read", r.Path, errAway)
}
func (away) Write(_ context.Context, r transport.Request, _ []byte) (int, error) {
	return 0, transport.Wrap("write", r.Path, errAway)
}

// plain understands the prefix unaliased, which a tree in memory does not.
type plain struct{ transport.Transport }

func (p plain) Dir(ctx context.Context, r transport.Request) ([]transport.Entry, error) {
	return p.Transport.Dir(ctx, r.Under("/"+strings.TrimPrefix(strings.TrimPrefix(r.Path, "/unaliased"), "/")))
}

func (p plain) Stat(ctx context.Context, r transport.Request) (transport.Entry, error) {
	return p.Transport.Stat(ctx, r.Under(strings.TrimPrefix(r.Path, "/unaliased")))
}

func newRoot(change func(*root.Config), buses ...transport.Transport) *root.Root {
	c := root.Config{Table: device.New(), Settings: virtual.NewSettings()}
	for _, b := range buses {
		c.Buses = append(c.Buses, root.Bus{Transport: plain{b}})
	}
	if change != nil {
		change(&c)
	}
	return root.New(c)
}

func req(path string) transport.Request {
	return transport.Request{Path: path, Options: owproto.FlagTrim}
}

func list(t *testing.T, r *root.Root, path string) string {
	t.Helper()
	entries, err := r.Dir(t.Context(), req(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name)
	}
	return strings.Join(names, " ")
}

func mustRead(t *testing.T, r *root.Root, path, want string) {
	t.Helper()
	got, err := r.Read(t.Context(), req(path))
	if err != nil || string(got) != want {
		t.Errorf("%s reads %q, %v, want %q", path, got, err, want)
	}
}

func TestUnion(t *testing.T) {
	r := newRoot(nil, bus(one, "DS18B20"), bus(two, "DS18S20"))
	const own = " settings system statistics structure simultaneous"
	for path, want := range map[string]string{
		"/":                  one + " " + two + " bus.0 bus.1 uncached" + own,
		"/uncached":          one + " " + two + " bus.0 bus.1" + own,
		"/uncached/uncached": one + " " + two + " bus.0 bus.1" + own,
		"/bus.0":             "interface " + one + " simultaneous",
		"/bus.1":             "interface " + two + " simultaneous",
		"/bus.0/interface":   "settings statistics",
		"/" + two:            "type alias templow",
		"/simultaneous":      "temperature",
	} {
		if got := list(t, r, path); got != want {
			t.Errorf("%s lists %s, want %s", path, got, want)
		}
	}
	mustRead(t, r, "/"+two+"/type", "DS18S20")
	mustRead(t, r, "/bus.1/"+two+"/type", "DS18S20")
	mustRead(t, r, "/system/connections/count_current_buses", "2")
	for _, path := range []string{"/bus.0/" + two, "/bus.2", "/nosuch", "/interface"} {
		if _, err := r.Stat(t.Context(), req(path)); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("%s: %v, want ENOENT", path, err)
		}
	}
}

func TestOneBusAway(t *testing.T) {
	r := newRoot(nil, away{}, bus(two, "DS18S20"))
	if got := list(t, r, "/"); !strings.HasPrefix(got, two+" bus.0 bus.1 ") {
		t.Errorf("the root lists %s", got)
	}
	mustRead(t, r, "/"+two+"/type", "DS18S20")
	// Nobody knows whether it is on the bus that is away.
	if _, err := r.Read(t.Context(), req("/"+one+"/type")); !errors.Is(err, syscall.EIO) {
		t.Errorf("a device that may be away: %v, want EIO", err)
	}
	if _, err := r.Dir(t.Context(), req("/bus.0")); !errors.Is(err, syscall.EIO) {
		t.Errorf("listing the bus that is away: %v, want EIO", err)
	}
}

func TestAliases(t *testing.T) {
	r := newRoot(nil, bus(one, "DS18B20"), bus(two, "DS18S20"))
	if n, err := r.Write(t.Context(), req("/"+one+"/alias"), []byte("kitchen\n")); err != nil || n != 8 {
		t.Fatalf("setting an alias: %d, %v", n, err)
	}
	mustRead(t, r, "/"+one+"/alias", "kitchen")
	mustRead(t, r, "/kitchen/alias", "kitchen")
	mustRead(t, r, "/kitchen/type", "DS18B20")
	mustRead(t, r, "/bus.0/kitchen/type", "DS18B20")
	mustRead(t, r, "/settings/alias/list", "28000028D70100D5=kitchen\r\n")
	if got := list(t, r, "/"); !strings.HasPrefix(got, "kitchen "+two) {
		t.Errorf("the root lists %s", got)
	}
	if got := list(t, r, "/unaliased"); !strings.HasPrefix(got, one) {
		t.Errorf("unaliased lists %s", got)
	}
	if _, err := r.Write(t.Context(), req("/settings/alias/unaliased"), []byte("1")); err != nil {
		t.Error(err)
	}
	if got := list(t, r, "/"); !strings.HasPrefix(got, one) {
		t.Errorf("with unaliased set the root lists %s", got)
	}
	if _, err := r.Write(t.Context(), req("/"+one+"/alias"), []byte("settings")); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a reserved name: %v", err)
	}
	if _, err := r.Write(t.Context(), req("/28.000028D70101/alias"), []byte("x")); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("the alias of an absent device: %v", err)
	}
}

func TestReadOnly(t *testing.T) {
	r := newRoot(func(c *root.Config) { c.ReadOnly = true }, bus(one, "DS18B20"))
	for _, path := range []string{"/" + one + "/templow", "/" + one + "/alias", "/settings/timeout/volatile", "/simultaneous/temperature"} {
		e, err := r.Stat(t.Context(), req(path))
		if err != nil || e.Perm != 0o444 {
			t.Errorf("%s has mode %v, %v", path, e.Perm, err)
		}
		if _, err := r.Write(t.Context(), req(path), []byte("1")); !errors.Is(err, syscall.EROFS) {
			t.Errorf("writing %s: %v, want EROFS", path, err)
		}
	}
	if _, err := r.Write(t.Context(), req("/nosuch/type"), []byte("1")); !errors.Is(err, syscall.ENOENT) {
		t.Errorf("writing what is not there: %v, want ENOENT", err)
	}
}

func TestSimultaneousGoesToAll(t *testing.T) {
	a, b := bus(one, "DS18B20"), bus(two, "DS18S20")
	r := newRoot(nil, a, b)
	if n, err := r.Write(t.Context(), req("/simultaneous/temperature"), []byte("1")); n != 1 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	for _, tree := range []*memory.Tree{a, b} {
		got, err := tree.Read(t.Context(), req("/simultaneous/temperature"))
		if string(got) != "1" || err != nil {
			t.Errorf("a bus was told %q, %v", got, err)
		}
	}
	mustRead(t, r, "/simultaneous/temperature", "1")
}

func TestErrorsNameTheCallersPath(t *testing.T) {
	r := newRoot(nil, bus(one, "DS18B20"))
	_, err := r.Read(t.Context(), req("/uncached/bus.0/"+one+"/nosuch"))
	var e *transport.Error
	if !errors.As(err, &e) || e.Path != "/uncached/bus.0/"+one+"/nosuch" {
		t.Errorf("the error is %v", err)
	}
}

func TestStructure(t *testing.T) {
	r := newRoot(nil, bus(one, "DS18B20"))
	// From the capture structure-files.tsv.
	mustRead(t, r, "/structure/28/temperature", "t,000000,000001,ro,000012,v,")
	if _, err := r.Write(t.Context(), req("/structure/28/temperature"), []byte("1")); !errors.Is(err, syscall.ENOTSUP) {
		t.Errorf("writing below structure: %v, want ENOTSUP", err)
	}
	if _, err := r.Read(t.Context(), req("/structure/28")); !errors.Is(err, syscall.EISDIR) {
		t.Errorf("reading a directory: %v, want EISDIR", err)
	}
}

func TestAdd(t *testing.T) {
	r := newRoot(nil)
	const own = "uncached settings system statistics structure"
	if got := list(t, r, "/"); got != own {
		t.Errorf("without a bus the root lists %s", got)
	}
	mustRead(t, r, "/system/connections/count_current_buses", "0")
	if n := r.Add(root.Bus{Transport: plain{bus(one, "DS18B20")}}); n != 0 {
		t.Errorf("the first bus is bus.%d", n)
	}
	mustRead(t, r, "/"+one+"/type", "DS18B20")
	if n := r.Add(root.Bus{Transport: plain{bus(two, "DS18S20")}, Peer: true, Interface: virtual.Interface{Name: "tcp"}}); n != 1 {
		t.Errorf("the second bus is bus.%d", n)
	}
	mustRead(t, r, "/"+one+"/type", "DS18B20")
	mustRead(t, r, "/"+two+"/type", "DS18S20")
	mustRead(t, r, "/bus.1/interface/settings/name", "tcp")
	mustRead(t, r, "/system/connections/count_current_buses", "2")
	mustRead(t, r, "/system/connections/count_outbound_connections", "1")
	if got := list(t, r, "/"); got != one+" "+two+" bus.0 bus.1 "+own+" simultaneous" {
		t.Errorf("the root lists %s", got)
	}
}

// Buses are added from several sides while others list, read and write. Each
// gets a number of its own, and what is there stays there.
func TestAddWhileInUse(t *testing.T) {
	const adders, each = 4, 25
	r := newRoot(nil, bus(one, "DS18B20"), bus(two, "DS18S20"))
	var users, added sync.WaitGroup
	done := make(chan struct{})
	use := func(f func()) {
		users.Go(func() {
			for {
				f()
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	use(func() {
		entries, err := r.Dir(t.Context(), req("/"))
		if err != nil || len(entries) < 2 || entries[0].Name != one || entries[1].Name != two {
			t.Errorf("the root lists %v, %v", entries, err)
		}
	})
	use(func() { mustRead(t, r, "/"+two+"/type", "DS18S20") })
	use(func() { mustRead(t, r, "/simultaneous/temperature", "0") })
	use(func() {
		if _, err := r.Write(t.Context(), req("/"+one+"/templow"), []byte("1")); err != nil {
			t.Error(err)
		}
		if _, err := r.Read(t.Context(), req("/28.999999999999/type")); !errors.Is(err, syscall.ENOENT) {
			t.Errorf("an absent device: %v", err)
		}
	})
	numbers := make(chan int, adders*each)
	for range adders {
		added.Go(func() {
			for range each {
				numbers <- r.Add(root.Bus{Transport: plain{bus("10.000000000001", "DS18S20")}})
			}
		})
	}
	added.Wait()
	close(done)
	users.Wait()
	close(numbers)
	seen := map[int]bool{}
	for n := range numbers {
		seen[n] = true
	}
	if len(seen) != adders*each || seen[0] || seen[1] || !seen[adders*each+1] {
		t.Errorf("numbers %v", seen)
	}
	mustRead(t, r, "/system/connections/count_current_buses", "102")
}
