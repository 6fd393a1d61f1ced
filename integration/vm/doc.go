// SPDX-License-Identifier: Apache-2.0

// Package vm tests what needs a kernel with modules: emulated USB devices that
// the real drivers find. Its tests have the build tag vm and run as root in the
// virtual machine of the command vmrun: make vm-test. The README tells more.
package vm
