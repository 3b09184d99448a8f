package netio

import (
	"bytes"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// pair is a connection on s and its other end.
func pair(t *testing.T, s *coroutine.Scheduler, h Handler) (Conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // it served its purpose
	near, err := net.Dial("unix", l.Addr().String())
	require.NoError(t, err)
	far, err := l.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = far.Close() })
	if h.Split == nil {
		h.Split = lines
	}
	if h.Closed == nil {
		h.Closed = func(error) {}
	}
	return Start(s, near, h), far
}

// What was sent before Close arrives, if the peer reads.
func TestCloseWritesWhatWaits(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	c, far := pair(t, s, Handler{})
	got := make(chan int, 1)
	s.Go("test", func(co *coroutine.Co) error {
		line := append(bytes.Repeat([]byte("x"), 999), '\n')
		for range 500 {
			c.Send(line)
		}
		c.Close()
		c.Send([]byte("too late\n"))
		go func() { b, _ := io.ReadAll(far); got <- len(b) }()
		return co.Sleep(200 * time.Millisecond)
	})
	run(t, s)
	require.Equal(t, 500_000, <-got)
}

// A peer that does not read holds a closed connection for closeLinger only.
func TestCloseDoesNotWaitForEver(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	closed := coroutine.NewFuture[error]()
	c, _ := pair(t, s, Handler{Closed: func(err error) { closed.Resolve(err, nil) }})
	s.Go("test", func(co *coroutine.Co) error {
		began := co.Now()
		for range 100 {
			c.Send(make([]byte, 100_000))
		}
		require.Positive(t, c.Queued())
		c.Close()
		reason, err := closed.WaitTimeout(co, 10*time.Second)
		require.NoError(t, err)
		require.ErrorIs(t, reason, ErrClosed)
		require.GreaterOrEqual(t, co.Now().Sub(began), closeLinger)
		return nil
	})
	run(t, s)
}

// A scheduler that is busy stops the peer, not the memory.
func TestReadingWaitsForTheScheduler(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	_, far := pair(t, s, Handler{Message: func([]byte) {}})
	wrote := make(chan int, 1)
	s.Go("busy", func(*coroutine.Co) error { // it blocks, as no coroutine should
		n := 0
		_ = far.SetWriteDeadline(time.Now().Add(300 * time.Millisecond))
		for range 1000 {
			w, err := far.Write(append(bytes.Repeat([]byte("x"), 99_999), '\n'))
			n += w
			if err != nil {
				break
			}
		}
		wrote <- n
		return nil
	})
	run(t, s)
	n := <-wrote
	require.Greater(t, n, readSize)
	require.Less(t, n, 2_000_000, "of 100,000,000")
}

// Who waits for different room is woken, each in its turn.
func TestSeveralDrain(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	c, far := pair(t, s, Handler{})
	s.Go("test", func(co *coroutine.Co) error {
		for range 50 {
			c.Send(make([]byte, 100_000))
		}
		var tasks []*coroutine.Task
		for _, limit := range []int{0, 1_000_000, 2_000_000, 0} {
			tasks = append(tasks, co.Go("drain", func(co *coroutine.Co) error { return c.Drain(co, limit) }))
		}
		require.NoError(t, co.Sleep(20*time.Millisecond))
		for _, task := range tasks {
			require.False(t, task.Done())
		}
		go func() { _, _ = io.Copy(io.Discard, far) }()
		for _, task := range tasks {
			require.NoError(t, task.Wait(co))
		}
		require.Zero(t, c.Queued())
		return nil
	})
	run(t, s)
}

func TestUrgentOvertakes(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	c, far := pair(t, s, Handler{})
	s.Go("test", func(co *coroutine.Co) error {
		c.Send([]byte("one\n"))
		c.Send([]byte("two\n"))
		c.SendUrgent([]byte("first\n"))
		return c.Drain(co, 0)
	})
	run(t, s)
	b := make([]byte, 14)
	_, err := io.ReadFull(far, b)
	require.NoError(t, err)
	require.Equal(t, "first\none\ntwo\n", string(b))
}

func TestDeadSocketIsReplaced(t *testing.T) {
	s := coroutine.New(coroutine.Options{})
	path := filepath.Join(t.TempDir(), "s")
	dead, err := net.Listen("unix", path)
	require.NoError(t, err)
	dead.(*net.UnixListener).SetUnlinkOnClose(false)
	_, err = Listen(s, "punix:"+path, func(net.Conn) {})
	require.ErrorContains(t, err, "in use", "it is not dead yet")
	require.NoError(t, dead.Close())
	l, err := Listen(s, "punix:"+path, func(net.Conn) {})
	require.NoError(t, err)
	require.NoError(t, l.Close())
	_, err = Listen(s, "unix:"+path, func(net.Conn) {})
	require.ErrorIs(t, err, ErrAddress)
}
