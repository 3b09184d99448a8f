package ofconn

import (
	"context"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// listening is a Server and what it told.
type listening struct {
	*Server
	told *coroutine.Queue[told]
}

type told struct {
	what string
	x    *Session
	m    openflow.Message
	err  error
}

func listen(t *testing.T, s *coroutine.Scheduler, address string, o Options) *listening {
	t.Helper()
	l := &listening{told: coroutine.NewQueue[told](1000)}
	o.OnUp = func(x *Session) { l.told.TryPut(told{what: "up", x: x}) }
	o.OnDown = func(x *Session, err error) { l.told.TryPut(told{what: "down", x: x, err: err}) }
	o.OnAuxiliary = func(x *Session) { l.told.TryPut(told{what: "auxiliary", x: x}) }
	o.OnMessage = func(x *Session, m openflow.Message) { l.told.TryPut(told{what: "message", x: x, m: m}) }
	var err error
	l.Server, err = Listen(s, address, o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = l.l.Close() })
	return l
}

// next is what is told next, which must be what.
func (l *listening) next(t *testing.T, co *coroutine.Co, what string) told {
	t.Helper()
	e, err := l.told.Get(co)
	require.NoError(t, err)
	require.Equal(t, what, e.what, "%v", e.err)
	return e
}

// connect plays a switch that connects to l.
func (l *listening) connect(t *testing.T, play func(p *peer)) {
	t.Helper()
	nc, err := net.Dial(l.Addr().Network(), l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = nc.Close() })
	go play(&peer{t, nc})
}

func TestSwitchesMayConnectToUs(t *testing.T) {
	sw := ovstest.Start(t)
	sw.Bridge("br0")
	for _, address := range []string{"ptcp:0:127.0.0.1", "punix:" + filepath.Join(sw.Dir, "ctl")} {
		s := coroutine.New(coroutine.Options{})
		l := listen(t, s, address, Options{})
		active := "tcp:" + l.Addr().String()
		if l.Addr().Network() == "unix" {
			active = "unix:" + l.Addr().String()
		}
		sw.Vsctl("set-controller", "br0", active)
		run(t, s, func(co *coroutine.Co) {
			x := l.next(t, co, "up").x
			require.NoError(t, x.Barrier(co))
			require.Equal(t, []*Session{x}, l.Sessions())
			require.Same(t, x, l.Session(x.Features.DatapathID))
			_, err := coroutine.Call(co, func(context.Context) (string, error) { return sw.Vsctl("del-controller", "br0"), nil })
			require.NoError(t, err)
			down := l.next(t, co, "down")
			require.Same(t, x, down.x)
			require.ErrorIs(t, down.err, ErrDown)
			require.Empty(t, l.Sessions())
		})
	}
}

func TestAuxiliaryConnections(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	l := listen(t, s, "ptcp:0:127.0.0.1", Options{})
	packet := func(p *peer, text string) { p.send(0, &of13.PacketIn{BufferID: of13.NoBuffer, Data: []byte(text)}) }
	run(t, s, func(co *coroutine.Co) {
		l.connect(t, func(p *peer) { p.shake(openflow.Version13, 5, 1) })
		require.ErrorIs(t, l.next(t, co, "down").err, ErrProtocol) // there is no main connection
		l.connect(t, func(p *peer) { p.shake(openflow.Version13, 5, 0); p.serve(ignore) })
		x := l.next(t, co, "up").x
		require.Same(t, x, x.Main())

		got := make(chan []byte, 1)
		l.connect(t, func(p *peer) {
			p.shake(openflow.Version13, 5, 1)
			packet(p, "one")
			got <- p.read()
			p.serve(ignore)
		})
		one := l.next(t, co, "auxiliary").x
		require.Same(t, x, one.Main())
		require.Equal(t, []*Session{one}, x.Auxiliaries())
		e := l.next(t, co, "message")
		require.Same(t, one, e.x)
		require.Equal(t, "one", string(e.m.(*of13.PacketIn).Data))
		require.NoError(t, one.Send(&of13.PacketOut{BufferID: 77}))
		sent, err := coroutine.Call(co, func(context.Context) ([]byte, error) { return <-got, nil })
		require.NoError(t, err)
		require.EqualValues(t, of13.TypePacketOut, openflow.MessageType(sent))

		l.connect(t, func(p *peer) { p.shake(openflow.Version13, 5, 1); p.serve(ignore) }) // the same id again
		again := l.next(t, co, "auxiliary").x
		require.ErrorIs(t, one.Err(), ErrReplaced)
		require.Equal(t, []*Session{again}, x.Auxiliaries())
		l.connect(t, func(p *peer) { p.shake(openflow.Version13, 6, 1) }) // another switch's
		require.ErrorIs(t, l.next(t, co, "down").err, ErrProtocol)

		x.Close()
		require.ErrorIs(t, again.Err(), ErrDown)
		require.Same(t, x, l.next(t, co, "down").x)
		require.Equal(t, 0, l.told.Len(), "the end of auxiliary connections is told by that of the main one")
	})
}

// A switch that connects again before we know that it was away.
func TestNewestConnectionCounts(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	l := listen(t, s, "ptcp:0:127.0.0.1", Options{})
	run(t, s, func(co *coroutine.Co) {
		l.connect(t, func(p *peer) { p.shake(openflow.Version10, 5, 0); p.serve(ignore) })
		old := l.next(t, co, "up").x
		l.connect(t, func(p *peer) { p.shake(openflow.Version13, 5, 0); p.serve(ignore) })
		down := l.next(t, co, "down")
		require.Same(t, old, down.x)
		require.ErrorIs(t, down.err, ErrReplaced)
		x := l.next(t, co, "up").x
		require.NotSame(t, old, x)
		require.Greater(t, x.Generation, old.Generation)
		require.Same(t, x, l.Session(5))
		require.NoError(t, x.Barrier(co))
	})
}

func TestTooManyConnections(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	l := listen(t, s, "ptcp:0:127.0.0.1", Options{SessionsMax: 2})
	run(t, s, func(co *coroutine.Co) {
		for i := range uint64(2) {
			l.connect(t, func(p *peer) { p.shake(openflow.Version13, i, 0); p.serve(ignore) })
			l.next(t, co, "up")
		}
		l.connect(t, func(p *peer) { p.read() })
		require.ErrorIs(t, l.next(t, co, "down").err, ErrTooMany)
		l.Session(0).Close()
		l.next(t, co, "down")
		require.NoError(t, co.Sleep(10*time.Millisecond))
		l.connect(t, func(p *peer) { p.shake(openflow.Version13, 9, 0); p.serve(ignore) })
		l.next(t, co, "up")
		require.NoError(t, l.Close())
		require.NoError(t, co.Sleep(10*time.Millisecond))
		require.Empty(t, l.Sessions())
		require.Equal(t, 0, l.told.Len())
	})
}

func TestAddressesToListenAt(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	_, err := Listen(s, "tcp:127.0.0.1:0", Options{})
	require.ErrorIs(t, err, netio.ErrAddress)
	_, err = Listen(s, "pssl:0:127.0.0.1", Options{})
	require.ErrorIs(t, err, netio.ErrTLS)
	run(t, s, func(co *coroutine.Co) {
		require.ErrorIs(t, Dial(co, netio.NewDialer(s), "ptcp:6653", Options{}), netio.ErrAddress)
		require.ErrorIs(t, Dial(co, netio.NewDialer(s), "nowhere", Options{}), netio.ErrAddress)
	})
}
