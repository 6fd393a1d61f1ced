// SPDX-License-Identifier: Apache-2.0

package line

import (
	"strconv"
	"time"

	"owfs/device"
	"owfs/transport/virtual"
)

// Interface is bus.N/interface of the line: i says which adapter it is, and
// gets the counters of the line and the settings that a line has.
func (b *Backend) Interface(i virtual.Interface) virtual.Interface {
	s := b.Line.Stats()
	own := map[string]virtual.Value{
		"settings/overdrive": {
			Read:  func(device.Element) string { return yesNo(b.Line.Overdrive()) },
			Write: b.setOverdrive,
		},
		"settings/ds2404_found": {Read: func(device.Element) string { return yesNo(b.found.family(0x04)) }},
		"statistics/bus_time": {Read: func(device.Element) string {
			return strconv.FormatFloat(time.Duration(s.Busy.Load()).Seconds(), 'G', 6, 64)
		}},
	}
	for name, v := range i.Values {
		own[name] = v
	}
	i.Values, i.Counts = own, b.counts
	return i
}

func yesNo(yes bool) string {
	if yes {
		return "1"
	}
	return "0"
}

// setOverdrive takes what was written to settings/overdrive. That a device has
// failed at overdrive does not count any more.
func (b *Backend) setOverdrive(text string) error {
	on, err := virtual.ParseYesNo(text)
	if err != nil {
		return err
	}
	if on {
		b.facts.forgetAll(longWay)
	}
	b.Line.SetOverdrive(on)
	return nil
}

// counts are the line's counters under the names of interface/statistics.
func (b *Backend) counts() map[string]uint64 {
	s := b.Line.Stats()
	opened, failed := s.Opened.Load(), s.OpenErrors.Load()
	counts := map[string]uint64{
		"locks":              s.Transactions.Load(),
		"unlocks":            s.Finished.Load(),
		"resets":             s.Resets.Load(),
		"reset_errors":       s.NoPresence.Load(),
		"shorts":             s.Shorts.Load(),
		"write_errors":       s.EchoErrors.Load() + s.VerifyErrors.Load(),
		"read_errors":        s.CRCFails.Load(),
		"select_errors":      s.SelectErrors.Load(),
		"status_errors":      s.AdapterErrors.Load(),
		"timeouts":           s.Timeouts.Load(),
		"pullup_errors":      s.PullupErrors.Load(),
		"program_errors":     s.ProgramErrors.Load(),
		"open_errors":        failed,
		"close_errors":       s.CloseErrors.Load(),
		"detect_errors":      failed - s.ReopenErrors.Load(), // it was not there at the start
		"reconnect_errors":   s.ReopenErrors.Load(),
		"overdrive/attempts": s.Overdrives.Load(),
		"overdrive/failures": s.OverdriveErrors.Load(),
	}
	if opened > 0 {
		counts["reconnects"] = opened - 1
	}
	for i := range b.searchErrors {
		counts["search_errors/error_pass_"+strconv.Itoa(i+1)] = b.searchErrors[i].Load()
	}
	counts["errors"] = s.Shorts.Load() + s.EchoErrors.Load() + s.VerifyErrors.Load() + s.CRCFails.Load() +
		s.SearchErrors.Load() + s.AdapterErrors.Load() + failed
	return counts
}

// Errors are the line's counters under the names of /statistics/errors.
func (b *Backend) Errors() map[string]uint64 {
	s := b.Line.Stats()
	return map[string]uint64{
		"errors/BUS_echo_errors":        s.EchoErrors.Load(),
		"errors/BUS_readin_data_errors": s.VerifyErrors.Load(),
		"errors/BUS_detect_errors":      s.OpenErrors.Load(),
		"errors/BUS_level_errors":       s.PullupErrors.Load() + s.ProgramErrors.Load(),
		"errors/BUS_next_errors":        s.SearchErrors.Load(),
		"errors/BUS_status_errors":      s.AdapterErrors.Load(),
		"errors/CRC8_tries":             s.CRC8Tries.Load(),
		"errors/CRC8_errors":            s.CRC8Fails.Load(),
		"errors/CRC16_tries":            s.CRC16Tries.Load(),
		"errors/CRC16_errors":           s.CRC16Fails.Load(),
	}
}
