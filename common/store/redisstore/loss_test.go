package redisstore_test

import (
	"context"
	"fmt"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redisstore"
	"github.com/vlcp-go/vlcp/common/store/redistest"
	"github.com/vlcp-go/vlcp/common/store/storetest"
)

// hole dials connections that can lose all that is sent over them, in both directions, and stay open.
type hole struct{ open atomic.Bool }

func (h *hole) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if h.open.Load() {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	c, err := new(net.Dialer).DialContext(ctx, network, address)
	return &holed{c, h}, err
}

type holed struct {
	net.Conn
	h *hole
}

// Read implements net.Conn.
func (c *holed) Read(b []byte) (int, error) {
	for {
		n, err := c.Conn.Read(b)
		if err != nil || !c.h.open.Load() {
			return n, err
		}
	}
}

// Write implements net.Conn.
func (c *holed) Write(b []byte) (int, error) {
	if c.h.open.Load() {
		return len(b), nil
	}
	return c.Conn.Write(b)
}

// TestBlackHoledSubscription loses packets while the connection stays open: it is noticed, and what was missed is told
// of when there is a way again.
func TestBlackHoledSubscription(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	writer := ready(t, srv)
	var x hole
	s := open(t, redisstore.Options{URL: srv.URL, Dial: x.dial})
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	began := time.Now()
	x.open.Store(true)
	put(t, writer, "a", "1")
	require.ErrorIs(t, h.Wait(t, within, isErr).Err, store.ErrUnavailable)
	require.Less(t, time.Since(began), within)
	x.open.Store(false)
	h.Wait(t, within, storetest.Gap)
	put(t, writer, "a", "2")
	h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
}

// TestOverrun has a reader that is too slow for what is published: the server cuts it off, and it is told that it has
// missed something.
func TestOverrun(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t, "--client-output-buffer-limit", "pubsub 32kb 16kb 1")
	s := ready(t, srv)
	var hints storetest.Hints
	wait := make(chan struct{})
	var slow atomic.Bool
	w, err := s.Watch(func(h store.Hint) {
		if slow.Load() && h.Scope != "" {
			<-wait
		}
		hints.Take(h)
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.Close()) })
	w.Follow([]store.Scope{scope}, nil)
	hints.Wait(t, within, storetest.Gap)
	slow.Store(true)
	put(t, s, "a", "1")
	for i := 0; srv.CLI(t, "client", "list", "type", "pubsub") != ""; i++ {
		require.Less(t, i, 100, "the server is patient")
		for range 200 {
			put(t, s, "a", fmt.Sprint(i))
		}
	}
	slow.Store(false)
	close(wait)
	hints.Wait(t, within, isErr)
	hints.Wait(t, within, storetest.Gap)
	put(t, s, "b", "1")
	hints.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
}

// TestDemoted makes the server a replica, which answers pings and reads for ever: that is noticed, told, and over when
// it is a master again.
func TestDemoted(t *testing.T) {
	t.Parallel()
	srv := redistest.Start(t)
	s := ready(t, srv)
	h := follow(t, s)
	h.Wait(t, within, storetest.Gap)
	srv.CLI(t, "replicaof", "127.0.0.1", "1")
	require.ErrorContains(t, h.Wait(t, within, isErr).Err, "this is a replica: give the master's address")
	time.Sleep(2 * time.Second)
	for _, x := range h.All() {
		require.False(t, x.Gap, "nothing has come back")
	}
	srv.CLI(t, "replicaof", "no", "one")
	h.Wait(t, within, storetest.Gap)
	put(t, s, "a", "1")
	h.Wait(t, within, storetest.Is(store.Hint{Scope: scope}))
}
