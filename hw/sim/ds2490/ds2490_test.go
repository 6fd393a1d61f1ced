// SPDX-License-Identifier: Apache-2.0

package ds2490_test

import (
	"context"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"owfs/hw/sim"
	"owfs/hw/sim/usb"
)

// The registers after power-on (table 12): regular speed, 512 ms of
// pull-up, 512 µs of 12 V.
func TestPowerOn(t *testing.T) {
	run(t, func(r *rig) {
		want := "0000204005040400 2800000000000000"
		if got := r.status(); hex.EncodeToString(got) != hex.EncodeToString(raw(r, want)) {
			r.Errorf("% X, want %s", got, want)
		}
		r.mode(0, 2)
		r.mode(1, 1)
		r.mode(2, 1)
		r.mode(3, 0x2F)
		r.mode(4, 6)
		r.mode(6, 3)
		r.mode(7, 7)
		if got := r.status(); hex.EncodeToString(got[:7]) != "05012f40060307" {
			r.Errorf("% X after the mode commands", got)
		}
		r.ctl(0)
		if got := r.status(); hex.EncodeToString(got) != hex.EncodeToString(raw(r, want)) {
			r.Errorf("% X after a reset, want %s", got, want)
		}
	})
}

// Codes of the result register (device feedback).
func TestReset(t *testing.T) {
	run(t, func(r *rig) {
		r.comm(0x0043, 0)
		r.idle(0x01) // NRS: nobody there
		r.thermometers(1)
		r.comm(0x0043, 0)
		r.idle() // without NTF, only errors are told
		r.comm(0x0443, 0)
		r.idle(0x00)
		r.line.SetFaults(sim.Faults{Short: true})
		r.comm(0x0043, 0)
		r.idle(0x02) // SH
		r.line.SetFaults(sim.Faults{})
		r.chip.Alarming = func() bool { return true }
		r.comm(0x0043, 0)
		r.idle(0x04) // APP
		r.comm(0x0243, 0)
		r.idle() // ICP: no result
		if odd := r.chip.Odd(); odd != 0 {
			r.Errorf("%d odd requests", odd)
		}
	})
}

// A scratchpad read by block I/O, bytes and bits.
func TestData(t *testing.T) {
	run(t, func(r *rig) {
		r.thermometers(1)
		pad := "5005 4B46 7FFF 0C10 1C" // the power-on value of the data sheet
		r.out("CC BE FFFF FFFF FFFF FFFF FF")
		r.comm(0x0175, 11) // with a reset before
		r.idle()
		r.in("CC BE" + pad)

		r.comm(0x0043, 0)
		r.comm(0x0053, 0xCC)
		r.comm(0x0053, 0xBE)
		r.comm(0x0253, 0xFF) // ICP: nothing in EP3
		r.idle()
		r.in("CC BE")
		for i, want := range []string{"01", "00", "01", "00"} { // 05
			r.comm(0x0029, 0)
			r.idle()
			r.in(want)
			_ = i
		}
		r.nothing()
	})
}

// READ STRAIGHT sends a preamble and reads.
func TestReadStraight(t *testing.T) {
	run(t, func(r *rig) {
		r.thermometers(1)
		r.out("CC BE")
		r.comm(0x0283, 9) // two bytes, with a reset
		r.idle()
		r.in("5005 4B46 7FFF 0C10 1C")
	})
}

// MATCH ACCESS selects one device of two.
func TestMatch(t *testing.T) {
	run(t, func(r *rig) {
		all := r.thermometers(2)
		r.out(hex.EncodeToString(all[1][:]))
		r.comm(0x0165, 0x55)
		r.out("BE FFFF FFFF FFFF FFFF FF")
		r.comm(0x0075, 10)
		r.idle()
		r.in("BE 5005 4B46 7FFF 0C10 1C")
	})
}

// More data than a FIFO holds: the chip waits for the host at both ends.
func TestFIFO(t *testing.T) {
	run(t, func(r *rig) {
		r.thermometers(1)
		done := make(chan error)
		go func() {
			_, err := r.chip.Out(r.Context(), 2, make([]byte, 300))
			done <- err
		}()
		time.Sleep(time.Second)
		if p := r.status(); p[12] != 128 {
			r.Errorf("%d bytes in the FIFO of EP2, want 128", p[12])
		}
		r.comm(0x0075, 300)
		time.Sleep(time.Second)
		if p := r.status(); p[13] != 128 || p[8]&0x20 != 0 || p[9] != 0x75 {
			r.Errorf("% X, want 128 bytes in the FIFO of EP3, not idle, command 75", p)
		}
		n := 0
		for n < 300 {
			p, err := r.chip.In(r.Context(), 0x83, 128)
			if err != nil {
				r.Fatal(err)
			}
			n += len(p)
		}
		if err := <-done; err != nil || n != 300 {
			r.Errorf("read %d bytes, %v", n, err)
		}
		r.idle()
		if got := r.line.Counts().Slots; got != 2400 {
			r.Errorf("%d slots, want 2400", got)
		}
	})
}

// A read that is shorter than the packet fails, as it does on a cable.
func TestBabble(t *testing.T) {
	run(t, func(r *rig) {
		r.out("00000000")
		r.comm(0x0075, 4)
		r.idle()
		if p, err := r.chip.In(r.Context(), 0x83, 3); !errors.Is(err, usb.ErrBabble) {
			r.Errorf("% X, %v", p, err)
		}
		if p, err := r.chip.In(r.Context(), 0x81, 8); !errors.Is(err, usb.ErrBabble) {
			r.Errorf("% X, %v", p, err)
		}
	})
}

// An endpoint that is halted stalls until that is cleared.
func TestStall(t *testing.T) {
	run(t, func(r *rig) {
		waits := make(chan error)
		go func() {
			_, err := r.chip.In(r.Context(), 0x83, 64)
			waits <- err
		}()
		time.Sleep(time.Second)
		r.control(usb.ToEndpoint, usb.SetFeature, 0, 0x83)
		if err := <-waits; !errors.Is(err, usb.ErrStall) {
			r.Errorf("a read that waits ends with %v", err)
		}
		if _, err := r.chip.In(r.Context(), 0x83, 64); !errors.Is(err, usb.ErrStall) {
			r.Errorf("a read of a halted endpoint: %v", err)
		}
		r.control(usb.ToEndpoint, usb.ClearFeature, 0, 0x83)
		r.nothing()
		for _, s := range []usb.Setup{
			{RequestType: usb.VendorTo, Request: 1, Value: 0x6093},
			{RequestType: usb.VendorTo, Request: 3},
			{RequestType: usb.VendorTo, Request: 2, Value: 2, Index: 3},
			{RequestType: usb.ToInterface, Request: usb.SetInterface, Value: 4},
		} {
			if _, err := r.chip.Control(r.Context(), s, nil); !errors.Is(err, usb.ErrStall) {
				r.Errorf("%+v: %v, want a stall", s, err)
			}
		}
		if odd := r.chip.Odd(); odd != 3 {
			r.Errorf("%d odd requests, want 3", odd)
		}
	})
}

// A macro is several commands that START EXECUTION begins together. One result
// comes at its end.
func TestMacro(t *testing.T) {
	run(t, func(r *rig) {
		r.thermometers(1)
		r.comm(0x0242, 0)    // reset, ICP
		r.comm(0x0252, 0xCC) // byte I/O, ICP
		r.comm(0x0452, 0xB4) // NTF
		time.Sleep(time.Second)
		if p := r.status(); p[11] != 12 || p[8]&0x20 == 0 {
			r.Errorf("% X, want three commands that wait", p)
		}
		r.ctl(1)
		r.idle(0x00)
		r.in("B4")
	})
}

// A fifth command is lost, and the chip says so until it is reset.
func TestTooManyCommands(t *testing.T) {
	run(t, func(r *rig) {
		for range 4 {
			r.comm(0x0042, 0)
		}
		if p := r.status(); p[8]&0x80 != 0 || p[11] != 16 {
			r.Errorf("% X, want 16 bytes of commands", p)
		}
		r.comm(0x0042, 0)
		if p := r.status(); p[8]&0x80 == 0 || p[11] != 16 {
			r.Errorf("% X, want EP0F and 16 bytes of commands", p)
		}
		r.ctl(3)
		r.ctl(7) // flushed, but only a reset helps
		if p := r.status(); p[8] != 0xB8 || p[11] != 0 {
			r.Errorf("% X, want EP0F, idle and halted", p)
		}
		r.ctl(0)
		if p := r.status(); p[8] != 0x28 {
			r.Errorf("% X after a reset", p)
		}
	})
}

// CTL_RESET_DEVICE frees a chip that waits for data.
func TestResetDevice(t *testing.T) {
	run(t, func(r *rig) {
		r.comm(0x0075, 10)
		time.Sleep(time.Hour)
		if p := r.status(); p[8]&0x20 != 0 {
			r.Errorf("% X, want it to wait", p)
		}
		r.ctl(0)
		r.idle()
	})
}

// Who waits when the chip is unplugged is told.
func TestUnplug(t *testing.T) {
	run(t, func(r *rig) {
		waits := make(chan error)
		go func() {
			_, err := r.chip.In(context.Background(), 0x83, 64)
			waits <- err
		}()
		r.comm(0x0075, 10)
		time.Sleep(time.Second)
		r.chip.Close()
		if err := <-waits; !errors.Is(err, usb.ErrGone) {
			r.Error(err)
		}
		if _, err := r.chip.In(r.Context(), 0x81, 32); !errors.Is(err, usb.ErrGone) {
			r.Error(err)
		}
	})
}
