// SPDX-License-Identifier: Apache-2.0

package main

// A job is what the guest is to do. It is a file of the initial file system, but
// for Args, which it is told later.
type job struct {
	Args    []string `json:"-"` // the program with its arguments
	Env     []string
	Dir     string   // the working directory
	Modules []string // to load, in this order
}

// Where things are in the initial file system.
const (
	jobFile      = "job.json"
	moduleFolder = "modules"
)

// The serial ports of the guest, by their purposes. The console is the first.
const (
	statusPort = "/dev/ttyS1"
	outputPort = "/dev/ttyS2"
)

// The name of the host's files.
const hostTag = "host"
