package redisstore

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
)

// newTLS reads what an address says of TLS, nil for none: ca, a file of the
// certificates to trust, cert and key, files that say who we are.
func newTLS(scheme string, q url.Values) (*tls.Config, error) {
	ca, cert, key := q.Get("ca"), q.Get("cert"), q.Get("key")
	if scheme != "rediss" && q.Get("tls") != "true" {
		if ca+cert+key != "" {
			return nil, errors.New("state: ca, cert and key are for TLS: write rediss://, or tls=true beside them")
		}
		return nil, nil
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return nil, fmt.Errorf("state: read the ca of Redis: %w", err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("state: read the ca of Redis: %s has no certificate in PEM", ca)
		}
	}
	if cert+key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("state: read the cert and key for Redis: %w", err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// explain says of an error of a first call what may be wrong with the address.
func explain(err error, secure bool) error {
	var authority x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var remote *net.OpError
	ended := errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
	switch {
	case errors.As(err, &authority):
		return fmt.Errorf("the certificate of the server is signed by nobody that we trust: name its CA with ?ca=/path/of/ca.pem (%w)", err)
	case secure && ended, errors.As(err, &remote) && remote.Op == "remote error": // an alert of TLS, or after one
		return fmt.Errorf("the server does not accept us: it may expect a certificate, ?cert=/path/of/cert.pem&key=/path/of/key.pem (%w)", err)
	case errors.As(err, &record), secure && errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("the server does not answer in TLS: if it does not speak it, write redis://, or leave out tls=true (%w)", err)
	case ended:
		return fmt.Errorf("the server ended the connection: it may expect TLS, write rediss:// or tls=true (%w)", err)
	}
	return err
}
