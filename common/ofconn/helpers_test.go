package ofconn

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
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

var (
	only10 = []openflow.Version{openflow.Version10}
	only13 = []openflow.Version{openflow.Version13}
	both   = []openflow.Version{openflow.Version10, openflow.Version13}
)

// run runs body as a coroutine until it returns.
func run(t *testing.T, s *coroutine.Scheduler, body func(co *coroutine.Co)) {
	t.Helper()
	task := s.Go("test", func(co *coroutine.Co) error { body(co); return nil })
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
	require.NoError(t, task.Err()) // of a failed requirement, which ends the coroutine only
}

// withSession runs body with a session to the switch at address.
func withSession(t *testing.T, address string, o Options, body func(co *coroutine.Co, x *Session)) {
	t.Helper()
	s := coroutine.New(coroutine.Options{})
	up := coroutine.NewQueue[*Session](10)
	if o.OnUp == nil {
		o.OnUp = func(x *Session) { up.TryPut(x) }
	}
	s.Go("client", func(co *coroutine.Co) error { return Dial(co, netio.NewDialer(s), address, o) }, coroutine.Daemon())
	run(t, s, func(co *coroutine.Co) {
		x, err := up.Get(co)
		require.NoError(t, err)
		body(co, x)
	})
}

// withSwitch is withSession to a new bridge of a real switch, once for each version.
func withSwitch(t *testing.T, body func(t *testing.T, sw *ovstest.Switch, co *coroutine.Co, x *Session)) {
	t.Helper()
	sw := ovstest.Start(t)
	for _, v := range both {
		t.Run(v.String(), func(t *testing.T) {
			addr := sw.Bridge("br" + protocolName(v))
			withSession(t, addr, Options{Versions: []openflow.Version{v}}, func(co *coroutine.Co, x *Session) {
				require.Equal(t, v, x.Version)
				body(t, sw, co, x)
			})
		})
	}
}

// peer is the other end of a connection, played by a test off the scheduler.
type peer struct {
	t  *testing.T
	nc net.Conn
}

// fakeSwitch listens at a socket and plays the switch of each connection, in the order in which they come.
func fakeSwitch(t *testing.T, plays ...func(p *peer)) (address string) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	require.NoError(t, err)
	done := make(chan struct{})
	var now atomic.Pointer[net.Conn]
	go func() {
		defer close(done)
		for _, play := range plays {
			nc, err := l.Accept()
			if err != nil {
				return
			}
			now.Store(&nc)
			play(&peer{t, nc})
			_ = nc.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		if nc := now.Load(); nc != nil { // a test that has failed leaves it open
			_ = (*nc).Close()
		}
		<-done
	})
	return "unix:" + l.Addr().String()
}

// read returns the next message, nil at the end of the connection.
func (p *peer) read() []byte {
	head := make([]byte, openflow.HeaderLen)
	if _, err := io.ReadFull(p.nc, head); err != nil {
		return nil
	}
	msg := append(head, make([]byte, int(binary.BigEndian.Uint16(head[2:]))-len(head))...)
	if _, err := io.ReadFull(p.nc, msg[len(head):]); err != nil {
		return nil
	}
	return msg
}

func (p *peer) write(msgs ...[]byte) {
	for _, m := range msgs {
		_, _ = p.nc.Write(m) // a test that needs it sees that it did not come
	}
}

// send writes m with a transaction id.
func (p *peer) send(xid uint32, m openflow.Message) {
	m.SetXid(xid)
	b, err := openflow.Append(nil, m)
	if err != nil {
		panic(err)
	}
	p.write(b)
}

// shake does the switch's side of the handshake.
func (p *peer) shake(v openflow.Version, dpid uint64, aux uint8) {
	p.write(appendHeader(nil, v, openflow.TypeHello, 9))
	for m := p.read(); m != nil; m = p.read() {
		if openflow.MessageType(m) != codecs[v].featuresRequest {
			continue
		}
		if v == openflow.Version10 {
			p.send(openflow.Xid(m), &of10.FeaturesReply{DatapathID: dpid})
		} else {
			p.send(openflow.Xid(m), &of13.FeaturesReply{DatapathID: dpid, AuxiliaryID: aux})
		}
		return
	}
}

// serve answers barriers, and everything else by answer, until the connection ends.
func (p *peer) serve(answer func(msg []byte)) {
	for m := p.read(); m != nil; m = p.read() {
		v := openflow.MessageVersion(m)
		if openflow.MessageType(m) == codecs[v].barrierRequest {
			p.write(appendHeader(nil, v, codecs[v].barrierReply, openflow.Xid(m)))
			continue
		}
		answer(m)
	}
}

func ignore([]byte) {}

// firstError is why a connection to the switch at address did not become a session.
func firstError(t *testing.T, address string, o Options) error {
	t.Helper()
	s := coroutine.New(coroutine.Options{})
	down := coroutine.NewFuture[struct{}]()
	o.OnUp = func(*Session) { t.Error("there is a session") }
	o.OnDown = func(x *Session, err error) {
		require.Nil(t, x)
		down.Resolve(struct{}{}, err)
	}
	s.Go("client", func(co *coroutine.Co) error { return Dial(co, netio.NewDialer(s), address, o) }, coroutine.Daemon())
	var err error
	run(t, s, func(co *coroutine.Co) { _, err = down.Wait(co) })
	return err
}
