package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestEditSetsAKeyWhereItIs(t *testing.T) {
	for _, c := range []struct{ before, key, value, after string }{
		{"", "tunnel.interface", "eth1", "\n\ntunnel:\n  interface: \"eth1\"\n"},
		{"# a\n#tunnel:\n# the address\n#  address: \"\"\n#  port: vxlan0\n\n#log:\n", "tunnel.address", "10.0.0.1",
			"# a\ntunnel:\n# the address\n  address: \"10.0.0.1\"\n#  port: vxlan0\n\n#log:\n"},
		{"tunnel:\n  interface: eth0 # old\nlog:\n  level: warn\n", "tunnel.interface", "eth1",
			"tunnel:\n  interface: \"eth1\"\nlog:\n  level: warn\n"},
		{"tunnel:\n  port: x\n", "tunnel.interface", "eth1", "tunnel:\n  interface: \"eth1\"\n  port: x\n"},
		{"redis: {url: 'redis://a,b', name: \"x\"} # here\n", "redis.url", "redis://c",
			"redis:\n  url: \"redis://c\"\n  name: \"x\"\n"},
		{"#host: \"\"\nlog: {level: info}\n", "host", "hv1", "host: \"hv1\"\nlog: {level: info}\n"},
	} {
		got, err := Edit(c.before, Setting{c.key, c.value})
		require.NoError(t, err)
		require.Equal(t, c.after, got)
		again, err := Edit(got, Setting{c.key, c.value})
		require.NoError(t, err)
		require.Equal(t, got, again)
	}
}

func TestEditDoesNotGuess(t *testing.T) {
	for _, text := range []string{"redis:\n    url: a\n", "redis: {\n url: a}\n", "redis: [\n"} {
		got, err := Edit(text, Setting{"redis.url", "redis://c"})
		require.ErrorContains(t, err, "by hand", text)
		require.Equal(t, text, got)
	}
}

func TestThePackagedFileCanBeEdited(t *testing.T) {
	text, err := os.ReadFile("../../../packaging/agent.yaml")
	require.NoError(t, err)
	got, err := Edit(string(text), Setting{"redis.url", "redis://:pw@10.0.0.5/0"}, Setting{"tunnel.interface", "eth1"},
		Setting{"ovs.datapath_type", "netdev"})
	require.NoError(t, err)
	require.Equal(t, strings.Count(string(text), "\n"), strings.Count(got, "\n"), "every line in its place")
	path := filepath.Join(t.TempDir(), "etc", "agent.yaml")
	require.NoError(t, Write(path, string(text)))
	require.NoError(t, Write(path, got))
	c, err := Load(path)
	require.NoError(t, err)
	require.Equal(t, "eth1", c.Tunnel.Interface)
	require.Equal(t, "netdev", c.OVS.DatapathType)
	kept, err := os.ReadFile(path + BackupSuffix)
	require.NoError(t, err)
	require.Equal(t, string(text), string(kept))
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	left, err := filepath.Glob(filepath.Dir(path) + "/*")
	require.NoError(t, err)
	require.Len(t, left, 2)
}
