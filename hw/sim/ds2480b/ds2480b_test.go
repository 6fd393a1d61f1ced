// SPDX-License-Identifier: Apache-2.0

package ds2480b_test

import (
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"owfs/hw"
	"owfs/hw/sim"
	"owfs/hw/sim/ds2480b"
)

func raw(t *testing.T, text string) []byte {
	t.Helper()
	p, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func romOf(t *testing.T, name string) hw.ROM {
	t.Helper()
	r, err := hw.ParseROM(name)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A talk is what a host says and what the chip must answer, line by line:
// "sent < answer".
func talk(t *testing.T, c *ds2480b.Chip, lines ...string) {
	t.Helper()
	for _, line := range lines {
		sent, want, _ := strings.Cut(line, "<")
		var got []byte
		for _, b := range raw(t, sent) {
			if err := c.Receive(context.Background(), b, func(b byte) { got = append(got, b) }); err != nil {
				t.Fatal(err)
			}
		}
		if string(got) != string(raw(t, want)) {
			t.Errorf("%s: answers % X", line, got)
		}
	}
}

func rig() (*ds2480b.Chip, *sim.Line, *sim.Virtual) {
	clock := &sim.Virtual{}
	line := sim.NewLine(clock)
	return ds2480b.New(line), line, clock
}

// The first byte after power-on or a break is not answered; the configuration
// then is as in table 4 (page 13).
func TestPowerOn(t *testing.T) {
	c, _, _ := rig()
	for range 2 {
		talk(t, c, "C1 <", "03 < 00", "05 < 08", "07 < 08", "09 < 00", "0B < 00", "0D < 08", "0F < 00")
		talk(t, c, "17 < 16", "03 < 06", "71 < 70", "0F < 00", "73 < 72")
		if c.Baud() != 19200 {
			t.Errorf("%d baud", c.Baud())
		}
		c.MasterReset()
	}
	talk(t, c, "E3 <", "C1 <", "C1 < CF") // what is not a reset is no timing byte
	if c.Odd() != 1 {
		t.Errorf("%d odd bytes, want the one that came first", c.Odd())
	}
}

// What the program owserver 3.2p4 sends when it looks for the chip, and in a
// conversion with strong pull-up, with the answers that satisfy it.
func TestAsOwserverSpeaks(t *testing.T) {
	c, line, clock := rig()
	chip := sim.NewDS18B20(romOf(t, "28.000000000001"), clock, func() float64 { return 21.5 })
	chip.SetParasite(true)
	line.Add(chip)
	talk(t, c, "C1 <", "71 < 70", "0F < 00", "C5 < CD", "45 < 44", "5B < 5A", "3F < 3E", "29 < 28", "95 < 97", "C5 < CD")
	talk(t, c, "E1 CC < CC", "E3 85 85 95 85 85 85 95 87 < 84 84 97 84 84 84 97 84")
	if !c.Pulsing() {
		t.Error("no strong pull-up")
	}
	clock.Sleep(t.Context(), time.Second)
	talk(t, c, "F1 < EC", "C5 < CD", "E1 CC BE FF FF < CC BE 58 01")
	if c.Pulsing() || c.Odd() != 0 {
		t.Errorf("pulsing %v, %d odd bytes", c.Pulsing(), c.Odd())
	}
}

func TestModes(t *testing.T) {
	c, _, _ := rig()
	talk(t, c, "C1 <",
		"E1 55 E1 F1 < 55 E1 F1",                               // all is data
		"E3 E3 < E3",                                           // also this, sent twice
		"E3 E3 < E3", "E3 95 < 97", "E1 95 < 95", "E3 F1 E3 <", // nothing to end, and nowhere to go
	)
}

func TestResetAnswers(t *testing.T) {
	c, line, _ := rig()
	talk(t, c, "C1 <", "C1 < CF", "C5 < CF")
	line.Add(sim.NewDS2413(romOf(t, "3A.000000000001")))
	talk(t, c, "C1 < CD")
	c.Volts12, c.Revision = true, 2
	talk(t, c, "C1 < E9")
	c.Alarming = func() bool { return true }
	talk(t, c, "C1 < EA")
	line.SetFaults(sim.Faults{Short: true})
	talk(t, c, "C1 < E8", "E1 FF < 00", "E3 91 < 90")
}

// The pairs of the search accelerator (page 10): two devices that differ at the
// bits 9 and 10 of their codes, first with 0, then with 1 at the first choice.
func TestSearchAccelerator(t *testing.T) {
	c, line, clock := rig()
	for _, name := range []string{"28.010000000000", "28.020000000000"} {
		line.Add(sim.NewDS18B20(romOf(t, name), clock, func() float64 { return 20 }))
	}
	zeros := strings.Repeat(" 00", 13)
	// 28 is 0001 0100 in the order of the line: pairs 00 00 00 10, 00 10 00 00.
	talk(t, c, "C1 <", "C1 < CD", "E1 F0 < F0", "E3 B1 E1 <")
	var got []byte
	for range 3 {
		c.Receive(t.Context(), 0, func(b byte) { got = append(got, b) })
	}
	if got[0] != 0x80 || got[1] != 0x08 || got[2] != 0x09 {
		t.Errorf("a pass for zeros answers % X", got)
	}
	talk(t, c, "E3 A1 <", "C1 < CD", "E1 F0 < F0", "E3 B1 E1 <")
	got = nil
	for _, b := range raw(t, "00 00 02") {
		c.Receive(t.Context(), b, func(b byte) { got = append(got, b) })
	}
	if got[2] != 0x03 {
		t.Errorf("a pass for 1 at the choice answers % X", got)
	}
	talk(t, c, "E3 A1 <", "C1 < CD", "E1 EC < EC", "E3 B1 E1 <", "00 00 00"+zeros+" < "+strings.Repeat("FF", 16), "E3 A1 E1 00 < 00")
}

// A pull-up of a duration that the chip knows is answered when it is over.
func TestPulses(t *testing.T) {
	c, line, clock := rig()
	chip := sim.NewDS18B20(romOf(t, "28.000000000001"), clock, func() float64 { return 21.5 })
	chip.SetParasite(true)
	line.Add(chip)
	talk(t, c, "C1 <", "3B < 3A", "C1 < CD", "E1 CC < CC") // 1048 ms
	began := clock.Now()
	talk(t, c, "E3 81 81 91 81 81 81 91 83 < 80 80 93 80 80 80 93 80 EC")
	if d := clock.Now().Sub(began) - 8*60*time.Microsecond; d != 1048*time.Millisecond {
		t.Errorf("the pull-up took %v", d)
	}
	talk(t, c, "C1 < CD", "E1 CC BE FF FF < CC BE 58 01", "E3 FD < FC")
	if c.Odd() != 1 {
		t.Errorf("%d odd bytes; there are no 12 V", c.Odd())
	}
}

// The line takes the times of figures 6a to 6c (pages 16 and 17).
func TestTimes(t *testing.T) {
	for _, test := range []struct {
		sent string
		want time.Duration
	}{
		{"C1", 1096 * time.Microsecond}, {"C9", 138 * time.Microsecond},
		{"E1 FF", 480 * time.Microsecond}, {"A9 E1 FF", 80 * time.Microsecond},
		{"A5 E1 FF", 480 * time.Microsecond}, {"4F 5F A5 E1 FF", 8 * 74 * time.Microsecond}, {"4F 5F A5 E1 00", 8 * 67 * time.Microsecond},
		{"B1 E1 00", 720 * time.Microsecond},
	} {
		c, _, clock := rig()
		talk(t, c, "C1 <")
		began := clock.Now()
		for _, b := range raw(t, test.sent) {
			c.Receive(t.Context(), b, func(byte) {})
		}
		if got := clock.Now().Sub(began); got != test.want {
			t.Errorf("%s takes %v, want %v", test.sent, got, test.want)
		}
	}
}

// A cable takes ten bits of time for a byte, and the chip loses what comes while
// it works at one byte and holds another.
func TestCable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := ds2480b.New(sim.NewLine(hw.Wall{}))
		cable := ds2480b.Plug(c)
		defer cable.Close()
		began := time.Now()
		cable.Write(raw(t, "C1 77"))
		p := make([]byte, 100)
		cable.SetBaud(115200)
		cable.SetReadDeadline(began.Add(time.Second))
		if n, err := cable.Read(p); n != 1 || p[0] != 0x76 || err != nil {
			t.Fatalf("% X, %v", p[:n], err)
		}
		if d := time.Since(began).Round(time.Microsecond); d != 2170*time.Microsecond { // 2 × 1041.7 + 86.8
			t.Errorf("two bytes and an answer took %v", d)
		}
		// A byte comes every 87 µs and takes 480 µs: 02 waits while 01 is on the
		// line until 654 µs, 07 comes at 694 µs while 02 is, and 0C at 1128 µs.
		cable.Write(raw(t, "E1 01 02 03 04 05 06 07 08 09 0A 0B 0C"))
		time.Sleep(100 * time.Millisecond)
		n, _ := cable.Read(p)
		if string(p[:n]) != "\x01\x02\x07" || cable.Counts().Overruns != 9 {
			t.Errorf("% X came back, %d overruns", p[:n], cable.Counts().Overruns)
		}
		cable.SetBaud(4800) // slower than the chip: a break
		cable.Write([]byte{0})
		time.Sleep(10 * time.Millisecond)
		if c.Baud() != 9600 {
			t.Error("the chip has not seen the break")
		}
	})
}
