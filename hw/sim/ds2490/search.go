// SPDX-License-Identifier: Apache-2.0

package ds2490

import "context"

// doSearch searches devices. The parameters are the ROM
// command and how many to find, 0 for all. EP2 gives the ROM code to begin with,
// which tells the way to go where there is a choice.
func (c *Chip) doSearch(ctx context.Context, q command) (code byte, err error) {
	if err := c.embedded(ctx, q.has(bitRST)); err != nil {
		return 0, err
	}
	var seed [8]byte
	for i := range seed {
		if seed[i], err = c.take(ctx); err != nil {
			return 0, err
		}
	}
	rom := byte(q.index)
	if !q.has(bitSM) { // only to select the device
		_, _, _, err := c.pass(ctx, rom, seed)
		return 0, err
	}
	wanted := int(q.index >> 8)
	for found := 0; ; {
		id, next, answered, err := c.pass(ctx, rom, seed)
		if err != nil {
			return 0, err
		}
		if answered {
			if err := c.give(ctx, id[:]...); err != nil {
				return 0, err
			}
			found++
		}
		switch last := next == [8]byte{}; {
		case !answered || last:
			if found < wanted {
				code = resultEOS
			}
			return code, nil
		case found == wanted:
			if q.has(bitRTS) {
				err = c.give(ctx, next[:]...)
			}
			return 0, err
		}
		seed = next
		if err := c.embedded(ctx, true); err != nil {
			return 0, err
		}
	}
}

// pass finds one device. next is where to go on, zero if there is no other one.
func (c *Chip) pass(ctx context.Context, rom byte, seed [8]byte) (id, next [8]byte, answered bool, err error) {
	if _, err := c.touch(ctx, rom); err != nil {
		return id, next, false, err
	}
	for n := range 64 {
		at, mask := n/8, byte(1)<<(n%8)
		bit, complement := c.slot(1), c.slot(1)
		way := bit
		switch {
		case bit == 1 && complement == 1:
			return id, next, false, c.settle(ctx)
		case bit != complement:
		case seed[at]&mask != 0:
			way = 1
		default:
			next = id
			next[at] |= mask
		}
		c.slot(way)
		if way == 1 {
			id[at] |= mask
		}
		if n%8 == 7 {
			if err := c.settle(ctx); err != nil {
				return id, next, false, err
			}
		}
	}
	return id, next, true, nil
}
