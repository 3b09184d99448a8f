package storetest

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

func testFree(t *testing.T, s store.Store) {
	free := func(lo, hi int64, n int) []int64 {
		t.Helper()
		out, err := s.Free(t.Context(), "vni", lo, hi, n)
		require.NoError(t, err)
		return out
	}
	require.Equal(t, []int64{10, 11, 12}, free(10, 20, 3))
	var claims []store.Claim
	for _, b := range []int64{0, 3, 8, 9, 10, 15, 16} {
		claims = append(claims, store.Claim{Index: "vni", Key: fmt.Sprint(b), Owner: "n", Bit: b})
	}
	commit(t, s, store.Txn{Claims: claims})
	require.Equal(t, []int64{1, 2, 4, 5, 6, 7, 11, 12, 13, 14, 17, 18}, free(0, 18, 99))
	require.Equal(t, []int64{5, 6}, free(5, 18, 2))
	require.Equal(t, []int64{17}, free(15, 17, 99))
	require.Empty(t, free(8, 10, 1))
	require.Empty(t, free(15, 16, 1))
	require.Empty(t, free(7, 6, 1))
	require.Empty(t, free(1, 9, 0))
	require.Equal(t, []int64{1000, 1001}, free(1000, 1001, 9))
	commit(t, s, store.Txn{Releases: claims[3:5]})
	require.Equal(t, []int64{9, 10}, free(8, 10, 9))
	commit(t, s, store.Txn{Releases: claims})
	require.Equal(t, []int64{0, 1}, free(0, 18, 2))
}

func testFreeBig(t *testing.T, s store.Store) {
	const chunk = 1 << 20
	var claims []store.Claim
	take := func(lo, hi int64) {
		for b := lo; b <= hi; b++ {
			claims = append(claims, store.Claim{Index: "ip", Key: fmt.Sprint(b), Owner: "n", Bit: b})
		}
	}
	take(chunk-40_000, chunk+16)
	take(1<<32-1, 1<<32-1)
	take(3*chunk, 3*chunk)
	commit(t, s, store.Txn{Claims: claims})
	for _, c := range []struct {
		lo, hi int64
		n      int
		want   []int64
	}{
		{chunk - 40_001, chunk + 18, 9, []int64{chunk - 40_001, chunk + 17, chunk + 18}},
		{chunk - 40_000, chunk + 16, 9, nil},
		{chunk - 1, 2 * chunk, 1, []int64{chunk + 17}},
		{1<<32 - 3, 1<<32 - 1, 9, []int64{1<<32 - 3, 1<<32 - 2}},
		{1<<32 - 2, 1<<32 + 5, 9, []int64{1<<32 - 2}},
		{3*chunk - 1, 3*chunk + 1, 9, []int64{3*chunk - 1, 3*chunk + 1}},
		{-5, 1, 9, []int64{0, 1}},
	} {
		got, err := s.Free(t.Context(), "ip", c.lo, min(c.hi, 1<<32-1), c.n)
		require.NoError(t, err)
		require.Equal(t, c.want, got, "%d to %d", c.lo, c.hi)
	}
	got, err := s.Free(t.Context(), "ip", 0, 2*chunk, chunk)
	require.NoError(t, err)
	require.Len(t, got, chunk)
	require.EqualValues(t, chunk-1+40_017, got[chunk-1])
}

func testSequence(t *testing.T, s store.Store) {
	for _, c := range []struct {
		name  string
		n     int
		first int64
	}{{"tag", 1, 1}, {"tag", 10, 2}, {"tag", 1, 12}, {"mac", 3, 1}, {"tag", 1, 13}, {"a b\n{}", 1, 1}} {
		got, err := s.Sequence(t.Context(), c.name, c.n)
		require.NoError(t, err)
		require.Equal(t, c.first, got)
	}
}

func testBeats(t *testing.T, s store.Store) {
	ctx := t.Context()
	beats, err := s.Beats(ctx)
	require.NoError(t, err)
	require.Empty(t, beats)
	for _, h := range []string{"h2", "h1", "h 3\n"} {
		require.NoError(t, s.Beat(ctx, h, []byte("1\n"+h)))
	}
	require.NoError(t, s.Beat(ctx, "h2", []byte("2")))
	beats, err = s.Beats(ctx)
	require.NoError(t, err)
	require.Len(t, beats, 3)
	require.Equal(t, []string{"h 3\n", "h1", "h2"}, []string{beats[0].Host, beats[1].Host, beats[2].Host})
	require.Equal(t, []string{"1\nh 3\n", "1\nh1", "2"},
		[]string{string(beats[0].Value), string(beats[1].Value), string(beats[2].Value)})
	for _, b := range beats {
		require.WithinDuration(t, time.Now(), b.At, time.Minute)
	}
	require.NoError(t, s.RemoveBeat(ctx, "h1"))
	require.NoError(t, s.RemoveBeat(ctx, "none"))
	beats, err = s.Beats(ctx)
	require.NoError(t, err)
	require.Len(t, beats, 2)
	require.Zero(t, rev(t, s), "a heartbeat is no revision")
}

// testConcurrentClaims has writers that each look for a free number and claim it, until it worked.
func testConcurrentClaims(t *testing.T, s store.Store) {
	const writers, each = 8, 40
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := claimOne(t, s, fmt.Sprintf("port/%d-%d", w, i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	owners := map[string]bool{}
	for _, o := range list(t, s, "ip") {
		owners[o] = true
	}
	require.Len(t, owners, writers*each)
	require.Len(t, read(t, s, net1), writers*each)
	require.EqualValues(t, writers*each, rev(t, s))
	free, err := s.Free(t.Context(), "ip", 0, writers*each+9, 1)
	require.NoError(t, err)
	require.EqualValues(t, []int64{writers * each}, free, "the lowest numbers are taken, without a gap")
}

func claimOne(t *testing.T, s store.Store, owner string) error {
	for {
		free, err := s.Free(t.Context(), "ip", 0, 100_000, 1)
		if err != nil {
			return err
		}
		n := fmt.Sprint(free[0])
		_, err = s.Commit(t.Context(), store.Txn{Puts: []store.Doc{doc(net1, "port", owner, n)},
			Claims: []store.Claim{{Index: "ip", Key: n, Owner: owner, Bit: free[0]}}})
		var c *store.Conflict
		if !errors.As(err, &c) {
			return err
		}
	}
}
