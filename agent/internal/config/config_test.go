package config

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func load(t *testing.T, text string) (Config, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "agent.yaml")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return Load(path)
}

func TestAShortFileIsEnough(t *testing.T) {
	c, err := load(t, "tunnel: {address: 10.0.0.1}\n")
	require.NoError(t, err)
	require.Equal(t, "unix:/run/openvswitch/br-int.mgmt", c.OpenFlowAddress())
	a, err := c.TunnelAddress()
	require.NoError(t, err)
	require.Equal(t, "10.0.0.1", a.String())
	c, err = load(t, "tunnel: {interface: lo}\nredis:\n  url: redis://10.0.0.9:6379/1\n")
	require.NoError(t, err)
	a, err = c.TunnelAddress()
	require.NoError(t, err)
	require.Equal(t, "127.0.0.1", a.String())
	require.Equal(t, "redis://10.0.0.9:6379/1", c.Redis.URL)
}

func TestWrongFilesNameTheKey(t *testing.T) {
	for text, want := range map[string]string{
		"tunnel: {address: 10.0.0.1}\nbridge: br0\n":                 "bridge",
		"tunnel: {adress: 10.0.0.1}\n":                               "adress",
		"{}\n":                                                       "tunnel: set address or interface",
		"tunnel: {address: fe80::1}\n":                               "tunnel.address",
		"tunnel: {address: 10.0.0.1}\novs: {db: /run/x}\n":           "ovs.db",
		"tunnel: {address: 10.0.0.1}\novs: {bridge: a/b}\n":          "ovs.bridge",
		"tunnel: {address: 10.0.0.1}\nlog: {level: loud}\n":          "log.level",
		"tunnel: {address: 10.0.0.1}\novs: {db: 'tcp:1.2.3.4:6640'}": "ovs.openflow",
		"tunnel: {address: 10.0.0.1}\nhost: 'a b'\n":                 "host",
	} {
		_, err := load(t, text)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "agent.yaml")
	}
	_, err := Load("/nonexistent/agent.yaml")
	require.ErrorContains(t, err, "/nonexistent/agent.yaml")
}

// The file that packages install says everything that there is, as comments, with the defaults.
func TestThePackagedFileIsTheDefault(t *testing.T) {
	text, err := os.ReadFile("../../../packaging/agent.yaml")
	require.NoError(t, err)
	_, err = load(t, string(text))
	require.ErrorContains(t, err, "tunnel: set address or interface", "all that is missing")
	require.NotContains(t, err.Error(), "\n")

	setting := regexp.MustCompile(`(?m)^#( *[a-z_]+:)`)
	all := setting.ReplaceAllString(string(text), "$1")
	c, err := load(t, strings.Replace(all, "interface: \"\"", "interface: eth1", 1))
	require.NoError(t, err)
	want := Default()
	want.Tunnel.Interface, want.Log.Format = "eth1", "auto"
	require.Equal(t, want, c)
	for _, key := range keys(reflect.TypeFor[Config]()) {
		require.Contains(t, all, key+":", "every key is there")
	}
}

// keys are the names of all fields.
func keys(of reflect.Type) (names []string) {
	for i := range of.NumField() {
		f := of.Field(i)
		names = append(names, f.Tag.Get("yaml"))
		if f.Type.Kind() == reflect.Struct && f.Type.PkgPath() == of.PkgPath() {
			names = append(names, keys(f.Type)...)
		}
	}
	return names
}
