// SPDX-License-Identifier: Apache-2.0

package virtual

import "fmt"

// returnCode is the meaning of an internal return code of the C suite, which
// clients index with a negative return value of the wire (protocol section 7).
// No text holds a comma: clients split the whole list at commas.
func returnCode(n int) string {
	switch n {
	case 0:
		return "Success"
	case 1:
		return "No such path or a bad command line"
	case 2:
		return "No such file or device"
	case 3:
		return "A device could not be opened at start"
	case 4:
		return "Interrupted"
	case 5:
		return "Input or output error"
	case 6:
		return "The network could not be opened at start"
	case 7, 8, 10:
		return "Service announcement failed"
	case 9:
		return "Bad file descriptor"
	case 11:
		return "Try again"
	case 12, 15, 79:
		return "Out of memory"
	case 13:
		return "Permission denied"
	case 14:
		return "Value missing"
	case 16:
		return "Busy"
	case 17, 18:
		return "Program not ready yet"
	case 19:
		return "No such device"
	case 20, 69:
		return "Not a directory"
	case 21:
		return "Is a directory"
	case 22:
		return "Invalid value"
	case 23, 24, 25:
		return "Program is closing"
	case 26:
		return "Path too long"
	case 27:
		return "Path does not parse"
	case 28:
		return "Wrong CRC in a device name"
	case 29:
		return "Unknown device or alias"
	case 30, 66:
		return "Read-only"
	case 31:
		return "Alias too long"
	case 32:
		return "Unknown property"
	case 33:
		return "Property has no elements"
	case 34:
		return "Out of range"
	case 35:
		return "Property wants an element"
	case 36:
		return "Name too long"
	case 37:
		return "Property is no bit field"
	case 38:
		return "No such element"
	case 39:
		return "Property has nothing below it"
	case 40:
		return "Loop of servers"
	case 41:
		return "Device not found"
	case 42:
		return "Unknown message"
	case 43:
		return "Device failed"
	case 44:
		return "Bus is shorted"
	case 45:
		return "No such bus"
	case 46:
		return "Wrong kind of bus"
	case 47:
		return "Bus does not respond"
	case 48:
		return "Bus is being reset"
	case 49:
		return "Bus is closed"
	case 50:
		return "Bus could not be opened"
	case 51:
		return "Communication error on the bus"
	case 52:
		return "Timeout on the bus"
	case 53:
		return "Telnet error"
	case 54:
		return "TCP error"
	case 55:
		return "Bus is local"
	case 56:
		return "Bus is remote"
	case 57:
		return "Value too large to read"
	case 58:
		return "Communication error while reading"
	case 59, 64:
		return "Not a property"
	case 60:
		return "Property can not be read"
	case 61:
		return "Value too large to write"
	case 62:
		return "Value too small to write"
	case 63:
		return "Value in a wrong format"
	case 65:
		return "Property can not be written"
	case 67:
		return "Communication error while writing"
	case 68:
		return "Listed path too long"
	case 70:
		return "Not a device"
	case 71:
		return "Unknown kind of query"
	case 72:
		return "Socket trouble with an owserver"
	case 73:
		return "Timeout with an owserver"
	case 74:
		return "Bad message"
	case 75:
		return "Owserver of another version"
	case 76:
		return "Message of a wrong size"
	case 77:
		return "Surplus text in a path"
	case 78:
		return "Internal error"
	case 90:
		return "Message too long"
	case 95:
		return "Not supported"
	case 98:
		return "Bus is locked by somebody else"
	case 99:
		return "Address not available"
	case 103:
		return "Connection aborted"
	case 105:
		return "No buffer space"
	case 210:
		return "Unknown error"
	}
	return fmt.Sprintf("Unassigned error %d", n)
}
