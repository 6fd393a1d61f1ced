// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"owfs/owproto"
)

// A record is what --json prints for a path, as one line.
type record struct {
	Time    string   `json:"time,omitempty"`
	Path    string   `json:"path"`
	Event   string   `json:"event,omitempty"`
	Value   *string  `json:"value,omitempty"`
	Hex     *string  `json:"hex,omitempty"` // instead of Value, for what is no text
	Present *bool    `json:"present,omitempty"`
	Dir     *bool    `json:"dir,omitempty"`    // of an entry; absent if the server does not tell
	Entries []record `json:"entries,omitzero"` // nil: no directory
	Error   string   `json:"error,omitempty"`
	Code    int32    `json:"code,omitempty"` // negative, as the server reports it
}

func (j *job) printJSON(r record) error {
	enc := json.NewEncoder(j.out)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

func (j *job) printDirJSON(path string, list owproto.Listing, err error) error {
	r := record{Path: path, Entries: []record{}}
	for _, e := range list.Entries {
		r.Entries = append(r.Entries, entryRecord(e, list.Marked))
	}
	if err != nil {
		r.addError(err)
		if len(list.Entries) == 0 {
			r.Entries = nil
		}
	}
	return errors.Join(err, j.printJSON(r))
}

func entryRecord(e owproto.ListEntry, marked bool) record {
	r := record{Path: e.Path}
	if marked {
		r.Dir = &e.Dir
	}
	return r
}

func (j *job) printValueJSON(path string, data []byte, err error) error {
	r := record{Path: path}
	if err != nil {
		r.addError(err)
	} else {
		r.addValue(data, j.set.hex)
	}
	return errors.Join(err, j.printJSON(r))
}

// addValue puts in what was read, as text if it is one.
func (r *record) addValue(data []byte, asHex bool) {
	if asHex || !isText(data) {
		s := fmt.Sprintf("%X", data)
		r.Hex = &s
		return
	}
	s := string(data)
	r.Value = &s
}

// isText tells whether data can be shown as text with nothing lost.
func isText(data []byte) bool {
	return utf8.Valid(data) && !bytes.ContainsFunc(data, func(c rune) bool {
		return c < ' ' && !strings.ContainsRune("\t\n\r", c) || c == 0x7F
	})
}

func (r *record) addError(err error) {
	var code owproto.Errno
	if errors.As(err, &code) {
		r.Code = code.Ret()
	}
	r.Error = cause(err).Error()
}
