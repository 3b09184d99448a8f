package ofconn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

const badPort = 0xff05 // there is none with this number

// flow is a flow-mod that a switch takes, refusedFlow one that it refuses.
func flow(v openflow.Version, prio uint16) []byte { return flowMod(v, prio, 2) }

func refusedFlow(v openflow.Version) []byte { return flowMod(v, 1, badPort) }

func flowMod(v openflow.Version, prio, port uint16) []byte {
	if v == openflow.Version10 {
		m := of10.MatchAll()
		m.Wildcards &^= of10.WildInPort
		m.InPort = 1
		return of10.Encode(&of10.FlowMod{Match: m, Priority: prio, BufferID: of10.NoBuffer, OutPort: of10.PortNone,
			Actions: of10.Actions(nil).Output(port, 0), Cookie: 7})
	}
	out := uint32(port)
	if port == badPort {
		out |= 0xffff0000
	}
	return of13.AppendFlow(nil, 0, &of13.FlowSend{Key: of13.FlowKey(5, prio, oxm.Match(nil).Uint(oxm.InPort, 1)),
		Instructions: string(of13.Instructions(nil).Apply(of13.Actions(nil).Output(out, 0))), Cookie: 7})
}

// count is how many flows the switch has.
func count(t *testing.T, co *coroutine.Co, x *Session) (n int) {
	t.Helper()
	if x.Version == openflow.Version10 {
		parts, err := Gather[*of10.FlowStatsReply](co, x, &of10.FlowStatsRequest{Match: of10.MatchAll(),
			Table: of10.AllTables, OutPort: of10.PortNone})
		require.NoError(t, err)
		for _, p := range parts {
			n += len(p.Flows)
		}
		return n
	}
	parts, err := Gather[*of13.FlowStatsReply](co, x, &of13.FlowStatsRequest{Table: of13.AllTables,
		OutPort: of13.PortAny, OutGroup: of13.AnyGroup})
	require.NoError(t, err)
	for _, p := range parts {
		n += len(p.Flows)
	}
	return n
}

func TestBatchTiesEveryErrorToItsMessage(t *testing.T) {
	withSwitch(t, func(t *testing.T, _ *ovstest.Switch, co *coroutine.Co, x *Session) {
		var msgs [][]byte
		for i := range 3000 {
			msgs = append(msgs, flow(x.Version, uint16(i)))
		}
		msgs[7] = refusedFlow(x.Version)
		errs, err := x.Batch(co, msgs)
		require.NoError(t, err)
		for i, e := range errs {
			if i != 7 {
				require.NoError(t, e)
			}
		}
		var r *Refused
		require.ErrorAs(t, errs[7], &r)
		require.Equal(t, x.Version, r.Version)
		require.EqualValues(t, of13.ErrBadAction, r.Class) // the same in 1.0
		require.ErrorContains(t, r, "OFPBAC_BAD_OUT_PORT")
		require.Equal(t, 2999, count(t, co, x), "a reply of many parts")
		errs, err = x.Batch(co, [][]byte{flow(x.Version, 1)})
		require.NoError(t, err)
		require.Nil(t, errs)
	})
}

func TestBundleIsAllOrNothing(t *testing.T) {
	sw := ovstest.Start(t)
	withSession(t, sw.Bridge("br0"), Options{}, func(co *coroutine.Co, x *Session) {
		v := x.Version
		errs, err := x.Bundle(co, [][]byte{flow(v, 1), flow(v, 2)})
		require.NoError(t, err)
		require.Nil(t, errs)
		require.Equal(t, 2, count(t, co, x))
		errs, err = x.Bundle(co, [][]byte{flow(v, 3), refusedFlow(v), flow(v, 4)})
		var r *Refused
		require.ErrorAs(t, err, &r)
		require.NotErrorIs(t, err, ErrOutcome)
		require.Len(t, errs, 3)
		require.NoError(t, errs[0])
		require.ErrorAs(t, errs[1], &r)
		require.NoError(t, errs[2])
		require.Equal(t, 2, count(t, co, x))
	})
}

// A message that the switch refuses only when it is committed.
func TestBundleRefusedAtCommit(t *testing.T) {
	sw := ovstest.Start(t)
	withSession(t, sw.Bridge("br0"), Options{}, func(co *coroutine.Co, x *Session) {
		overlap := func(m oxm.Match) []byte {
			return of13.AppendFlow(nil, 0, &of13.FlowSend{Key: of13.FlowKey(0, 1, m), Flags: of13.FlowCheckOverlap})
		}
		errs, err := x.Bundle(co, [][]byte{overlap(oxm.Match(nil).Uint(oxm.InPort, 1)), overlap(nil)})
		require.ErrorContains(t, err, "commit bundle")
		require.NotErrorIs(t, err, ErrOutcome)
		require.Len(t, errs, 2)
		require.NoError(t, errs[0])
		var r *Refused
		require.ErrorAs(t, errs[1], &r)
		require.EqualValues(t, of13.ErrFlowModFailed, r.Class)
		require.Zero(t, count(t, co, x))
	})
}

func TestRequestReturnsTheRefusal(t *testing.T) {
	withSwitch(t, func(t *testing.T, _ *ovstest.Switch, co *coroutine.Co, x *Session) {
		var bad, good openflow.Message = &of13.RoleRequest{Role: 99}, &of13.GetConfigRequest{}
		if x.Version == openflow.Version10 {
			bad, good = &of10.Vendor{Vendor: 0x00abcdef}, &of10.GetConfigRequest{}
		}
		_, err := x.Request(co, bad)
		var r *Refused
		require.ErrorAs(t, err, &r)
		m, err := x.Request(co, good)
		require.NoError(t, err)
		if x.Version == openflow.Version10 {
			require.IsType(t, &of10.GetConfigReply{}, m)
		} else {
			require.IsType(t, &of13.GetConfigReply{}, m)
		}
		_, err = Ask[*of13.RoleReply](co, x, good)
		require.ErrorIs(t, err, ErrProtocol)
	})
}

func TestMessagesOfAnotherVersionAreNotSent(t *testing.T) {
	withSwitch(t, func(t *testing.T, _ *ovstest.Switch, co *coroutine.Co, x *Session) {
		var other openflow.Message = &of13.BarrierRequest{}
		if x.Version == openflow.Version13 {
			other = &of10.BarrierRequest{}
		}
		require.ErrorIs(t, x.Send(other), ErrMessageVersion)
		_, err := x.Request(co, other)
		require.ErrorIs(t, err, ErrMessageVersion)
		_, err = x.BatchOf(co, other)
		require.ErrorIs(t, err, ErrMessageVersion)
		require.NotErrorIs(t, err, ErrOutcome)
		require.NoError(t, x.Barrier(co))
	})
}
