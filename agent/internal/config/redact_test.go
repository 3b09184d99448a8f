package config

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRedactLeavesNothingSecret(t *testing.T) {
	for text, want := range map[string]string{
		"redis://:pw@h:1/0":                              "redis://***@h:1/0",
		"redis://u:p@q/w@h/0 x":                          "redis://***@h/0 x",
		"a redis://h/0 b":                                "a redis://h/0 b",
		"rediss+sentinel://h/m?sentinel_password=x&ca=y": "rediss+sentinel://h/m?sentinel_password=***&ca=y",
		"requirepass: x\npassword: \"y z\"":              "requirepass: ***\npassword: ***",
		"token=abc":                                      "token=***",
	} {
		require.Equal(t, want, Redact(text))
	}
	c := Config{Redis: Redis{URL: "redis+sentinel://u:p@h/m?sentinel_password=q"}}
	require.Equal(t, []string{"p", "q"}, c.Secrets())
	c.Redis.URL = "redis://u:p%2Fq@h/0"
	require.Equal(t, []string{"p%2Fq", "p/q"}, c.Secrets(), "as it is sent, too")
	c.Redis.URL = "unix://:s/e@c@/run/redis.sock?db=1"
	require.Equal(t, []string{"s/e@c"}, c.Secrets())
	require.Empty(t, (&Config{Redis: Redis{URL: "redis://h/0"}}).Secrets())
}
