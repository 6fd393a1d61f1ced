// SPDX-License-Identifier: Apache-2.0

package text

import (
	"bytes"
	"math"
	"syscall"

	"owfs/device"
)

// maxInput is the most that is looked at where the length of the text does not follow from the property.
const maxInput = 64 << 10

// Parse reads the whole of what a client writes. It gives a List for device.All, or Bits for all elements of a Bitfield;
// Bits for device.Byte; a single value for all else. The data is not kept.
//
// Errors wrap EINVAL for what can't be read, EFAULT for a yes or no that is only blanks, ERANGE for what the property
// can't hold, and EMSGSIZE for too much of it. Their texts say what would be right.
func Parse(p *device.Property, e device.Element, data []byte, f Form) (device.Value, error) {
	if !isRaw(p.Format) && len(data) > maxInput {
		return device.Value{}, faultf(syscall.EMSGSIZE, "%d bytes are too many for %s", len(data), Describe(p, e))
	}
	switch e.Index {
	case device.Byte:
		return parseByte(p, e, data)
	case device.All:
		return f.parseAll(p, e, data)
	}
	return f.parseSingle(p, data)
}

// isRaw tells whether a format is made of bytes as they are.
func isRaw(f device.Format) bool {
	switch f {
	case device.ASCII, device.VASCII, device.Alias, device.Binary:
		return true
	}
	return false
}

func parseByte(p *device.Property, e device.Element, data []byte) (device.Value, error) {
	n, err := whole(data, 0, allBits(p), Describe(p, e))
	return device.Bits(uint64(n)), err
}

// allBits is the number that stands for a bit field with each element set.
func allBits(p *device.Property) int64 {
	if p.Elements >= 63 {
		return math.MaxInt64
	}
	return 1<<max(p.Elements, 0) - 1
}

func (f Form) parseSingle(p *device.Property, data []byte) (device.Value, error) {
	switch p.Format {
	case device.Integer:
		n, err := whole(data, math.MinInt32, math.MaxInt32, describe(p))
		return device.Int(n), err
	case device.Unsigned:
		n, err := whole(data, 0, math.MaxUint32, describe(p))
		return device.Int(n), err
	case device.Float, device.Temperature, device.TemperatureGap, device.Pressure:
		n, err := f.parseNumber(p, data)
		return device.Num(n), err
	case device.YesNo, device.Bitfield:
		on, err := yesNo(data, describe(p))
		return device.Flag(on), err
	case device.Date:
		t, err := f.parseDate(data, describe(p))
		return device.Moment(t), err
	}
	return parseRaw(p, data)
}

// parseRaw copies text or binary data, which may be shorter than the property.
func parseRaw(p *device.Property, data []byte) (device.Value, error) {
	if !isRaw(p.Format) {
		return device.Value{}, faultf(syscall.EINVAL, "%s is a %s and takes no value", p.Name, p.Format)
	}
	if len(data) > max(p.Length, p.Written) {
		return device.Value{}, faultf(syscall.EMSGSIZE, "%d bytes are too many for %s", len(data), describe(p))
	}
	return device.Bytes(bytes.Clone(data)), nil
}
