package ofconn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// bundler is a switch that takes bundles. do says what it does when asked for one of the controls, nil answers.
func bundler(t *testing.T, do func(p *peer, xid uint32, c *of13.BundleControl) bool) string {
	t.Helper()
	return fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		p.serve(func(b []byte) {
			m, err := of13.Decode(b)
			if err != nil {
				t.Error(err)
				return
			}
			if c, ok := m.(*of13.BundleControl); ok && !do(p, c.Xid, c) {
				p.send(c.Xid, of13.NewBundleControl(c.Bundle, c.Control+1, c.Flags))
			}
		})
	})
}

func TestBundleWhoseCommitIsNotAnswered(t *testing.T) {
	hangUp := func(p *peer) { _ = p.nc.Close() }
	for name, c := range map[string]struct {
		at      of13.BundleType
		do      func(p *peer, xid uint32)
		unknown bool
		is      error
	}{
		"lost at commit":    {of13.BundleCommitRequest, func(p *peer, _ uint32) { hangUp(p) }, true, ErrDown},
		"silence at commit": {of13.BundleCommitRequest, func(*peer, uint32) {}, true, coroutine.ErrTimeout},
		"nonsense at commit": {of13.BundleCommitRequest, func(p *peer, xid uint32) { p.send(xid, &of13.GetConfigReply{}) },
			true, ErrProtocol},
		"refused at commit": {of13.BundleCommitRequest, func(p *peer, xid uint32) {
			p.send(xid, &of13.Error{Class: of13.ErrBadRequest})
		}, false, nil},
		"lost at open":    {of13.BundleOpenRequest, func(p *peer, _ uint32) { hangUp(p) }, false, ErrDown},
		"silence at open": {of13.BundleOpenRequest, func(*peer, uint32) {}, false, coroutine.ErrTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			addr := bundler(t, func(p *peer, xid uint32, b *of13.BundleControl) bool {
				if b.Control == c.at {
					c.do(p, xid)
				}
				return b.Control == c.at
			})
			o := impatient
			o.SilenceLimit = time.Minute
			withSession(t, addr, o, func(co *coroutine.Co, x *Session) {
				_, err := x.Bundle(co, mods(3))
				require.Error(t, err)
				if c.unknown {
					require.ErrorIs(t, err, ErrOutcome)
					require.ErrorContains(t, err, "unknown: read back")
				} else {
					require.NotErrorIs(t, err, ErrOutcome)
				}
				if c.is != nil {
					require.ErrorIs(t, err, c.is)
				}
			})
		})
	}
}

// A commit is answered too late: the answer is nobody's, and the session goes on.
func TestLateCommit(t *testing.T) {
	addr := bundler(t, func(p *peer, xid uint32, b *of13.BundleControl) bool {
		if b.Control == of13.BundleCommitRequest {
			time.Sleep(2 * impatient.ReplyTimeout)
		}
		return false
	})
	o := impatient
	o.SilenceLimit = time.Minute
	o.OnMessage = func(_ *Session, m openflow.Message) { t.Errorf("got %T", m) }
	withSession(t, addr, o, func(co *coroutine.Co, x *Session) {
		_, err := x.Bundle(co, mods(3))
		require.ErrorIs(t, err, ErrOutcome)
		require.NoError(t, co.Sleep(3*impatient.ReplyTimeout/2))
		require.NoError(t, x.Barrier(co))
		require.EqualValues(t, 1, x.Counters().Stray)
	})
}

func TestBundleLostWhileItIsFilled(t *testing.T) {
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		for m := p.read(); m != nil; m = p.read() {
			switch m, _ := of13.Decode(m); m := m.(type) {
			case *of13.BundleControl:
				p.send(m.Xid, of13.NewBundleControl(m.Bundle, m.Control+1, m.Flags))
			case *of13.BundleAdd:
				return
			}
		}
	})
	withSession(t, addr, Options{}, func(co *coroutine.Co, x *Session) {
		_, err := x.Bundle(co, mods(3))
		require.ErrorIs(t, err, ErrDown)
		require.NotErrorIs(t, err, ErrOutcome, "what was not committed did not happen")
	})
}

func TestBatchWhoseBarrierIsNotAnswered(t *testing.T) {
	for _, v := range both {
		addr := fakeSwitch(t, func(p *peer) {
			p.shake(v, 1, 0)
			for range 3 {
				p.read()
			}
		}, func(p *peer) {
			p.shake(v, 1, 0)
			for p.read() != nil {
				continue
			}
		})
		s := coroutine.New(coroutine.Options{})
		up := coroutine.NewQueue[*Session](2)
		o := impatient
		o.SilenceLimit = time.Minute
		o.OnUp = func(x *Session) { up.TryPut(x) }
		s.Go("client", func(co *coroutine.Co) error { return Dial(co, netio.NewDialer(s), addr, o) }, coroutine.Daemon())
		run(t, s, func(co *coroutine.Co) {
			for _, want := range []error{ErrDown, coroutine.ErrTimeout} {
				x, err := up.Get(co)
				require.NoError(t, err)
				_, err = x.Batch(co, [][]byte{flow(v, 1), flow(v, 2)})
				require.ErrorIs(t, err, ErrOutcome)
				require.ErrorIs(t, err, want)
			}
		})
	}
}

func TestNoBundlesIn10(t *testing.T) {
	addr := fakeSwitch(t, func(p *peer) { p.shake(openflow.Version10, 1, 0); p.serve(ignore) })
	withSession(t, addr, Options{}, func(co *coroutine.Co, x *Session) {
		_, err := x.Bundle(co, [][]byte{flow(openflow.Version10, 1)})
		require.ErrorIs(t, err, ErrUnsupported)
		_, err = x.GetAsync(co)
		require.ErrorIs(t, err, ErrUnsupported)
	})
}

// Nothing of a connection that has ended reaches the next one, in either direction.
func TestGenerations(t *testing.T) {
	asked, second := make(chan uint32, 1), make(chan []byte, 10)
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		asked <- openflow.Xid(p.read()) // and hangs up
	}, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		p.send(<-asked, &of13.GetConfigReply{MissSendLen: 99}) // an answer to what the first was asked
		p.serve(func(m []byte) { second <- m })
		close(second)
	})
	s := coroutine.New(coroutine.Options{})
	up := coroutine.NewQueue[*Session](2)
	s.Go("client", func(co *coroutine.Co) error {
		return Dial(co, netio.NewDialer(s), addr, Options{OnUp: func(x *Session) { up.TryPut(x) },
			OnMessage: func(_ *Session, m openflow.Message) { t.Errorf("got %T", m) }})
	}, coroutine.Daemon())
	run(t, s, func(co *coroutine.Co) {
		old, err := up.Get(co)
		require.NoError(t, err)
		_, err = old.Request(co, &of13.GetConfigRequest{})
		require.ErrorIs(t, err, ErrDown)
		x, err := up.Get(co)
		require.NoError(t, err)
		require.EqualValues(t, []uint64{1, 2}, []uint64{old.Generation, x.Generation})
		require.False(t, old.Up())
		require.ErrorIs(t, old.Send(&of13.PacketOut{}), ErrDown)
		require.ErrorIs(t, old.SendRaw(flow(openflow.Version13, 1)), ErrDown)
		require.ErrorIs(t, old.Barrier(co), ErrDown)
		require.ErrorIs(t, old.Room(co), ErrDown)
		for _, f := range []func() error{
			func() error { _, err := old.Batch(co, mods(1)); return err },
			func() error { _, err := old.Bundle(co, mods(1)); return err },
			func() error { _, err := old.Multipart(co, &of13.DescRequest{}); return err },
			func() error { return old.SetRole(co, RoleMaster, 1) },
			func() error { return old.SetAsync(co, of13.AsyncConfig{}) },
		} {
			err := f()
			require.ErrorIs(t, err, ErrDown)
			require.NotErrorIs(t, err, ErrOutcome)
		}
		old.Close()
		require.NoError(t, x.Barrier(co))
		require.EqualValues(t, 1, x.Counters().Stray)
		x.Close()
	})
	for m := range second {
		t.Errorf("the second connection got %x", m)
	}
}

// What was read already when a session ends is not handed over.
func TestNothingComesAfterClose(t *testing.T) {
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		one, _ := openflow.Append(nil, &of13.PacketIn{})
		p.write(append(append(append([]byte(nil), one...), one...), one...))
		p.read()
	})
	n := 0
	withSession(t, addr, Options{OnMessage: func(x *Session, _ openflow.Message) { n++; x.Close() }},
		func(co *coroutine.Co, x *Session) {
			for x.Up() {
				require.NoError(t, co.Sleep(time.Millisecond))
			}
			require.NoError(t, co.Sleep(20*time.Millisecond))
		})
	require.Equal(t, 1, n)
}
