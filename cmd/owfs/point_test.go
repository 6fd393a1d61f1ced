// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"owfs/config"
	"owfs/daemon"
)

func TestResolve(t *testing.T) {
	work, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(work)
	for name, target := range map[string]string{
		"absolute": filepath.Join(work, "real"), "relative": "real", "chain": "relative", "parent": ".", "circle": "circle", "broken": "nowhere",
	} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("real", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"real": "real", "absolute": "real", "relative": "real", "chain": "real", "parent/parent/chain": "real",
		"./real/": "real", "real/../real": "real", "missing": "missing", "missing/below": "missing/below",
		"broken": "nowhere", "circle": "circle",
	} {
		if got, err := resolve(name); err != nil || got != filepath.Join(work, want) {
			t.Errorf("%s: %s (%v), want %s", name, got, err, want)
		}
	}
	if got, err := resolve("/"); got != "/" || err != nil {
		t.Errorf("/: %s (%v)", got, err)
	}
}

func TestMountedAt(t *testing.T) {
	if got := mountedAt("/proc").FSType; got != "proc" {
		t.Errorf("/proc is %q", got)
	}
	if got := mountedAt(t.TempDir()); got.FSType != "" || got.ID != 0 {
		t.Errorf("a directory: %v", got)
	}
}

func TestPrepareFails(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{file, file + "/below", file + "-missing"} {
		_, err := prepare(name)
		var fail *daemon.Failure
		if !errors.As(err, &fail) || fail.Code != config.ExitMount || fail.Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
