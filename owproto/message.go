// SPDX-License-Identifier: Apache-2.0

package owproto

import "fmt"

// MessageType is the third word of a request (protocol section 1.2).
type MessageType int32

// The message types. MsgError and MsgSize are never answered with anything but
// ErrUnknownMessage, as are all types that are not listed here.
const (
	MsgError       MessageType = 0
	MsgNop         MessageType = 1
	MsgRead        MessageType = 2
	MsgWrite       MessageType = 3
	MsgDir         MessageType = 4 // one reply for each element
	MsgSize        MessageType = 5 // retired
	MsgPresence    MessageType = 6
	MsgDirAll      MessageType = 7 // the whole listing in one reply
	MsgGet         MessageType = 8 // MsgRead or MsgDirAll, as the path demands
	MsgDirAllSlash MessageType = 9 // MsgDirAll with "/" after each directory
	MsgGetSlash    MessageType = 10
)

var messageNames = [...]string{
	"error", "nop", "read", "write", "dir", "size", "presence", "dirall", "get", "dirallslash", "getslash",
}

// String returns the name of the type in lower case.
func (t MessageType) String() string {
	if t.known() {
		return messageNames[t]
	}
	return fmt.Sprintf("message type %d", int32(t))
}

func (t MessageType) known() bool { return t >= 0 && int(t) < len(messageNames) }

// hasPath tells whether a request of this type must carry a path; without one
// it is answered with ErrBadMessage (protocol section 1.4).
func (t MessageType) hasPath() bool {
	return t >= MsgRead && t <= MsgGetSlash && t != MsgSize
}

// pathLimited tells whether the server refuses a payload of maxPath bytes or
// more for this type; MsgWrite and MsgPresence are exempt (protocol section 6).
func (t MessageType) pathLimited() bool {
	return t.hasPath() && t != MsgWrite && t != MsgPresence
}
