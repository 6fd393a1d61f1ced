// SPDX-License-Identifier: Apache-2.0

package daemon

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestChanged(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "conf")
	put := func(text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Error(err)
		}
	}
	put("1")
	was := Stamps([]string{name})
	put("22") // before anybody looks
	now := changed(context.Background(), []string{name}, was)
	if now == was || now == "" {
		t.Errorf("%q after %q", now, was)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	gone := changed(context.Background(), []string{name}, now)
	if gone == now || gone == "" {
		t.Errorf("%q after %q", gone, now)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if got := changed(ctx, []string{name}, gone); got != "" {
		t.Errorf("%q", got)
	}
}
