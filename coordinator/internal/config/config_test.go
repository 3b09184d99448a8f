package config

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func nothing(string) string { return "" }

func TestWhatIsGivenGoesBeforeTheFileAndThatBeforeTheDefault(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	require.NoError(t, os.WriteFile(path, []byte("redis: {url: \"redis://a\", name: x}\n"), 0o600))
	c, err := Load(path, nothing)
	require.NoError(t, err)
	require.Equal(t, Redis{URL: "redis://a", Name: "x"}, c.Redis)
	c, err = Load(path, func(name string) string { return map[string]string{EnvRedis: "redis://b"}[name] })
	require.NoError(t, err)
	require.Equal(t, Redis{URL: "redis://b", Name: "x"}, c.Redis)
	c, err = Load("", func(name string) string { return map[string]string{EnvPath: path}[name] })
	require.NoError(t, err)
	require.Equal(t, "redis://a", c.Redis.URL)
}

func TestMistakesAreNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.yaml")
	_, err := Load(path, nothing)
	require.ErrorIs(t, err, os.ErrNotExist)
	for text, want := range map[string]string{
		"redis: {uri: x}":    "uri",
		"redis: {url: \"\"}": "redis.url",
		"log: {level: loud}": "log.level",
	} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err = Load(path, nothing)
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, path)
	}
}

// The file that packages install says everything that there is, as comments, with the defaults.
func TestThePackagedFileIsTheDefault(t *testing.T) {
	packaged := "../../../packaging/coordinator.yaml"
	c, err := Load(packaged, nothing)
	require.NoError(t, err)
	require.Equal(t, Default(), c)

	text, err := os.ReadFile(packaged)
	require.NoError(t, err)
	setting := regexp.MustCompile(`(?m)^#( *[a-z_]+:)`)
	require.GreaterOrEqual(t, len(setting.FindAll(text, -1)), 6, "every key is there")
	path := filepath.Join(t.TempDir(), "all.yaml")
	require.NoError(t, os.WriteFile(path, setting.ReplaceAll(text, []byte("$1")), 0o600))
	c, err = Load(path, nothing)
	require.NoError(t, err)
	require.Equal(t, Default(), c)
}
