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
	"github.com/vlcp-go/vlcp/common/openflow/of10"
)

// breaks are Options with one function that panics.
var breaks = map[string]Options{
	"OnUp":      {OnUp: func(*Session) { panic("boom") }},
	"OnDown":    {OnDown: func(*Session, error) { panic("boom") }},
	"OnMessage": {OnMessage: func(*Session, openflow.Message) { panic("boom") }},
}

// wanting plays a switch that sends a port status and, when the session stays up, hangs up.
func wanting(p *peer) {
	p.shake(openflow.Version10, 1, 0)
	p.send(0, &of10.PortStatus{})
	p.send(0, &of10.PortStatus{})
	time.Sleep(50 * time.Millisecond)
}

// onPanic is a scheduler, and the panics it was told of, which must lead to this file.
func onPanic(t *testing.T) (*coroutine.Scheduler, *coroutine.Queue[string]) {
	told := coroutine.NewQueue[string](10)
	return coroutine.New(coroutine.Options{OnPanic: func(name string, err *coroutine.PanicError) {
		require.Contains(t, err.Error(), "panic_test.go")
		told.TryPut(name)
	}}), told
}

func TestAPanicEndsDial(t *testing.T) {
	for name, o := range breaks {
		t.Run(name, func(t *testing.T) {
			s, told := onPanic(t)
			var sessions []*Session
			if up := o.OnUp; up == nil {
				o.OnUp = func(x *Session) { sessions = append(sessions, x) }
			}
			addr := fakeSwitch(t, wanting, wanting)
			dial := s.Go("client", func(co *coroutine.Co) error { return Dial(co, netio.NewDialer(s), addr, o) },
				coroutine.Daemon())
			run(t, s, func(co *coroutine.Co) {
				err := dial.Wait(co)
				require.ErrorAs(t, err, new(*coroutine.PanicError))
				require.ErrorContains(t, err, "boom")
				for _, x := range sessions {
					require.ErrorIs(t, x.Err(), ErrDown)
				}
				require.NoError(t, co.Sleep(2*retryMin))
				require.Less(t, len(sessions), 2, "it does not connect again")
				require.Equal(t, 1, told.Len())
			})
		})
	}
}

func TestAPanicEndsOneSessionOfAServer(t *testing.T) {
	for name, o := range breaks {
		t.Run(name, func(t *testing.T) {
			s, told := onPanic(t)
			l, err := Listen(s, "punix:"+filepath.Join(t.TempDir(), "s"), o)
			require.NoError(t, err)
			play := func(context.Context) (struct{}, error) {
				nc, err := net.Dial("unix", l.Addr().String())
				if err != nil {
					return struct{}{}, err
				}
				defer nc.Close() //nolint:errcheck // it is the end of the test's connection
				wanting(&peer{t, nc})
				return struct{}{}, nil
			}
			run(t, s, func(co *coroutine.Co) {
				for n := 1; n <= 2; n++ { // it goes on to serve others
					_, err := coroutine.Call(co, play)
					require.NoError(t, err)
					_, err = told.Get(co)
					require.NoError(t, err)
				}
				require.NoError(t, co.Sleep(50*time.Millisecond))
				require.Empty(t, l.Sessions())
				require.Empty(t, l.all)
				require.Zero(t, told.Len())
				require.NoError(t, l.Close())
			})
		})
	}
}
