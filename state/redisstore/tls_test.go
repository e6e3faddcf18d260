package redisstore

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string // its certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	a.key = newKey(t)
	a.file = a.sign(t, a.cert, a.key)
	return a
}

// issue writes a certificate for a host, and its key.
func (a *authority) issue(t *testing.T, host string) (cert, key string) {
	t.Helper()
	k := newKey(t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(host); ip != nil {
		template.IPAddresses = []net.IP{ip}
	} else {
		template.DNSNames = []string{host}
	}
	der, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	return a.sign(t, template, k), writePEM(t, "EC PRIVATE KEY", der)
}

func (a *authority) sign(t *testing.T, template *x509.Certificate, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, "CERTIFICATE", der)
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func writePEM(t *testing.T, kind string, der []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// startTLS runs a server that speaks TLS on the port that is returned.
func startTLS(t *testing.T, a *authority, host, clients string) (*server, int) {
	t.Helper()
	cert, key := a.issue(t, host)
	port := freePorts(t, 1)[0]
	return startServer(t, "--tls-port", fmt.Sprint(port), "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", a.file,
		"--tls-auth-clients", clients), port
}

func TestTLS(t *testing.T) {
	t.Parallel()
	ours, theirs := newAuthority(t), newAuthority(t)
	plain, port := startTLS(t, ours, "127.0.0.1", "no")
	_, strictPort := startTLS(t, ours, "127.0.0.1", "yes")
	_, otherPort := startTLS(t, ours, "redis.example.com", "no")
	cert, key := ours.issue(t, "client")
	foreign, foreignKey := theirs.issue(t, "client")
	address := func(port int, options ...string) string {
		q := url.Values{}
		for i := 0; i < len(options); i += 2 {
			q.Set(options[i], options[i+1])
		}
		return fmt.Sprintf("rediss://:pa55word@127.0.0.1:%d?%s", port, q.Encode())
	}
	plain.config(t, "requirepass", "pa55word")
	for name, c := range map[string]struct{ address, want string }{
		"a CA that we trust":      {address(port, "ca", ours.file), ""},
		"a CA that we do not":     {address(port, "ca", theirs.file), "signed by nobody that we trust: name its CA with ?ca=/path/of/ca.pem"},
		"no CA":                   {address(port), "signed by nobody that we trust"},
		"another host":            {address(otherPort, "ca", ours.file), "certificate for 127.0.0.1"},
		"no certificate of ours":  {address(strictPort, "ca", ours.file), "it may expect a certificate, ?cert="},
		"a certificate of others": {address(strictPort, "ca", ours.file, "cert", foreign, "key", foreignKey), "does not accept us"},
		"a file that is not":      {address(port, "ca", "/no/such/file"), "/no/such/file: no such file"},
		"a key as a CA":           {address(port, "ca", key), "has no certificate in PEM"},
		"no key":                  {address(port, "cert", cert), "the cert and key"},
		"no TLS":                  {fmt.Sprintf("redis://:pa55word@127.0.0.1:%d", port), "it may expect TLS, write rediss://"},
		"a CA without TLS":        {strings.Replace(address(port, "ca", ours.file), "rediss", "redis", 1), "ca, cert and key are for TLS"},
		"TLS to a plain port":     {address(plain.port, "ca", ours.file), "does not answer in TLS: if it does not speak it, write redis://"},
	} {
		s, err := Open(t.Context(), c.address, Options{})
		if err == nil {
			_ = s.Close()
		}
		if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) || strings.Contains(got, "pa55word") || strings.Contains(got, "\n") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	accept(t, open(t, address(port, "ca", ours.file), Options{}), ann, "a", "1")
	withPair := strings.Replace(address(strictPort, "ca", ours.file, "cert", cert, "key", key), ":pa55word@", "", 1)
	accept(t, open(t, withPair, Options{}), ann, "a", "1")
}
