// SPDX-License-Identifier: Apache-2.0

package w1kernel

import (
	"encoding/binary"
	"errors"
	"syscall"

	"owfs/hw"
)

// The messages and commands in the order in which drivers/w1/w1_netlink.h
// counts them.
const (
	slaveAdd = iota
	slaveRemove
	masterAdd
	masterRemove
	masterCommand
	slaveCommand
	listMasters
)

const (
	read = iota
	writeOnly
	search
	alarmSearch
	touch
	reset
	slaveAddCommand
	slaveRemoveCommand
	listSlaves
)

var order = binary.NativeEndian

// idOf is a master's id as messages have it.
func idOf(id int) (p [8]byte) {
	order.PutUint32(p[:], uint32(id))
	return p
}

// connector is a message of the connector inside one of netlink.
func connector(index, value, seq, ack uint32, body []byte) []byte {
	n := 16 + 20 + len(body)
	p := order.AppendUint32(nil, uint32(n))
	p = order.AppendUint16(p, 3) // NLMSG_DONE
	p = order.AppendUint16(p, 0)
	p = order.AppendUint32(p, seq)
	p = order.AppendUint32(p, 0)
	for _, v := range []uint32{index, value, seq, ack} {
		p = order.AppendUint32(p, v)
	}
	p = order.AppendUint16(p, uint16(len(body)))
	p = order.AppendUint16(p, 0)
	return append(p, body...)
}

// about is a w1 message: its type, status and id, and what it carries.
func about(kind, status byte, id [8]byte, body []byte) []byte {
	p := []byte{kind, status}
	p = order.AppendUint16(p, uint16(len(body)))
	return append(append(p, id[:]...), body...)
}

func command(op byte, data []byte) []byte {
	return append(order.AppendUint16([]byte{op, 0}, uint16(len(data))), data...)
}

// tell sends an event to all who want them.
func (k *Kernel) tell(kind byte, id [8]byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seq++
	for _, e := range k.events {
		e.put(connector(3, 1, k.seq, 0, about(kind, 0, id, nil)))
	}
}

// A question is a message that a program has sent.
type question struct {
	kernel   *Kernel
	seq, ack uint32
	kind     byte
	id       [8]byte
	room     int // that the kernel has set aside for answers
	reply    func(datagram []byte)
}

// space is what the kernel does before it puts an answer into the room for
// answers: if that would fill it, it sends what is there, even if that is
// nothing. Then there is a connector header of zeros to be seen.
func (q question) space(body []byte) {
	if 20+12+len(body) >= q.room {
		q.reply(connector(0, 0, 0, 0, nil))
	}
}

func (q question) data(body []byte) {
	if q.kind == masterCommand {
		q.space(body)
	}
	q.reply(connector(3, 1, q.seq, q.seq+1, about(q.kind, 0, q.id, body)))
}

func (q question) status(errno int, body []byte) {
	q.reply(connector(3, 1, q.seq, q.ack, about(q.kind, byte(errno), q.id, body)))
}

// handle does what a datagram asks for. What is no message to w1 is dropped, as
// the connector does.
func (k *Kernel) handle(p []byte, reply func([]byte)) {
	if len(p) < 36 || int(order.Uint32(p)) > len(p) {
		return
	}
	c := p[16:]
	if order.Uint32(c) != 3 || order.Uint32(c[4:]) != 1 || 20+int(order.Uint16(c[16:])) > len(c) {
		return
	}
	body := c[20 : 20+order.Uint16(c[16:])]
	for len(body) >= 12 {
		room := 20 + int(order.Uint16(c[16:]))
		q := question{k, order.Uint32(c[8:]), order.Uint32(c[12:]), body[0], [8]byte(body[4:12]), room, reply}
		n := int(order.Uint16(body[2:]))
		if order.Uint16(c[18:]) > 1 { // a flag that is not known
			q.status(int(syscall.EINVAL), nil)
			return
		}
		if n > len(body)-12 {
			q.status(int(syscall.E2BIG), nil)
			return
		}
		q.do(body[12 : 12+n])
		body = body[12+n:]
	}
}

func (q question) do(body []byte) {
	switch {
	case q.kind == listMasters:
		var ids []byte
		for _, id := range q.kernel.ids() {
			ids = order.AppendUint32(ids, uint32(id))
		}
		q.id = [8]byte{0xA5, 0x5A} // the kernel does not set it
		q.data(ids)
	case q.kind != masterCommand || len(body) == 0:
		q.status(int(syscall.EPROTO), nil)
	default:
		m := q.kernel.master(int(order.Uint32(q.id[:])))
		if m == nil {
			q.status(int(syscall.ENODEV), nil)
			return
		}
		m.lock()
		defer m.unlock()
		for len(body) >= 4 {
			n := int(order.Uint16(body[2:]))
			if 4+n > len(body) {
				q.status(int(syscall.E2BIG), body[:4])
				return
			}
			if op := body[0]; op == search || op == alarmSearch || op == listSlaves {
				q.room += 8 * (len(m.slaves) + m.driver.Most)
			}
			result := m.command(q, body[0], body[4:4+n])
			q.space(command(body[0], nil))
			q.status(-result, command(body[0], nil))
			body = body[4+n:]
		}
	}
}

// command does one command and returns 0 or a negative error, or for a reset 1.
func (m *master) command(q question, op byte, p []byte) int {
	var err error
	switch op {
	case touch, read:
		data := append([]byte(nil), p...)
		if op == read {
			for i := range data {
				data[i] = 0xFF
			}
		}
		err = m.touch(data)
		q.data(command(op, data))
	case writeOnly:
		err = m.touch(append([]byte(nil), p...))
	case search, alarmSearch:
		rom := byte(hw.SearchROM)
		if op == alarmSearch {
			rom = hw.AlarmSearch
		}
		var found []hw.ROM
		found, err = m.search(rom)
		m.report(q, op, found)
	case reset:
		absent, sick := m.reset()
		if sick == nil {
			return absent
		}
		err = sick
	case listSlaves:
		m.report(q, op, m.devices())
	default:
		return -int(syscall.EINVAL)
	}
	var errno syscall.Errno
	switch {
	case errors.As(err, &errno):
		return -int(errno)
	case err != nil:
		return -int(syscall.EIO)
	}
	return 0
}

// report sends codes, in pieces when there are many.
func (m *master) report(q question, op byte, found []hw.ROM) {
	const each = 20
	for {
		n := min(each, len(found))
		var p []byte
		for _, rom := range found[:n] {
			p = append(p, rom[:]...)
		}
		q.data(command(op, p))
		if found = found[n:]; len(found) == 0 {
			return
		}
	}
}
