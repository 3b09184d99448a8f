package netio

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// lines cuts a stream at newlines.
func lines(b []byte) (int, error) {
	for i, c := range b {
		if c == '\n' {
			return i + 1, nil
		}
	}
	return 0, nil
}

func run(t *testing.T, s *coroutine.Scheduler) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	require.NoError(t, s.Run(ctx))
}

func TestEchoOverAUnixSocket(t *testing.T) {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	require.NoError(t, err)
	go func() {
		c, _ := l.Accept()
		_, _ = io.Copy(c, c)
	}()
	s := coroutine.New(coroutine.Options{})
	got := coroutine.NewQueue[string](100_000)
	s.Go("client", func(co *coroutine.Co) error {
		var closed error
		gone := coroutine.NewSignal(s)
		c, err := NewDialer(s).Dial(co, "unix:"+l.Addr().String(), Handler{
			Split:   lines,
			Message: func(m []byte) { got.TryPut(string(m)) },
			Closed:  func(err error) { closed = err; gone.Notify() },
		})
		require.NoError(t, err)
		for range 20_000 {
			c.Send([]byte("hello\nwor"))
			c.Send([]byte("ld\n"))
		}
		require.NoError(t, c.Drain(co, 0))
		for range 20_000 {
			a, err := got.Get(co)
			require.NoError(t, err)
			b, err := got.Get(co)
			require.NoError(t, err)
			require.Equal(t, "hello\nworld\n", a+b)
		}
		c.Close()
		require.NoError(t, gone.Wait(co))
		require.ErrorIs(t, closed, ErrClosed)
		require.ErrorIs(t, c.Drain(co, 0), ErrClosed)
		return nil
	})
	run(t, s)
}

func TestThePeersEndIsTold(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	l, err := Listen(s, "ptcp:0:127.0.0.1", func(nc net.Conn) { _ = nc.Close() })
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // the test is over
	s.Go("client", func(co *coroutine.Co) error {
		closed := coroutine.NewFuture[error]()
		_, err := NewDialer(s).Dial(co, "tcp:"+l.Addr().String(), Handler{Split: lines, Message: func([]byte) {},
			Closed: func(err error) { closed.Resolve(err, nil) }})
		require.NoError(t, err)
		reason, err := closed.WaitTimeout(co, 5*time.Second)
		require.NoError(t, err)
		require.Error(t, reason)
		return nil
	})
	run(t, s)
}
