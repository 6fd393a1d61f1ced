// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"owfs/hw"
)

// secondUndone are the properties of the families of priority 2 that have no driver, by
// family: what they are is not certain.
func secondUndone() map[string][]string {
	return map[string][]string{"7E": {"EDS0070/vib_min"}}
}

// secondTrip is a round trip of a family of priority 2.
func secondTrip(t *testing.T, m *mounted, name string, steps ...step) {
	t.Helper()
	roundTrip(t, m, name, secondUndone()[name[:2]], steps...)
}

// except counts what is hidden in the directories of other models as read and written:
// the path works, and means nothing.
func except(dir string) step {
	return func(_ *testing.T, r *trip) {
		for i := range r.family.Properties {
			p := &r.family.Properties[i]
			if top, _, ok := strings.Cut(p.Name, "/"); !ok || top == dir || !p.Hidden {
				continue
			}
			for _, form := range forms(p) {
				r.note("r", form)
				r.note("w", form)
			}
		}
	}
}

// together runs tests at the same time, however many may be parallel: they wait for the
// emulated chips most of the time.
func together(t *testing.T, tests map[string]func(t *testing.T)) {
	var wg sync.WaitGroup
	defer wg.Wait()
	for name, test := range tests {
		wg.Go(func() { t.Run(name, test) })
	}
}

// The families of priority 2, each bus on a mount of its own.
func TestRoundTripSecond(t *testing.T) {
	t.Parallel()
	together(t, map[string]func(t *testing.T){
		"switch": switchBus, "coupler": couplerBus, "DS1825": ds1825Bus, "thermocouples": thermocoupleBus, "DS28EA00": ds28ea00Bus,
		"DS2433": eepromBus("DS2433", "23", 16), "DS28EC20": eepromBus("DS28EC20", "43", 80), "Thermochrons": thermochronBus, "loggers": loggerBus,
		"HobbyBoards": hobbyBoardsBus, "LCD": lcdBus, "EDS": edsBuses, "EDS inputs": edsInputBuses,
	})
}

// all takes several steps as one.
func all(steps ...step) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		for _, s := range steps {
			s(t, r)
		}
	}
}

// waits lets real time pass, for what a clock does.
func waits(d time.Duration) step {
	return func(t *testing.T, _ *trip) {
		t.Helper()
		select {
		case <-t.Context().Done():
		case <-time.After(d):
		}
	}
}

// readsTime expects that a property tells the time it is, in seconds and as a date.
func readsTime(seconds, date string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		now := time.Now()
		near(seconds, float64(now.Unix()), 5)(t, r)
		readsSo(date, "the time", func(got string) bool {
			at, err := time.ParseInLocation(time.ANSIC, got, time.Local)
			return err == nil && at.Sub(now).Abs() < 5*time.Second
		})(t, r)
	}
}

// listsAt expects that a directory of the mount has some names and not others.
func listsAt(dir string, has, lacks []string) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		names := r.m.names(t, dir)
		for _, name := range has {
			if !slices.Contains(names, name) {
				t.Errorf("%s lists %q without %s", dir, names, name)
			}
		}
		for _, name := range lacks {
			if slices.Contains(names, name) {
				t.Errorf("%s lists %q with %s", dir, names, name)
			}
		}
	}
}

// A switch and a clock.
func switchBus(t *testing.T) {
	const lamp, held, follower, clock = "05.000005FA0001", "05.000005FA0002", "05.000005FA0003", "24.0000C10C0001"
	m := mountScene(t, `
[[device]]
id = "`+lamp+`"
name = "lamp"
input.0 = "high"
[[device]]
id = "`+held+`"
input.0 = "low"
[[device]]
id = "`+follower+`"
input.0 = { follows = "lamp.0" }
[[device]]
id = "`+clock+`"
`)
	together(t, map[string]func(*testing.T){
		"05": func(t *testing.T) {
			secondTrip(t, m, lamp,
				reads("PIO", "0"), reads("sensed", "1"), alarms(false), identity("DS2405"),
				sets("PIO", "1"), readsChip("sensed", "0"), alarms(true), // its search for active chips is the alarm
				identity("DS2405"), readsChip("PIO", "1"), // which has not toggled it
				behind(follower, readsChip("sensed", "0"), readsChip("PIO", "0"), alarms(false)),
				sets("PIO", "0"), readsChip("sensed", "1"), alarms(false), behind(follower, readsChip("sensed", "1")),
				writes("PIO", "on"), readsChip("PIO", "1"), writes("PIO", "no"), readsChip("PIO", "0"),
				notWritten("PIO", "perhaps", syscall.EINVAL), readsChip("PIO", "0"),
				behind(held, reads("PIO", "0"), reads("sensed", "0"), alarms(false)))
		},
		"24": func(t *testing.T) { clockTrip(t, m, clock) },
	})
}

// A coupler, and what is behind it.
func couplerBus(t *testing.T) {
	const hub, output = "1F.0000C0B1E201", "05.0000C0B10005"
	const warm, inner, deep, relays = "28.0000C0B10001", "1F.0000C0B10002", "2D.0000C0B10003", "29.0000C0B10004"
	m := mountScene(t, `
[[device]]
id = "`+hub+`"
name = "hub"
[[device]]
id = "`+warm+`"
behind = "hub.main"
temperature = 21.5
[[device]]
id = "`+inner+`"
name = "inner"
behind = "hub.main"
[[device]]
id = "`+deep+`"
behind = "inner.aux"
text = "deep down"
[[device]]
id = "`+relays+`"
behind = "hub.aux"
input.7 = "low"
[[device]]
id = "`+output+`"
input.0 = { follows = "hub.control" }
`)
	onMain, onAux, further := hub+"/main/"+warm, hub+"/aux/"+relays, hub+"/main/"+inner+"/aux/"
	secondTrip(t, m, hub, append(couplerSteps(output),
		listsAt(hub+"/main", []string{warm, inner}, []string{relays, output, hub, deep}),
		listsAt(hub+"/aux", []string{relays}, []string{warm, output, hub}),
		listsAt(further, []string{deep}, []string{warm, inner, hub}),
		listsAt("/", []string{hub, output}, []string{warm, inner, deep, relays}),
		behind(onMain, reads("temperature", "21.5"), sets("temphigh", "20"), sets("templow", "10"), readsChip("temperature", "21.5")),
		listsAt(hub+"/main/alarm", []string{warm}, []string{relays}), listsAt(hub+"/aux/alarm", nil, []string{warm}),
		behind(onMain, sets("temphigh", "30"), readsChip("temperature", "21.5")),
		listsAt(hub+"/main/alarm", nil, []string{warm}),
		behind(further+deep, reads("memory", "deep down"+strings.Repeat("\xFF", 119)),
			writes("pages/page.1", "deeper"), reads("pages/page.1", "deeper"+strings.Repeat("\xFF", 26))),
		behind(onAux, reads("PIO.BYTE", "0"), sets("PIO.BYTE", "5"), reads("PIO.ALL", "1,0,1,0,0,0,0,0"),
			readsChip("sensed.ALL", "0,1,0,1,1,1,1,0")),
		behind(onMain, readsChip("temperature", "21.5")), behind(onAux, readsChip("PIO.BYTE", "5")),
		// A discharge resets what lives on the line alone; what has power keeps it.
		writes("discharge", "1"), behind(onMain, readsChip("temperature", "21.5")), behind(onAux, readsChip("PIO.BYTE", "5")),
	)...)
	for _, name := range []string{warm, inner, deep, relays} {
		if _, err := os.Stat(m.path(name)); errnoOf(err) != syscall.ENOENT {
			t.Errorf("%s on the bus itself: %v, want ENOENT", name, err)
		}
	}
}

// does takes steps without the question whether they are all.
func (r *trip) does(t *testing.T, steps ...step) {
	t.Helper()
	all(steps...)(t, r)
}

// behind takes steps with a device on a branch, by its path.
func behind(place string, steps ...step) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		other := newTrip(t, r.m, place[strings.LastIndexByte(place, '/')+1:])
		other.device = place
		other.does(t, steps...)
	}
}

// couplerSteps are those with the coupler itself. Events are what devices that come to a
// branch that is off leave; all were there at the start.
func couplerSteps(output string) []step {
	return []step{
		identity("DS2409"),
		readsChip("event.BYTE", "3"), reads("event.ALL", "1,1"), reads("event.0", "1"), reads("event.1", "1"), alarms(true),
		writes("clearevent", "1"), readsChip("event.BYTE", "0"), reads("event.ALL", "0,0"), alarms(false),
		reads("sensed.BYTE", "3"), reads("sensed.ALL", "1,1"), reads("sensed.0", "1"), reads("sensed.1", "1"),
		reads("branch.BYTE", "0"), sets("branch.BYTE", "1"), reads("branch.ALL", "1,0"), reads("branch.0", "1"),
		sets("branch.ALL", "0,1"), reads("branch.1", "1"), reads("branch.0", "0"),
		notWritten("branch.0", "1", syscall.EINVAL), notWritten("branch.BYTE", "3", syscall.EINVAL),
		sets("branch.1", "0"), reads("branch.BYTE", "0"), notWritten("branch.BYTE", "4", syscall.ERANGE),
		reads("control", "2"), // it goes with the main branch
		sets("control", "1"), behind(output, readsChip("sensed", "0")),
		sets("control", "0"), behind(output, readsChip("sensed", "1")),
		sets("control", "3"), sets("control", "2"), notWritten("control", "4", syscall.ERANGE),
	}
}

// clockTrip is that of a DS2415. Its control byte is four bits of the user's, two of the
// oscillator, and two that are zero (data sheet page 4).
func clockTrip(t *testing.T, m *mounted, clock string) {
	local := time.Date(2007, 3, 23, 4, 0, 0, 0, time.Local)
	secondTrip(t, m, clock,
		identity("DS2415"), readsTime("udate", "date"),
		reads("ControlRegister", "12"), reads("running", "1"), reads("user", "0"),
		sets("user", "5"), readsChip("ControlRegister", "92"), reads("running", "1"), notWritten("user", "16", syscall.ERANGE),
		sets("running", "0"), readsChip("ControlRegister", "80"), readsChip("user", "5"),
		writes("ControlRegister", "255"), readsChip("ControlRegister", "252"), readsChip("user", "15"), readsChip("running", "1"),
		notWritten("ControlRegister", "256", syscall.ERANGE), notWritten("ControlRegister", "x", syscall.EINVAL),
		sets("ControlRegister", "0"), readsChip("running", "0"),
		// While it stands, times are exact.
		sets("udate", "1000000000"), reads("date", time.Unix(1000000000, 0).Format(time.ANSIC)),
		sets("udate", "4294967295"), sets("udate", "0"), notWritten("udate", "4294967296", syscall.ERANGE),
		sets("date", "Fri Mar 23 04:00:00 2007"), readsChip("udate", strconv.FormatInt(local.Unix(), 10)),
		notWritten("date", "yesterday", syscall.EINVAL), readsChip("udate", strconv.FormatInt(local.Unix(), 10)),
		writes("running", "1"), waits(2100*time.Millisecond), later("udate", local.Unix()+1, local.Unix()+5),
		writes("date", "\n"), readsTime("udate", "date"), alarms(false))
}

// later expects a number from the chip that is in a range.
func later(name string, low, high int64) step {
	return func(t *testing.T, r *trip) {
		t.Helper()
		r.read(t, "uncached", name, fmt.Sprintf("%d to %d", low, high), func(got string) bool {
			n, err := strconv.ParseInt(got, 10, 64)
			return err == nil && n >= low && n <= high
		})
	}
}

// DS1825 and MAX31826, each on a bus of its own.
func ds1825Bus(t *testing.T) {
	const plain, parasite, memory = "3B.000018250001", "3B.000018250002", "3B.000031826001"
	mount := func(t *testing.T, id, keys string) *mounted {
		return mountScene(t, "[[device]]\nid = \""+id+"\"\n"+keys)
	}
	together(t, map[string]func(*testing.T){
		"DS1825": func(t *testing.T) {
			m := mount(t, plain, "address = 5\ntemperature = 21.9375\n")
			secondTrip(t, m, plain, append(thermometerSteps("DS1825"), reads("prog_addr", "5"), lists("", strings.Fields(familyListing+
				" fasttemp temperature9 temperature10 temperature11 temphigh templow")...), reads("scratchpad", scratchpadText(0x5F, 0x01, 30, 0xF6, 0x75)),
				readsNothing("memory"), notWritten("memory", "x", syscall.ENOTSUP), readsNothing("thermocouple"), readsNothing("flagfield"),
				noted("r", "flagfield"))...)
		},
		"parasite": func(t *testing.T) {
			m := mount(t, parasite, "address = 15\ntemperature = -10.0625\nparasite = true\n")
			newTrip(t, m, parasite).does(t, identity("DS1825"), reads("power", "0"), reads("temperature", "-10.0625"), reads("prog_addr", "15"))
		},
		"MAX31826": func(t *testing.T) {
			scene := "[[device]]\nid = \"" + memory + "\"\nchip = \"MAX31826\"\naddress = 9\ntemperature = -10.0625\n"
			some, whole := max31826Steps()
			roundTrips(t, scene, memory, nil, append(some, reads("prog_addr", "9"), lists("", strings.Fields(familyListing+" memory pages")...),
				readsNothing("thermocouple"), readsNothing("flagfield"), noted("r", "flagfield")), whole)
		},
	})
}

// familyListing is what the directory of every chip of family 3B lists.
const familyListing = "address alias crc8 family id latesttemp locator power prog_addr r_address r_id r_locator scratchpad temperature temperature12 tempres type"

// noted counts a property that this chip does not have as read or written.
func noted(how, name string) step { return func(_ *testing.T, r *trip) { r.note(how, name) } }

// MAX31850 and MAX31851.
func thermocoupleBus(t *testing.T) {
	const couple, open, ground, supply = "3B.000031850001", "3B.000031850002", "3B.000031850003", "3B.000031850004"
	m := mountScene(t, `
[[device]]
id = "`+couple+`"
chip = "MAX31850"
temperature = -180.25
junction = 31.0625
[[device]]
id = "`+open+`"
chip = "MAX31851"
address = 3
fault = "open"
junction = 20
[[device]]
id = "`+ground+`"
chip = "MAX31850"
fault = "ground"
junction = 21
[[device]]
id = "`+supply+`"
chip = "MAX31850"
fault = "supply"
junction = -22
`)
	tests := map[string]func(*testing.T){"none": func(t *testing.T) {
		secondTrip(t, m, couple, identity("DS1825"), reads("temperature", "31.0625"), reads("temperature12", "31.0625"), reads("latesttemp", "31.0625"),
			reads("thermocouple", "-180.25"), reads("fault", "0"), reads("flagfield", "0"), reads("open_circuit", "0"), reads("ground_short", "0"),
			reads("vdd_short", "0"), reads("power", "1"), reads("prog_addr", "0"), sets("tempres", "12"), notWritten("tempres", "9", syscall.ERANGE),
			readsHex("scratchpad", "BC F4 10 1F F0 FF FF FF .."), // page 13: quarters and sixteenths of a degree, in bits 2 and 4 on
			lists("", strings.Fields(familyListing+" fault ground_short open_circuit thermocouple vdd_short")...),
			readsNothing("temphigh"), notWritten("temphigh", "20", syscall.ENOTSUP))
	}}
	for name, steps := range map[string][]step{
		open: faulty("1,0,0", "9", "20", "3"), ground: faulty("0,1,0", "10", "21", "0"), supply: faulty("0,0,1", "12", "-22", "0"),
	} {
		tests[name] = func(t *testing.T) { newTrip(t, m, name).does(t, steps...) }
	}
	together(t, tests)
}

func ds28ea00Bus(t *testing.T) {
	const chained, piece = "42.000028EA0001", "42.000028EA0002"
	scene := `
[[device]]
id = "` + chained + `"
name = "chained"
temperature = 21.9375
input.B = "low"
[[device]]
id = "` + piece + `"
temperature = -55
input.A = { follows = "chained.A" }
input.B = { follows = "chained.B", inverted = true }
`
	roundTrips(t, scene, chained, nil,
		slices.Concat([]step{behind(piece, reads("temperature", "-55"), reads("sensed.ALL", "1,0"), reads("piostate", "11"))},
			switchSteps(), []step{behind(piece, readsChip("sensed.ALL", "1,0"))}),
		thermometerSteps("DS28EA00"))
}

// thermometerSteps are those of a thermometer that is at 21.9375 °C and has 9 to 12 bits.
func thermometerSteps(kind string) []step {
	return []step{
		identity(kind), reads("power", "1"), reads("tempres", "12"),
		reads("temperature", "21.9375"), reads("temperature12", "21.9375"), reads("temperature11", "21.875"),
		reads("temperature10", "21.75"), reads("temperature9", "21.5"), reads("fasttemp", "21.5"), readsChip("latesttemp", "21.5"),
		readsChip("temperature12", "21.9375"), readsChip("latesttemp", "21.9375"),
		sets("tempres", "10"), readsChip("temperature", "21.75"), sets("tempres", "9"), readsChip("temperature", "21.5"),
		notWritten("tempres", "8", syscall.ERANGE), notWritten("tempres", "13", syscall.ERANGE), reads("tempres", "9"),
		// A measurement of 9 bits is the shortest.
		sets("temphigh", "125"), sets("templow", "-55"), notWritten("temphigh", "126", syscall.ERANGE), notWritten("templow", "-56", syscall.ERANGE),
		readsChip("temperature", "21.5"), alarms(false),
		sets("temphigh", "21"), readsChip("temperature", "21.5"), alarms(true),
		sets("temphigh", "30"), readsChip("temperature", "21.5"), alarms(false),
		sets("templow", "22"), readsChip("temperature", "21.5"), alarms(true),
		sets("templow", "-10"), readsChip("temperature", "21.5"), alarms(false),
		sets("tempres", "12"), writes("../simultaneous/temperature", "1"), waits(800 * time.Millisecond), readsChip("latesttemp", "21.9375"),
	}
}

// scratchpadText is the scratchpad of a DS1825, from its first bytes.
func scratchpadText(low, high, th, tl, config byte) string {
	p := []byte{low, high, th, tl, config, 0xFF, 16 - low&15, 0x10}
	return string(append(p, hw.CRC8(p)))
}

// max31826Steps are those of the thermometer with a memory of 16 pages of 8 bytes.
func max31826Steps() (some, whole []step) {
	some = []step{
		identity("DS1825"), reads("temperature", "-10.0625"), reads("temperature12", "-10.0625"), reads("latesttemp", "-10.0625"),
		reads("power", "1"), sets("tempres", "12"), notWritten("tempres", "9", syscall.ERANGE), readsHex("scratchpad", "5F FF FF FF F9 FF FF FF .."),
		reads("memory", strings.Repeat("\xFF", 128)), writes("memory", "0123456789"), reads("memory", "0123456789"+strings.Repeat("\xFF", 118)),
		reads("pages/page.0", "01234567"), sets("pages/page.15", "page end"), writesAt("memory", 64, "middle"),
		reads("pages/page.8", "middle\xFF\xFF"), readsOnce("pages/page.ALL", "0123456789"+strings.Repeat("\xFF", 54)+"middle"+strings.Repeat("\xFF", 50)+"page end"),
	}
	whole = []step{sets("pages/page.ALL", strings.Repeat("12345678", 16)), reads("memory", strings.Repeat("12345678", 16))}
	return some, whole
}

// faulty are the steps of a thermocouple with a fault: open, to ground, to the supply.
func faulty(flags, field, celsius, address string) []step {
	flag := strings.Split(flags, ",")
	return []step{
		identity("DS1825"), reads("temperature", celsius), notRead("thermocouple", syscall.EIO), reads("fault", "1"), reads("flagfield", field),
		reads("open_circuit", flag[0]), reads("ground_short", flag[1]), reads("vdd_short", flag[2]), reads("prog_addr", address),
	}
}

// switchSteps are those of the two switches of a DS28EA00, of which something outside
// holds B low. Its state is pin A, latch A, pin B, latch B from bit 0 on (data sheet
// page 11); an output that conducts has the latch 0.
func switchSteps() []step {
	return []step{
		reads("PIO.BYTE", "0"), reads("sensed.ALL", "1,0"), reads("sensed.BYTE", "1"), reads("sensed.A", "1"), reads("sensed.B", "0"), reads("piostate", "11"),
		sets("PIO.A", "1"), reads("PIO.ALL", "1,0"), readsChip("sensed.A", "0"), readsChip("piostate", "8"), readsChip("latch.BYTE", "1"),
		sets("PIO.ALL", "0,1"), reads("PIO.BYTE", "2"), reads("PIO.B", "1"), readsChip("piostate", "3"), readsChip("latch.ALL", "0,1"),
		sets("PIO.BYTE", "3"), reads("PIO.ALL", "1,1"), readsChip("sensed.BYTE", "0"), readsChip("piostate", "0"), readsChip("latch.BYTE", "3"),
		sets("latch.BYTE", "1"), reads("latch.ALL", "1,0"), readsChip("PIO.BYTE", "1"), sets("latch.ALL", "0,1"), reads("latch.B", "1"),
		sets("latch.B", "0"), readsChip("latch.BYTE", "0"), readsChip("PIO.BYTE", "0"), readsChip("sensed.BYTE", "1"),
		notWritten("PIO.BYTE", "4", syscall.ERANGE), notWritten("PIO.A", "z", syscall.EINVAL), readsChip("piostate", "11"),
	}
}
