// SPDX-License-Identifier: Apache-2.0

package ds2482

import (
	"fmt"
	"strconv"
	"strings"
)

// An Arg is what the argument of --i2c names.
type Arg struct {
	Files     string  // a pattern for files, such as /dev/i2c-*
	Addresses []uint8 // to look at
	All       bool    // take all chips at them, not the first
}

const anyBus = "/dev/i2c-*"

// ParseArg reads the argument of --i2c, as the C suite has it: port,
// port:address or port:ALL, with 0 to 7 for the addresses 18h to 1Fh, and ALL
// or nothing for any port. Without an address it is the first chip that answers.
func ParseArg(arg string) (Arg, error) {
	port, address, _ := strings.Cut(arg, ":")
	a := Arg{Files: port, Addresses: Addresses()}
	switch {
	case isAll(port), port == "":
		a.Files = anyBus
	case !strings.HasPrefix(port, "/"):
		return Arg{}, fmt.Errorf("%q is not an I²C bus: write it as /dev/i2c-1, or ALL", port)
	}
	switch {
	case isAll(address):
		a.All = true
	case address != "":
		n, err := strconv.ParseUint(address, 0, 8)
		if n >= FirstAddress {
			n -= FirstAddress
		}
		if err != nil || n > LastAddress-FirstAddress {
			return Arg{}, fmt.Errorf("%q is not the address of a DS2482: write 0 to 7, for 18h to 1Fh, or ALL", address)
		}
		a.Addresses = []uint8{FirstAddress + uint8(n)}
	}
	return a, nil
}

func isAll(text string) bool { return strings.EqualFold(text, "all") || text == "*" }
