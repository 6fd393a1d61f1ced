// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"
	"errors"
	"fmt"
	"syscall"

	"owfs/device"
)

// parseAll reads the elements of an array, all together.
func (f Form) parseAll(p *device.Property, e device.Element, data []byte) (device.Value, error) {
	parts, err := split(p, e, data)
	if err != nil {
		return device.Value{}, err
	}
	var list []device.Value
	for i, part := range parts {
		v, err := f.parseSingle(p, part)
		if err != nil {
			return device.Value{}, inElement(p, i, err)
		}
		list = append(list, v)
	}
	if p.Format == device.Bitfield {
		return device.Bits(join(list)), nil
	}
	return device.List(list...), nil
}

// split finds the texts of the elements: by their size where they are binary, else by commas. What comes behind the last
// of them is ignored.
func split(p *device.Property, e device.Element, data []byte) ([][]byte, error) {
	n := max(p.Elements, 0)
	if p.Format == device.Binary {
		return chunks(p, e, data)
	}
	parts := bytes.SplitN(bytes.TrimSuffix(data, []byte("\n")), []byte(","), n+1)
	if len(parts) < n {
		return nil, faultf(syscall.EINVAL, "%.40q are %d values and not %s", data, len(parts), Describe(p, e))
	}
	return parts[:n], nil
}

func chunks(p *device.Property, e device.Element, data []byte) ([][]byte, error) {
	size := p.Length
	if p.Written > 0 && len(data) == p.Elements*p.Written {
		size = p.Written
	}
	if len(data) != p.Elements*size || size <= 0 {
		return nil, faultf(syscall.EINVAL, "%d bytes are not %s", len(data), Describe(p, e))
	}
	var parts [][]byte
	for i := range p.Elements {
		parts = append(parts, data[i*size:(i+1)*size])
	}
	return parts, nil
}

// join makes a bit field of its elements.
func join(list []device.Value) uint64 {
	var bits uint64
	for i, v := range list {
		if v.Flag() {
			bits |= 1 << i
		}
	}
	return bits
}

// inElement says which element an error is about. Among others, one that is only blanks is as wrong as any.
func inElement(p *device.Property, i int, err error) error {
	name := p.Name + p.Extension(device.Element{Index: i})
	if errors.Is(err, syscall.EFAULT) {
		return faultf(syscall.EINVAL, "%s: %v", name, err)
	}
	return fmt.Errorf("%s: %w", name, err)
}
