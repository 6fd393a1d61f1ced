// SPDX-License-Identifier: Apache-2.0

// Package certs makes of the files that options name what TLS needs.
package certs

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"owfs/config"
)

// Client is how servers with a tls: address are spoken to. Each of them
// must be known to an authority of ours.
func Client(t config.TLS) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.Cert != "" {
		ours, err := newCertificate(t)
		if err != nil {
			return nil, err
		}
		c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return ours.current() }
	}
	if t.CA != "" {
		var err error
		if c.RootCAs, err = authorities(t.CA); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Server is how clients are spoken to at a tls: address.
func Server(t config.TLS) (*tls.Config, error) {
	if t.Cert == "" {
		return nil, &config.UsageError{Option: "tls:", Msg: "who serves by TLS needs a certificate", Hint: "name one with --tls_cert and --tls_key"}
	}
	ours, err := newCertificate(t)
	if err != nil {
		return nil, err
	}
	c := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return ours.current() },
	}
	if t.ClientCA != "" {
		c.ClientAuth = tls.RequireAndVerifyClientCert
		if c.ClientCAs, err = authorities(t.ClientCA); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func authorities(name string) (*x509.CertPool, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("authorities: %s has no certificate in PEM form", name)
	}
	return pool, nil
}
