package netio

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
)

// ErrTLS is wrapped by errors about what TLS is told.
var ErrTLS = errors.New("TLS is not set up")

// TLS is how ssl: and pssl: connections are protected. Files are PEM and are read for each connection, so that a
// renewed certificate is used without a restart. The zero value checks a server against the system's authorities and
// the name in its address, and cannot listen.
type TLS struct {
	// CA is the file of the authorities that peers' certificates must come from. To listen it must be there; to
	// connect, empty is the system's.
	CA string
	// Certificate and Key are the files of our own certificate. To listen they must be there.
	Certificate, Key string
	// ServerName is the name that a server's certificate must have; empty is the host in the address.
	ServerName string
	// AnyName checks that a server's certificate comes from CA, but not which name it has. Open vSwitch itself does no
	// more, and certificates made by ovs-pki have no name that could be checked.
	AnyName bool
	// Insecure checks nothing: neither a server's certificate nor a client's.
	Insecure bool
}

// client is the configuration to connect to host.
func (t TLS) client(host string) (*tls.Config, error) {
	pool, err := t.pool()
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool, ServerName: t.ServerName}
	if c.ServerName == "" {
		c.ServerName = host
	}
	if t.Certificate != "" || t.Key != "" {
		if c.Certificates, err = t.certificate(); err != nil {
			return nil, err
		}
	}
	switch {
	case t.Insecure:
		c.InsecureSkipVerify = true
	case t.AnyName && t.CA == "":
		return nil, fmt.Errorf("%w: a server of any name needs a CA of its own", ErrTLS)
	case t.AnyName:
		c.InsecureSkipVerify = true // VerifyConnection does it, but for the name
		c.VerifyConnection = func(s tls.ConnectionState) error { return verifyChain(s, pool) }
	}
	return c, nil
}

// verifyChain checks that a server's certificate comes from an authority of pool.
func verifyChain(s tls.ConnectionState, pool *x509.CertPool) error {
	between := x509.NewCertPool()
	for _, c := range s.PeerCertificates[1:] {
		between.AddCert(c)
	}
	_, err := s.PeerCertificates[0].Verify(x509.VerifyOptions{Roots: pool, Intermediates: between,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}) // as those of ovs-pki say nothing of it
	return err
}

// server is the configuration to listen. It reads the files once, to say what is wrong, and again for each client.
func (t TLS) server() (*tls.Config, error) {
	if _, err := t.forClient(); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		return t.forClient()
	}}, nil
}

func (t TLS) forClient() (*tls.Config, error) {
	if t.Certificate == "" || t.Key == "" {
		return nil, fmt.Errorf("%w: a server needs a certificate and its key", ErrTLS)
	}
	if t.CA == "" && !t.Insecure {
		return nil, fmt.Errorf("%w: a server needs the CA that its clients' certificates come from", ErrTLS)
	}
	certs, err := t.certificate()
	if err != nil {
		return nil, err
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: certs}
	if t.Insecure {
		return c, nil
	}
	c.ClientAuth = tls.RequireAndVerifyClientCert
	c.ClientCAs, err = t.pool()
	return c, err
}

func (t TLS) certificate() ([]tls.Certificate, error) {
	c, err := tls.LoadX509KeyPair(t.Certificate, t.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: certificate %s with key %s: %w", ErrTLS, t.Certificate, t.Key, err)
	}
	return []tls.Certificate{c}, nil
}

// pool is the authorities in CA, nil for the system's.
func (t TLS) pool() (*x509.CertPool, error) {
	if t.CA == "" {
		return nil, nil
	}
	text, err := os.ReadFile(t.CA)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrTLS, err)
	}
	p := x509.NewCertPool()
	if !p.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%w: %s has no certificate", ErrTLS, t.CA)
	}
	return p, nil
}
