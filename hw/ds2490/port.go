// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"context"
	"errors"
)

// The endpoints (page 10).
const (
	EndpointStatus = 0x81 // interrupt
	EndpointOut    = 0x02 // bulk
	EndpointIn     = 0x83 // bulk
)

// packet is the size of a packet of the bulk endpoints in alternate setting 3.
const packet = 64

// A Port is a stick whose interface is claimed, in alternate setting 3: EP1 is
// polled each millisecond, the others have packets of 64 bytes. A call ends with
// its context.
type Port interface {
	// Control makes a vendor request to the device, without data.
	Control(ctx context.Context, request byte, value, index uint16) error

	// In reads what the device sends in one transfer. p has room for whole
	// packets.
	In(ctx context.Context, endpoint byte, p []byte) (int, error)

	// Out sends p.
	Out(ctx context.Context, endpoint byte, p []byte) (int, error)

	// ClearHalts makes endpoints that stall work again, on both sides.
	ClearHalts(ctx context.Context) error

	// Close gives the stick back, to the kernel's driver if that had it.
	Close() error
}

// The ways in which a transfer fails. Others may come from the system.
var (
	ErrStall    = errors.New("the stick refuses (stall)")
	ErrOverflow = errors.New("the stick sent too much (babble)")
	ErrGone     = errors.New("the stick has been unplugged")
)
