// SPDX-License-Identifier: Apache-2.0

package main

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// wanted are the modules that the guest loads: first those for the host's files,
// then what the scenarios are about.
func wanted() []string {
	return []string{
		"virtio_pci", "9pnet_virtio", "9p", "overlay",
		"vhci_hcd", "ds2490", "w1_therm", "w1_smem", "w1_ds2408", "w1_ds2413",
		"i2c_dev", "i2c_tiny_usb", "ds2482",
		"cdc_acm", "ftdi_sio", "fuse",
	}
}

// moduleName is the name of a module as the kernel has it.
func moduleName(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(path.Base(file), ".ko"), "-", "_")
}

// dependencies reads which modules a module needs.
func dependencies(r io.ReaderAt) ([]string, error) {
	f, err := elf.NewFile(r)
	if err != nil {
		return nil, err
	}
	section := f.Section(".modinfo")
	if section == nil {
		return nil, fmt.Errorf("no section .modinfo")
	}
	data, err := section.Data()
	if err != nil {
		return nil, err
	}
	for entry := range strings.SplitSeq(string(data), "\x00") {
		list, ok := strings.CutPrefix(entry, "depends=")
		if !ok || list == "" {
			continue
		}
		all := strings.Split(list, ",")
		for i := range all {
			all[i] = moduleName(all[i])
		}
		return all, nil
	}
	return nil, nil
}

// inOrder returns modules and all that they need, each behind what it needs.
func inOrder(modules []string, needs map[string][]string) (all []string) {
	for _, m := range modules {
		for _, n := range append(inOrder(needs[m], needs), m) {
			if !slices.Contains(all, n) {
				all = append(all, n)
			}
		}
	}
	return all
}

// order returns the files of modules in the order to load them. All must be in
// the folder.
func order(folder string, modules []string) ([]string, error) {
	needs := map[string][]string{}
	files, err := filepath.Glob(filepath.Join(folder, "*.ko"))
	if err != nil {
		return nil, err
	}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		needs[moduleName(name)], err = dependencies(f)
		f.Close()
		if err != nil {
			return nil, fmt.Errorf("module %s: %w", name, err)
		}
	}
	all := inOrder(modules, needs)
	for i, m := range all {
		if _, ok := needs[m]; !ok {
			return nil, fmt.Errorf("the module %s is not in the cache folder; get it with: make vm-kernel", m)
		}
		all[i] = filepath.Join(folder, m+".ko")
	}
	return all, nil
}
