package ofconn

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// The switch has the messages of a bundle before it has answered the commit of the one before, and even the question
// whether it opens one.
func TestBundlesOverlap(t *testing.T) {
	var late []*of13.BundleControl // openings that are not answered yet
	var first *of13.BundleControl  // the commit that is not
	adds := map[uint32]int{}
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		answer := func(c *of13.BundleControl) {
			p.send(c.Xid, of13.NewBundleControl(c.Bundle, c.Control+1, c.Flags))
		}
		p.serve(func(b []byte) {
			switch m, _ := of13.Decode(b); m := m.(type) {
			case *of13.BundleAdd:
				if adds[m.Bundle]++; adds[m.Bundle] < 3 {
					return
				}
				for _, c := range late {
					answer(c)
				}
				late = nil
				if len(adds) == 3 && first != nil {
					answer(first)
					first = nil
				}
			case *of13.BundleControl:
				switch {
				case m.Control == of13.BundleOpenRequest:
					late = append(late, m)
				case first == nil && len(adds) < 3:
					first = m
				default:
					answer(m)
				}
			}
		})
	})
	withSession(t, addr, Options{}, func(co *coroutine.Co, x *Session) {
		var staged []*Staged
		for range 2 {
			b, err := x.Stage(co, mods(3))
			require.NoError(t, err)
			staged = append(staged, b)
		}
		require.NoError(t, staged[0].Commit(co))
		third, err := x.Stage(co, mods(3))
		require.NoError(t, err)
		require.NoError(t, staged[0].Committed(co))
		require.NoError(t, staged[1].Commit(co))
		require.NoError(t, third.Commit(co))
		require.NoError(t, staged[1].Committed(co))
		require.NoError(t, third.Committed(co))
		require.Empty(t, x.batches)
		require.Empty(t, x.waiting)
	})
}

// One bundle that is refused, when it is filled or when it is committed, takes nothing from those around it.
func TestARefusedBundleAmongOthers(t *testing.T) {
	sw := ovstest.Start(t)
	v := openflow.Version13
	overlap := func(m oxm.Match) []byte {
		return of13.AppendFlow(nil, 0, &of13.FlowSend{Key: of13.FlowKey(0, 9, m), Flags: of13.FlowCheckOverlap})
	}
	withSession(t, sw.Bridge("br0"), Options{}, func(co *coroutine.Co, x *Session) {
		stage := func(msgs ...[]byte) *Staged {
			b, err := x.Stage(co, msgs)
			require.NoError(t, err)
			return b
		}
		one, bad := stage(flow(v, 1)), stage(flow(v, 2), refusedFlow(v))
		two := stage(overlap(oxm.Match(nil).Uint(oxm.InPort, 1)), overlap(nil))
		require.NoError(t, one.Commit(co))
		require.ErrorContains(t, bad.Commit(co), "1 of 2 messages refused")
		require.Len(t, bad.Errors(), 2)
		require.NoError(t, bad.Errors()[0])
		require.NoError(t, two.Commit(co))
		three := stage(flow(v, 4))
		require.NoError(t, one.Committed(co))
		require.NoError(t, three.Commit(co))
		require.ErrorContains(t, two.Committed(co), "commit bundle")
		require.Error(t, two.Errors()[1])
		require.NoError(t, three.Committed(co))
		require.Equal(t, 2, count(t, co, x))
		require.Empty(t, x.batches)
		require.Empty(t, x.waiting)
	})
}

// A switch that opens no bundle refuses all that is for it; that is the bundle's error, and no message's.
func TestBundlesThatAreNotOpened(t *testing.T) {
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		p.serve(func(b []byte) { p.send(openflow.Xid(b), &of13.Error{Class: of13.ErrBadRequest}) })
	})
	o := Options{OnMessage: func(_ *Session, m openflow.Message) { t.Errorf("got %T, which somebody waits for", m) }}
	withSession(t, addr, o, func(co *coroutine.Co, x *Session) {
		errs, err := x.Bundle(co, mods(50))
		require.ErrorContains(t, err, "open bundle")
		require.NotErrorIs(t, err, ErrOutcome)
		require.Nil(t, errs)
		require.EqualValues(t, 51, x.Counters().Refused)
	})
}
