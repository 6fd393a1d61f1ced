// SPDX-License-Identifier: Apache-2.0

package device

// generic is a device whose family nobody knows: it has an address, and no more.
func generic() Family {
	return Family{Code: "XX", Type: "generic", Properties: identity()}
}
