// SPDX-License-Identifier: Apache-2.0

package owproto

import "fmt"

// checkReply compares the words of a reply with each other and with the
// request. They are three ways to say one length, and a peer that contradicts
// itself is not believed in any of them (protocol section 12, items 12 and 13).
func checkReply(req *Request, resp *Response) error {
	if reason := fault(req, resp); reason != "" {
		return &ProtocolError{Header: resp.header(), Reason: reason}
	}
	return nil
}

func fault(req *Request, resp *Response) string {
	switch {
	case resp.Version != 0:
		return "unknown version"
	case resp.Ret < 0:
		return ""
	case resp.Size < 0:
		return "negative size"
	}
	switch req.Type {
	case MsgNop:
		return faultEmpty(resp)
	case MsgWrite:
		return faultWrite(req, resp)
	case MsgPresence:
		return faultPresence(resp)
	case MsgRead:
		return faultRead(req, resp)
	case MsgDir:
		return faultElement(resp)
	case MsgDirAll, MsgDirAllSlash:
		return faultList(resp)
	case MsgGet, MsgGetSlash:
		if resp.Ret == 0 {
			return faultList(resp)
		}
		return faultRead(req, resp)
	}
	return ""
}

func faultEmpty(resp *Response) string {
	if len(resp.Payload) > 0 {
		return "unexpected payload"
	}
	return ""
}

func faultWrite(req *Request, resp *Response) string {
	if int(resp.Size) > len(req.Data) {
		return fmt.Sprintf("%d of %d bytes written", resp.Size, len(req.Data))
	}
	return faultEmpty(resp)
}

// faultPresence lets the size word be 0 or right (protocol section 1.3).
func faultPresence(resp *Response) string {
	if n := len(resp.Payload); n != 0 && n != 8 || int(resp.Size) > n {
		return "payload is not a ROM code"
	}
	return ""
}

func faultRead(req *Request, resp *Response) string {
	data, ok := useful(resp)
	switch {
	case int(resp.Ret) > len(resp.Payload):
		return "ret exceeds the payload"
	case !ok:
		return "size and payload disagree"
	case len(data) > max(0, int(req.Size)):
		return "more data than asked for"
	}
	return ""
}

func faultList(resp *Response) string {
	if _, ok := useful(resp); !ok {
		return "size and payload disagree"
	}
	return ""
}

// faultElement allows no nameless elements: payload 0 ends the listing.
func faultElement(resp *Response) string {
	if len(resp.Payload) > 0 && resp.Size == 0 {
		return "element without a name"
	}
	return faultList(resp)
}

// useful returns the payload without the NUL that ends the listings. It is not
// ok if size fits neither form.
func useful(resp *Response) (data []byte, ok bool) {
	n := len(resp.Payload)
	switch size := int(resp.Size); {
	case size == n:
		return resp.Payload, true
	case n > 0 && size == n-1 && resp.Payload[size] == 0:
		return resp.Payload[:size:size], true
	}
	return nil, false
}
