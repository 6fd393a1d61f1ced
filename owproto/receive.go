// SPDX-License-Identifier: Apache-2.0

package owproto

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// reply is the answer to a request: its only message, or the one that ends
// a MsgDir and the elements before it.
type reply struct {
	*Response
	elements []string
	asked    MessageType
}

// join makes the elements the payload.
func (r *reply) join() {
	if len(r.elements) == 0 {
		return
	}
	list := strings.Join(r.elements, ",")
	r.Size = int32(len(list))
	r.Payload = append([]byte(list), 0)
}

// data returns what a MsgRead read, or the list of a MsgDirAll. With a failure
// there is none; the words of one are not checked.
func (r *reply) data() []byte {
	if r.Ret < 0 {
		return nil
	}
	data, _ := useful(r.Response)
	return data
}

// receive reads the answer to req.
func (cn *conn) receive(req *Request) (*reply, error) {
	limit := or(cn.client.MaxReply, DefaultMaxReply)
	rep, total := &reply{}, 0
	for {
		resp, err := cn.next(limit)
		if err != nil {
			return nil, err
		}
		if err := checkReply(req, resp); err != nil {
			return nil, err
		}
		if req.Type != MsgDir || len(resp.Payload) == 0 || resp.Ret < 0 {
			rep.Response = resp
			return rep, nil
		}
		name, _ := useful(resp)
		rep.elements = append(rep.elements, string(name))
		if total += len(name) + elementCost; total > limit {
			return nil, &ProtocolError{Header: resp.header(), Reason: fmt.Sprintf("listing longer than %d bytes", limit)}
		}
	}
}

// elementCost is what an element takes in memory besides its text, so that the
// limit of a listing bounds that, too.
const elementCost = 16

// next reads the next message that is no ping.
func (cn *conn) next(limit int) (*Response, error) {
	for {
		resp, err := ReadResponse(cn.br, limit)
		switch {
		case errors.Is(err, io.EOF):
			return nil, cn.explain(fmt.Errorf("connection closed by peer before its reply: %w", io.ErrUnexpectedEOF))
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, cn.explain(fmt.Errorf("connection closed by peer within its reply: %w", err))
		case err != nil || !resp.Ping:
			return resp, err
		}
		cn.client.stats.pings.Add(1)
	}
}
