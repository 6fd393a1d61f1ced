// SPDX-License-Identifier: Apache-2.0

package remote

import (
	"context"
	"errors"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"owfs/device"
	"owfs/owproto"
	"owfs/transport"
)

const (
	thermo = "28.000028D70100"
	eds    = "7E.000000000001"
	novel  = "77.000000000001"
)

func newFake() *fake {
	return &fake{
		dirs: map[string]string{
			"/":                  thermo + "/," + eds + "/," + novel + "/,kitchen/,weather/,bus.0/,uncached/,settings/,simultaneous/,alarm/",
			"/" + eds:            "EDS0068/,address,tag",
			"/structure/28":      "temperature,tempres,address,novelty,errata/",
			"/structure/77":      "level,pio.BYTE,pio.ALL,pio.0,deep/",
			"/weather":           "wind,gust/",
			"/structure/77/deep": "er",
		},
		files: map[string]string{
			"/" + thermo + "/type":        "DS18B20",
			"/" + thermo + "/temperature": "21.5",
			"/" + thermo + "/novelty":     "new",
			"/" + novel + "/level":        "7",
			"/" + novel + "/pio.1":        "1",
			"/kitchen/address":            "28000028D70100D5",
			"/kitchen/temperature":        "21.5",
			"/weather/wind":               "3",
			"/structure/28/novelty":       "a,000000,000001,ro,000016,v,",
			"/structure/77/level":         "u,000000,000001,ro,000012,v,",
			"/structure/77/pio.ALL":       "y,-000001,000008,rw,000015,v,",
			"/structure/77/pio.0":         "y,000000,000008,rw,000001,v,",
			"/structure/77/deep/er":       "b,000000,000001,rw,000032,s,",
		},
	}
}

func newPeer(f *fake) *Peer { return New(Config{Client: f, Addr: "fake", Table: device.New()}) }

func request(path string) transport.Request { return transport.Request{Path: path} }

func namesOf(list []transport.Entry) string {
	var out []string
	for _, e := range list {
		if e.Dir {
			e.Name += "/"
		}
		out = append(out, e.Name)
	}
	return strings.Join(out, ",")
}

func mustRead(t *testing.T, p *Peer, path, want string) {
	t.Helper()
	got, err := p.Read(t.Context(), request(path))
	if err != nil || string(got) != want {
		t.Errorf("%s reads %q, %v, want %q", path, got, err, want)
	}
}

func TestNamesCostOneMessage(t *testing.T) {
	f := newFake()
	p := newPeer(f)
	for _, name := range []string{"temperature", "tempres", "errata/die", "address", "type", ""} {
		if _, err := p.Stat(t.Context(), request("/"+thermo+"/"+name)); err != nil {
			t.Error(err)
		}
	}
	if got, want := f.messages(), "presence /"+thermo; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	if _, err := p.Dir(t.Context(), request("/")); err != nil {
		t.Error(err)
	}
	f.messages()
	if _, err := p.Stat(t.Context(), request("/"+eds)); err != nil {
		t.Error(err)
	}
	if got := f.messages(); got != "" {
		t.Errorf("a device that was listed costs %q", got)
	}
}

func TestAbsentDevice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		p := newPeer(f)
		for range 3 {
			_, err := p.Read(t.Context(), request("/28.000028D70101/temperature"))
			if !errors.Is(err, syscall.ENOENT) {
				t.Errorf("an absent device: %v, want ENOENT", err)
			}
		}
		if got, want := f.messages(), "presence /28.000028D70101"; got != want {
			t.Errorf("asked %q, want %q", got, want)
		}
		f.dirs["/"] += ",28.000028D70101/"
		time.Sleep(2 * time.Second)
		if _, err := p.Stat(t.Context(), request("/28.000028D70101")); err != nil {
			t.Errorf("once the device has come: %v", err)
		}
	})
}

func TestStaticIsFetchedOnce(t *testing.T) {
	f := newFake()
	p := newPeer(f)
	for range 3 {
		mustRead(t, p, "/"+thermo+"/type", "DS18B20")
		mustRead(t, p, "/"+thermo+"/temperature", "21.5")
	}
	got := f.messages()
	if n := strings.Count(got, "/type"); n != 1 {
		t.Errorf("type was asked %d times: %s", n, got)
	}
	if n := strings.Count(got, "/temperature"); n != 3 {
		t.Errorf("temperature was asked %d times: %s", n, got)
	}
}

func TestWriteDropsWhatWasKept(t *testing.T) {
	f := newFake()
	f.files["/"+thermo+"/templow"] = "10"
	p := New(Config{Client: f, Addr: "fake", Table: device.New(), Life: func() Life {
		return Life{Directory: time.Minute, Presence: time.Minute, Stable: time.Hour}
	}})
	mustRead(t, p, "/"+thermo+"/templow", "10")
	if _, err := p.Write(t.Context(), request("/"+thermo+"/templow"), []byte("12")); err != nil {
		t.Fatal(err)
	}
	mustRead(t, p, "/"+thermo+"/templow", "12")
}

func TestListingsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		p := newPeer(f)
		for range 2 {
			if _, err := p.Dir(t.Context(), request("/")); err != nil {
				t.Fatal(err)
			}
		}
		if got := f.messages(); got != "dir /" {
			t.Errorf("two listings cost %q", got)
		}
		time.Sleep(61 * time.Second)
		f.dirs["/"] = thermo + "/"
		list, err := p.Dir(t.Context(), request("/"))
		if err != nil || namesOf(list) != thermo+"/" {
			t.Errorf("after a minute the root lists %s, %v", namesOf(list), err)
		}
	})
}

func TestPeerAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		p := newPeer(f)
		root, err := p.Dir(t.Context(), request("/"))
		if err != nil {
			t.Fatal(err)
		}
		dev, err := p.Dir(t.Context(), request("/"+thermo))
		if err != nil {
			t.Fatal(err)
		}
		f.set(true)
		time.Sleep(time.Hour)
		if got, err := p.Dir(t.Context(), request("/")); err != nil || namesOf(got) != namesOf(root) {
			t.Errorf("the root lists %s, %v", namesOf(got), err)
		}
		if got, err := p.Dir(t.Context(), request("/"+thermo)); err != nil || namesOf(got) != namesOf(dev) {
			t.Errorf("the device lists %s, %v", namesOf(got), err)
		}
		for path, want := range map[string]error{
			"/" + thermo + "/temperature":      syscall.EIO,
			"/28.000028D70101/temperature":     syscall.EIO, // who knows whether it is there
			"/" + thermo + "/no_such_property": syscall.ENOENT,
		} {
			if _, err := p.Read(t.Context(), request(path)); !errors.Is(err, want) {
				t.Errorf("%s of a peer that is away: %v, want %v", path, err, want)
			}
		}
		f.set(false)
		mustRead(t, p, "/"+thermo+"/temperature", "21.5")
	})
}

func TestAliasOfThePeer(t *testing.T) {
	for _, old := range []bool{false, true} {
		f := newFake()
		f.noROM = old
		p := newPeer(f)
		e, err := p.Stat(t.Context(), request("/kitchen/temperature"))
		if err != nil || e.Size != 12 || e.Perm != 0o444 {
			t.Errorf("kitchen/temperature is %+v, %v", e, err)
		}
		mustRead(t, p, "/kitchen/temperature", "21.5")

		// Another client moves the alias: what was static is not.
		f.files["/kitchen/type"] = "DS18B20"
		mustRead(t, p, "/kitchen/type", "DS18B20")
		f.files["/kitchen/type"] = "DS2408"
		mustRead(t, p, "/kitchen/type", "DS2408")
		if e, err := p.Stat(t.Context(), request("/kitchen/type")); err != nil || e.Change == transport.Static {
			t.Errorf("kitchen/type is %+v, %v", e, err)
		}
	}
}

func TestConditionalEntriesAreAsked(t *testing.T) {
	f := newFake()
	p := newPeer(f)
	for range 2 {
		list, err := p.Dir(t.Context(), request("/"+eds))
		if err != nil || namesOf(list) != "EDS0068/,address,tag" {
			t.Errorf("the device lists %s, %v", namesOf(list), err)
		}
	}
	if got, want := f.messages(), "presence /"+eds+", dir /"+eds; got != want {
		t.Errorf("asked %q, want %q", got, want)
	}
	f.set(true)
	if _, err := newPeer(f).Dir(t.Context(), request("/"+eds)); !errors.Is(err, syscall.EIO) {
		t.Errorf("a device never seen, of a peer that is away: %v", err)
	}
}

func TestFamilyThatTheTableLacks(t *testing.T) {
	f := newFake()
	p := newPeer(f)
	list, err := p.Dir(t.Context(), request("/"+novel))
	if got := namesOf(list); err != nil || !strings.Contains(got, "level") || !strings.Contains(got, "pio.ALL") || !strings.Contains(got, "pio.7") || !strings.Contains(got, "deep/") {
		t.Errorf("the device lists %s, %v", got, err)
	}
	mustRead(t, p, "/"+novel+"/level", "7")
	mustRead(t, p, "/"+novel+"/pio.1", "1")
	e, err := p.Stat(t.Context(), request("/"+novel+"/deep/er"))
	if err != nil || e.Size != 32 || e.Perm != 0o666 {
		t.Errorf("deep/er is %+v, %v", e, err)
	}
}

func TestPropertyThatTheTableLacks(t *testing.T) {
	f := newFake()
	p := newPeer(f)
	e, err := p.Stat(t.Context(), request("/"+thermo+"/novelty"))
	if err != nil || e.Size != 16 || e.Perm != 0o444 {
		t.Errorf("novelty is %+v, %v", e, err)
	}
	mustRead(t, p, "/"+thermo+"/novelty", "new")
	list, err := p.Dir(t.Context(), request("/"+thermo))
	if err != nil || !strings.Contains(namesOf(list), "novelty") {
		t.Errorf("the device lists %s, %v", namesOf(list), err)
	}
	f.messages()
	for range 3 {
		if _, err := p.Stat(t.Context(), request("/"+thermo+"/.hidden")); !errors.Is(err, syscall.ENOENT) {
			t.Errorf(".hidden: %v", err)
		}
	}
	if got := f.messages(); strings.Count(got, ".hidden") != 1 {
		t.Errorf("a name that nobody knows costs %q", got)
	}
}

func TestWhatIsNoDevice(t *testing.T) {
	f := newFake()
	p := newPeer(f)
	e, err := p.Stat(t.Context(), request("/weather"))
	if err != nil || !e.Dir {
		t.Errorf("weather is %+v, %v", e, err)
	}
	list, err := p.Dir(t.Context(), request("/weather"))
	if err != nil || namesOf(list) != "wind,gust/" {
		t.Errorf("weather lists %s, %v", namesOf(list), err)
	}
	mustRead(t, p, "/weather/wind", "3")
}

// A reader that gives up leaves at once; one who wants the same goes on.
func TestWaitersLeaveOnTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.block = make(chan struct{})
		p := newPeer(f)
		impatient, cancel := context.WithCancel(t.Context())
		type result struct {
			text string
			err  error
		}
		ask := func(ctx context.Context) chan result {
			c := make(chan result, 1)
			go func() {
				text, err := p.Read(ctx, request("/"+thermo+"/type"))
				c <- result{string(text), err}
			}()
			return c
		}
		first, second := ask(impatient), ask(t.Context())
		synctest.Wait()
		cancel()
		if r := <-first; !errors.Is(r.err, context.Canceled) {
			t.Errorf("the one who gave up gets %q, %v", r.text, r.err)
		}
		close(f.block)
		if r := <-second; r.text != "DS18B20" || r.err != nil {
			t.Errorf("the one who waited gets %q, %v", r.text, r.err)
		}
	})
}

func TestErrnoOf(t *testing.T) {
	for said, want := range map[owproto.Errno]syscall.Errno{
		1: syscall.ENOENT, 2: syscall.ENOENT, 5: syscall.EIO, 20: syscall.ENOTDIR, 21: syscall.EISDIR,
		22: syscall.EINVAL, 30: syscall.EROFS, 34: syscall.ERANGE, 90: syscall.EMSGSIZE, 95: syscall.ENOTSUP,
		98: syscall.EADDRINUSE, 14: syscall.EFAULT,
		26: syscall.EIO, 38: syscall.EIO, 42: syscall.EIO, 74: syscall.EIO, 4: syscall.EIO, 9999: syscall.EIO,
	} {
		if got := errnoOf(said); got != want {
			t.Errorf("return value -%d becomes %v, want %v", said, got, want)
		}
	}
}
