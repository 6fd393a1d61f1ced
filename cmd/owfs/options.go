// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"errors"
	"log"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"owfs/config"
	"owfs/daemon"
	"owfs/fsnode"
	"owfs/house"
)

// options are what go-fuse and the kernel are told.
func options(cfg *config.Config, journal *daemon.Journal) (*gofs.Options, error) {
	m := cfg.Mount
	if m.AllowRoot && os.Geteuid() != 0 {
		return nil, &daemon.Failure{Code: config.ExitUsage, Hint: "use -o allow_other; the modes of the files are checked, see -o umask=",
			Err: errors.New("-o allow_root: the kernel knows no mount for one user and root")}
	}
	o := &gofs.Options{NullPermissions: true}
	o.FsName, o.Name = cmp.Or(m.FSName, "OWFS"), cmp.Or(m.Subtype, "OWFS")
	o.AllowOther = m.AllowOther
	o.DirectMountStrict = os.Geteuid() == 0
	o.DirectMountFlags = mountFlags(cfg)
	o.Options, o.MaxWrite = kernelOptions(cfg)
	o.MaxBackground = 64
	o.DisableSplice = true // values are short: to copy them is cheaper than to set up a pipe
	o.RootStableAttr = &gofs.StableAttr{Ino: fsnode.RootInode()}
	o.ExtraCapabilities = fuse.CAP_READDIRPLUS_AUTO
	o.Logger = log.New(lines{journal}, "", 0)
	return o, nil
}

// mountFlags are the options that are bits, for a mount without helper.
func mountFlags(cfg *config.Config) uintptr {
	flags := uintptr(syscall.MS_NOSUID | syscall.MS_NODEV)
	if house.ReadOnly(cfg) {
		flags |= syscall.MS_RDONLY
	}
	return flags
}

// kernelOptions are the options that are words, and the size that stands for
// max_read in go-fuse, 0 for its own. The kernel checks the modes, which the C
// program only shows.
func kernelOptions(cfg *config.Config) (words []string, maxRead int) {
	m := cfg.Mount
	words = []string{"default_permissions"}
	if house.ReadOnly(cfg) && os.Geteuid() != 0 {
		words = append(words, "ro")
	}
	words = append(words, flagWord(m.Exec, "exec"), flagWord(m.Dev, "dev"), flagWord(m.Suid, "suid"))
	for _, word := range m.Rest {
		if size, ok := strings.CutPrefix(word, "max_read="); ok {
			maxRead, _ = strconv.Atoi(size) // the configuration has checked it
			continue
		}
		words = append(words, word)
	}
	return slices.DeleteFunc(words, func(word string) bool { return word == "" }), maxRead
}

// flagWord is an option that is given, given as no, or not given.
func flagWord(opt config.Opt[bool], name string) string {
	switch {
	case !opt.Set:
		return ""
	case opt.Value:
		return name
	}
	return "no" + name
}

// lines turns what go-fuse logs into records.
type lines struct{ log *daemon.Journal }

func (l lines) Write(p []byte) (int, error) {
	l.log.Debug("fuse", "request", strings.TrimSpace(string(p)))
	return len(p), nil
}
