package ovsdb

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/netio"
)

// rival is a second client of the same server.
func (r *rig) rival(co *coroutine.Co, address string, o Options) *Client {
	r.t.Helper()
	o.Address, o.Database = address, "Test"
	c := New(r.s, netio.NewDialer(r.s), o)
	r.s.Go("rival", c.Run, coroutine.Daemon())
	r.await(co, c.Synced)
	return c
}

func TestLocks(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		var events []bool
		rival := r.rival(co, db.Addr, Options{OnLock: func(_ string, held bool) { events = append(events, held) }})

		held, err := r.c.Lock(co, "l")
		require.NoError(t, err)
		require.True(t, held)
		r.transact(co, Assert("l"))
		held, err = rival.Lock(co, "l")
		require.NoError(t, err)
		require.False(t, held)
		_, err = rival.Transact(co, Assert("l"))
		require.ErrorContains(t, err, "not owner")

		require.NoError(t, r.c.Unlock(co, "l"))
		r.await(co, func() bool { return rival.Holds("l") })
		require.NoError(t, r.c.Steal(co, "l"))
		r.await(co, func() bool { return !rival.Holds("l") })
		require.True(t, r.c.Holds("l"))
		r.transact(co, Assert("l"))
		require.NoError(t, r.c.Unlock(co, "l"))
		r.await(co, func() bool { return rival.Holds("l") }) // who was robbed gets it back
		require.Equal(t, []bool{true, false, true}, events)
		require.Equal(t, []string{"l true", "l true"}, r.locks, "what one gives back oneself is not told")

		held, err = r.c.Lock(co, "l")
		require.NoError(t, err)
		require.False(t, held)
		require.NoError(t, r.c.Steal(co, "l"), "also while one waits for it")
		require.True(t, r.c.Holds("l"))
	})
}

func TestLocksAreAskedForAgainAfterAReconnect(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		held, err := r.c.Lock(co, "early")
		require.NoError(t, err)
		require.False(t, held)
		r.await(co, func() bool { return r.c.Holds("early") })
		rival := r.rival(co, db.Addr, Options{})
		held, err = r.c.Lock(co, "late")
		require.NoError(t, err)
		require.True(t, held)
		_, err = rival.Lock(co, "late")
		require.NoError(t, err)

		r.wire.refuses = true
		r.wire.cut()
		r.await(co, func() bool { return !r.c.Synced() })
		require.False(t, r.c.Holds("early"))
		require.NoError(t, r.c.Unlock(co, "early"), "the lost connection did that")
		r.await(co, func() bool { return rival.Holds("late") })
		r.wire.refuses = false
		r.awaitSynced(co)
		require.NoError(t, co.Sleep(50*time.Millisecond))
		require.False(t, r.c.Holds("late"))
		require.NoError(t, rival.Unlock(co, "late"))
		r.await(co, func() bool { return r.c.Holds("late") })
		require.False(t, r.c.Holds("early"))
		require.Equal(t, []string{"early true", "late true", "early false", "late false", "late true"}, r.locks)
	})
}
