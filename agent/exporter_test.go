package agent

import (
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// An address of metrics that is taken keeps nobody from working; the metrics are there when it is free.
func TestMetricsAddressTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := l.Addr().String()
	_, one, _ := blue(t)
	one.stop()
	one.cfg.Metrics.Listen = address
	one.start()
	one.ready()
	await(t, "it says so", func() bool { return one.problem("metrics_not_served", address) })
	require.NoError(t, l.Close())
	await(t, "it serves them", func() bool { return !one.problem("metrics_not_served", address) })
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	require.NoError(t, c.Close())
}
