package redisstore_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/redistest"
)

// portTxn is what creating ports takes.
func portTxn(from, n int) store.Txn {
	var t store.Txn
	for i := from; i < from+n; i++ {
		id, ip := fmt.Sprint("p", i), fmt.Sprint(i)
		k := store.Key{Scope: scope, Kind: "port", ID: id}
		t.Checks = append(t.Checks, store.Check{Key: k, Rev: store.Absent})
		t.Claims = append(t.Claims,
			store.Claim{Index: "port", Key: id, Owner: "blue", Bit: store.NoBit, Watched: true},
			store.Claim{Index: "ip:blue-v4", Key: ip, Owner: "port/" + id, Bit: int64(i)},
			store.Claim{Index: "mac:blue", Key: ip, Owner: "port/" + id, Bit: store.NoBit},
			store.Claim{Index: "in:network/blue", Key: "port/" + id, Owner: "port/" + id, Bit: store.NoBit},
			store.Claim{Index: "in:subnet/blue-v4", Key: "port/" + id, Owner: "port/" + id, Bit: store.NoBit})
		t.Puts = append(t.Puts, store.Doc{Key: k, Value: []byte(`{"name":"` + id +
			`","network":"blue","subnet":"blue-v4","mac":"02:00:00:00:00:01","ip":"10.0.0.1"}`)})
	}
	return t
}

func BenchmarkCommitOnePort(b *testing.B) {
	s := ready(b, redistest.Start(b))
	i := 0
	for b.Loop() {
		_, err := s.Commit(b.Context(), portTxn(i, 1))
		require.NoError(b, err)
		i++
	}
}

func BenchmarkCommit5000Ports(b *testing.B) {
	s := ready(b, redistest.Start(b))
	i := 0
	for b.Loop() {
		_, err := s.Commit(b.Context(), portTxn(i, 5000))
		require.NoError(b, err)
		i += 5000
	}
}

func BenchmarkPoll(b *testing.B) {
	for _, scopes := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint("scopes", scopes), func(b *testing.B) {
			s := ready(b, redistest.Start(b))
			_, err := s.Commit(b.Context(), portTxn(0, 1000))
			require.NoError(b, err)
			c := store.Cursor{Scopes: map[store.Scope]int64{scope: 0}}
			for i := range scopes - 1 {
				c.Scopes[store.NetworkScope(fmt.Sprint(i))] = 0
			}
			for b.Loop() {
				b.StopTimer()
				r := put(b, s, "p1", "{}")
				b.StartTimer()
				got, err := s.Poll(b.Context(), c)
				require.NoError(b, err)
				c.Epoch, c.Scopes[scope] = got.Epoch, r
			}
		})
	}
}

func BenchmarkPollWholeNetwork(b *testing.B) {
	s := ready(b, redistest.Start(b))
	_, err := s.Commit(b.Context(), portTxn(0, 10_000))
	require.NoError(b, err)
	for b.Loop() {
		_, err := s.Poll(b.Context(), store.Cursor{Scopes: map[store.Scope]int64{scope: 0}})
		require.NoError(b, err)
	}
}

// BenchmarkCommitToPolled is the way of one change: commit, hint, poll.
func BenchmarkCommitToPolled(b *testing.B) {
	s := ready(b, redistest.Start(b))
	hints := make(chan store.Hint, 1000)
	w, err := s.Watch(func(h store.Hint) { hints <- h })
	require.NoError(b, err)
	w.Follow([]store.Scope{scope}, nil)
	<-hints
	r := put(b, s, "a", "0")
	i, err := s.Info(b.Context())
	require.NoError(b, err)
	c := store.Cursor{Epoch: i.Epoch, Scopes: map[store.Scope]int64{scope: r}}
	for b.Loop() {
		r := put(b, s, "a", "1")
		for c.Scopes[scope] < r {
			<-hints
			got, err := s.Poll(b.Context(), c)
			require.NoError(b, err)
			for _, ch := range got.Changes {
				c.Scopes[ch.Scope] = ch.Rev
			}
		}
	}
	require.NoError(b, w.Close())
}

// BenchmarkArchive is what backup, check and restore do with 10,000 ports.
func BenchmarkArchive(b *testing.B) {
	s := ready(b, redistest.Start(b))
	_, err := s.Commit(b.Context(), portTxn(0, 10_000))
	require.NoError(b, err)
	im, err := s.Image(b.Context())
	require.NoError(b, err)
	sv, err := s.Survey(b.Context())
	require.NoError(b, err)
	b.Run("image", func(b *testing.B) {
		for b.Loop() {
			_, err := s.Image(b.Context())
			require.NoError(b, err)
		}
	})
	b.Run("survey", func(b *testing.B) {
		for b.Loop() {
			_, err := s.Survey(b.Context())
			require.NoError(b, err)
		}
	})
	b.Run("load", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, s.Hold(b.Context(), func(ctx context.Context) error {
				_, err := s.Load(ctx, store.Load{Image: im, Claims: sv.Claims})
				return err
			}))
		}
	})
}
