// SPDX-License-Identifier: Apache-2.0

package config

import "io/fs"

// Mount is the place and manner of the mount. The -o options of mount(8) end here.
type Mount struct {
	Point              string           // directory; "" only for programs that do not mount
	AllowOther         bool             // --allow_other, -o allow_other
	AllowRoot          bool             // -o allow_root
	DefaultPermissions bool             // -o default_permissions: the kernel checks the modes shown
	UID                Opt[uint32]      // owner shown; unset: the program's choice
	GID                Opt[uint32]      // group shown; unset: the program's choice
	Umask              Opt[fs.FileMode] // bits taken away from all modes shown; unset: none
	FSName             string           // source shown in the mount table; "" = the program's choice
	Subtype            string           // type shown after "fuse."; "" = the program's choice
	Exec               Opt[bool]        // exec, noexec; unset: the system's choice
	Dev                Opt[bool]        // dev, nodev; unset: the system's choice
	Suid               Opt[bool]        // suid, nosuid; unset: the system's choice
	Rest               []string         // known options that are passed on to the kernel as they are (max_read=, context= and its kin)
	FuseOpts           []string         // words of --fuse_opt and --fuse_open_opt as given; already part of the fields above
	Fake               bool             // mount helper -f: do everything but mount
	Verbose            bool             // mount helper -v
}
