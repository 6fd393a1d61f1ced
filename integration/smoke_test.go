// SPDX-License-Identifier: Apache-2.0

package integration

import "testing"

func TestMountReads(t *testing.T) {
	m := mountOwfs(t, "-s", startOwserver(t, testDevices))
	if got := m.read(t, "28.000028D70100/type"); got != "DS18B20" {
		t.Errorf("type reads %q", got)
	}
	c := mountC(t, "-s", startOwserver(t, testDevices))
	if got := c.read(t, "28.000028D70100/type"); got != "DS18B20" {
		t.Errorf("type reads %q in the C program", got)
	}
}
