// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"owfs/config"
	"owfs/daemon"
)

func parse(t *testing.T, program string, args ...string) *config.Config {
	t.Helper()
	cfg, err := config.Parse(program, args, config.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestKernelOptions(t *testing.T) {
	for _, test := range []struct {
		options, want string
		maxRead       int
	}{
		{"rw", "default_permissions", 0},
		{"default_permissions,user,noatime,_netdev", "default_permissions", 0},
		{"noexec,nodev,nosuid", "default_permissions noexec nodev nosuid", 0},
		{"exec,dev,suid", "default_permissions exec dev suid", 0},
		{"max_read=65536", "default_permissions", 65536},
		{`context="a b,c"`, `default_permissions context="a b,c"`, 0},
	} {
		words, maxRead := kernelOptions(parse(t, "owfs", "-s", "h", "-o", test.options, "/m"))
		if got := strings.Join(words, " "); got != test.want || maxRead != test.maxRead {
			t.Errorf("%s: %s, %d", test.options, got, maxRead)
		}
	}
}

func TestMountFlags(t *testing.T) {
	const always = syscall.MS_NOSUID | syscall.MS_NODEV
	for option, want := range map[string]uintptr{
		"--write": always, "-r": always | syscall.MS_RDONLY, "-oro": always | syscall.MS_RDONLY, "--safemode": always | syscall.MS_RDONLY,
	} {
		if got := mountFlags(parse(t, "owfs", "-s", "h", option, "/m")); got != want {
			t.Errorf("%s: %#x", option, got)
		}
	}
}

func TestNameSource(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"/sbin/mount.owfs h:1 /m -o rw", "h:1"},
		{"/sbin/mount.owfs none /m -o server=h", "none"},
		{"/sbin/mount.owfs h:1 /m -o fsname=x", "x"},
		{"/sbin/mount.owfs -o rw h:1 /m", ""},
		{"/usr/bin/owfs h:1 /m", ""},
	} {
		args := strings.Fields(test.args)
		cfg := parse(t, args[0], args[1:]...)
		nameSource(args, cfg)
		if cfg.Mount.FSName != test.want {
			t.Errorf("%s: %q", test.args, cfg.Mount.FSName)
		}
	}
}

func TestPIDFile(t *testing.T) {
	name := t.TempDir() + "/pid"
	full, err := daemon.WritePID(name)
	if err != nil || full != name {
		t.Fatalf("%s: %v", full, err)
	}
	if err := os.WriteFile(name, []byte("1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon.RemovePID(name) // another's now
	if _, err := os.Stat(name); err != nil {
		t.Error(err)
	}
	if _, err := daemon.WritePID(name); err != nil {
		t.Error(err)
	}
	daemon.RemovePID(name)
	if _, err := os.Stat(name); !os.IsNotExist(err) {
		t.Errorf("it is left: %v", err)
	}
	if _, err := daemon.WritePID(name + "/x/y"); err == nil {
		t.Error("no error for a directory that is missing")
	}
}
