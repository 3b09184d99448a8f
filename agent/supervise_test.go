package agent

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestASupervisorHearsOfTheSchedulerItself: that it is ready, how much it has, and nothing while it hangs.
func TestASupervisorHearsOfTheSchedulerItself(t *testing.T) {
	_, one, _ := blue(t)
	one.stop()
	heard := make(chan Progress, 100)
	env := one.env
	env.Supervisor = func(p Progress) { heard <- p }
	a, err := New(one.cfg, env)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	defer func() {
		cancel()
		<-ended
		one.start()
		one.ready()
	}()

	first := <-heard
	require.False(t, first.Ready)
	require.Contains(t, first.Text, "waiting for the database of Open vSwitch")
	for p := first; !p.Ready; p = <-heard {
	}
	p := <-heard
	require.True(t, p.Ready)
	require.Regexp(t, `^\d+ ports, \d+ flows, revision \d+$`, p.Text)

	hang := make(chan struct{})
	hangs := make(chan struct{})
	require.NoError(t, a.s.Post(func() { close(hangs); <-hang }))
	<-hangs
	for len(heard) > 0 {
		<-heard
	}
	select {
	case <-heard:
		require.Fail(t, "heard of a scheduler that hangs")
	case <-time.After(2 * pulseInterval):
	}
	close(hang)
	require.True(t, (<-heard).Ready)
}
