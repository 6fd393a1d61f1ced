// SPDX-License-Identifier: Apache-2.0

package sim

import (
	"time"

	"owfs/hw"
)

// A TAI8570 is an emulated barometer by AAG: an MS5534 on two DS2406. Output A of
// both is SCLK, output B of the writer, which has a supply, is DIN, and at input B
// of the reader, which has none, there is DOUT. As a Slave it is both of them.
type TAI8570 struct {
	Writer, Reader *DS2406
	*MS5534
}

// NewTAI8570 wires a barometer. Each of the switches has the other's ROM code in
// its memory, in the file 8570 of the 1-Wire file structure (application note
// 114): a directory in page 0, the code in page 1.
func NewTAI8570(writer, reader *DS2406, m *MS5534) *TAI8570 {
	b := &TAI8570{writer, reader, m}
	reader.SetVCC(false)
	writer.OnChange, reader.OnChange = b.drive, b.drive
	reader.Outside = func() byte { return 2 * (1 - bit(m.DOUT())) }
	b.drive(0)
	for _, pair := range [][2]*DS2406{{writer, reader}, {reader, writer}} {
		pair[0].SetMemory(0, filePage(0, []byte{0xAA, 0x00, 0x80, 0x03, 0x00, 0x00, 0x00, '8', '5', '7', '0', 0x00, 0x01, 0x01}))
		pair[0].SetMemory(32, filePage(1, append(pair[1].ROM[:], 0)))
	}
	return b
}

// drive puts what the outputs give on the module's inputs.
func (b *TAI8570) drive(byte) {
	w, r := b.Writer.Latches(), b.Reader.Latches()
	b.Drive(w&r&1 == 1, w&2 != 0)
}

// PowerOn is what a loss of power does.
func (b *TAI8570) PowerOn() {
	b.Writer.PowerOn()
	b.Reader.PowerOn()
	b.MS5534.PowerOn()
	b.drive(0)
}

// Reset implements Slave.
func (b *TAI8570) Reset(fast bool) bool {
	writer, reader := b.Writer.Reset(fast), b.Reader.Reset(fast)
	return writer || reader
}

// Pull implements Slave.
func (b *TAI8570) Pull() byte { return b.Writer.Pull() & b.Reader.Pull() }

// See implements Slave.
func (b *TAI8570) See(bit byte) {
	b.Writer.See(bit)
	b.Reader.See(bit)
}

// Powered implements Slave.
func (b *TAI8570) Powered(d time.Duration) {
	b.Writer.Powered(d)
	b.Reader.Powered(d)
}

// Pulse implements Slave.
func (b *TAI8570) Pulse(d time.Duration) {
	b.Writer.Pulse(d)
	b.Reader.Pulse(d)
}

// Stop ends what the switches are doing.
func (b *TAI8570) Stop() {
	b.Writer.Stop()
	b.Reader.Stop()
}

// filePage is a page of the 1-Wire file structure: the length, the data, and a
// CRC-16 that begins with the number of the page.
func filePage(page uint16, data []byte) []byte {
	p := append([]byte{byte(len(data))}, data...)
	return hw.AppendCRC16(p, page)
}
