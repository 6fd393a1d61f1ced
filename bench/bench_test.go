// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"testing"

	"owfs/owproto"
)

// echoServer answers every request with an empty reply.
func echoServer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for {
					req, err := owproto.ReadRequest(c)
					if err != nil {
						return
					}
					c.Write(owproto.Header{Flags: req.Flags}.AppendTo(nil))
				}
			}()
		}
	}()
	return l.Addr().String()
}

func TestProxyCountsMessages(t *testing.T) {
	var counted counter
	l, err := listenProxy(echoServer(t), &counted)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := &owproto.Client{Addr: l.Addr().String()}
	defer c.Close()
	ctx := context.Background()
	for range 3 {
		if err := c.Nop(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Write(ctx, "/a", []byte("1"), 0, 0); err != nil {
		t.Fatal(err)
	}
	if got, want := counted.take().String(), fmt.Sprintf("3 %v, %v", owproto.MsgNop, owproto.MsgWrite); got != want {
		t.Errorf("counted %q, want %q", got, want)
	}
	if n := counted.take().sum(); n != 0 {
		t.Errorf("%d messages after all were taken", n)
	}
}

func TestOpcodes(t *testing.T) {
	o := &opcodes{}
	for _, part := range []string{
		`level=DEBUG msg=fuse request="rx 18: LOOKUP n1  \"rx 3: OPEN\"  p7"` + "\n",
		`level=DEBUG msg=fuse request="tx 18:     OK"` + "\n" + `request="rx 20: REA`,
		`DDIRPLUS n1 {Fh 1}"` + "\n",
		"unique: 2, opcode: LOOKUP (1), nodeid: 0, insize: 104, pid: 0\n   unique: 2, success, outsize: 40\n",
	} {
		io.WriteString(o, part)
	}
	if got := o.take().String(); got != "2 LOOKUP, READDIRPLUS" {
		t.Errorf("counted %q", got)
	}
}

func TestSeries(t *testing.T) {
	for _, c := range []struct {
		s    series
		want float64
	}{{nil, 0}, {series{3}, 3}, {series{9, 1, 2}, 2}, {series{4, 1, 2, 9}, 3}} {
		if got := c.s.median(); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.s, got, c.want)
		}
	}
	if got := ratio(series{2, 9, 6}.over(series{1, 3, 1, 1})); got != "3 (2-6)" {
		t.Errorf("ratio %q", got)
	}
}
