// SPDX-License-Identifier: Apache-2.0

package w1_test

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"owfs/hw"
	"owfs/hw/sim/w1kernel"
	"owfs/hw/w1"
)

var update = flag.Bool("update", false, "write the traces anew")

// A recorder is a socket that writes down what goes through it. What the bytes
// mean is found here once more.
type recorder struct {
	w1.Socket
	text *strings.Builder
}

func (r recorder) Send(p []byte) error {
	r.line(">", p)
	return r.Socket.Send(p)
}

func (r recorder) Receive(ctx context.Context, p []byte) (int, error) {
	n, err := r.Socket.Receive(ctx, p)
	if err == nil {
		r.line("<", p[:n])
	}
	return n, err
}

// line writes the headers of netlink and the connector as numbers, and what is
// inside as bytes.
func (r recorder) line(sign string, p []byte) {
	order := binary.NativeEndian
	cn := p[16:]
	fmt.Fprintf(r.text, "%s %d.%d seq %d ack %d", sign, order.Uint32(cn), order.Uint32(cn[4:]), order.Uint32(cn[8:]), order.Uint32(cn[12:]))
	body := cn[20:]
	if len(body) == 0 {
		fmt.Fprint(r.text, ", empty\n")
		return
	}
	kinds := [...]string{"slave added", "slave removed", "master added", "master removed", "master", "slave", "masters"}
	fmt.Fprintf(r.text, ", %s", kinds[body[0]])
	if body[0] == 4 {
		fmt.Fprintf(r.text, " %d", order.Uint32(body[4:]))
	}
	if body[1] != 0 {
		fmt.Fprintf(r.text, ", status %d", body[1])
	}
	body = body[12:]
	if kinds := [...]string{"read", "write", "search", "alarm search", "touch", "reset", 8: "list"}; p[16+20] == 4 {
		for len(body) > 0 {
			n := order.Uint16(body[2:])
			fmt.Fprintf(r.text, ", %s [% X]", kinds[body[0]], body[4:4+n])
			body = body[4+n:]
		}
	} else if len(body) > 0 {
		fmt.Fprintf(r.text, " [% X]", body)
	}
	fmt.Fprintln(r.text)
}

// What is asked of the kernel, and how it answers.
func TestTrace(t *testing.T) {
	file, err := filepath.Abs("testdata/netlink.trace")
	if err != nil {
		t.Fatal(err)
	}
	virtual(t, w1kernel.Driver{}, func(r *rig) {
		one := r.thermometer("28.000000000001", 21.5)
		r.thermometer("28.000000000002", 22)
		r.check(r.bus.Close())
		var text strings.Builder
		text.WriteString("# > to the kernel, < from it\n")
		step := func(name string) { fmt.Fprintf(&text, "\n%s\n", name) }
		r.opts.Dial = func(events bool) (w1.Socket, error) { return recorder{r.kernel.Dial(events), &text}, nil }
		step("open")
		r.open()
		step("search")
		r.finds(hw.SearchROM, []string{"28.000000000001", "28.000000000002"})
		step("alarm search")
		r.finds(hw.AlarmSearch, nil)
		step("is 28.000000000001 there?")
		_, err := hw.Verify(r.Context(), r.bus, hw.SearchROM, one.ROM)
		r.check(err)
		step("convert")
		r.command(append([]byte{hw.MatchROM}, one.ROM[:]...)...)
		_, err = r.bus.Power(r.Context(), 0x44, 750*time.Millisecond)
		r.check(err)
		step("read the scratchpad")
		r.reset()
		r.touch(append(append([]byte{hw.MatchROM}, one.ROM[:]...), append([]byte{0xBE}, ff(9)...)...)...)
		step("three single slots")
		r.reset()
		r.check(r.bus.Bits(r.Context(), []byte{1, 1, 1}))
		step("the master leaves")
		r.check(r.kernel.Detach(r.id))
		if _, err := r.bus.Reset(r.Context()); err == nil {
			r.Error("a master that has left still resets")
		}
		if *update {
			r.check(os.WriteFile(file, []byte(text.String()), 0o666))
		}
		want, err := os.ReadFile(file)
		r.check(err)
		if text.String() != string(want) {
			r.Errorf("other messages than in %s (go test -update writes it anew); now:\n%s", file, &text)
		}
	})
}
