package ofconn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// authority makes certificates.
type authority struct {
	t    *testing.T
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, dir: t.TempDir()}
	a.file, _ = a.write("ca", &x509.Certificate{Subject: pkix.Name{CommonName: "authority"}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

// write makes a certificate with its key, signed by a, or by itself when it is the first.
func (a *authority) write(name string, c *x509.Certificate) (cert, key string) {
	a.t.Helper()
	priv, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(a.t, err)
	c.SerialNumber = big.NewInt(time.Now().UnixNano())
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	if a.cert == nil {
		a.cert, a.key = c, priv
	}
	der, err := x509.CreateCertificate(rand.Reader, c, a.cert, &priv.PublicKey, a.key)
	require.NoError(a.t, err)
	if c.IsCA {
		a.cert, err = x509.ParseCertificate(der)
		require.NoError(a.t, err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(priv)
	require.NoError(a.t, err)
	cert, key = filepath.Join(a.dir, name+".cert"), filepath.Join(a.dir, name+".key")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der},
		key: {Type: "PRIVATE KEY", Bytes: secret}} {
		require.NoError(a.t, os.WriteFile(file, pem.EncodeToMemory(block), 0o600))
	}
	return cert, key
}

// options are those of a party called name, whose certificate has these host names.
func (a *authority) options(name string, hosts ...string) netio.TLS {
	a.t.Helper()
	c := &x509.Certificate{Subject: pkix.Name{CommonName: name}}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
		} else {
			c.DNSNames = append(c.DNSNames, h)
		}
	}
	o := netio.TLS{CA: a.file}
	o.Certificate, o.Key = a.write(name, c)
	return o
}

// A real switch connects to us, and checks us as we check it.
func TestSwitchesMayConnectToUsByTLS(t *testing.T) {
	sw, ca := ovstest.Start(t), newAuthority(t)
	sw.Bridge("br0")
	of := ca.options("switch")
	sw.Vsctl("set-ssl", of.Key, of.Certificate, of.CA)
	s := coroutine.New(coroutine.Options{})
	l := listen(t, s, "pssl:0:127.0.0.1", Options{TLS: ca.options("controller")})
	sw.Vsctl("set-controller", "br0", "ssl:"+l.Addr().String())
	run(t, s, func(co *coroutine.Co) {
		x := l.next(t, co, "up").x
		errs, err := x.Batch(co, mods(3000))
		require.NoError(t, err)
		require.Nil(t, errs)
		require.Equal(t, 3000, count(t, co, x))
	})
}

// A real switch that listens is connected to only if its certificate is the right one.
func TestDialByTLS(t *testing.T) {
	sw, ca, other := ovstest.Start(t), newAuthority(t), newAuthority(t)
	sw.Bridge("br0")
	named, unnamed := ca.options("named", "127.0.0.1", "switch.example.org"), ca.options("unnamed")
	us, stranger := ca.options("controller"), other.options("stranger")
	port := freePort(t)
	sw.Vsctl("set-ssl", named.Key, named.Certificate, named.CA)
	sw.Vsctl("set-controller", "br0", "pssl:"+port+":127.0.0.1")
	sw.Vsctl("set", "controller", "br0", "connection_mode=out-of-band")
	addr := "ssl:127.0.0.1:" + port
	with := func(t netio.TLS, f func(*netio.TLS)) netio.TLS { f(&t); return t }
	connect := func(what string, o netio.TLS, want string) {
		t.Helper()
		err := dialTLS(t, addr, o)
		if want == "" {
			require.NoError(t, err, what)
			return
		}
		require.ErrorContains(t, err, want, what)
	}
	connect("as it should be", us, "")
	connect("by another name", with(us, func(o *netio.TLS) { o.ServerName = "switch.example.org" }), "")
	connect("of a wrong name", with(us, func(o *netio.TLS) { o.ServerName = "other.example.org" }), "other.example.org")
	connect("of a foreign authority", with(us, func(o *netio.TLS) { o.CA = stranger.CA }), "unknown authority")
	connect("of the system's authorities", with(us, func(o *netio.TLS) { o.CA = "" }), "unknown authority")
	connect("without a certificate of ours", netio.TLS{CA: us.CA}, "down")
	connect("with a stranger's certificate", with(stranger, func(o *netio.TLS) { o.CA = us.CA }), "down")
	connect("a file that is not there", with(us, func(o *netio.TLS) { o.Key = "/nowhere" }), "TLS is not set up")
	connect("any name, but no authority", with(us, func(o *netio.TLS) { o.AnyName, o.CA = true, "" }), "needs a CA")

	sw.Vsctl("set-ssl", unnamed.Key, unnamed.Certificate, unnamed.CA)
	require.Eventually(t, func() bool { return dialTLS(t, addr, us) != nil }, 10*time.Second, 50*time.Millisecond)
	connect("without any name", us, "doesn't contain any IP SANs")
	connect("any name will do", with(us, func(o *netio.TLS) { o.AnyName = true }), "")
	connect("any name, wrong authority", with(us, func(o *netio.TLS) { o.AnyName, o.CA = true, stranger.CA }),
		"unknown authority")
	connect("anything goes", with(us, func(o *netio.TLS) { o.CA, o.Insecure = "", true }), "")
}

// dialTLS is the outcome of the first attempt to connect.
func dialTLS(t *testing.T, address string, o netio.TLS) error {
	t.Helper()
	s := coroutine.New(coroutine.Options{})
	first := coroutine.NewFuture[struct{}]()
	s.Go("client", func(co *coroutine.Co) error {
		return Dial(co, netio.NewDialer(s, netio.WithTLS(o)), address, Options{
			OnUp:   func(*Session) { first.Resolve(struct{}{}, nil) },
			OnDown: func(_ *Session, err error) { first.Resolve(struct{}{}, err) }})
	}, coroutine.Daemon())
	var err error
	run(t, s, func(co *coroutine.Co) { _, err = first.Wait(co) })
	return err
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // it served its purpose
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// Who may connect to us, and that a renewed certificate is used at once.
func TestListenByTLS(t *testing.T) {
	ca, other := newAuthority(t), newAuthority(t)
	server := ca.options("controller", "127.0.0.1")
	client, stranger := ca.options("switch"), other.options("stranger")
	s := coroutine.New(coroutine.Options{})
	strict := listen(t, s, "pssl:0:127.0.0.1", Options{TLS: server})
	insecure := server
	insecure.CA, insecure.Insecure = "", true
	open := listen(t, s, "pssl:0:127.0.0.1", Options{TLS: insecure})
	shake := func(l *listening, o netio.TLS) {
		conf := &tls.Config{InsecureSkipVerify: true}
		if o.Certificate != "" {
			c, err := tls.LoadX509KeyPair(o.Certificate, o.Key)
			require.NoError(t, err)
			conf.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &c, nil }
		}
		nc, err := net.Dial("tcp", l.Addr().String())
		require.NoError(t, err)
		tc := tls.Client(nc, conf)
		t.Cleanup(func() { _ = tc.Close() })
		go func() { p := &peer{t, tc}; p.shake(4, 1, 0); p.serve(ignore) }()
	}
	run(t, s, func(co *coroutine.Co) {
		shake(strict, client)
		strict.next(t, co, "up").x.Close()
		strict.next(t, co, "down")
		for _, bad := range []netio.TLS{{}, stranger} {
			shake(strict, bad)
			require.Nil(t, strict.next(t, co, "down").x)
		}
		shake(open, netio.TLS{})
		open.next(t, co, "up")
		strict.connect(t, func(p *peer) { p.shake(4, 1, 0) }) // without TLS
		require.Nil(t, strict.next(t, co, "down").x)

		require.NoError(t, os.WriteFile(server.CA, readFile(t, other.file), 0o600))
		shake(strict, client)
		require.Nil(t, strict.next(t, co, "down").x)
		shake(strict, stranger)
		strict.next(t, co, "up")
	})
	for _, bad := range []netio.TLS{{}, {CA: server.CA}, {Certificate: server.Certificate, Key: server.Key},
		{CA: server.Key, Certificate: server.Certificate, Key: server.Key},
		{CA: "/nowhere", Certificate: server.Certificate, Key: server.Key}} {
		_, err := Listen(s, "pssl:0", Options{TLS: bad})
		require.ErrorIs(t, err, netio.ErrTLS)
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	return b
}
