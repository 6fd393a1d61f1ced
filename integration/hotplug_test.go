// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// A device leaves an emulated line and comes back. Who reads it when it has
// left is told, and from then on nobody sees it, although the kernel was told
// to keep names and attributes for a minute; when it is back, it is listed
// within the directory timeout.
func TestDeviceLeavesTheMount(t *testing.T) {
	t.Parallel()
	const guest, resident = "29.000000000001", "28.000000000002"
	scene := filepath.Join(t.TempDir(), "bus.toml")
	err := os.WriteFile(scene, []byte(`epoch = "start"
[[device]]
id = "`+guest+`"
away = { first = "4s", for = "6s" }
[[device]]
id = "`+resident+`"
temperature = 20
`), 0o666)
	if err != nil {
		t.Fatal(err)
	}
	m := mountOwfs(t, "--sim="+scene, "--timeout_directory=60")
	if names := m.names(t, "/"); !slices.Contains(names, guest) || !slices.Contains(names, resident) {
		t.Fatalf("the root lists %v", names)
	}
	if got := m.read(t, guest+"/type"); got != "DS2408" {
		t.Fatalf("type reads %q", got)
	}
	eventually(t, 20*time.Second, "reading a device that has left is ENOENT", func() bool {
		_, err := os.ReadFile(m.path("uncached", guest, "sensed.BYTE"))
		return errors.Is(err, syscall.ENOENT)
	})
	if names := m.names(t, "/"); slices.Contains(names, guest) || !slices.Contains(names, resident) {
		t.Errorf("when it has left the root lists %v", names)
	}
	eventually(t, 2*time.Second+busy, "the kernel has forgotten it", func() bool {
		_, err := os.Stat(m.path(guest, "type"))
		return errors.Is(err, syscall.ENOENT)
	})
	if got := m.read(t, resident+"/temperature"); got != "20" {
		t.Errorf("the other device reads %q", got)
	}
	// That it is back is seen by whoever asks for it, and by listings that go
	// to the line.
	eventually(t, 20*time.Second, "it is back", func() bool {
		b, err := os.ReadFile(m.path(guest, "type"))
		return err == nil && string(b) == "DS2408"
	})
	if names := m.names(t, "uncached"); !slices.Contains(names, guest) {
		t.Errorf("when it is back uncached lists %v", names)
	}
	if names := m.names(t, "/"); !slices.Contains(names, guest) {
		t.Errorf("when it is back the root lists %v", names)
	}
}
