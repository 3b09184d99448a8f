package controller

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// modernFlows are flows that OpenFlow 1.0 itself has no words for.
var modernFlows = []flow.Flow{
	{Priority: 1, Match: flow.Match{}.Reg(3, 7), Do: flow.Actions{}.Output(1)},
	{Priority: 2, Match: flow.Match{}.Metadata(0x10, 0xf0), Do: flow.Actions{}.Set(oxm.Metadata, 3).Output(1)},
	{Priority: 3, Match: flow.Match{}.IPv6Dst(netip.MustParsePrefix("fd00::/8")), Do: flow.Actions{}.Raw(of13.Actions(nil).
		SetField(oxm.Match(nil).Prefix(oxm.IPv6Src, netip.MustParsePrefix("fd00::1/128")))).Output(1)},
	{Priority: 4, Match: flow.Match{}.Multicast().InPort(flow.PortLocal), Do: flow.Actions{}.Controller()},
	{Priority: 5, Match: flow.Match{}.VLAN(3).TCPDst(23), Do: flow.Actions{}.PopVLAN().Output(1)},
	{Priority: 6, Match: flow.Match{}.Untagged(), Do: flow.Actions{}.Raw(of13.Actions(nil).SetField(
		oxm.Match(nil).UintMasked(oxm.Reg(1), 1, 3)))},
	{Priority: 7, Match: flow.Match{}.TunnelID(9).ARP(1).ARPTarget(netip.MustParseAddr("10.0.0.1"))},
}

// wanting is a module that wants flows, and sends one that says when it ends.
func wantingModern(ups *coroutine.Queue[*Switch], gone *coroutine.Queue[FlowRemoved]) Module {
	m := module("m", func(m *Instance) error {
		m.OnSwitch(func(sw *Switch) error { ups.TryPut(sw); return sw.Want("all", modernFlows...) }, nil)
		m.OnRemoved(func(_ *Switch, r FlowRemoved) { gone.TryPut(r) })
		return nil
	})
	m.Tables[0].Miss = MissDrop
	return m
}

// Over 1.0 Open vSwitch takes what it takes over 1.3: all matches, deleting by cookie, and flows are found again.
func TestNewerMatchesOverOpenFlow10(t *testing.T) {
	ovs := ovstest.Start(t)
	bridge := ovs.Bridge("br0")
	off := func(fn func()) func(context.Context) (struct{}, error) {
		return func(context.Context) (struct{}, error) { fn(); return struct{}{}, nil }
	}
	for _, first := range []bool{true, false} {
		c := New(Options{Versions: []openflow.Version{openflow.Version10}})
		ups, gone := coroutine.NewQueue[*Switch](1), coroutine.NewQueue[FlowRemoved](1)
		require.NoError(t, c.Load(wantingModern(ups, gone)))
		_, err := c.Serve(bridge)
		require.NoError(t, err)
		run(t, c, func(co *coroutine.Co) {
			sw, err := ups.Get(co)
			require.NoError(t, err)
			require.NoError(t, sw.Sync(co))
			require.Equal(t, len(modernFlows)+1, sw.Counts().Installed)
			if !first {
				require.Zero(t, sw.Counts().Changes, "what another run has left is as it is wanted")
				return
			}
			ends := flow.Flow{Priority: 50, Match: flow.Match{}.Reg(2, 9).UDPDst(53), HardTimeout: 1, TellRemoved: true}
			require.NoError(t, sw.Send(ends))
			r, err := gone.Get(co)
			require.NoError(t, err)
			require.Equal(t, FlowRemoved{Table: "m", Priority: 50, Match: r.Match, Seconds: r.Seconds}, r)
			require.Equal(t, ends.Match.OXM().AppendCanonical(nil), r.Match.OXM().AppendCanonical(nil))

			_, err = coroutine.Call(co, off(func() { ovs.Ofctl("add-flow", bridge, "priority=60,in_port=7,actions=1") }))
			require.NoError(t, err)
			require.NoError(t, sw.Send(flow.Flow{Priority: 61, Match: flow.Match{}.InPort(7).Reg(1, 1)}))
			require.NoError(t, sw.Delete("", flow.Match{}.InPort(7), 0))
			require.NoError(t, sw.Session().Barrier(co))
			_, err = coroutine.Call(co, off(func() {
				left := ovs.Ofctl("dump-flows", bridge)
				require.Contains(t, left, "priority=60,in_port=7", "it is not ours")
				require.NotContains(t, left, "priority=61")
				require.Equal(t, 1, strings.Count(left, "load:0x1->NXM_NX_REG1[0..1]")+
					strings.Count(left, "set_field:0x1/0x3->reg1"), left)
			}))
			require.NoError(t, err)
			bad := flow.Match{}.Uint(oxm.IPProto, 17) // of what?
			require.ErrorIs(t, sw.Want("bad", flow.Flow{Match: bad}), oxm.ErrPrereq)
			require.NoError(t, co.Sleep(10*time.Millisecond))
		})
	}
}
