module owfs

go 1.26.0

require (
	github.com/coreos/go-systemd/v22 v22.7.0
	github.com/google/gousb v1.1.3
	github.com/hanwen/go-fuse/v2 v2.12.1
	github.com/miekg/dns v1.1.72
	github.com/moby/sys/mountinfo v0.7.2
	github.com/pelletier/go-toml/v2 v2.4.3
	github.com/rogpeppe/go-internal v1.16.0
	github.com/spf13/pflag v1.0.10
	go.bug.st/serial v1.8.0
	golang.org/x/net v0.48.0
	golang.org/x/sync v0.24.0
	golang.org/x/sys v0.43.0
)

require (
	golang.org/x/mod v0.31.0 // indirect
	golang.org/x/tools v0.40.0 // indirect
)
