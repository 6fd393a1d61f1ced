// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

import "strconv"

// infernoEmbedded is the soft devices of InfernoEmbedded, whose properties depend on what the device reports itself to be.
func infernoEmbedded() Family {
	return Family{
		Code: "ED", Type: "InfernoEmbedded", Flags: CanResume,
		Drivers: softDeviceDrivers(),
		Properties: join(standard(), rows{
			row("device", VASCII, ReadOnly, Volatile).sized(64),
			row("enter_firmware_update", YesNo, WriteOnly, Static),
			row("status", Unsigned, ReadOnly, Volatile),
			row("version", Unsigned, ReadOnly, Volatile),
		}, firmwareUpdater(), rgbwController(), switchMaster()),
	}
}

// ports makes one property for each port, called by the name and the number of the port.
func ports(name string, count, length int, access Access) rows {
	var all rows
	for i := range count {
		all = append(all, row(name+strconv.Itoa(i), VASCII, access, Volatile).sized(length))
	}
	return all
}

func firmwareUpdater() rows {
	return when("device is in firmware-updater mode", rows{
		row("erase_firmware", YesNo, WriteOnly, Volatile),
		row("exit_firmware_update", YesNo, WriteOnly, Volatile),
		row("firmware_bootloader_size", Unsigned, ReadOnly, Volatile),
		row("firmware_range", VASCII, ReadOnly, Volatile).sized(22),
		row("update_firmware", Binary, WriteOnly, Volatile).sized(65536),
	})
}

func rgbwController() rows {
	return join(
		when("device reports itself an RGBW controller", rows{
			row("rgbw_all_off", YesNo, WriteOnly, Static),
			row("rgbw_channels", Unsigned, ReadOnly, Static),
		}),
		when("RGBW controller, channel number below its channel count", ports("rgbw_channel", 32, 25, ReadWrite)))
}

func switchMaster() rows {
	return join(
		when("device reports itself a Switch Master", rows{
			row("led_channels", Unsigned, ReadOnly, Static),
			row("led_ports", Unsigned, ReadOnly, Static),
			row("relay_channels", Unsigned, ReadOnly, Static),
			row("relay_ports", Unsigned, ReadOnly, Static),
			row("set_switch_type", VASCII, WriteOnly, Volatile).sized(9),
			row("switch_channels", Unsigned, ReadOnly, Static),
			row("switch_ports", Unsigned, ReadOnly, Static),
			row("switch_refresh_activations", YesNo, WriteOnly, Static),
		}),
		when("Switch Master, port below its LED port count", ports("led_port", 8, 129, ReadWrite)),
		when("any Switch Master",
			ports("relay_mode", 8, 129, ReadWrite),
			ports("relay_port", 8, 257, ReadWrite),
			ports("relay_timeout", 8, 257, ReadWrite)),
		when("Switch Master, port below its switch port count", ports("switch_port", 8, 129, ReadOnly)))
}

// softDeviceDrivers are the counts that follow from what the device says it
// is. Only that it is none of them can be told so far.
func softDeviceDrivers() Drivers {
	all := Drivers{}
	for _, name := range []string{"led_channels", "led_ports", "relay_channels", "relay_ports", "switch_channels", "switch_ports"} {
		all[name] = Driver{Read: func(ctx context.Context, c Chip, _ Element) (Value, error) {
			about, err := c.Read(ctx, "device", Element{})
			if err == nil && strings.Contains(string(about.Bytes()), "Switch Master") {
				err = fmt.Errorf("the ports of a Switch Master: %w", errors.ErrUnsupported)
			}
			return Int(0), err
		}}
	}
	return all
}
