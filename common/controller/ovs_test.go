package controller

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// A panic that no module is to blame for costs the connection, which is made anew.
func TestAfterAFaultOfItsOwnItConnectsAgain(t *testing.T) {
	sw := ovstest.Start(t)
	c := New(Options{})
	_, err := c.Serve(sw.Bridge("br0"))
	require.NoError(t, err)
	ups := coroutine.NewQueue[*Switch](2)
	require.NoError(t, c.Load(module("m", func(m *Instance) error {
		m.OnSwitch(func(sw *Switch) error { ups.TryPut(sw); return nil }, nil)
		return nil
	})))
	run(t, c, func(co *coroutine.Co) {
		first, err := ups.Get(co)
		require.NoError(t, err)
		first.dp.ports = nil // the next change of a port panics
		_, err = coroutine.Call(co, func(context.Context) (string, error) {
			return sw.Vsctl("add-port", "br0", "p1", "--", "set", "interface", "p1", "type=dummy"), nil
		})
		require.NoError(t, err)
		for first.Connected() {
			require.NoError(t, co.Sleep(10*time.Millisecond))
		}
		second, err := ups.Get(co)
		require.NoError(t, err)
		require.Len(t, second.Ports(), 2)
	})
}
