// SPDX-License-Identifier: Apache-2.0

package owproto

// DirFlags is the offset word that ends a listing: what the devices seen on the
// bus can do (protocol section 4.2). It is zero inside devices and virtual
// directories.
type DirFlags uint32

// The directory flags.
const (
	DirResume      DirFlags = 0x0001
	DirAlarm       DirFlags = 0x0002
	DirOverdrive   DirFlags = 0x0004
	DirChain       DirFlags = 0x2000
	DirVoltage     DirFlags = 0x4000 // simultaneous voltage conversion
	DirTemperature DirFlags = 0x8000 // simultaneous temperature conversion
)
