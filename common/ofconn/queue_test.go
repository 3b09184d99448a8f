package ofconn

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// slowReader is a switch that reads nothing until read is closed; what it gets then goes to got.
func slowReader(t *testing.T, got chan<- []byte) (address string, say chan<- []byte, read chan<- struct{}) {
	t.Helper()
	hold, words := make(chan struct{}), make(chan []byte)
	address = fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		for waiting := true; waiting; {
			select {
			case m := <-words:
				p.write(m)
			case <-hold:
				waiting = false
			}
		}
		for m := p.read(); m != nil; m = p.read() {
			if openflow.MessageType(m) == uint8(of13.TypeBarrierRequest) {
				p.write(appendHeader(nil, openflow.Version13, uint8(of13.TypeBarrierReply), openflow.Xid(m)))
			}
			got <- m
		}
		close(got)
	})
	return address, words, hold
}

func mods(n int) [][]byte {
	out := make([][]byte, n)
	for i := range out {
		out[i] = flow(openflow.Version13, uint16(i))
	}
	return out
}

// The answer to an echo request overtakes what waits, but not the order of the rest.
func TestEchoOvertakesAFlood(t *testing.T) {
	const flood = 40_000
	got := make(chan []byte, flood+10)
	addr, say, read := slowReader(t, got)
	withSession(t, addr, Options{SendLimit: 64 << 20}, func(co *coroutine.Co, x *Session) {
		batch := co.Go("batch", func(co *coroutine.Co) error {
			_, err := x.Batch(co, mods(flood))
			return err
		})
		require.NoError(t, co.Yield())
		require.Greater(t, x.Queued(), 2<<20)
		before := x.Counters().Received
		say <- appendHeader(nil, openflow.Version13, openflow.TypeEchoRequest, 0xecec)
		for x.Counters().Received == before {
			require.NoError(t, co.Sleep(time.Millisecond))
		}
		close(read)
		require.NoError(t, batch.Wait(co))
		x.Close()
	})
	echoAt, n, last := -1, 0, uint32(0)
	for m := range got {
		switch {
		case openflow.MessageType(m) == openflow.TypeEchoReply && openflow.Xid(m) == 0xecec:
			echoAt = n
		case openflow.MessageType(m) == uint8(of13.TypeFlowMod):
			require.Greater(t, openflow.Xid(m), last)
			last = openflow.Xid(m)
			n++
		}
	}
	require.Equal(t, flood, n)
	require.NotEqual(t, -1, echoAt)
	require.Less(t, echoAt, flood/4, "what was in the socket and being written comes first")
}

// At the bound a coroutine waits, and Send refuses.
func TestBackPressure(t *testing.T) {
	const limit, flood = 100_000, 20_000
	got := make(chan []byte, flood+10)
	addr, _, read := slowReader(t, got)
	withSession(t, addr, Options{SendLimit: limit}, func(co *coroutine.Co, x *Session) {
		batch := co.Go("batch", func(co *coroutine.Co) error {
			_, err := x.Batch(co, mods(flood))
			return err
		})
		other := co.Go("request", func(co *coroutine.Co) error {
			_, err := x.Request(co, &of13.GetConfigRequest{})
			return err
		})
		for x.Queued() < limit {
			require.NoError(t, co.Sleep(time.Millisecond))
		}
		require.NoError(t, co.Sleep(100*time.Millisecond))
		require.False(t, batch.Done())
		require.False(t, other.Done())
		require.Less(t, x.Queued(), limit+200)
		require.ErrorIs(t, x.Send(&of13.PacketOut{}), ErrFull)
		require.EqualValues(t, 1, x.Counters().SendFull)
		require.NoError(t, x.SendUrgent(&of13.PacketOut{}), "somebody waits for it")
		for x.Queued() < urgentRoom*limit {
			require.NoError(t, x.SendUrgent(&of13.PacketOut{Data: make([]byte, 50_000)}))
		}
		require.ErrorIs(t, x.SendUrgent(&of13.PacketOut{}), ErrFull)
		require.ErrorIs(t, waitRoom(co, x, 50*time.Millisecond), coroutine.ErrCancelled)
		close(read)
		require.NoError(t, batch.Wait(co))
		require.NoError(t, x.Room(co))
		require.NoError(t, x.Send(&of13.PacketOut{}))
		x.Close()
		require.ErrorIs(t, other.Wait(co), ErrDown) // nobody answers it
	})
	n := 0
	for range got {
		n++
	}
	require.GreaterOrEqual(t, n, flood+3, "with the barrier, the request and the packet-out")
}

// waitRoom waits for room, but no longer than d.
func waitRoom(co *coroutine.Co, x *Session, d time.Duration) error {
	task := co.Go("room", x.Room)
	_ = co.Sleep(d)
	task.Cancel()
	return task.Wait(co)
}

// A switch that asks for echo and reads nothing is not served without end.
func TestEchoFlood(t *testing.T) {
	const limit = 50_000
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		m := append(appendHeader(nil, openflow.Version13, openflow.TypeEchoRequest, 1), make([]byte, 1000)...)
		m[2], m[3] = byte(len(m)>>8), byte(len(m)&0xff)
		for range 10_000 {
			if _, err := p.nc.Write(m); err != nil {
				return
			}
		}
		t.Error("all were taken")
	})
	withSession(t, addr, Options{SendLimit: limit}, func(co *coroutine.Co, x *Session) {
		for x.Err() == nil {
			require.Less(t, x.Queued(), 3*limit+64<<10)
			require.NoError(t, co.Sleep(time.Millisecond))
		}
		require.ErrorContains(t, x.Err(), "does not read")
	})
}

func TestTransactionIDsWrap(t *testing.T) {
	addr := fakeSwitch(t, func(p *peer) {
		p.shake(openflow.Version13, 1, 0)
		p.serve(func(m []byte) {
			switch {
			case openflow.Xid(m) == 0:
				t.Error("0 is not ours")
			case openflow.MessageType(m) == uint8(of13.TypeGetConfigReq):
				p.send(openflow.Xid(m), &of13.GetConfigReply{})
			case openflow.MessageType(m) == uint8(of13.TypeFlowMod) && m[31] == 3: // priority 3
				p.send(openflow.Xid(m), &of13.Error{Class: of13.ErrFlowModFailed})
			}
		})
	})
	withSession(t, addr, Options{}, func(co *coroutine.Co, x *Session) {
		asleep := co.Go("asleep", func(co *coroutine.Co) error { // holds an id of the next round
			x.xid = 1
			_, err := x.Request(co, &of13.RoleRequest{})
			return err
		})
		require.NoError(t, co.Yield())
		require.NotNil(t, x.waiting[2])
		x.xid = ^uint32(0) - 3
		errs, err := x.Batch(co, mods(5))
		require.NoError(t, err)
		var r *Refused
		require.ErrorAs(t, errs[3], &r)
		require.EqualValues(t, 8, x.xid, "from 3, after the one in use, to the barrier")
		for range 10 {
			_, err := Ask[*of13.GetConfigReply](co, x, &of13.GetConfigRequest{})
			require.NoError(t, err)
		}
		x.xid = ^uint32(0)
		require.EqualValues(t, 1, x.take(1))
		require.EqualValues(t, 3, x.take(1))
		x.Close()
		require.ErrorIs(t, asleep.Wait(co), ErrDown)
	})
}
