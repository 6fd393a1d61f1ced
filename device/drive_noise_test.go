// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"testing"

	"owfs/device"
	"owfs/hw"
)

// noisyReads reads each path many times while one of 1000 slots is wrong. A read
// may fail, as long as the line is to blame, but never give another value.
func (b *bench) noisyReads(t *testing.T, rom hw.ROM, paths ...string) {
	t.Helper()
	defer b.noise(0, 0)
	for i, path := range paths {
		b.noise(0, 0)
		want := b.read(t, rom, path)
		b.noise(1000, uint64(i))
		good := 0
		for range 200 {
			got, err := b.tryRead(rom, path)
			switch {
			case err != nil && !hw.IsLine(err):
				t.Fatalf("%s: %v, which is not the line's", path, err)
			case err == nil && !got.Equal(want):
				t.Fatalf("%s is %s with noise, %s without", path, show(got), show(want))
			case err == nil:
				good++
			}
		}
		if good < 100 {
			t.Errorf("%s: only %d of 200 reads came through", path, good)
		}
	}
}

// noisyWrites writes the values in turn while one of 1000 slots is wrong. Where
// a write tells of no error, holds must be true.
func (b *bench) noisyWrites(t *testing.T, rom hw.ROM, path string, values []device.Value, holds func(v device.Value) bool) {
	t.Helper()
	defer b.noise(0, 0)
	good := 0
	b.noise(1000, 7)
	for i := range 200 {
		v := values[i%len(values)]
		err := b.tryWrite(rom, path, v)
		switch {
		case err != nil && !hw.IsLine(err):
			t.Fatalf("writing %s: %v, which is not the line's", path, err)
		case err == nil && !holds(v):
			t.Fatalf("%s was said to be written, but is not %s", path, show(v))
		case err == nil:
			good++
		}
	}
	if good < 100 {
		t.Errorf("%s: only %d of 200 writes came through", path, good)
	}
}
