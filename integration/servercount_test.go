// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"context"
	"testing"

	"owfs/owproto"
)

// What clients do wrong can be read below /statistics.
func TestServerCounts(t *testing.T) {
	addr := startOurs(t, "--tester=10")
	client := &owproto.Client{Addr: addr}
	defer client.Close()
	count := func() string {
		t.Helper()
		b, err := client.Read(context.Background(), "/statistics/errors/NET_read_errors", owproto.FlagTrim, 64, 0)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := count(); got != "0" {
		t.Errorf("before: %s", got)
	}
	for range 3 {
		askWire(t, addr, []byte("GET / HTTP/1.1 and so on, long enough for a header"))
	}
	if got := count(); got != "3" {
		t.Errorf("after three malformed requests: %s", got)
	}
}
