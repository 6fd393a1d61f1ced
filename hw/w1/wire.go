// SPDX-License-Identifier: Apache-2.0

package w1

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The address of w1 in the connector (include/uapi/linux/connector.h), which is
// also the multicast group of its events.
const (
	connectorIndex = 3
	connectorValue = 1
	eventGroup     = 3
)

// The types of messages (drivers/w1/w1_netlink.h).
const (
	slaveAdd = iota
	slaveRemove
	masterAdd
	masterRemove
	masterCommand
	_ // for one slave, selected by the kernel
	listMasters
)

// The commands to a master.
const (
	cmdRead = iota
	_       // write, which is not read back
	cmdSearch
	cmdAlarmSearch
	cmdTouch
	cmdReset
	_ // to add a device to the kernel's list
	_ // to remove one
	cmdListSlaves
)

// The sizes of the headers, one inside the other. All numbers are in the byte
// order of the machine.
const (
	netlinkHeader   = 16 // length, type, flags, sequence, port
	connectorHeader = 20 // index, value, sequence, acknowledge, length, flags
	messageHeader   = 12 // type, status, length, id of 8 bytes
	commandHeader   = 4  // command, reserved, length

	netlinkDone = 3 // NLMSG_DONE, the type of all connector messages

	// mostData is the most that one message shall carry; the connector takes
	// 16 KiB (CONNECTOR_MAX_MSG_SIZE).
	mostData = 4096
	datagram = 32 << 10 // that a reply surely fits into
)

// A command is one thing that a master shall do.
type command struct {
	op   byte
	data []byte
}

// request makes the datagram that asks a master for commands, or with
// listMasters for nothing but that.
func request(seq uint32, kind byte, master uint32, commands ...command) []byte {
	body := 0
	for _, c := range commands {
		body += commandHeader + len(c.data)
	}
	order := binary.NativeEndian
	p := make([]byte, 0, netlinkHeader+connectorHeader+messageHeader+body)
	p = order.AppendUint32(p, uint32(cap(p)))
	p = order.AppendUint16(p, netlinkDone)
	p = order.AppendUint16(p, 0)
	p = order.AppendUint32(p, seq)
	p = order.AppendUint32(p, 0)

	p = order.AppendUint32(p, connectorIndex)
	p = order.AppendUint32(p, connectorValue)
	p = order.AppendUint32(p, seq)
	p = order.AppendUint32(p, 0)
	p = order.AppendUint16(p, uint16(messageHeader+body))
	p = order.AppendUint16(p, 0)

	p = append(p, kind, 0)
	p = order.AppendUint16(p, uint16(body))
	p = order.AppendUint32(p, master)
	p = order.AppendUint32(p, 0)
	for _, c := range commands {
		p = append(p, c.op, 0)
		p = order.AppendUint16(p, uint16(len(c.data)))
		p = append(p, c.data...)
	}
	return p
}

// A message is one part of what the kernel has sent.
type message struct {
	seq    uint32
	data   bool // it carries data; else it is the status of a command
	kind   byte
	status byte // 0, an errno, or 255 from a reset that nobody answered
	id     [8]byte
	body   []byte
}

// master is the id that a message about a master has.
func (m message) master() uint32 { return binary.NativeEndian.Uint32(m.id[:4]) }

var errMessage = errors.New("a message of the kernel is cut off")

// messages takes a datagram apart. Linux 6.1 sends a connector header that is all
// zero before an answer that just fits; such are left out.
func messages(p []byte) ([]message, error) {
	order := binary.NativeEndian
	var all []message
	for len(p) >= netlinkHeader {
		n := int(order.Uint32(p))
		if n < netlinkHeader || n > len(p) {
			return nil, errMessage
		}
		body := p[netlinkHeader:n]
		p = p[min((n+3)&^3, len(p)):]
		for len(body) >= connectorHeader {
			n := int(order.Uint16(body[16:]))
			if connectorHeader+n > len(body) {
				return nil, errMessage
			}
			head, rest := body[:connectorHeader], body[connectorHeader:connectorHeader+n]
			body = body[connectorHeader+n:]
			if order.Uint32(head) != connectorIndex || order.Uint32(head[4:]) != connectorValue {
				continue
			}
			inside, err := inside(head, rest)
			if err != nil {
				return nil, err
			}
			all = append(all, inside...)
		}
	}
	return all, nil
}

// inside takes apart what is behind one connector header.
func inside(head, p []byte) ([]message, error) {
	order := binary.NativeEndian
	seq, ack := order.Uint32(head[8:]), order.Uint32(head[12:])
	var all []message
	for len(p) >= messageHeader {
		n := int(order.Uint16(p[2:]))
		if messageHeader+n > len(p) {
			return nil, errMessage
		}
		all = append(all, message{
			seq: seq, data: ack == seq+1, kind: p[0], status: p[1], id: [8]byte(p[4:12]),
			body: p[messageHeader : messageHeader+n],
		})
		p = p[messageHeader+n:]
	}
	return all, nil
}

// command takes the command with its data out of a message.
func (m message) command() (c command, err error) {
	if len(m.body) < commandHeader {
		return c, errMessage
	}
	n := int(binary.NativeEndian.Uint16(m.body[2:]))
	if commandHeader+n > len(m.body) {
		return c, fmt.Errorf("%w: %d bytes instead of %d", errMessage, len(m.body)-commandHeader, n)
	}
	return command{m.body[0], m.body[commandHeader : commandHeader+n]}, nil
}
