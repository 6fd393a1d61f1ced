// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// The bytes are those of the kernel's description of the format: 13 fields of
// eight hexadecimal digits, name and data each filled up to four bytes.
func TestArchive(t *testing.T) {
	var b bytes.Buffer
	a := &archive{w: &b}
	a.folder("d")
	a.file("d/ab", []byte("hello"))
	a.device("c", 5, 1)
	if err := a.end(); err != nil {
		t.Fatal(err)
	}
	zero := "00000000"
	want := "070701" + "00000001" + "000041ED" + zero + zero + "00000001" + zero + zero +
		zero + zero + zero + zero + "00000002" + zero + "d\x00" +
		"070701" + "00000002" + "000081ED" + zero + zero + "00000001" + zero + "00000005" +
		zero + zero + zero + zero + "00000005" + zero + "d/ab\x00" + "\x00" + "hello\x00\x00\x00" +
		"070701" + "00000003" + "00002180" + zero + zero + "00000001" + zero + zero +
		zero + zero + "00000005" + "00000001" + "00000002" + zero + "c\x00" +
		"070701" + zero + zero + zero + zero + "00000001" + zero + zero +
		zero + zero + zero + zero + "0000000B" + zero + "TRAILER!!!\x00" + "\x00\x00\x00"
	if got := b.String(); got != want {
		t.Errorf("got\n%q, want\n%q", got, want)
	}
}

func TestInOrder(t *testing.T) {
	needs := map[string][]string{
		"a": {"b", "c"}, "b": {"d"}, "c": {"d", "b"}, "d": nil, "e": {"a"},
	}
	got := inOrder([]string{"c", "e"}, needs)
	if want := []string{"d", "b", "c", "a", "e"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestModuleName(t *testing.T) {
	if got := moduleName("./lib/modules/6/usbip/vhci-hcd.ko"); got != "vhci_hcd" {
		t.Error(got)
	}
}

// A module that is missing is named, with the way to get it.
func TestOrderMissing(t *testing.T) {
	_, err := order(t.TempDir(), []string{"vhci_hcd"})
	if err == nil || !strings.Contains(err.Error(), "vhci_hcd") || !strings.Contains(err.Error(), "make vm-kernel") {
		t.Error(err)
	}
}

func TestPayload(t *testing.T) {
	image := make([]byte, 4096)
	copy(image[0x202:], "HdrS")
	image[0x1F1] = 2 // setup sectors: the rest begins at 3·512
	binary.LittleEndian.PutUint32(image[0x248:], 100)
	binary.LittleEndian.PutUint32(image[0x24C:], 5)
	copy(image[3*512+100:], "hello")
	if p, err := payload(image); err != nil || string(p) != "hello" {
		t.Errorf("%q, %v", p, err)
	}
	binary.LittleEndian.PutUint32(image[0x24C:], 5000)
	if _, err := payload(image); err == nil {
		t.Error("a payload behind the end was taken")
	}
	if _, err := payload([]byte("MZ")); err == nil {
		t.Error("two bytes are a kernel")
	}
}
