// SPDX-License-Identifier: Apache-2.0

package usb

import (
	"context"
	"math/rand/v2"
	"sync"
)

// Faults are what goes wrong on a cable, each with a probability for one
// transfer. The zero value is a good cable.
type Faults struct {
	Stall  float64 // the transfer is refused; other endpoints than 0 are halted then
	Short  float64 // of what is read, the second half is lost
	Babble float64 // of what is read, all is lost
	Rand   *rand.Rand
}

// A Faulty is a device behind a bad cable.
type Faulty struct {
	Device

	mu     sync.Mutex
	faults Faults
	hits   int
}

// SetFaults changes what goes wrong.
func (f *Faulty) SetFaults(faults Faults) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = faults
}

// Hits tells how many transfers have been disturbed.
func (f *Faulty) Hits() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.hits
}

func (f *Faulty) hit(which func(Faults) float64) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := which(f.faults)
	hit := p > 0 && f.faults.Rand.Float64() < p
	if hit {
		f.hits++
	}
	return hit
}

func stall(f Faults) float64  { return f.Stall }
func short(f Faults) float64  { return f.Short }
func babble(f Faults) float64 { return f.Babble }

// Control implements Device. Only vendor requests are disturbed, so that the
// device can be found and freed of a halt.
func (f *Faulty) Control(ctx context.Context, s Setup, out []byte) ([]byte, error) {
	if s.RequestType&^0x80 == VendorTo && f.hit(stall) {
		return nil, ErrStall
	}
	return f.Device.Control(ctx, s, out)
}

// In implements Device.
func (f *Faulty) In(ctx context.Context, endpoint byte, most int) ([]byte, error) {
	if err := f.maybeHalt(ctx, endpoint); err != nil {
		return nil, err
	}
	p, err := f.Device.In(ctx, endpoint, most)
	switch {
	case err != nil:
	case f.hit(babble):
		return nil, ErrBabble
	case f.hit(short):
		p = p[:len(p)/2]
	}
	return p, err
}

// Out implements Device.
func (f *Faulty) Out(ctx context.Context, endpoint byte, p []byte) (int, error) {
	if err := f.maybeHalt(ctx, endpoint); err != nil {
		return 0, err
	}
	return f.Device.Out(ctx, endpoint, p)
}

// maybeHalt halts an endpoint. It stalls until the host clears that.
func (f *Faulty) maybeHalt(ctx context.Context, endpoint byte) error {
	if !f.hit(stall) {
		return nil
	}
	_, err := f.Device.Control(ctx, Setup{RequestType: ToEndpoint, Request: SetFeature, Index: uint16(endpoint)}, nil)
	return err
}
