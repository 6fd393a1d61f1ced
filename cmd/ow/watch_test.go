// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"owfs/owproto"
)

// Changes are told once each, with their times; what stays as it is, is not.
func TestWatch(t *testing.T) {
	const device, value = "/10.67C6697351FF", "/10.67C6697351FF/type"
	for _, test := range []struct {
		json       bool
		want, errs string
	}{
		{false, "00 " + value + " DS18S20\n00 " + device + " present\n00 /1F.000000000001 present\n" +
			"02 " + value + " \"two\\nlines\"\n04 " + device + " removed\n06 " + value + " \"two\\nlines\"\n06 /28.000000000001 added\n08 " + value + " 6100FF\n",
			"ow watch: error: " + value + ": owserver error -1: no such path\n"},
		{true, `{"time":"00","path":"/10.67C6697351FF/type","value":"DS18S20"}
{"time":"00","path":"/10.67C6697351FF","event":"present"}
{"time":"00","path":"/1F.000000000001","event":"present"}
{"time":"02","path":"/10.67C6697351FF/type","value":"two\nlines"}
{"time":"04","path":"/10.67C6697351FF/type","error":"owserver error -1: no such path","code":-1}
{"time":"04","path":"/10.67C6697351FF","event":"removed"}
{"time":"06","path":"/10.67C6697351FF/type","value":"two\nlines"}
{"time":"06","path":"/28.000000000001","event":"added"}
{"time":"08","path":"/10.67C6697351FF/type","hex":"6100FF"}
`, "ow watch: error: " + value + ": owserver error -1: no such path\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			h := newHouse()
			var out, errs bytes.Buffer
			j := &job{name: "ow watch", set: defaults(), out: bufio.NewWriter(&out), errs: &errs, server: h}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error)
			j.set.json = test.json
			go func() { done <- j.watch(ctx, []string{value, "/"}) }()

			at := func(seconds int, change func()) {
				time.Sleep(time.Until(start.Add(time.Duration(seconds)*time.Second - time.Second/2)))
				h.mu.Lock()
				defer h.mu.Unlock()
				change()
			}
			at(2, func() { h.values[value] = "two\nlines" })
			at(4, func() { delete(h.values, value); h.dirs["/"] = "/1F.000000000001/" })
			at(6, func() { h.values[value] = "two\nlines"; h.dirs["/"] += " /28.000000000001/" })
			at(8, func() { h.values[value] = h.values["/raw"] })
			at(20, cancel)
			if err := <-done; err != nil {
				t.Error(err)
			}
			got := regexp.MustCompile(`[0-9-]{10}T\d\d:\d\d:(\d\d)\.000(Z|[+-]\d\d:\d\d)`).ReplaceAllString(out.String(), "$1")
			if got != test.want {
				t.Errorf("got\n%s\nwant\n%s", got, test.want)
			}
			if first, _, _ := bytes.Cut(errs.Bytes(), []byte("ow watch: hint")); string(first) != test.errs || bytes.Count(errs.Bytes(), []byte("error:")) != 1 {
				t.Errorf("errors %q", errs.String())
			}
		})
	}
}

// start is when the clock of a bubble starts.
var start = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// A server that goes away and is not there for a while is told of once.
func TestWatchAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse()
		var out, errs bytes.Buffer
		j := &job{name: "ow watch", set: defaults(), out: bufio.NewWriter(&out), errs: &errs, server: h}
		w := &watched{job: j, path: "/"}
		for i := range 5 {
			h.err = &owproto.OpError{Err: &owproto.DialError{Addr: "x:1", Repeated: i%2 == 1, Err: context.DeadlineExceeded}}
			w.look(t.Context())
		}
		h.err = nil
		w.look(t.Context())
		if n := bytes.Count(errs.Bytes(), []byte("error:")); n != 1 || bytes.Count(out.Bytes(), []byte("present")) != 2 {
			t.Errorf("%q %q", errs.String(), out.String())
		}
	})
}
