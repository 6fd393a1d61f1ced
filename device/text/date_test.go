// SPDX-License-Identifier: Apache-2.0

package text_test

import (
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"owfs/device"
	"owfs/device/text"
)

func TestParseDate(t *testing.T) {
	moment := device.Moment(time.Unix(1174622400, 0))
	parseTable(t, property(device.Date, 1), one, text.Form{Location: time.UTC}, []parseCase{
		{data: "Fri Mar 23 04:00:00 2007\n", want: moment},
		{data: "  FRIDAY march 23  4:0:0 2007", want: moment},
		{data: "04:00:00 Fri Mar 23 2007", want: moment},
		{data: "Mar 23 2007 04:00:00", want: moment},
		{data: "Fri Mar 23 2007 04:00:00", want: moment},
		{data: "03/23/07 04:00:00\x00", want: moment},
		{data: "FriMar23 04:00:00 2007", want: moment},
		{data: "Mon Mar 23 04:00:00 2007", want: moment}, // nobody looks at the day of the week
		{data: "Mar 23 2007 03:59:60", want: moment},
		{data: "1/1/70 00:00:00", want: device.Moment(time.Unix(0, 0))},
		{data: "Feb 7 2106 06:28:15", want: device.Moment(time.Unix(1<<32-1, 0))},
		{data: "Feb 29 2008 00:00:00", want: device.Moment(time.Date(2008, 2, 29, 0, 0, 0, 0, time.UTC))},
		{data: "Feb 7 2106 06:28:16", err: syscall.ERANGE},
		{data: "12/31/69 23:59:59", err: syscall.ERANGE},
		{data: "Fri Mar 23 04:00:00 07", err: syscall.ERANGE},
		{data: "Feb 29 2007 00:00:00", err: syscall.EINVAL},
		{data: "Mar 23 2007 24:00:00", err: syscall.EINVAL},
		{data: "Mar 0 2007 04:00:00", err: syscall.EINVAL},
		{data: "Mar 23 20071 04:00:00", err: syscall.EINVAL},
		{data: "Mar 23 2007 04:00", err: syscall.EINVAL},
		{data: "Fri Mar 23 04:00:00 2007 CET", err: syscall.EINVAL},
		{data: "Fri Mar 23 04:00:00 CET 2007", err: syscall.EINVAL},
		{data: "1174622400", err: syscall.EINVAL},
		{data: "  ", err: syscall.EINVAL},
	})
}

func TestParseNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(1500 * time.Millisecond)
		now := device.Moment(time.Now().Truncate(time.Second))
		parseTable(t, property(device.Date, 1), one, text.Form{}, []parseCase{
			{data: "", want: now}, {data: "\n", want: now}, {data: "x", want: now}, {data: "\nx", want: now},
		})
	})
}

// A date means the clocks of its own day, in summer as in winter.
func TestDaylightSaving(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	f := text.Form{Location: berlin}
	p := property(device.Date, 1)
	winter := time.Date(2007, 3, 23, 3, 0, 0, 0, time.UTC)
	summer := time.Date(2007, 7, 1, 2, 0, 0, 0, time.UTC)
	for written, moment := range map[string]time.Time{
		"Fri Mar 23 04:00:00 2007": winter,
		"Sun Jul  1 04:00:00 2007": summer,
	} {
		parseTable(t, p, one, f, []parseCase{{data: written, want: device.Moment(moment)}})
		check(t, written, device.File{Prop: p}, device.Moment(moment), f, written)
	}
}
