// SPDX-License-Identifier: Apache-2.0

package certs

import (
	"cmp"
	"crypto/tls"
	"fmt"
	"os"
	"sync"
	"time"

	"owfs/config"
)

// A certificate is read again when its file has changed, so that one which was
// renewed counts from the next connection on.
type certificate struct {
	cert, key string // files

	mu     sync.Mutex
	age    [2]time.Time // of the files when they were read
	loaded *tls.Certificate
}

func newCertificate(t config.TLS) (*certificate, error) {
	c := &certificate{cert: t.Cert, key: cmp.Or(t.Key, t.Cert)}
	_, err := c.current()
	return c, err
}

// current returns the certificate. While the files are being exchanged they may
// not fit each other: then the one before is good for a little longer.
func (c *certificate) current() (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	age := [2]time.Time{changed(c.cert), changed(c.key)}
	if c.loaded != nil && age == c.age {
		return c.loaded, nil
	}
	loaded, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err == nil {
		c.loaded, c.age = &loaded, age
	}
	if c.loaded == nil {
		return nil, fmt.Errorf("the certificate %s with the key %s: %w", c.cert, c.key, err)
	}
	return c.loaded, nil
}

// changed returns when a file was last written, the zero time if it is not there.
func changed(name string) time.Time {
	info, err := os.Stat(name)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
