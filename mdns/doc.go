// SPDX-License-Identifier: Apache-2.0

// Package mdns finds the services of the networks that this machine is on, and
// announces those of its own, by DNS-SD over multicast DNS (RFC 6763, RFC 6762).
//
// Only what was sent to the multicast group counts: no router passes that on,
// so nobody from elsewhere can offer a service.
//
// To see what goes over the wire: tcpdump -i any udp port 5353
package mdns
