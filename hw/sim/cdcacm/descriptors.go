// SPDX-License-Identifier: Apache-2.0

package cdcacm

import "owfs/hw/sim/usb"

// packet is the size of packets on the endpoints for data.
const packet = 64

func descriptor(value uint16) (p []byte, ok bool) {
	switch value {
	case usb.DeviceDescriptor << 8:
		return []byte{
			18, usb.DeviceDescriptor,
			0x10, 0x01, // USB 1.1
			0x02, 0, 0, // communications
			64,         // bytes in a packet of EP0
			0x09, 0x12, // pid.codes, for private tests
			0x01, 0x00,
			0x00, 0x01,
			0, 0, 0,
			1, // configuration
		}, true
	case usb.ConfigurationDescriptor << 8:
		return []byte{
			9, usb.ConfigurationDescriptor, 67, 0, 2, 1, 0, 0x80, 50,
			// The interface for requests, with what it says of itself (CDC 1.2, 5.2.3).
			9, 4, 0, 0, 1, 0x02, 0x02, 0x00, 0,
			5, 0x24, 0x00, 0x20, 0x01, // CDC 1.2
			5, 0x24, 0x01, 0x00, 1, // no calls
			4, 0x24, 0x02, 0x06, // line coding, control lines and breaks
			5, 0x24, 0x06, 0, 1, // interface 1 goes with 0
			7, 5, notices, 0x03, 8, 0, 255, // interrupt
			// The interface for data.
			9, 4, 1, 0, 2, 0x0A, 0x00, 0x00, 0,
			7, 5, fromWire, 0x02, packet, 0, 0, // bulk
			7, 5, toWire, 0x02, packet, 0, 0,
		}, true
	}
	return nil, false
}
