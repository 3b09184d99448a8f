package controller

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
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

// A packet that a module has looked at goes on at the next table with its registers, over both versions.
func TestNextTakesThePacketOn(t *testing.T) {
	for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
		t.Run(v.String(), func(t *testing.T) {
			ovs := ovstest.Start(t)
			c := New(Options{Versions: []openflow.Version{v}})
			ups, seen := coroutine.NewQueue[*Switch](1), coroutine.NewQueue[string](4)
			see := func(p *PacketIn) {
				reg, _ := p.Metadata.GetUint(oxm.Reg(5))
				seen.TryPut(fmt.Sprintf("%s: port %d, reg5=%d, %d bytes", p.Table(), p.InPort, reg, len(p.Frame)))
			}
			gate := module("gate", func(m *Instance) error {
				m.OnSwitch(func(sw *Switch) error {
					ups.TryPut(sw)
					return sw.Want("all", flow.Flow{Priority: 1, Do: flow.Actions{}.Reg(5, 7).Controller()})
				}, nil)
				m.OnPacket(func(p *PacketIn) error { see(p); return p.Next() })
				return nil
			})
			gate.Tables[0].Before = []string{"last"}
			last := module("last", func(m *Instance) error {
				m.OnPacket(func(p *PacketIn) error { see(p); return p.Next() }) // after which there is none
				return nil
			})
			last.Tables[0].Miss = MissController
			require.NoError(t, c.Load(gate, last))
			_, err := c.Serve(ovs.Bridge("br0"))
			require.NoError(t, err)
			run(t, c, func(co *coroutine.Co) {
				sw, err := ups.Get(co)
				require.NoError(t, err)
				require.NoError(t, sw.Sync(co))
				require.NoError(t, sw.PacketOut(3, flow.Actions{}.Output(flow.PortTable), make([]byte, 64)))
				for _, want := range []string{"gate: port 3, reg5=7, 64 bytes", "last: port 3, reg5=7, 64 bytes"} {
					got, err := seen.Get(co)
					require.NoError(t, err)
					require.Equal(t, want, got)
				}
			})
		})
	}
}
