// SPDX-License-Identifier: Apache-2.0

package house

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"owfs/config"
)

// ClientTLS is how servers with a tls: address are spoken to. Each of them
// must be known to an authority of ours.
func ClientTLS(t config.TLS) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if t.Cert != "" {
		if c.Certificates, err = certificate(t); err != nil {
			return nil, err
		}
	}
	if t.CA != "" {
		if c.RootCAs, err = authorities(t.CA); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// ServerTLS is how clients are spoken to at a tls: address.
func ServerTLS(t config.TLS) (*tls.Config, error) {
	if t.Cert == "" {
		return nil, &config.UsageError{Option: "tls:", Msg: "who serves by TLS needs a certificate", Hint: "name one with --tls_cert and --tls_key"}
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if c.Certificates, err = certificate(t); err != nil {
		return nil, err
	}
	if t.ClientCA != "" {
		c.ClientAuth = tls.RequireAndVerifyClientCert
		if c.ClientCAs, err = authorities(t.ClientCA); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func certificate(t config.TLS) ([]tls.Certificate, error) {
	key := t.Key
	if key == "" {
		key = t.Cert
	}
	c, err := tls.LoadX509KeyPair(t.Cert, key)
	if err != nil {
		return nil, fmt.Errorf("the certificate %s with the key %s: %w", t.Cert, key, err)
	}
	return []tls.Certificate{c}, nil
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
