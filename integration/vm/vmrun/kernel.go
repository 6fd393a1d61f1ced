// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// Where a bzImage says what it is, and where its payload is (the kernel's
// Documentation/x86/boot.rst).
const (
	setupSectors  = 0x1F1
	setupMagic    = 0x202
	payloadOffset = 0x248
	payloadLength = 0x24C
	setupEnd      = 0x250
)

// payload is the compressed kernel in a bzImage.
func payload(image []byte) ([]byte, error) {
	if len(image) < setupEnd || string(image[setupMagic:setupMagic+4]) != "HdrS" {
		return nil, errors.New("not a bzImage")
	}
	sectors := int(image[setupSectors])
	if sectors == 0 {
		sectors = 4
	}
	le := binary.LittleEndian
	start := (1+sectors)*512 + int(le.Uint32(image[payloadOffset:]))
	end := start + int(le.Uint32(image[payloadLength:]))
	if end > len(image) {
		return nil, fmt.Errorf("a payload to byte %d of %d", end, len(image))
	}
	return image[start:end], nil
}

// writeKernel unpacks a bzImage to the ELF file that QEMU boots directly, which
// is twice as fast as to let the guest unpack it.
func writeKernel(ctx context.Context, r io.Reader, name string) error {
	image, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	p, err := payload(image)
	if err != nil {
		return fmt.Errorf("the kernel's image: %w", err)
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	xz := exec.CommandContext(ctx, "xz", "--decompress", "--stdout", "--single-stream", "--quiet")
	xz.Stdin, xz.Stdout, xz.Stderr = bytes.NewReader(p), f, os.Stderr
	if err := errors.Join(xz.Run(), f.Close()); err != nil {
		return fmt.Errorf("unpacking the kernel: %w", err)
	}
	return nil
}
