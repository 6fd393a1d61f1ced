// SPDX-License-Identifier: Apache-2.0

package config

import (
	"slices"
	"strings"
	"testing"
)

// original lists the long names of the original's table in its order; = wants a value, ? may have one.
const original = `
alias= aliases= aliasfile= configuration= config= conf= device= usb? help? port= mountpoint= server= readonly 
safemode safe_mode safe write Celsius Fahrenheit Kelvin Rankine mbar millibar atm mmhg torr inhg psi psia 
psig Pa pascal version format= pid_file= unaliased aliased uncached cached external no_external background 
foreground fatal_debug nofatal_debug fatal_debug_file= error_print= errorprint= error_level= errorlevel= 
debug cache_size= cachesize= fuse_opt= fuseopt= fuse_open_opt= fuseopenopt= max_clients= maxclients= passive= 
ds1wm= k1wm= i2c? HA7? HA7NET? enet? OW-Server-Enet? FAKE= link= PBM= HA3= HA4B= HA5= ha7e= ha7s= xport= 
telnet= TESTER= mock= etherweather= zero nozero autoserver auto browse w1 masterhub= announce= allow_other 
altUSB usb_flextime usb_regulartime serial_flex serial_flextime serial_regulartime serial_regular no_hard 
flow_none no_hardflow hard hardware hardflow serial_standardtime serial_standard serial_stdtime serial_std 
reverse reverse_polarity straight_polarity baud_rate= baud= timeout_volatile= timeout_stable= 
timeout_directory= timeout_presence= timeout_serial= timeout_usb= timeout_network= timeout_server= 
timeout_ftp= timeout_HA7= timeout_HA7Net= timeout_w1= timeout_persistent_low= timeout_persistent_high= 
clients_persistent_low= clients_persistent_high= temperature_low= low_temperature= templow= temperature_high= 
high_temperature= temphigh= temperature_hi= hi_temperature= temphi= one_device 1_device pingcrazy no_dirall 
no_get no_persistence 8bit 6bit ActivePullUp APU no_ActivePullUp no_APU PresencePulseMasking PPM 
no_PresencePulseMasking no_PPM trim detail= details= traffic notraffic no_traffic locks nolocks no_locks 
`

func TestTableKnowsTheOriginal(t *testing.T) {
	table := Options()
	for word := range strings.FieldsSeq(original) {
		name, want := word, ArgNone
		if cut, ok := strings.CutSuffix(word, "="); ok {
			name, want = cut, ArgRequired
		} else if cut, ok := strings.CutSuffix(word, "?"); ok {
			name, want = cut, ArgOptional
		}
		row := exactRow(table, name)
		if row == nil {
			t.Errorf("--%s is missing", name)
			continue
		}
		if row.Arg != want {
			t.Errorf("--%s: argument kind %d, want %d", name, row.Arg, want)
		}
		if found := fileRow(table, name); found == nil || found.Name() != row.Name() {
			t.Errorf("%s in a config file means another option than --%s", name, name)
		}
	}
}

// The first match of an abbreviation in a config file must be what it is in the original's order.
func TestTableKeepsTheOrder(t *testing.T) {
	names := strings.Fields(strings.NewReplacer("=", "", "?", "").Replace(original))
	table := Options()
	for _, name := range names {
		for n := 2; n <= len(name); n++ {
			short := normal(name[:n])
			first := names[slices.IndexFunc(names, func(s string) bool { return strings.HasPrefix(normal(s), short) })]
			got := fileRow(table, short)
			if want := exactRow(table, first); got.Name() != want.Name() {
				t.Errorf("%q means %s, want %s", short, got.Name(), want.Name())
			}
		}
	}
}

func TestTableIsSound(t *testing.T) {
	table := Options()
	topics := map[string]bool{}
	for _, topic := range Topics() {
		topics[topic.Name] = true
	}
	names, letters := map[string]bool{}, map[string]bool{}
	for _, row := range table {
		for _, name := range row.Names {
			if names[normal(name)] {
				t.Errorf("%s stands twice", name)
			}
			names[normal(name)] = true
		}
		if row.Short != "" && letters[row.Short] {
			t.Errorf("-%s stands twice", row.Short)
		}
		letters[row.Short] = true
		if !topics[row.Topic] || row.Group == "" || row.Help == "" || row.Programs == 0 || row.set == nil {
			t.Errorf("--%s: the row is not complete", row.Name())
		}
		if (row.Arg == ArgNone) != (row.ArgName == "") {
			t.Errorf("--%s: argument name %q", row.Name(), row.ArgName)
		}
		if (row.Status == NotBuilt) != (row.Missing != "") && row.Bus != BusServer {
			t.Errorf("--%s: what is missing?", row.Name())
		}
		if row.Bus != "" && exactRow(table, string(row.Bus)) == nil {
			t.Errorf("--%s: no option has the name of bus kind %s", row.Name(), row.Bus)
		}
	}
	const want = "acdfhmoprstuwCFKPRV"
	for _, letter := range want {
		if !letters[string(letter)] {
			t.Errorf("-%c is missing", letter)
		}
	}
}
