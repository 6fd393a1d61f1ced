// SPDX-License-Identifier: Apache-2.0

package ds2482

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What <linux/i2c-dev.h> and <linux/i2c.h> define.
const (
	ioctlSlave = 0x0703
	ioctlFuncs = 0x0705
	ioctlRdWr  = 0x0707
	ioctlSMBus = 0x0720

	canI2C      = 0x00000001
	canSMBus    = 0x00020000 | 0x00040000 | 0x00100000 // read byte, write byte, write byte data
	flagRead    = 0x0001
	smbusRead   = 1
	smbusWrite  = 0
	sizeByte    = 1
	sizeByteTwo = 2 // byte data
)

// message and transfer are struct i2c_msg and i2c_rdwr_ioctl_data.
type message struct {
	address, flags, length uint16
	data                   unsafe.Pointer
}

type transfer struct {
	messages unsafe.Pointer
	n        uint32
}

// smbusTransfer is struct i2c_smbus_ioctl_data.
type smbusTransfer struct {
	direction, command uint8
	size               uint32
	data               unsafe.Pointer // union i2c_smbus_data, 34 bytes
}

// A device is an I²C bus of this machine, by the kernel's i2c-dev.
type device struct {
	file  *os.File
	plain bool // the bus carries any message; else those of SMBus
	ioctl func(fd uintptr, request uint, argument uintptr) error

	mu sync.Mutex // between the choice of an address and a transfer by SMBus
}

// OpenDevice opens an I²C bus such as /dev/i2c-1.
func OpenDevice(name string) (I2C, error) {
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	d := &device{file: file, ioctl: ioctl}
	if err := d.functions(); err != nil {
		file.Close()
		return nil, err
	}
	return d, nil
}

func ioctl(fd uintptr, request uint, argument uintptr) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, uintptr(request), argument)
	if errno != 0 {
		return errno
	}
	return nil
}

// functions finds out what the bus can do.
func (d *device) functions() error {
	var can uint // unsigned long
	err := d.ioctl(d.file.Fd(), ioctlFuncs, uintptr(unsafe.Pointer(&can)))
	switch {
	case errors.Is(err, unix.ENOTTY):
		return fmt.Errorf("this is not an I²C bus: %w", err)
	case err != nil:
		return err
	case can&canI2C != 0:
		d.plain = true
	case can&canSMBus != canSMBus:
		return fmt.Errorf("this bus carries neither I²C messages nor single SMBus bytes: %w", errors.ErrUnsupported)
	}
	return nil
}

// Claim implements claimer. The kernel refuses an address that one of its own
// drivers has; other programs are told by a lock on the file, one byte for each
// address.
func (d *device) Claim(address uint8) error {
	if err := d.ioctl(d.file.Fd(), ioctlSlave, uintptr(address)); err != nil {
		if errors.Is(err, unix.EBUSY) {
			return fmt.Errorf("%w: a driver of the kernel has it", ErrInUse)
		}
		return err
	}
	lock := unix.Flock_t{Type: unix.F_WRLCK, Start: int64(address), Len: 1}
	err := unix.FcntlFlock(d.file.Fd(), unix.F_OFD_SETLK, &lock)
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%w: another program has it", ErrInUse)
	}
	return err
}

// Tx implements I2C.
func (d *device) Tx(address uint8, w, r []byte) error {
	if d.plain {
		return d.messages(address, w, r)
	}
	return d.smbus(address, w, r)
}

func (d *device) messages(address uint8, w, r []byte) error {
	var list [2]message
	n := 0
	if len(w) > 0 || len(r) == 0 {
		list[n] = message{address: uint16(address), length: uint16(len(w)), data: unsafe.Pointer(unsafe.SliceData(w))}
		n++
	}
	if len(r) > 0 {
		list[n] = message{address: uint16(address), flags: flagRead, length: uint16(len(r)), data: unsafe.Pointer(unsafe.SliceData(r))}
		n++
	}
	t := transfer{unsafe.Pointer(&list), uint32(n)}
	err := d.ioctl(d.file.Fd(), ioctlRdWr, uintptr(unsafe.Pointer(&t)))
	runtime.KeepAlive(&list)
	runtime.KeepAlive(w)
	runtime.KeepAlive(r)
	return err
}

// smbus sends one or two bytes by the calls that any SMBus has, and reads one by
// one.
func (d *device) smbus(address uint8, w, r []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ioctl(d.file.Fd(), ioctlSlave, uintptr(address)); err != nil {
		return err
	}
	var data [34]byte
	switch len(w) {
	case 0:
	case 1:
		if err := d.one(smbusTransfer{smbusWrite, w[0], sizeByte, nil}); err != nil {
			return err
		}
	case 2:
		data[0] = w[1]
		if err := d.one(smbusTransfer{smbusWrite, w[0], sizeByteTwo, unsafe.Pointer(&data)}); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%d bytes over SMBus: %w", len(w), errors.ErrUnsupported)
	}
	for i := range r {
		if err := d.one(smbusTransfer{smbusRead, 0, sizeByte, unsafe.Pointer(&data)}); err != nil {
			return err
		}
		r[i] = data[0]
	}
	return nil
}

func (d *device) one(t smbusTransfer) error {
	err := d.ioctl(d.file.Fd(), ioctlSMBus, uintptr(unsafe.Pointer(&t)))
	runtime.KeepAlive(&t)
	return err
}

// Close implements I2C.
func (d *device) Close() error { return d.file.Close() }

// hint says what may help against an error at an I²C bus.
func hint(name string, err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "load the kernel's module (modprobe i2c-dev), and switch the bus on where that is needed; i2cdetect -l shows those that are"
	case errors.Is(err, fs.ErrPermission):
		return "add the user that runs this to the group i2c (usermod -aG i2c USER), or give the device to another by a udev rule"
	case errors.Is(err, ErrInUse):
		return "if the kernel's ds2482 driver has it, use --w1 or unload the driver: modprobe -r ds2482; else end the program: fuser -v " + name
	case errors.Is(err, ErrNoChip):
		return "i2cdetect -y shows which addresses answer; 18 to 1F are 0 to 7 here"
	case errors.Is(err, unix.ETIMEDOUT):
		return "something holds the I²C bus low: look at the pull-up resistors, the supply and the wiring"
	}
	return ""
}
