package ofconn

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// withSwitch runs body with a session to a real switch.
func withSwitch(t *testing.T, sw *ovstest.Switch, body func(co *coroutine.Co, x *Session)) {
	t.Helper()
	addr := sw.Bridge("br0")
	s := coroutine.New(coroutine.Options{})
	up := coroutine.NewQueue[*Session](10)
	s.Go("client", func(co *coroutine.Co) error {
		return Dial(co, netio.NewDialer(s), addr, Options{OnUp: func(x *Session) { up.TryPut(x) }})
	}, coroutine.Daemon())
	s.Go("test", func(co *coroutine.Co) error {
		x, err := up.Get(co)
		require.NoError(t, err)
		body(co, x)
		return nil
	})
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
}

func flow(prio uint16, port uint32) []byte {
	return of13.AppendFlow(nil, 0, &of13.FlowSend{Key: of13.FlowKey(5, prio, oxm.Match(nil).Uint(oxm.InPort, 1)),
		Instructions: string(of13.Instructions(nil).Apply(of13.Actions(nil).Output(port, 0))), Cookie: 7})
}

func count(t *testing.T, co *coroutine.Co, x *Session) int {
	t.Helper()
	parts, err := x.Multipart(co, &of13.FlowStatsRequest{Table: of13.AllTables, OutPort: of13.PortAny,
		OutGroup: of13.AnyGroup})
	require.NoError(t, err)
	n := 0
	for _, p := range parts {
		n += len(p.(*of13.FlowStatsReply).Flows)
	}
	return n
}

func TestBatchTiesEveryErrorToItsMessage(t *testing.T) {
	withSwitch(t, ovstest.Start(t), func(co *coroutine.Co, x *Session) {
		require.NotZero(t, x.Features.DatapathID)
		var msgs [][]byte
		for i := range 3000 {
			msgs = append(msgs, flow(uint16(i), 2))
		}
		msgs[7] = of13.AppendFlow(nil, 0, &of13.FlowSend{Key: of13.FlowKey(0, 1, oxm.Match(nil).Uint(oxm.ARPOp,
			1))}) // no eth_type
		errs, err := x.Batch(co, msgs)
		require.NoError(t, err)
		for i, e := range errs {
			if i != 7 {
				require.NoError(t, e)
			}
		}
		var r *Refused
		require.ErrorAs(t, errs[7], &r)
		require.Equal(t, of13.ErrBadMatch, r.Message.Class)
		require.Equal(t, 2999, count(t, co, x))
		errs, err = x.Batch(co, [][]byte{flow(1, 2)})
		require.NoError(t, err)
		require.Nil(t, errs)
	})
}

func TestBundleIsAllOrNothing(t *testing.T) {
	withSwitch(t, ovstest.Start(t), func(co *coroutine.Co, x *Session) {
		require.NoError(t, x.Bundle(co, [][]byte{flow(1, 2), flow(2, 2)}))
		require.Equal(t, 2, count(t, co, x))
		bad := of13.AppendFlow(nil, 0, &of13.FlowSend{Key: of13.FlowKey(0, 1, oxm.Match(nil).Uint(oxm.ARPOp, 1))})
		require.Error(t, x.Bundle(co, [][]byte{flow(3, 2), bad}))
		require.Equal(t, 2, count(t, co, x))
	})
}

func TestRequestReturnsTheRefusal(t *testing.T) {
	withSwitch(t, ovstest.Start(t), func(co *coroutine.Co, x *Session) {
		_, err := x.Request(co, &of13.RoleRequest{Role: 99})
		var r *Refused
		require.ErrorAs(t, err, &r)
		m, err := x.Request(co, &of13.GetConfigRequest{})
		require.NoError(t, err)
		require.IsType(t, &of13.GetConfigReply{}, m)
	})
}

func TestASwitchThatIsNotThereIsTriedAgain(t *testing.T) {
	sw := ovstest.Start(t)
	s := coroutine.New(coroutine.Options{})
	ups, downs := 0, 0
	done := coroutine.NewSignal(s)
	s.Go("client", func(co *coroutine.Co) error {
		return Dial(co, netio.NewDialer(s), sw.OpenFlow("late"), Options{
			OnUp: func(*Session) { ups++; done.Notify() }, OnDown: func(error) { downs++ }})
	}, coroutine.Daemon())
	s.Go("test", func(co *coroutine.Co) error {
		require.NoError(t, co.Sleep(100*time.Millisecond))
		go sw.Bridge("late")
		return done.WaitTimeout(co, 30*time.Second)
	})
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
	require.Equal(t, 1, ups)
	require.Positive(t, downs)
}

func TestASwitchMayConnectToUs(t *testing.T) {
	sw := ovstest.Start(t)
	sw.Bridge("br0")
	s := coroutine.New(coroutine.Options{})
	up := coroutine.NewSignal(s)
	l, err := netio.Listen(s, "tcp:127.0.0.1:0", func(nc net.Conn) {
		Accept(s, nc, Options{OnUp: func(*Session) { up.Notify() }})
	})
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // the test is over
	sw.Vsctl("set-controller", "br0", "tcp:"+l.Addr().String())
	s.Go("test", func(co *coroutine.Co) error { return up.WaitTimeout(co, 20*time.Second) })
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
}

// A peer that talks nonsense must neither hang nor crash the client.
func TestHostilePeers(t *testing.T) {
	for _, garbage := range []string{"\x04\x00\x00\x04aaaa", "\x04\x00\x00\x08\x00\x00\x00\x01\x04\x63\x00\x08aaaa",
		"GET / HTTP/1.1\r\n\r\n"} {
		s := coroutine.New(coroutine.Options{})
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				_, _ = io.WriteString(c, garbage)
				time.Sleep(20 * time.Millisecond)
				_ = c.Close()
			}
		}()
		down := coroutine.NewSignal(s)
		s.Go("client", func(co *coroutine.Co) error {
			return Dial(co, netio.NewDialer(s), "tcp:"+l.Addr().String(), Options{OnUp: func(*Session) {},
				OnDown: func(error) { down.Notify() }})
		}, coroutine.Daemon())
		s.Go("test", func(co *coroutine.Co) error { return down.WaitTimeout(co, 20*time.Second) })
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		require.NoError(t, s.Run(ctx))
		cancel()
		_ = l.Close()
	}
}
