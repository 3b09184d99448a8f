package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

// ready has a live host say that ports are on standby on it.
func (f *fixture) ready(host string, ports ...string) {
	f.t.Helper()
	b, err := json.Marshal(model.Beat{Host: host, Standby: ports, IntervalMS: 5000})
	require.NoError(f.t, err)
	require.NoError(f.t, f.s.Beat(f.t.Context(), host, b))
}

func TestMigrate(t *testing.T) {
	f := setup(t)
	f.must(base)
	f.host("h1", "hv1")
	f.host("h2", "hv2")
	f.beat("h1", 1)
	f.beat("h2", 1)
	migrate := func(to string) (Port, error) { return f.Migrate(t.Context(), "web1", to) }
	_, err := migrate("hv2")
	require.ErrorContains(t, err, "port web1: host: is on no host")
	f.bind("blue", "web1", "h1")
	p, err := migrate("hv2")
	require.NoError(t, err)
	require.Equal(t, []string{"hv1", "hv2"}, []string{p.Host, p.MigratesTo})
	before := f.rev()
	_, err = migrate("h2")
	require.NoError(t, err)
	require.Equal(t, before, f.rev(), "said already")
	for to, why := range map[string]string{"hv1": "is on host hv1 already", "hv9": "host hv9: not found"} {
		_, err = migrate(to)
		require.ErrorContains(t, err, why)
	}
	_, err = f.Migrate(t.Context(), "web9", "hv2")
	require.Equal(t, "not found", kindOf(err))

	c, ctx := f.steps(func() {}, func() { f.ready("h2", "web1") })
	p, err = c.AwaitStandby(ctx, "web1", "hv2")
	require.NoError(t, err)
	require.Equal(t, []string{"hv2"}, p.Standby)
	list, err := f.Ports(t.Context(), "blue")
	require.NoError(t, err)
	require.Equal(t, p, list[0])
	f.sound()

	p, err = migrate("")
	require.NoError(t, err)
	require.Empty(t, p.MigratesTo)
	f.beat("h2", 1)
	c, ctx = f.steps(func() {})
	_, err = c.AwaitStandby(ctx, "web1", "hv2")
	require.ErrorContains(t, err, "time-out: host hv2 does not have port web1 ready")
	broken := errors.New("the clock is broken")
	c = New(f.s, Options{Sleep: func(context.Context, time.Duration) error { return broken }})
	_, err = c.AwaitStandby(t.Context(), "web1", "hv2")
	require.ErrorIs(t, err, broken, "not that it is ready")

	f.now = f.now.Add(time.Minute)
	f.beat("h1", 1)
	_, err = migrate("hv2")
	require.ErrorContains(t, err, "host hv2 is silent")
}
