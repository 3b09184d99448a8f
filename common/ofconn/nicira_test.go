package ofconn

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// unasked collects what a switch sends by itself.
type unasked struct {
	q *coroutine.Queue[openflow.Message]
}

// withUnasked is withSwitch that keeps what the switch sends by itself.
func withUnasked(t *testing.T, body func(co *coroutine.Co, x *Session, sw *ovstest.Switch, u unasked)) {
	t.Helper()
	sw := ovstest.Start(t)
	for _, v := range both {
		t.Run(v.String(), func(t *testing.T) {
			u := unasked{coroutine.NewQueue[openflow.Message](100)}
			o := Options{Versions: []openflow.Version{v}, OnMessage: func(_ *Session, m openflow.Message) { u.q.TryPut(m) }}
			withSession(t, sw.Bridge("br"+protocolName(v)), o, func(co *coroutine.Co, x *Session) { body(co, x, sw, u) })
		})
	}
}

// next is the next message of Nicira.
func (u unasked) next(t *testing.T, co *coroutine.Co) openflow.Message {
	t.Helper()
	m, err := u.q.Get(co)
	require.NoError(t, err)
	return m
}

// accepted sends messages of Nicira, which the switch must take.
func accepted(t *testing.T, co *coroutine.Co, x *Session, msgs ...openflow.Message) {
	t.Helper()
	errs, err := x.BatchOf(co, msgs...)
	require.NoError(t, err)
	for n, err := range errs {
		require.NoError(t, err, "%T", msgs[n])
	}
}

func ask(t *testing.T, co *coroutine.Co, x *Session, m openflow.Message) nicira.Message {
	t.Helper()
	reply, err := x.Request(co, m)
	require.NoError(t, err)
	n, err := nicira.From(reply)
	require.NoError(t, err)
	return n
}

func TestSwitchTakesMessagesOfNicira(t *testing.T) {
	withUnasked(t, func(co *coroutine.Co, x *Session, _ *ovstest.Switch, _ unasked) {
		tuple := nicira.CTTuple{Src: netip.MustParseAddr("10.0.0.1"), SrcPort: 5}
		accepted(t, co, x,
			&nicira.SetPacketInFormat{Format: nicira.PacketInNXM2}, &nicira.SetControllerID{ID: 5}, &nicira.FlowAge{},
			&nicira.FlowModTableID{Set: 1}, &nicira.SetAsyncConfig{PacketIn: [2]uint32{7, 0}, PortStatus: [2]uint32{7, 7}},
			&nicira.SetAsyncConfig2{Properties: []nicira.AsyncProperty{
				{Type: nicira.AsyncRequestForwardPrimary, Value: []byte{0, 0, 0, 3}}}},
			&nicira.CTFlushZone{Zone: 9},
			&nicira.CTFlush{Proto: 6, Properties: []nicira.CTProperty{tuple.Property(nicira.CTOrigTuple, false)}},
			&nicira.TLVTableMod{Maps: []nicira.TLVMap{{Class: 0xffff, Type: 1, Len: 8, Index: 3}}},
		)
		table := ask(t, co, x, &nicira.TLVTableRequest{}).(*nicira.TLVTableReply)
		require.Equal(t, []nicira.TLVMap{{Class: 0xffff, Type: 1, Len: 8, Index: 3}}, table.Maps)
		require.Equal(t, uint16(64), table.MaxFields)
		role := ask(t, co, x, &nicira.RoleRequest{Role: nicira.RolePrimary}).(*nicira.RoleReply)
		require.Equal(t, nicira.RolePrimary, role.Role)
		_, err := x.Request(co, nicira.NewIPFIXBridgeRequest(x.Version))
		require.ErrorContains(t, err, "switch refused the request")
	})
}

// paused is a flow that stops packets, lets the controller see them and then sets register 1.
func paused(v openflow.Version) openflow.Message {
	pause := []byte{0xff, 0xff, 0, 24, 0, 0, 0x23, 0x20, 0, 37, 0, 0, 0, 0, 0, 0, 0, 4, 0, 4, 0, 0, 0, 0}
	actions := nicira.Load(of13.Actions(pause), oxm.Reg(1), 0, 32, 7)
	m := &nicira.FlowMod{Priority: 9, BufferID: nicira.NoBuffer, OutPort: of10.PortNone, Cookie: 5,
		Actions: nicira.Actions(actions)}
	if v == openflow.Version13 {
		m.Actions = nicira.Actions(of13.Instructions(nil).Apply(actions))
	}
	return m
}

func TestPausedPacketIsResumed(t *testing.T) {
	withUnasked(t, func(co *coroutine.Co, x *Session, sw *ovstest.Switch, u unasked) {
		var whole openflow.Message = &of10.SetConfig{MissSendLen: 0xffff} // without it the socket sends no packet-ins
		if x.Version == openflow.Version13 {
			whole = &of13.SetConfig{MissSendLen: 0xffff}
		}
		accepted(t, co, x, whole, &nicira.SetPacketInFormat{Format: nicira.PacketInNXM2}, paused(x.Version))
		bridge := "br" + protocolName(x.Version)
		sw.Vsctl("add-port", bridge, "p"+bridge, "--", "set", "interface", "p"+bridge, "type=dummy", "ofport_request=3")
		sw.Appctl("netdev-dummy/receive", "p"+bridge,
			"in_port(3),eth(src=02:00:00:00:00:01,dst=02:00:00:00:00:02),eth_type(0x1234)")
		var p nicira.PacketIn
		for p.DecodeFrom(u.next(t, co)) != nil { // port status comes before
		}
		require.Equal(t, uint32(3), p.InPort())
		require.Equal(t, uint64(5), p.Cookie)
		c, err := nicira.ParseContinuation(p.Continuation)
		require.NoError(t, err)
		require.NotZero(t, c.Bridge)
		require.NotEmpty(t, c.Actions)
		accepted(t, co, x, p.Resume(x.Version))
		p.Continuation[4] ^= 0xff // of another bridge
		errs, err := x.BatchOf(co, p.Resume(x.Version))
		require.NoError(t, err)
		require.Error(t, errs[0])
	})
}

func TestFlowMonitor10(t *testing.T) {
	withUnasked(t, func(co *coroutine.Co, x *Session, _ *ovstest.Switch, u unasked) {
		if x.Version != openflow.Version10 {
			return
		}
		all := nicira.MonitorInitial | nicira.MonitorAdd | nicira.MonitorDelete | nicira.MonitorModify | nicira.MonitorActions
		first := ask(t, co, x, &nicira.FlowMonitorRequest{Monitors: []nicira.FlowMonitor{{ID: 1,
			Flags: all | nicira.MonitorOwn, OutPort: of10.PortNone, Table: 0xff}}}).(*nicira.FlowMonitorReply)
		require.Empty(t, first.Updates)
		accepted(t, co, x, paused(x.Version))
		m, err := nicira.From(u.next(t, co))
		require.NoError(t, err)
		update := m.(*nicira.FlowMonitorReply).Updates[0]
		require.Equal(t, nicira.UpdateAdded, update.Event)
		require.Equal(t, uint64(5), update.Cookie)
		_, actions, ok := update.Split()
		require.True(t, ok)
		require.NotEmpty(t, actions)
		accepted(t, co, x, &nicira.FlowMonitorCancel{ID: 1})
		flows := ask(t, co, x, &nicira.FlowStatsRequest{OutPort: of10.PortNone, Table: 0xff}).(*nicira.FlowStatsReply)
		require.Len(t, flows.Flows, 1)
		sums := ask(t, co, x, &nicira.AggregateRequest{OutPort: of10.PortNone, Table: 0xff}).(*nicira.AggregateReply)
		require.Equal(t, uint32(1), sums.Flows)
	})
}

func TestFlowMonitor13(t *testing.T) {
	withUnasked(t, func(co *coroutine.Co, x *Session, _ *ovstest.Switch, u unasked) {
		if x.Version != openflow.Version13 {
			return
		}
		all := of13.MonitorInitial | of13.MonitorAdd | of13.MonitorDelete | of13.MonitorModify | of13.MonitorActions
		first, err := Ask[*of13.FlowMonitorReply](co, x, &of13.FlowMonitorRequest{Monitors: []of13.FlowMonitor{{ID: 1,
			Flags: all, OutPort: of13.PortAny, Table: of13.AllTables}}})
		require.NoError(t, err)
		require.Empty(t, first.Updates)
		accepted(t, co, x, paused(x.Version))
		update := u.next(t, co).(*of13.FlowMonitorReply).Updates[0]
		require.Equal(t, of13.UpdateAbbrev, update.Event, "of our own changes the xid only")
		accepted(t, co, x, &of13.FlowMonitorCancel{ID: 1})
	})
}

func TestGroups10(t *testing.T) {
	withUnasked(t, func(co *coroutine.Co, x *Session, _ *ovstest.Switch, _ unasked) {
		if x.Version != openflow.Version10 {
			return
		}
		bucket := nicira.Bucket{ID: 4, Actions: nicira.Actions(of10.Actions(nil).Output(1, 0))}
		accepted(t, co, x,
			&nicira.GroupMod{Command: nicira.GroupAdd, GroupType: nicira.GroupSelect, Group: 3, CommandBucket: nicira.BucketAll},
			&nicira.GroupMod{Command: nicira.GroupInsertBucket, GroupType: nicira.GroupSelect, Group: 3,
				CommandBucket: nicira.BucketLast, Buckets: []nicira.Bucket{bucket}})
		desc := ask(t, co, x, &nicira.GroupDescRequest{Group: 3}).(*nicira.GroupDescReply)
		require.Equal(t, uint32(4), desc.Groups[0].Buckets[0].ID)
		stats := ask(t, co, x, &nicira.GroupStatsRequest{Group: 3}).(*nicira.GroupStatsReply)
		require.Len(t, stats.Groups[0].Buckets, 1)
		features := ask(t, co, x, &nicira.GroupFeaturesRequest{}).(*nicira.GroupFeaturesReply)
		require.Equal(t, uint32(0xf), features.Types)
	})
}

// until is the first message of type M that the switch sends by itself.
func until[M openflow.Message](t *testing.T, co *coroutine.Co, u unasked) M {
	t.Helper()
	for {
		m := u.next(t, co)
		if n, err := nicira.From(m); err == nil {
			m = n
		}
		if out, ok := m.(M); ok {
			return out
		}
	}
}

func TestChangesOfOthersAreTold(t *testing.T) {
	withUnasked(t, func(co *coroutine.Co, x *Session, sw *ovstest.Switch, u unasked) {
		bridge := "br" + protocolName(x.Version)
		all := func(typ nicira.AsyncType, reasons byte) nicira.AsyncProperty {
			return nicira.AsyncProperty{Type: typ, Value: []byte{0, 0, 0, reasons}}
		}
		accepted(t, co, x, &nicira.SetAsyncConfig2{Properties: []nicira.AsyncProperty{
			all(nicira.AsyncRequestForwardPrimary, 3), all(nicira.AsyncFlowRemovedPrimary, 7),
			all(nicira.AsyncRoleStatusPrimary, 7), all(nicira.AsyncRoleStatusSecondary, 7)}})
		if x.Version == openflow.Version10 {
			accepted(t, co, x, &nicira.SetFlowFormat{Format: nicira.FlowFormatNXM})
		}
		sw.Ofctl("add-group", bridge, "group_id=3,type=all,bucket=output:1")
		sw.Ofctl("add-flow", bridge, "priority=5,cookie=9,send_flow_rem,reg0=1,actions=drop")
		sw.Ofctl("del-flows", bridge, "reg0=1")
		if x.Version == openflow.Version13 {
			forwarded := until[*of13.RequestForward](t, co, u)
			m, err := of13.Decode(forwarded.Request)
			require.NoError(t, err)
			require.Equal(t, uint32(3), m.(*of13.GroupMod).Group)
			require.Equal(t, uint64(9), until[*of13.FlowRemoved](t, co, u).Cookie)
			return
		}
		m, err := nicira.Decode(until[*nicira.RequestForward](t, co, u).Request)
		require.NoError(t, err)
		require.Equal(t, uint32(3), m.(*nicira.GroupMod).Group)
		removed := until[*nicira.FlowRemoved](t, co, u)
		require.Equal(t, uint64(9), removed.Cookie)
		require.Equal(t, nicira.RemovedDelete, removed.Reason)
	})
}

func TestSwitchTellsThatTheRoleIsLost(t *testing.T) {
	withUnasked(t, func(co *coroutine.Co, x *Session, sw *ovstest.Switch, u unasked) {
		if x.Version != openflow.Version13 {
			return
		}
		accepted(t, co, x, &nicira.SetAsyncConfig2{Properties: []nicira.AsyncProperty{
			{Type: nicira.AsyncRoleStatusPrimary, Value: []byte{0, 0, 0, 7}},
			{Type: nicira.AsyncRoleStatusSecondary, Value: []byte{0, 0, 0, 7}}}})
		_, err := x.Request(co, &of13.RoleRequest{Role: of13.RoleMaster, GenerationID: 1})
		require.NoError(t, err)
		o := Options{Versions: only13}
		withSession(t, sw.OpenFlow("br"+protocolName(x.Version)), o, func(co *coroutine.Co, other *Session) {
			_, err := other.Request(co, &of13.RoleRequest{Role: of13.RoleMaster, GenerationID: 2})
			require.NoError(t, err)
		})
		status := until[*of13.RoleStatus](t, co, u)
		require.Equal(t, of13.RoleSlave, status.Role)
		require.Equal(t, of13.RoleReasonMasterRequest, status.Reason)
		require.Equal(t, uint64(2), status.GenerationID)
	})
}
