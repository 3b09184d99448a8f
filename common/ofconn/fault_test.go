package ofconn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/ovstest"
)

// impatient are options of tests that wait for something not to come.
var impatient = Options{HandshakeTimeout: 300 * time.Millisecond, EchoInterval: 50 * time.Millisecond,
	SilenceLimit: 300 * time.Millisecond, ReplyTimeout: 300 * time.Millisecond}

func TestSilentSwitchBeforeTheHandshake(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	for _, play := range []func(p *peer){
		func(*peer) { <-release },
		func(p *peer) { p.write(appendHeader(nil, openflow.Version13, openflow.TypeHello, 1)); <-release },
		func(p *peer) { p.write([]byte{4, 0, 0}); <-release }, // a part of a header
	} {
		err := firstError(t, fakeSwitch(t, play), impatient)
		require.ErrorIs(t, err, ErrSilent)
		require.ErrorContains(t, err, "handshake not done in 300ms")
	}
}

// Sessions of a switch that says nothing, and of one that answers echo only.
func TestSilentSwitch(t *testing.T) {
	for _, v := range both {
		addr := fakeSwitch(t, func(p *peer) {
			p.shake(v, 1, 0)
			for range 20 { // twice as long as SilenceLimit at least
				m := p.read()
				if m == nil || openflow.MessageType(m) != openflow.TypeEchoRequest {
					t.Errorf("no echo request but %x", m)
					return
				}
				m[1] = openflow.TypeEchoReply
				p.write(m)
			}
			for p.read() != nil {
				continue // and says nothing more
			}
		})
		s := coroutine.New(coroutine.Options{})
		down := coroutine.NewFuture[struct{}]()
		var began time.Time
		o := impatient
		o.OnUp = func(*Session) { began = s.Now() }
		o.OnDown = func(x *Session, err error) {
			if x != nil {
				down.Resolve(struct{}{}, err)
			}
		}
		s.Go("client", func(co *coroutine.Co) error { return Dial(co, netio.NewDialer(s), addr, o) }, coroutine.Daemon())
		run(t, s, func(co *coroutine.Co) {
			_, err := down.Wait(co)
			require.ErrorIs(t, err, ErrSilent)
			require.ErrorIs(t, err, ErrDown)
			require.Greater(t, co.Now().Sub(began), 2*impatient.SilenceLimit)
		})
	}
}

// Peers that talk nonsense neither hang nor crash us, and what they say is told.
func TestHostilePeers(t *testing.T) {
	hello := "\x04\x00\x00\x08\x00\x00\x00\x01"
	for name, c := range map[string]struct {
		says string
		want error
	}{
		"length below 8":        {"\x04\x00\x00\x04aaaa", openflow.ErrLength},
		"length 0 after hello":  {hello + "\x04\x0a\x00\x00\x00\x00\x00\x00", openflow.ErrLength},
		"web browser":           {"GET / HTTP/1.1\r\n\r\n" + string(make([]byte, 22000)), ErrProtocol},
		"no hello":              {"\x04\x0a\x00\x08\x00\x00\x00\x00", ErrProtocol},
		"end inside a frame":    {hello + "\x04\x06\xff\xff\x00\x00\x00\x02aaaa", ErrDown},
		"features cut short":    {hello + "\x04\x06\x00\x0c\x00\x00\x00\x01aaaa", ErrDown},
		"features of 1.0":       {hello + "\x01\x06\x00\x20\x00\x00\x00\x01" + string(make([]byte, 24)), ErrDown},
		"error for features":    {hello + "\x04\x01\x00\x0c\x00\x00\x00\x01\x00\x01\x00\x06", ErrVersion},
		"version of the future": {"\x06\x00\x00\x10\x00\x00\x00\x01\x00\x01\x00\x08\x00\x00\x00\x40", ErrVersion},
		"version 0":             {"\x00\x00\x00\x08\x00\x00\x00\x01", ErrVersion},
	} {
		t.Run(name, func(t *testing.T) {
			err := firstError(t, fakeSwitch(t, func(p *peer) { p.write([]byte(c.says)); p.read(); p.read() }), impatient)
			require.ErrorIs(t, err, c.want)
		})
	}
}

// Messages that cannot be decoded, or are nobody's, do not disturb a session.
func TestOddMessagesArePassedOver(t *testing.T) {
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		for _, odd := range []string{"040a000c00000000aaaaaaaa", "046300080000000a", "010a000800000000", "0400000800000001",
			"041300100000000b000d000000000000", "0415000800000fff"} {
			p.write(unhex(t, odd))
		}
		p.serve(ignore)
	})
	withSession(t, addr, Options{OnMessage: func(_ *Session, m openflow.Message) { t.Errorf("got %T", m) }},
		func(co *coroutine.Co, x *Session) {
			require.NoError(t, x.Barrier(co))
			require.EqualValues(t, 3, x.Counters().Unread)
			require.EqualValues(t, 2, x.Counters().Stray)
		})
}

// A request that a damaged reply answers ends, and so does one that is answered without end.
func TestDamagedAndEndlessReplies(t *testing.T) {
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		p.serve(func(m []byte) {
			if openflow.MessageType(m) == uint8(of13.TypeGetConfigReq) {
				p.write(append([]byte{4, byte(of13.TypeGetConfigReply), 0, 9}, append(m[4:8:8], 0)...))
				return
			}
			for range 100 {
				r := &of13.FlowStatsReply{Flows: make([]of13.FlowStats, 100)}
				r.Flags = of13.MultipartMore
				p.send(openflow.Xid(m), r)
			}
		})
	})
	withSession(t, addr, Options{ReplyLimit: 50_000}, func(co *coroutine.Co, x *Session) {
		_, err := x.Request(co, &of13.GetConfigRequest{})
		require.ErrorContains(t, err, "GetConfigReply")
		_, err = x.Multipart(co, &of13.FlowStatsRequest{})
		require.ErrorIs(t, err, ErrTooLong)
		parts := 0
		require.ErrorIs(t, x.Each(co, &of13.FlowStatsRequest{}, func(openflow.Part) { parts++ }), ErrTooLong)
		require.Less(t, parts, 100)
		require.NoError(t, x.Barrier(co))
		require.Positive(t, x.Counters().Stray)
	})
}

// Parts that come slowly are waited for, as long as they come.
func TestSlowParts(t *testing.T) {
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		p.serve(func(m []byte) {
			if openflow.MessageType(m) != uint8(of13.TypeMultipartReq) {
				return
			}
			for i := range 5 {
				time.Sleep(2 * impatient.ReplyTimeout / 3)
				r := &of13.PortDescReply{Ports: []of13.Port{{Number: uint32(i)}}}
				if i < 4 {
					r.Flags = of13.MultipartMore
				}
				p.send(openflow.Xid(m), r)
			}
		})
	})
	o := impatient
	o.SilenceLimit = time.Minute
	withSession(t, addr, o, func(co *coroutine.Co, x *Session) {
		parts, err := Gather[*of13.PortDescReply](co, x, &of13.PortDescRequest{})
		require.NoError(t, err)
		require.Len(t, parts, 5)
		var came []uint32
		require.NoError(t, x.Each(co, &of13.PortDescRequest{}, func(p openflow.Part) {
			came = append(came, p.(*of13.PortDescReply).Ports[0].Number)
		}))
		require.Equal(t, []uint32{0, 1, 2, 3, 4}, came)
		_, err = x.Request(co, &of13.GetConfigRequest{})
		require.ErrorIs(t, err, coroutine.ErrTimeout)
	})
}

func TestSwitchThatIsNotThereIsTriedAgain(t *testing.T) {
	sw := ovstest.Start(t)
	s := coroutine.New(coroutine.Options{})
	downs := 0
	done := coroutine.NewSignal(s)
	s.Go("client", func(co *coroutine.Co) error {
		return Dial(co, netio.NewDialer(s), sw.OpenFlow("late"), Options{
			OnUp: func(x *Session) { require.Greater(t, x.Generation, uint64(1)); done.Notify() },
			OnDown: func(x *Session, err error) {
				require.Nil(t, x)
				downs++
			}})
	}, coroutine.Daemon())
	run(t, s, func(co *coroutine.Co) {
		require.NoError(t, co.Sleep(100*time.Millisecond))
		go sw.Bridge("late")
		require.NoError(t, done.WaitTimeout(co, 30*time.Second))
	})
	require.Positive(t, downs)
}

// The reply to a request that was given up is nobody's, also in the form of an extension.
func TestLateRepliesOfNicira(t *testing.T) {
	for _, v := range both {
		t.Run(v.String(), func(t *testing.T) {
			h := nicira.Header{Version: v}
			addr := fakeSwitch(t, func(p *peer) {
				p.shake(v, 1, 0)
				p.serve(func(m []byte) {
					time.Sleep(impatient.ReplyTimeout + 50*time.Millisecond)
					for _, r := range []nicira.Message{&nicira.RoleReply{Header: h}, &nicira.TLVTableReply{Header: h}} {
						r.SetXid(openflow.Xid(m))
						p.write(nicira.Encode(r))
					}
				})
			})
			o := Options{Versions: []openflow.Version{v}, ReplyTimeout: impatient.ReplyTimeout,
				OnMessage: func(_ *Session, m openflow.Message) { t.Errorf("got %T", m) }}
			withSession(t, addr, o, func(co *coroutine.Co, x *Session) {
				var ask openflow.Message = &nicira.RoleRequest{Header: h, Role: nicira.RolePrimary}
				if v == openflow.Version10 {
					ask = nicira.For10(&nicira.RoleRequest{Role: nicira.RolePrimary})
				}
				_, err := x.Request(co, ask)
				require.ErrorIs(t, err, coroutine.ErrTimeout)
				require.NoError(t, x.Barrier(co))
				require.EqualValues(t, 2, x.Counters().Stray)
			})
		})
	}
}
