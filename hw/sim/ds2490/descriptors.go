// SPDX-License-Identifier: Apache-2.0

package ds2490

import (
	"time"

	"owfs/hw/sim/usb"
)

// There are no strings (note 2, page 12).
var deviceDescriptor = []byte{
	18, usb.DeviceDescriptor,
	0x00, 0x01, // USB 1.0
	0xFF, 0xFF, 0xFF, // vendor specific
	8,          // bytes in a packet of EP0
	0xFA, 0x04, // Dallas Semiconductor
	0x90, 0x24,
	0x02, 0x00, // the revision of the chip
	0, 0, 0,
	1, // configuration
}

// The alternate settings differ in the polling interval of EP1 and in the size
// of a packet of EP2 and EP3 (USB communication).
func interval(alternate byte) time.Duration {
	if alternate < 2 {
		return 10 * time.Millisecond
	}
	return time.Millisecond
}

func packet(alternate byte) int {
	if alternate&1 == 0 {
		return 16
	}
	return 64
}

// The endpoints.
const (
	epStatus = 0x81
	epOut    = 0x02
	epIn     = 0x83
)

func configurationDescriptor() []byte {
	d := []byte{
		9, usb.ConfigurationDescriptor,
		0, 0, // the length, below
		1, // interface
		1, // the number of this configuration
		0,
		0xA0, // powered by the bus, remote wake-up
		50,   // 100 mA
	}
	for alternate := range byte(4) {
		n, ms := byte(packet(alternate)), byte(interval(alternate)/time.Millisecond)
		d = append(d,
			9, 4, 0, alternate, 3, 0xFF, 0, 0, 0,
			7, 5, epStatus, 3, 32, 0, ms,
			7, 5, epOut, 2, n, 0, 0,
			7, 5, epIn, 2, n, 0, 0)
	}
	d[2] = byte(len(d))
	return d
}

func descriptor(value uint16) (p []byte, ok bool) {
	switch value {
	case usb.DeviceDescriptor << 8:
		return deviceDescriptor, true
	case usb.ConfigurationDescriptor << 8:
		return configurationDescriptor(), true
	}
	return nil, false
}
