package config

import (
	"os"
	"path/filepath"
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
