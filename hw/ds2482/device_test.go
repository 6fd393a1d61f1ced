// SPDX-License-Identifier: Apache-2.0

package ds2482

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A kernel stands for i2c-dev: it takes requests apart by the layout of
// <linux/i2c.h> and <linux/i2c-dev.h> on a 64-bit machine.
type kernel struct {
	can     uint
	bound   uintptr // an address that a driver of the kernel has
	address uintptr
	got     []string
	err     error
}

func bytesAt(p unsafe.Pointer, n int) []byte { return slices.Clone(unsafe.Slice((*byte)(p), n)) }

func (k *kernel) ioctl(_ uintptr, request uint, argument uintptr) error {
	if k.err != nil {
		return k.err
	}
	p := *(*unsafe.Pointer)(unsafe.Pointer(&argument))
	switch request {
	case 0x0703: // I2C_SLAVE
		if argument == k.bound {
			return unix.EBUSY
		}
		k.address = argument
	case 0x0705: // I2C_FUNCS
		*(*uint)(p) = k.can
	case 0x0707: // I2C_RDWR
		head := bytesAt(p, 16)
		for i := range int(head[8]) {
			k.message(unsafe.Add(*(*unsafe.Pointer)(p), 16*i))
		}
	case 0x0720: // I2C_SMBUS
		k.smbus(p)
	}
	return nil
}

func (k *kernel) message(p unsafe.Pointer) {
	head := bytesAt(p, 6) // address, flags, length
	data := unsafe.Slice(*(**byte)(unsafe.Add(p, 8)), head[4])
	if head[2] == 1 {
		k.got = append(k.got, "read")
		for i := range data {
			data[i] = head[0] + byte(i)
		}
		return
	}
	k.got = append(k.got, string(append([]byte{head[0]}, data...)))
}

func (k *kernel) smbus(p unsafe.Pointer) {
	head := bytesAt(p, 8)
	read, command, size := head[0] == 1, head[1], head[4]
	union := *(**byte)(unsafe.Add(p, 8))
	switch {
	case read && size == 1: // I2C_SMBUS_BYTE
		k.got = append(k.got, "read")
		*union = byte(k.address)
	case size == 1:
		k.got = append(k.got, string([]byte{byte(k.address), command}))
	case size == 2: // I2C_SMBUS_BYTE_DATA
		k.got = append(k.got, string([]byte{byte(k.address), command, *union}))
	}
}

func attach(t *testing.T, k *kernel) (*device, error) {
	t.Helper()
	file, err := os.Create(filepath.Join(t.TempDir(), "i2c-0"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	d := &device{file: file, ioctl: k.ioctl}
	return d, d.functions()
}

// The same transfers over a bus that takes any message, and over one for SMBus.
func TestTransfers(t *testing.T) {
	for name, can := range map[string]uint{"I²C": 0x1, "SMBus": 0x160000} {
		k := &kernel{can: can}
		d, err := attach(t, k)
		if err != nil {
			t.Fatal(name, err)
		}
		r := make([]byte, 2)
		if err := errors.Join(d.Tx(0x18, []byte{0xF0}, nil), d.Tx(0x19, []byte{0xE1, 0xC3}, r), d.Tx(0x1A, nil, r[:1])); err != nil {
			t.Fatal(name, err)
		}
		want := []string{"\x18\xF0", "\x19\xE1\xC3", "read", "read"}
		answer := []byte{0x1A, 0x1A}
		if name == "SMBus" {
			want = slices.Insert(want, 3, "read") // byte by byte
			answer[1] = 0x19
		}
		if !slices.Equal(k.got, want) || !bytes.Equal(r, answer) {
			t.Errorf("%s: %q, want %q; reads % X", name, k.got, want, r)
		}
		k.err = unix.EREMOTEIO
		if err := d.Tx(0x18, []byte{0xF0}, nil); !unacknowledged(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := attach(t, &kernel{can: 0x10000}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a bus that carries nothing of use: %v", err)
	}
}

// An address that somebody has is not taken.
func TestClaim(t *testing.T) {
	k := &kernel{can: 1, bound: 0x18}
	d, err := attach(t, k)
	if err != nil {
		t.Fatal(err)
	}
	err = d.Claim(0x18)
	if !errors.Is(err, ErrInUse) || !strings.Contains(hint("/dev/i2c-0", err), "modprobe -r ds2482") {
		t.Errorf("an address of the kernel's: %v", err)
	}
	if err := errors.Join(d.Claim(0x19), d.Claim(0x1A)); err != nil {
		t.Fatal(err)
	}
	again, err := os.OpenFile(d.file.Name(), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	other := &device{file: again, ioctl: k.ioctl}
	if err := other.Claim(0x19); !errors.Is(err, ErrInUse) {
		t.Errorf("an address of another program's: %v", err)
	}
	if err := other.Claim(0x1B); err != nil {
		t.Errorf("another address of the same bus: %v", err)
	}
	d.Close()
	if err := other.Claim(0x19); err != nil {
		t.Errorf("after the other has closed it: %v", err)
	}
}
