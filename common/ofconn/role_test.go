package ofconn

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// controllers are two sessions to one real switch.
func controllers(t *testing.T, body func(sw *ovstest.Switch, co *coroutine.Co, a, b *Session,
	packets func(x *Session) int)) {
	t.Helper()
	for _, v := range both {
		t.Run(v.String(), func(t *testing.T) {
			sw := ovstest.Start(t)
			addr := sw.Bridge("br0")
			sw.Vsctl("add-port", "br0", "p1", "--", "set", "interface", "p1", "type=dummy", "ofport_request=1")
			s := coroutine.New(coroutine.Options{})
			up, packets := coroutine.NewQueue[*Session](2), map[*Session]int{}
			o := Options{Versions: []openflow.Version{v}, OnUp: func(x *Session) { up.TryPut(x) },
				OnMessage: func(x *Session, m openflow.Message) {
					switch m.(type) {
					case *of10.PacketIn, *of13.PacketIn:
						packets[x]++
					}
				}}
			for range 2 {
				s.Go("client", func(co *coroutine.Co) error { return Dial(co, netio.NewDialer(s), addr, o) }, coroutine.Daemon())
			}
			run(t, s, func(co *coroutine.Co) {
				a, err := up.Get(co)
				require.NoError(t, err)
				b, err := up.Get(co)
				require.NoError(t, err)
				body(sw, co, a, b, func(x *Session) int { return packets[x] })
			})
		})
	}
}

func TestRoles(t *testing.T) {
	controllers(t, func(_ *ovstest.Switch, co *coroutine.Co, a, b *Session, _ func(*Session) int) {
		v := a.Version
		is := func(x *Session, want Role) {
			t.Helper()
			r, _, err := x.GetRole(co)
			require.NoError(t, err)
			require.Equal(t, want, r)
		}
		is(a, RoleEqual)
		require.NoError(t, a.SetRole(co, RoleMaster, 7))
		is(a, RoleMaster)
		errs, err := a.Batch(co, [][]byte{flow(v, 1)})
		require.NoError(t, err)
		require.Nil(t, errs)

		require.NoError(t, b.SetRole(co, RoleMaster, 8))
		is(b, RoleMaster)
		errs, err = a.Batch(co, [][]byte{flow(v, 2)})
		require.NoError(t, err)
		var r *Refused
		require.ErrorAs(t, errs[0], &r, "who is slave now may not write")
		require.Equal(t, 1, count(t, co, a))
		if v == openflow.Version13 {
			is(a, RoleSlave)
			_, generation, err := a.GetRole(co)
			require.NoError(t, err)
			require.EqualValues(t, 8, generation)
			require.ErrorAs(t, a.SetRole(co, RoleMaster, 7), &r, "of an old generation")
			require.EqualValues(t, of13.ErrRoleRequestFailed, r.Class)
		}
		require.NoError(t, a.SetRole(co, RoleEqual, 0))
		errs, err = a.Batch(co, [][]byte{flow(v, 2)})
		require.NoError(t, err)
		require.Nil(t, errs)
		require.NoError(t, a.SetRole(co, RoleSlave, 9))
		is(a, RoleSlave)
		require.Error(t, a.SetRole(co, 9, 9))
	})
}

func TestAsynchronousConfiguration(t *testing.T) {
	controllers(t, func(sw *ovstest.Switch, co *coroutine.Co, a, b *Session, packets func(*Session) int) {
		for _, x := range []*Session{a, b} {
			var config openflow.Message = &of13.SetConfig{MissSendLen: 128}
			if x.Version == openflow.Version10 {
				config = &of10.SetConfig{MissSendLen: 128}
			}
			errs, err := x.BatchOf(co, config)
			require.NoError(t, err)
			require.Nil(t, errs)
		}
		toUs := flowMod(a.Version, 1, 0xfffd)
		if a.Version == openflow.Version13 {
			toUs = of13.AppendFlow(nil, 0, &of13.FlowSend{Key: of13.FlowKey(0, 1, nil), Instructions: string(
				of13.Instructions(nil).Apply(of13.Actions(nil).Output(of13.PortController, of13.MaxLenAll)))})
		}
		errs, err := a.Batch(co, [][]byte{toUs})
		require.NoError(t, err)
		require.Nil(t, errs)
		send := func() {
			_, err := coroutine.Call(co, func(context.Context) (string, error) {
				return sw.Appctl("netdev-dummy/receive", "p1", "in_port(1),eth(src=0a:00:00:00:00:01,dst=0a:00:00:00:00:02),"+
					"eth_type(0x0806),arp(sip=10.1.0.9,tip=10.1.0.3,op=1,sha=0a:00:00:00:00:01,tha=00:00:00:00:00:00)"), nil
			})
			require.NoError(t, err)
		}
		await := func(x *Session, want int) {
			for range 500 {
				if packets(x) >= want {
					break
				}
				require.NoError(t, co.Sleep(10*time.Millisecond))
			}
			require.Equal(t, want, packets(x))
		}
		send()
		await(a, 1)
		await(b, 1)
		none := of13.AsyncConfig{PortStatus: [2]uint32{7, 7}}
		require.NoError(t, a.SetAsync(co, none))
		if a.Version == openflow.Version13 {
			got, err := a.GetAsync(co)
			require.NoError(t, err)
			require.Equal(t, none, got)
		}
		send()
		await(b, 2)
		require.NoError(t, a.Barrier(co))
		require.Equal(t, 1, packets(a))
		require.NoError(t, a.SetAsync(co, of13.AsyncConfig{PacketIn: [2]uint32{1 << of13.ReasonAction, 0}}))
		send()
		await(b, 3)
		await(a, 2)
	})
}
