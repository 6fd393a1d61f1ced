// SPDX-License-Identifier: Apache-2.0

package config

import "time"

// Config is everything the user asked for on the command line and in the config files. Its zero value is what a program
// started without any option has; each field says what unset means.
type Config struct {
	Program  Program            // which program's options apply; the zero value counts as Owfs
	Buses    []Bus              // where 1-Wire buses come from: options in the order given, then plain arguments
	Mount    Mount              // the place and manner of the mount (owfs)
	Access   Access             // what clients may do
	Display  Display            // how values and names are shown
	Aliases  []Alias            // names for devices, from AliasFiles, in file order; a later row for the same name or device wins
	Cache    Cache              // how values are kept
	Timeouts Timeouts           // lifetimes in the cache and patience with peers and adapters
	Process  Process            // background, pid file
	Log      Log                // what is told, and where
	Serve    Serve              // what only network servers use (owserver, owhttpd, owftpd)
	TLS      TLS                // what programs show each other (tls: addresses)
	Line     Line               // settings of bus masters
	Wait     Opt[time.Duration] // --wait: at start wait this long for the peer and fail without it; unset: start at once and connect later

	AliasFiles []string  // alias files named, in order
	Files      []string  // config files read, in order of first reading, as they were named; a watcher looks at these
	Warnings   []Warning // lines of config and alias files that were skipped or do nothing

	Help    string // a topic of Topics when help is asked for, and then nothing else in Config counts; "" = no
	Version bool   // the version is asked for, and then nothing else in Config counts
}

// Access says what clients may do.
type Access struct {
	ReadOnly bool // nothing may be written (--readonly, -o ro); default: writing is allowed
	SafeMode bool // --safemode: read-only, and no uncached reads
}

// Display says how values and names are shown. The zero value is the default of all programs.
type Display struct {
	Temperature TemperatureScale // default Celsius
	Pressure    PressureScale    // default Mbar
	Format      DeviceFormat     // default f.i
	Padded      bool             // numbers are padded to 12 columns (--no_trim); default: as short as possible
	Unaliased   bool             // listings show ids even where there is an alias; default: aliases
}

// Cache says how values are kept.
type Cache struct {
	Uncached bool  // every request goes to the bus; default: values are cached
	Size     int64 // most bytes to keep; 0 = no limit
}

// Timeouts are the times the user gave. An unset one takes the default named beside it, see [DefaultTimeouts].
// For Volatile, Stable and Directory being set matters in itself: over a peer nothing is kept unless the user asks for it.
type Timeouts struct {
	Volatile  Opt[time.Duration] // 15 s, life of values that change by themselves
	Stable    Opt[time.Duration] // 300 s, life of values that change when written
	Directory Opt[time.Duration] // 60 s, life of listings of a bus
	Presence  Opt[time.Duration] // 120 s, life of the knowledge where a device is

	Serial  Opt[time.Duration] // 5 s, serial adapter
	USB     Opt[time.Duration] // 5 s, USB adapter
	Network Opt[time.Duration] // 1 s, one step of a network conversation
	Server  Opt[time.Duration] // 10 s, first answer of an owserver
	FTP     Opt[time.Duration] // 900 s, idle FTP session
	HA7     Opt[time.Duration] // 60 s, HA7Net adapter
	W1      Opt[time.Duration] // 30 s, kernel w1

	PersistentLow  Opt[time.Duration] // 600 s, idle client connection when there are many
	PersistentHigh Opt[time.Duration] // 3600 s, idle client connection when there are few

	Request Opt[time.Duration] // 120 s, one whole request, whatever it needs; 0 = no limit
}

// DefaultTimeouts returns the default of every timeout, all of them marked as set.
func DefaultTimeouts() Timeouts {
	s := func(n int) Opt[time.Duration] { return Some(time.Duration(n) * time.Second) }
	return Timeouts{
		Volatile: s(15), Stable: s(300), Directory: s(60), Presence: s(120),
		Serial: s(5), USB: s(5), Network: s(1), Server: s(10), FTP: s(900), HA7: s(60), W1: s(30),
		PersistentLow: s(600), PersistentHigh: s(3600), Request: s(120),
	}
}

// Process says how the program lives among others.
type Process struct {
	Foreground Opt[bool] // true --foreground, false --background; unset: the program's choice (owfs: background)
	PIDFile    string    // "" = none
}

// Log says what is told, and where.
type Log struct {
	ErrorLevel int        // 0 to 9; see LogLevel
	ErrorPrint ErrorPrint // default PrintMixed
	Debug      bool       // --debug was given: it also set ErrorLevel 9 and Foreground
	Detail     []string   // at level 9, only devices whose id starts so; empty = all
	Traffic    bool       // show the bytes on the bus
	Locks      bool       // accepted from old command lines; there is nothing to show
}

// ErrorPrint is where messages go.
type ErrorPrint int

// The places messages can go to.
const (
	PrintMixed  ErrorPrint = iota // standard error in the foreground, syslog in the background
	PrintSyslog                   // syslog only
	PrintStderr                   // standard error only
	PrintNone                     // nowhere
)

// Serve is what only programs that serve a port use.
type Serve struct {
	Ports         []string  // addresses to listen on; empty: the program's default
	ReadOnlyPorts []string  // likewise, but nothing may be written there
	Announce      string    // name for zeroconf; "" = the program's
	Zeroconf      Opt[bool] // announce the service; unset: yes where it can
	NoDirall      bool      // refuse DIRALL
	NoGet         bool      // refuse GET
	NoPersistence bool      // refuse persistent connections
	PingCrazy     bool      // send many keep-alive messages
	MaxClients    int       // most connections at once; 0 = no limit
	ClientsLow    Opt[int]  // 10, persistent connections up to which the high timeout applies
	ClientsHigh   Opt[int]  // 20, persistent connections at most
}

// TLS names the files that tell who a program is, and whom it believes. Each is in PEM form; "" = none.
type TLS struct {
	Cert     string // our own certificate, and those that it hangs on
	Key      string // its key; may be in Cert
	CA       string // authorities of servers; "" = those of the system
	ClientCA string // authorities of clients: those without a certificate of theirs are refused; "" = everybody is served
}

// Line is the settings of bus masters. The zero value leaves each master to its own default.
type Line struct {
	Baud            int          // 0 = the master's own
	EightBit        bool         // passive adapter: 8 bit words instead of 6
	SerialFlextime  Opt[bool]    // DS2480B
	USBFlextime     Opt[bool]    // DS2490
	AltUSB          bool         // DS2490: the other timing
	Reverse         bool         // DS2480B: reversed polarity
	HardwareFlow    Opt[bool]    // serial port
	ActivePullUp    Opt[bool]    // DS2482
	PresenceMasking Opt[bool]    // DS2482
	Checksum        Opt[bool]    // HA5
	OneDevice       bool         // skip ROM for everything
	TemperatureLow  Opt[float64] // simulated readings, in the scale of Display
	TemperatureHigh Opt[float64]
	External        Opt[bool] // devices answered by scripts
}
