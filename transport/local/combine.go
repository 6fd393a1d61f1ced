// SPDX-License-Identifier: Apache-2.0

package local

import "owfs/device"

// Combine makes the value of an element, of all, or of a bit field as one
// number, with a driver that is called as device.Driver says for the way in
// which the property's elements combine.
func Combine(p *device.Property, e device.Element, read func(device.Element) (device.Value, error)) (device.Value, error) {
	switch {
	case !p.IsArray():
		return read(e)
	case p.Combine == device.Aggregate && p.Format == device.Bitfield:
		v, err := read(device.Element{Index: device.Byte})
		if err != nil || e.Index == device.Byte {
			return v, err
		}
		return pick(spread(v.Bits(), p.Elements), e), nil
	case p.Combine == device.Aggregate:
		v, err := read(device.Element{Index: device.All})
		if err != nil || e.Index == device.All {
			return v, err
		}
		return pick(v.List(), e), nil
	case p.Combine == device.Mixed || e.Index >= 0:
		return read(e)
	}
	all, err := each(p, read)
	if err != nil || e.Index == device.All {
		return device.List(all...), err
	}
	var bits uint64
	for i, v := range all {
		bits |= uint64(v.Int()&1) << i
	}
	return device.Bits(bits), nil
}

func each(p *device.Property, read func(device.Element) (device.Value, error)) ([]device.Value, error) {
	all := make([]device.Value, p.Elements)
	for i := range all {
		var err error
		if all[i], err = read(device.Element{Index: i}); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// spread gives the elements of a bit field.
func spread(bits uint64, n int) []device.Value {
	all := make([]device.Value, n)
	for i := range all {
		all[i] = device.Flag(bits>>i&1 == 1)
	}
	return all
}

func pick(all []device.Value, e device.Element) device.Value {
	if e.Index == device.All {
		return device.List(all...)
	}
	if e.Index < len(all) {
		return all[e.Index]
	}
	return device.Value{}
}
