// SPDX-License-Identifier: Apache-2.0

package ds2480b

import "owfs/hw/serialport"

// A serialPort is a port of this machine.
type serialPort struct{ *serialport.Port }

func openSerial(name string) (Port, error) {
	port, err := serialport.Open(name)
	if err != nil {
		return nil, err
	}
	port.Raise()
	return serialPort{port}, nil
}

// SetBaud implements Port.
func (p serialPort) SetBaud(rate int) error { return p.SetMode(rate, 8) }
