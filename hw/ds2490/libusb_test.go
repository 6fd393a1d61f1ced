// SPDX-License-Identifier: Apache-2.0

//go:build cgo && !nousb

package ds2490

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/google/gousb"
)

// What gousb says becomes an error that can be told apart, also where gousb has
// kept only the text.
func TestErrorsOfLibusb(t *testing.T) {
	for _, test := range []struct{ got, want error }{
		{gousb.TransferStall, ErrStall},
		{gousb.ErrorPipe, ErrStall},
		{gousb.TransferOverflow, ErrOverflow},
		{gousb.TransferNoDevice, ErrGone},
		{gousb.ErrorNoDevice, ErrGone},
		{gousb.ErrorAccess, fs.ErrPermission},
		{fmt.Errorf("failed to claim interface 0 on vid=04fa: %v", gousb.ErrorBusy), ErrInUse},
		{fmt.Errorf("failed to claim interface 0 on vid=04fa: %v", gousb.ErrorNoDevice), ErrGone},
		{fmt.Errorf("Can't detach kernel driver of the device x and interface 0: %v", gousb.ErrorOther), ErrHeld},
	} {
		if got := plain(test.got); !errors.Is(got, test.want) {
			t.Errorf("%v becomes %v, want %v", test.got, got, test.want)
		}
	}
	if plain(nil) != nil {
		t.Error("no error becomes one")
	}
}

// Asking this computer does no harm, whether it has USB or not.
func TestAsksTheComputer(t *testing.T) {
	if _, err := Find(t.Context()); errors.Is(err, ErrNoUSB) {
		t.Error(err)
	}
	bus, err := Open(t.Context(), "9999:9999", Options{})
	var e *OpenError
	if !errors.As(err, &e) || errors.Is(err, ErrNoUSB) {
		t.Errorf("%v, %v", bus, err)
	}
}
