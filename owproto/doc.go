// SPDX-License-Identifier: Apache-2.0

// Package owproto speaks the owserver protocol, the way 1-Wire programs reach
// a bus over the network (TCP port 4304).
//
// A [Client] asks an owserver; its zero value works once Addr is set:
//
//	c := &owproto.Client{Addr: "localhost"}
//	defer c.Close()
//	data, err := c.Read(ctx, "/10.67C6697351FF/temperature", owproto.FlagTrim, 64, 0)
//
// The frames ([Request], [Response], [Header]) stand on their own and serve
// both ends of a connection. Nothing that the peer says about lengths is
// believed before the bytes have come.
//
// # Facts
//
// The section numbers in the comments ("protocol section 3.1") mean the
// project's description of the protocol, which was measured on owserver 3.2p4:
//
//  1. Header, message types, payloads, return values
//  2. Control flags
//  3. Pings, persistence, timing
//  4. Directory messages
//  5. Version word and tokens
//  6. Limits and malformed input
//  7. Return codes
//
// # Debugging
//
// [Client.Stats] tells what went over the wire. To see the bytes, give the
// Client a Dial function that returns a logging [net.Conn].
package owproto
