package redisstore_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/common/store/storetest"
)

// authority makes certificates, as files ca.pem, NAME.pem and NAME.key of a directory.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.key = a.newKey()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test ca"}, IsCA: true,
		NotAfter: time.Now().Add(time.Hour), BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &a.key.PublicKey, a.key)
	require.NoError(t, err)
	a.cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.write("ca.pem", "CERTIFICATE", der)
	return a
}

func (a *authority) newKey() *ecdsa.PrivateKey {
	a.t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	return k
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) write(name, kind string, der []byte) {
	a.t.Helper()
	require.NoError(a.t, os.WriteFile(a.file(name), pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

func (a *authority) issue(name string) {
	a.t.Helper()
	k := a.newKey()
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, a.cert, &k.PublicKey, a.key)
	require.NoError(a.t, err)
	a.write(name+".pem", "CERTIFICATE", der)
	der, err = x509.MarshalECPrivateKey(k)
	require.NoError(a.t, err)
	a.write(name+".key", "EC PRIVATE KEY", der)
}

// TestTLS has a server that wants certificates of its clients: calls and notifications go over TLS, and who does not
// know the other is refused, with what to do about it.
func TestTLS(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	a.issue("redis")
	a.issue("client")
	port := redistest.FreePort(t)
	redistest.Start(t, "--tls-port", port, "--tls-cert-file", a.file("redis.pem"), "--tls-key-file", a.file("redis.key"),
		"--tls-ca-cert-file", a.file("ca.pem"), "--tls-auth-clients", "yes")
	at, client := "rediss://127.0.0.1:"+port, "cert="+a.file("client.pem")+"&key="+a.file("client.key")
	s := open(t, redisstore.Options{URL: at + "?ca=" + a.file("ca.pem") + "&" + client})
	_, err := s.Init(t.Context())
	require.NoError(t, err)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	put(t, s, "a", "1")
	h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
	named := open(t, redisstore.Options{URL: at + "?server_name=redis&ca=" + a.file("ca.pem") + "&" + client})
	_, err = named.Info(t.Context())
	require.NoError(t, err)
	for url, want := range map[string]string{
		at + "?" + client:                                           "unknown authority",
		at + "?ca=" + a.file("ca.pem"):                              "redis at", // TLS 1.3 says why only sometimes
		"redis://127.0.0.1:" + port:                                 "redis at 127.0.0.1:" + port,
		at + "?server_name=x&ca=" + a.file("ca.pem") + "&" + client: "not x",
	} {
		_, err := open(t, redisstore.Options{URL: url}).Info(t.Context())
		require.ErrorIs(t, err, store.ErrUnavailable, url)
		require.ErrorContains(t, err, want, url)
	}
}
