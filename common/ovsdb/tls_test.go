package ovsdb

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// authority signs certificates into files of a directory.
type authority struct {
	t    *testing.T
	dir  string
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	a := &authority{t: t, dir: t.TempDir(), key: key}
	a.cert = &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, &key.PublicKey, key)
	require.NoError(t, err)
	a.write("ca.pem", "CERTIFICATE", der)
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name, kind string, der []byte) {
	a.t.Helper()
	text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	require.NoError(a.t, os.WriteFile(a.file(name), text, 0o600))
}

// issue writes NAME.pem and NAME.key for 127.0.0.1.
func (a *authority) issue(name string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	c := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name},
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage: x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &key.PublicKey, a.key)
	require.NoError(a.t, err)
	a.write(name+".pem", "CERTIFICATE", der)
	der, err = x509.MarshalECPrivateKey(key)
	require.NoError(a.t, err)
	a.write(name+".key", "EC PRIVATE KEY", der)
}

func TestTCPAndTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	ca.issue("server")
	ca.issue("client")
	db := startDB(t, false)
	db.Stop()
	tcp, ssl := ovstest.FreePort(t), ovstest.FreePort(t)
	db.Remotes = []string{fmt.Sprintf("ptcp:%d:127.0.0.1", tcp), fmt.Sprintf("pssl:%d:127.0.0.1", ssl)}
	db.Args = []string{"--private-key=" + ca.file("server.key"), "--certificate=" + ca.file("server.pem"),
		"--ca-cert=" + ca.file("ca.pem")}
	db.Start()

	ours := netio.TLS{CA: ca.file("ca.pem"), Certificate: ca.file("client.pem"), Key: ca.file("client.key")}
	strange := ours
	strange.CA = other.file("ca.pem")
	for _, c := range []struct {
		address string
		tls     netio.TLS
		refused string
	}{
		{fmt.Sprintf("tcp:127.0.0.1:%d", tcp), netio.TLS{}, ""},
		{fmt.Sprintf("ssl:127.0.0.1:%d", ssl), ours, ""},
		{fmt.Sprintf("ssl:127.0.0.1:%d", ssl), strange, "certificate signed by unknown authority"},
		{fmt.Sprintf("ssl:127.0.0.1:%d", ssl), netio.TLS{}, "certificate"},
		{"tcp:", netio.TLS{}, "not an address"},
		{"ptcp:6640", netio.TLS{}, "not to connect to"},
	} {
		down, err := tryConnect(t, c.address, c.tls)
		if c.refused == "" {
			require.NoError(t, err, "%s %v", c.address, down)
			continue
		}
		require.ErrorContains(t, down, c.refused, c.address)
	}
}

// tryConnect makes a transaction at address. It returns why the connection was down first, and the transaction's error.
func tryConnect(t *testing.T, address string, tls netio.TLS) (down, err error) {
	t.Helper()
	s := coroutine.New(coroutine.Options{})
	told := coroutine.NewSignal(s)
	c := New(s, netio.NewDialer(s, netio.WithTLS(tls)), Options{Address: address, Database: "Test", Tables: allTables(),
		OnSynced: told.Notify, OnDown: func(e error) {
			if down == nil {
				down = e
			}
			told.Notify()
		}})
	s.Go("ovsdb", c.Run, coroutine.Daemon())
	s.Go("test", func(co *coroutine.Co) error {
		if err = told.Wait(co); err == nil {
			_, err = c.Transact(co, Insert("Other", "", Row{"text": address}))
		}
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
	return down, err
}
