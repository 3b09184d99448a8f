package redisstore

import (
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

func TestParseURL(t *testing.T) {
	type u = redis.UniversalOptions
	good := map[string]u{
		"redis://h":                   {Addrs: []string{"h:6379"}},
		"redis://h:1/":                {Addrs: []string{"h:1"}},
		"redis://h:1/3":               {Addrs: []string{"h:1"}, DB: 3},
		"redis://me:p%40ss@h":         {Addrs: []string{"h:6379"}, Username: "me", Password: "p@ss"},
		"redis://:p@ss@[::1]:7":       {Addrs: []string{"[::1]:7"}, Password: "p@ss"},
		"redis://[fe80::1]":           {Addrs: []string{"[fe80::1]:6379"}},
		"unix:///run/redis/r.sock":    {Addrs: []string{"/run/redis/r.sock"}},
		"unix://u:p@/r.sock?db=2":     {Addrs: []string{"/r.sock"}, DB: 2, Username: "u", Password: "p"},
		"redis://a,b:7":               {Addrs: []string{"a:6379", "b:7"}, IsClusterMode: true},
		"redis+cluster://a":           {Addrs: []string{"a:6379"}, IsClusterMode: true},
		"redis+sentinel://a,b:1/m":    {Addrs: []string{"a:26379", "b:1"}, MasterName: "m"},
		"redis+sentinel://:p@a/m.x/4": {Addrs: []string{"a:26379"}, MasterName: "m.x", DB: 4, Password: "p"},
		"redis+sentinel://a/m?sentinel_user=s&sentinel_password=q": {Addrs: []string{"a:26379"}, MasterName: "m",
			SentinelUsername: "s", SentinelPassword: "q"},
	}
	for raw, want := range good {
		got, err := parseURL(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, *got, raw)
	}
	got, err := parseURL("rediss://h?server_name=x&skip_verify=true")
	require.NoError(t, err)
	require.Equal(t, "x", got.TLSConfig.ServerName)
	require.True(t, got.TLSConfig.InsecureSkipVerify)

	bad := map[string]string{
		"":                             "want redis://HOST",
		"h:6379":                       "want redis://HOST",
		"http://h":                     `unknown scheme "http"`,
		"redis://":                     "want redis://HOST",
		"redis://a,,b":                 "empty host name",
		"redis://h:0":                  `"h:0" is not HOST or HOST:PORT`,
		"redis://h:x":                  `"h:x" is not HOST or HOST:PORT`,
		"redis://h:70000":              "is not HOST or HOST:PORT",
		"redis://h/x":                  `database "x" is not a number`,
		"redis://a,b/1":                "a cluster has only database 0",
		"redis://h?foo=1":              `unknown option "foo"`,
		"redis://h?ca=/x":              `option "ca" needs TLS: use rediss`,
		"rediss://h?ca=/does/not/be":   "read ca",
		"rediss://h?cert=/does/not/be": "load client certificate",
		"unix://run/redis.sock":        "absolute path",
		"unix://":                      "want redis://HOST",
		"redis+sentinel://a":           "name of the master is missing",
		"redis://u:p%zz@h":             "%25",
	}
	for raw, want := range bad {
		_, err := parseURL(raw)
		require.ErrorContains(t, err, want, raw)
	}
	_, err = parseURL("redis://me:secret@h?foo=secret")
	require.NotContains(t, err.Error(), "secret")
}

func TestOpenRefusesNames(t *testing.T) {
	for _, name := range []string{"a b", "{a}", "a:b", "*", "-a", "ä"} {
		_, err := Open(Options{URL: "redis://h", Name: name})
		require.ErrorContains(t, err, "deployment name", name)
	}
}

func TestMissingFlags(t *testing.T) {
	for have, want := range map[string]string{"": "K$gt", "KEA": "", "AK": "", "A": "K", "Kg$": "t", "K$gt": "",
		"Elshzxet": "K$g"} {
		require.Equal(t, want, missingFlags(have), have)
	}
}

func FuzzParseURL(f *testing.F) {
	f.Add("redis+sentinel://u:p@a:1,b/m/3?sentinel_user=x")
	f.Add("unix://@/x?db=1")
	f.Fuzz(func(t *testing.T, raw string) {
		o, err := parseURL(raw)
		if err == nil && len(o.Addrs) == 0 {
			t.Fatal("no address and no error")
		}
	})
}

func FuzzField(f *testing.F) {
	f.Add("a/b", "c%2F\n")
	f.Fuzz(func(t *testing.T, kind, id string) {
		k := store.Key{Scope: "s", Kind: kind, ID: id}
		text := field(k)
		require.NotContains(t, text, "\n")
		require.Equal(t, k, keyOf("s", text))
	})
}
