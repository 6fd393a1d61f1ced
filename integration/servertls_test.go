// SPDX-License-Identifier: Apache-2.0

package integration

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"owfs/owproto"
)

// An authority signs certificates for the tests.
type authority struct {
	t    testing.TB
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t testing.TB) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	a.key = newKey(t)
	a.cert = template
	a.cert = a.sign(template, a.key)
	a.file = filepath.Join(a.dir, "ca.pem")
	writePEM(t, a.file, &pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	return a
}

func newKey(t testing.TB) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (a *authority) sign(template *x509.Certificate, key *ecdsa.PrivateKey) *x509.Certificate {
	a.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		a.t.Fatal(err)
	}
	return cert
}

// issue writes a certificate for 127.0.0.1 and its key into one file.
func (a *authority) issue(name string) (file string) {
	a.t.Helper()
	key := newKey(a.t)
	cert := a.sign(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, key)
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	file = filepath.Join(a.dir, name+".pem")
	writePEM(a.t, file, &pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}, &pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	return file
}

func writePEM(t testing.TB, file string, blocks ...*pem.Block) {
	t.Helper()
	var text []byte
	for _, b := range blocks {
		text = append(text, pem.EncodeToMemory(b)...)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// listenOurs runs our owserver with listeners of its own on ports that the
// kernel chooses, and returns their addresses in the order of the options.
func listenOurs(t testing.TB, args ...string) (addrs []string) {
	t.Helper()
	want := 0
	for _, a := range args {
		if strings.HasSuffix(a, "127.0.0.1:0") {
			want++
		}
	}
	cmd := exec.Command(serverProgram(t, 'o'), append([]string{"--foreground", "--error_level=1", "--nozero"}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log := &syncBuffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Errorf("owserver %q: %v: %s", args, err, log)
		}
	})
	eventually(t, 10*time.Second, "all addresses in the log", func() bool { return strings.Count(log.String(), "msg=serving") == want })
	for _, line := range strings.Split(log.String(), "\n") {
		if _, addr, ok := strings.Cut(line, "msg=serving address="); ok {
			addr, _, _ = strings.Cut(addr, " ")
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// Where only reading is allowed, every write is refused, and nothing else.
func TestServerListenReadOnly(t *testing.T) {
	addrs := listenOurs(t, wireDevices, "-p", "127.0.0.1:0", "--listen_readonly=127.0.0.1:0")
	for i, want := range []owproto.Errno{0, owproto.ErrReadOnly} {
		c := clientOf(t, addrs[i])
		if !canRead(c, wireThermo+"/temperature") || !canRead(c, "/uncached"+wireThermo+"/temperature") {
			t.Errorf("%s: can't be read", addrs[i])
		}
		for _, path := range []string{wireThermo + "/templow", wireSwitch + "/PIO.0", "/settings/timeout/volatile", wireThermo + "/alias", "/simultaneous/temperature"} {
			_, err := c.Write(t.Context(), path, []byte("1"), 0, 0)
			var got owproto.Errno
			errors.As(err, &got)
			if got != want {
				t.Errorf("listener %d, writing %s: %v, want %d", i, path, err, want)
			}
		}
		l, err := c.Dir(t.Context(), "/", owproto.FlagBusList)
		if err != nil || len(l.Entries) < 12 {
			t.Errorf("listener %d lists %v: %v", i, l.Entries, err)
		}
	}
}

// TLS: who has a certificate of the authority is served, others are not.
func TestServerTLS(t *testing.T) {
	t.Parallel()
	ours, foreign := newAuthority(t), newAuthority(t)
	addr := listenOurs(t, wireDevices, "-p", "tls:127.0.0.1:0", "--tls_cert", ours.issue("server"), "--tls_client_ca", ours.file, "--timeout_server=2")[0]
	for _, test := range []struct {
		name     string
		cert, ca string
		served   bool
	}{
		{"with a certificate", ours.issue("client"), ours.file, true},
		{"without one", "", ours.file, false},
		{"with one of another authority", foreign.issue("client"), ours.file, false},
		{"that believes another authority", ours.issue("client"), foreign.file, false},
	} {
		c := clientOf(t, "tls:"+addr)
		c.TLS = clientTLS(t, test.cert, test.ca)
		for range 20 {
			if got := canRead(c, wireThermo+"/type"); got != test.served {
				t.Errorf("a client %s: served %v", test.name, got)
				break
			}
		}
		if n := c.Stats().Dials; test.served && n != 1 {
			t.Errorf("%d connections for 20 requests", n)
		}
	}

	// Who speaks no TLS is shut out soon, and harms nobody.
	begun := time.Now()
	silent := dialWire(t, addr)
	defer silent.Close()
	if got, err := io.ReadAll(silent); len(got) > 0 || err != nil {
		t.Errorf("a silent client gets %q, %v", got, err)
	}
	if d := time.Since(begun); d > 4*time.Second+busy {
		t.Errorf("a silent client is shut out after %v", d)
	}
	if got := askWire(t, addr, (&owproto.Request{Type: owproto.MsgNop}).AppendTo(nil)); len(got) == owproto.HeaderSize {
		t.Errorf("a client without TLS is answered %x", got)
	}
}

// Our shell tools speak TLS themselves.
func TestOwOverTLS(t *testing.T) {
	ours := newAuthority(t)
	addr := listenOurs(t, wireDevices, "-p", "tls:127.0.0.1:0", "--tls_cert", ours.issue("server"), "--tls_client_ca", ours.file)[0]
	read := func(more ...string) toolRun {
		args := append([]string{"ow", "read", "-s", "tls:" + addr}, more...)
		return owRun(t, filepath.Join(built, "ow"), "", append(args, wireThermo+"/type"))
	}
	if r := read("--tls_ca="+ours.file, "--tls_cert="+ours.issue("client")); r.stdout != "DS18S20" || r.code != 0 {
		t.Errorf("with a certificate: %v", r)
	}
	for _, more := range [][]string{{"--tls_ca=" + ours.file}, {"--tls_cert=" + ours.issue("client")}, {"--tls_ca=/none"}} {
		if r := read(more...); r.code == 0 || r.stdout != "" || !strings.Contains(r.stderr, "hint: --tls_") {
			t.Errorf("with %v alone: %v", more, r)
		}
	}
}

// A certificate that was renewed counts from the next connection on, and one
// that can't be read harms nobody.
func TestServerTLSRenewed(t *testing.T) {
	ours := newAuthority(t)
	file := ours.issue("server")
	addr := listenOurs(t, wireDevices, "-p", "tls:127.0.0.1:0", "--tls_cert", file)[0]
	shown := func() []byte {
		t.Helper()
		c, err := tls.Dial("tcp", addr, clientTLS(t, "", ours.file))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].Raw
	}
	first := shown()
	ours.issue("server")
	second := shown()
	if bytes.Equal(first, second) {
		t.Error("the old certificate is shown after it was renewed")
	}
	if err := os.WriteFile(file, []byte("half of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(shown(), second) {
		t.Error("another certificate is shown than the last that was right")
	}
}

func clientTLS(t testing.TB, cert, ca string) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	c := &tls.Config{RootCAs: x509.NewCertPool()}
	c.RootCAs.AppendCertsFromPEM(text)
	if cert != "" {
		pair, err := tls.LoadX509KeyPair(cert, cert)
		if err != nil {
			t.Fatal(err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c
}

// Old clients come through a server of ours in front, on their own machine; the
// mount speaks TLS itself.
func TestOldClientsOverTLS(t *testing.T) {
	a := newAuthority(t)
	far := listenOurs(t, wireDevices, "--listen_readonly=tls:127.0.0.1:0", "--tls_cert", a.issue("server"), "--tls_client_ca", a.file)[0]
	mine := []string{"-s", "tls:" + far, "--tls_cert", a.issue("client"), "--tls_ca", a.file}
	front := startOurs(t, mine...)
	if got := runTool(t, front, []string{"owread", wireThermo + "/type"}); got != `exit 0, prints "DS18S20", says ""` {
		t.Errorf("owread: %s", got)
	}
	if got := runTool(t, front, []string{"owdir", "/"}); !strings.Contains(got, wireThermo) {
		t.Errorf("owdir: %s", got)
	}
	if got := runTool(t, front, []string{"owwrite", wireThermo + "/templow", "1"}); strings.HasPrefix(got, "exit 0") {
		t.Errorf("owwrite: %s", got)
	}
	m := mountOwfs(t, mine...)
	if got := m.read(t, strings.TrimPrefix(wireThermo, "/")+"/type"); got != "DS18S20" {
		t.Errorf("type reads %q", got)
	}
	if got := m.read(t, "bus.0/interface/settings/address"); got != "tls:"+far {
		t.Errorf("the address reads %q", got)
	}
}

// What is missing is said at the start.
func TestServerTLSUsage(t *testing.T) {
	a := newAuthority(t)
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"-p", "tls:127.0.0.1:0"}, "hint: name one with --tls_cert and --tls_key"},
		{[]string{"-p", "tls:127.0.0.1:0", "--tls_cert=/nosuch"}, "the certificate /nosuch with the key /nosuch: open /nosuch: no such file"},
		{[]string{"-p", "tls:127.0.0.1:0", "--tls_cert", a.file}, "private key"},
		{[]string{"-p", "tls:127.0.0.1:0", "--tls_cert", a.issue("server"), "--tls_client_ca=/dev/null"}, "/dev/null has no certificate in PEM form"},
		{[]string{"--listen_readonly=x"}, `owserver: error: --listen_readonly: "x" has no port from 1 to 65535`},
		{[]string{"-s", "tls:unix:/x"}, "hint: leave out tls:"},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		code, stderr := runCmd(t, exec.CommandContext(ctx, serverProgram(t, 'o'), append([]string{"--foreground", testDevices}, test.args...)...))
		if code <= 0 || !strings.Contains(stderr, test.want) {
			t.Errorf("%q: exit %d: %s", test.args, code, stderr)
		}
	}
}
