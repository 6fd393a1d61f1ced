// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"io"
	"net"

	"owfs/owproto"
)

// listenProxy counts the messages that clients send to the server at addr, by
// type, until the listener is closed.
func listenProxy(addr string, c *counter) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", addr)
			if err != nil {
				client.Close()
				continue
			}
			go relay(client, server, c)
			go func() {
				defer client.Close()
				defer server.Close()
				io.Copy(client, server)
			}()
		}
	}()
	return l, nil
}

// relay hands requests on, one by one. A message is a header and what follows.
func relay(client, server net.Conn, c *counter) {
	defer client.Close()
	defer server.Close()
	for {
		var message bytes.Buffer
		h, err := owproto.ReadHeader(io.TeeReader(client, &message))
		if err != nil {
			return
		}
		rest := int64(max(0, h.Payload)) + owproto.TokenSize*int64(h.Version.Tokens())
		if _, err := io.CopyN(&message, client, rest); err != nil {
			return
		}
		c.add(owproto.MessageType(h.Code).String())
		if _, err := server.Write(message.Bytes()); err != nil {
			return
		}
	}
}
