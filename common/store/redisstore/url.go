package redisstore

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

const (
	redisPort    = "6379"
	sentinelPort = "26379"
	urlForms     = "want redis://HOST, rediss://HOST, unix:///PATH, redis://HOST,HOST… or redis+cluster://HOST… " +
		"for a cluster, redis+sentinel://HOST,HOST…/MASTER"
)

// parseURL understands:
//
//	redis[s]://[USER[:PASSWORD]@]HOST[:PORT][/DB]               one server, TLS with rediss
//	unix://[USER[:PASSWORD]@]/PATH[?db=N]                       one server, unix socket
//	redis[s]://…HOST[:PORT],HOST[:PORT]…                        a cluster
//	redis[s]+cluster://…HOST[:PORT]…                            a cluster, also with one seed address
//	redis[s]+sentinel://…HOST[:PORT],…/MASTER[/DB]              the master that these sentinels name
//
// and the options ca, cert, key, server_name, skip_verify (TLS), sentinel_user, sentinel_password.
func parseURL(raw string) (*redis.UniversalOptions, error) {
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok || rest == "" {
		return nil, fmt.Errorf("redis url %q: %s", redact(raw), urlForms)
	}
	head, query, _ := strings.Cut(rest, "?")
	q, err := url.ParseQuery(query)
	if err != nil {
		return nil, fmt.Errorf("redis url %q: options: %w", redact(raw), err)
	}
	o := &redis.UniversalOptions{}
	if head, err = credentials(o, head); err == nil {
		err = target(o, scheme, head, q)
	}
	if err == nil {
		err = tlsOptions(o, strings.HasPrefix(scheme, "rediss"), q)
	}
	if err != nil {
		return nil, fmt.Errorf("redis url %q: %w", redact(raw), err)
	}
	o.SentinelUsername, o.SentinelPassword = q.Get("sentinel_user"), q.Get("sentinel_password")
	q.Del("sentinel_user")
	q.Del("sentinel_password")
	for k := range q {
		return nil, fmt.Errorf("redis url %q: unknown option %q", redact(raw), k)
	}
	return o, nil
}

// credentials takes USER:PASSWORD@ off the front. The last @ counts: a password may contain one.
func credentials(o *redis.UniversalOptions, head string) (string, error) {
	at := strings.LastIndexByte(head, '@')
	if at < 0 {
		return head, nil
	}
	user, pass, _ := strings.Cut(head[:at], ":")
	var err1, err2 error
	o.Username, err1 = url.PathUnescape(user)
	o.Password, err2 = url.PathUnescape(pass)
	if err1 != nil || err2 != nil {
		return "", errors.New("user or password: a % must be written %25")
	}
	return head[at+1:], nil
}

// target fills in where to connect to.
func target(o *redis.UniversalOptions, scheme, head string, q url.Values) error {
	hosts, path, _ := strings.Cut(head, "/")
	db := path
	switch scheme {
	case "unix":
		if hosts != "" || path == "" {
			return errors.New("a unix socket needs an absolute path, unix:///run/redis/redis.sock")
		}
		o.Addrs = []string{"/" + path}
		db = q.Get("db")
		q.Del("db")
		return database(o, db)
	case "redis+sentinel", "rediss+sentinel":
		o.MasterName, db, _ = strings.Cut(path, "/")
		if o.MasterName == "" {
			return errors.New("the name of the master is missing after the sentinels: /MASTER")
		}
		return errors.Join(addresses(o, hosts, sentinelPort), database(o, db))
	case "redis", "rediss":
	case "redis+cluster", "rediss+cluster":
		o.IsClusterMode = true
	default:
		return fmt.Errorf("unknown scheme %q: %s", scheme, urlForms)
	}
	if err := errors.Join(addresses(o, hosts, redisPort), database(o, db)); err != nil {
		return err
	}
	if o.IsClusterMode = o.IsClusterMode || len(o.Addrs) > 1; o.IsClusterMode && o.DB != 0 {
		return errors.New("a cluster has only database 0")
	}
	return nil
}

func addresses(o *redis.UniversalOptions, hosts, port string) error {
	for h := range strings.SplitSeq(hosts, ",") {
		if h == "" {
			return errors.New("empty host name: " + urlForms)
		}
		host, p, err := net.SplitHostPort(h)
		if err != nil {
			host, p = strings.Trim(h, "[]"), port
		}
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 || host == "" {
			return fmt.Errorf("%q is not HOST or HOST:PORT", h)
		}
		o.Addrs = append(o.Addrs, net.JoinHostPort(host, p))
	}
	return nil
}

func database(o *redis.UniversalOptions, db string) error {
	if db == "" {
		return nil
	}
	n, err := strconv.ParseUint(db, 10, 16)
	if err != nil {
		return fmt.Errorf("database %q is not a number", db)
	}
	o.DB = int(n)
	return nil
}

func tlsOptions(o *redis.UniversalOptions, wanted bool, q url.Values) error {
	ca, cert, key, name, skip := q.Get("ca"), q.Get("cert"), q.Get("key"), q.Get("server_name"), q.Get("skip_verify")
	for _, k := range []string{"ca", "cert", "key", "server_name", "skip_verify"} {
		if q.Has(k) && !wanted {
			return fmt.Errorf("option %q needs TLS: use rediss", k)
		}
		q.Del(k)
	}
	if !wanted {
		return nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: name, InsecureSkipVerify: skip == "true"}
	if ca != "" {
		pem, err := os.ReadFile(ca)
		if err != nil {
			return fmt.Errorf("read ca: %w", err)
		}
		if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(pem) {
			return fmt.Errorf("ca %s has no certificate", ca)
		}
	}
	if cert != "" || key != "" {
		pair, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			return fmt.Errorf("load client certificate: %w", err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	o.TLSConfig = c
	return nil
}

// redact hides a password, for error texts.
func redact(raw string) string {
	scheme, rest, ok := strings.Cut(raw, "://")
	head, query, _ := strings.Cut(rest, "?")
	if at := strings.LastIndexByte(head, '@'); ok && at >= 0 {
		head = "***@" + head[at+1:]
	}
	if !ok {
		return raw
	}
	if query != "" {
		head += "?…"
	}
	return scheme + "://" + head
}
