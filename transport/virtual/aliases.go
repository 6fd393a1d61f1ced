// SPDX-License-Identifier: Apache-2.0

package virtual

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"syscall"
	"unicode"
	"unicode/utf8"

	"owfs/hw"
	"owfs/transport"
)

// maxAlias is the longest alias in bytes; what goes beyond is cut, as in the
// original.
const maxAlias = 256

// maxAliases bounds how many there can be.
const maxAliases = 65536

// Aliases are the users' names for devices. They live in this process. The
// zero value holds none.
type Aliases struct {
	mu     sync.RWMutex
	byROM  map[hw.ROM]string
	byName map[string]hw.ROM
}

// CheckAlias tells why a name can't be an alias: because a path with it would
// mean something else, or could not be written at all.
func CheckAlias(name string) error {
	switch {
	case transport.Reserved(name), strings.HasPrefix(strings.ToLower(name), "bus."):
		return transport.Cause(syscall.EINVAL, "%q is a reserved name", name)
	case strings.Contains(name, "/"):
		return transport.Cause(syscall.EINVAL, "%q holds a slash", name)
	case !utf8.ValidString(name), strings.ContainsFunc(name, unicode.IsControl):
		return transport.Cause(syscall.EINVAL, "%q holds characters that no name can have", name)
	}
	if _, err := hw.ParseROM(name); err == nil {
		return transport.Cause(syscall.EINVAL, "%q is a device's own name", name)
	}
	return nil
}

// Set names a device. Blanks around the name are dropped; an empty name
// removes the alias. A name that another device has moves to this one.
func (a *Aliases) Set(rom hw.ROM, name string) error {
	name = strings.Trim(name[:min(maxAlias, len(name))], " \t\r\n")
	if name != "" {
		if err := CheckAlias(name); err != nil {
			return err
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.byROM == nil {
		a.byROM, a.byName = map[hw.ROM]string{}, map[string]hw.ROM{}
	}
	if len(a.byROM) >= maxAliases && a.byROM[rom] == "" {
		return transport.Cause(syscall.ENOSPC, "there are %d aliases already", maxAliases)
	}
	delete(a.byName, a.byROM[rom])
	delete(a.byROM, rom)
	if name == "" {
		return nil
	}
	if other, ok := a.byName[name]; ok {
		delete(a.byROM, other)
	}
	a.byROM[rom], a.byName[name] = name, rom
	return nil
}

// Name returns the alias of a device, "" if it has none.
func (a *Aliases) Name(rom hw.ROM) string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.byROM[rom]
}

// ROM returns the device that has this alias.
func (a *Aliases) ROM(name string) (hw.ROM, bool) {
	a.mu.RLock()
	defer a.mu.RUnlock()
	rom, ok := a.byName[name]
	return rom, ok
}

// List returns the text of /settings/alias/list: one line for each device,
// sorted, 16 hex digits with CRC, "=", the alias, CR LF.
func (a *Aliases) List() string {
	a.mu.RLock()
	defer a.mu.RUnlock()
	lines := make([]string, 0, len(a.byROM))
	for rom, name := range a.byROM {
		lines = append(lines, fmt.Sprintf("%X=%s\r\n", rom[:], name))
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}
