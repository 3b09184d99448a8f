package wanted

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var start = time.Unix(1000, 0)

func TestTheOldestOfTheLargestShareIsForgotten(t *testing.T) {
	s := New(8, time.Minute)
	for c := range uint64(2) {
		require.Empty(t, s.Want(100+c, 1, start))
	}
	require.Empty(t, s.Want(1, 7, start))
	require.Empty(t, s.Want(2, 7, start))
	require.Equal(t, []uint64{1}, s.Want(3, 7, start), "a quarter of the set is the most of a share")
	require.Empty(t, s.Want(2, 9, start), "it is wanted already, and the share stays; it is the youngest now")
	require.Equal(t, []uint64{3}, s.Want(4, 7, start))
	for who := uint32(2); who < 4; who++ {
		require.Empty(t, s.Want(uint64(200+who), who, start))
		require.Empty(t, s.Want(uint64(300+who), who, start))
	}
	require.Equal(t, 8, s.Len())
	require.Equal(t, []uint64{100}, s.Want(5, 8, start), "it is full: of those that have most, the first")
	require.Equal(t, []uint64{202}, s.Want(6, 8, start))
	require.EqualValues(t, 4, s.Evicted())
}

// A guest that goes through all addresses displaces nobody's but its own, except for a quarter of what was there before
// it, as nobody knows whose that is.
func TestWhoScansDisplacesItsOwn(t *testing.T) {
	const size = 1000
	s := New(size, time.Hour)
	for c := range uint64(600) {
		s.Want(c, Nobody, start)
	}
	for who := range uint32(15) {
		for c := range uint64(20) {
			s.Want(uint64(who+1)<<32|c, who+1, start)
		}
	}
	const scanner = 99
	for c := range uint64(20_000) {
		s.Want(1<<48|c, scanner, start)
		require.LessOrEqual(t, s.Len(), size)
	}
	kept := 0
	for c := range uint64(600) {
		if s.Has(c) {
			kept++
		}
	}
	require.Equal(t, 600-150, kept)
	for who := range uint32(15) {
		for c := range uint64(20) {
			require.True(t, s.Has(uint64(who+1)<<32|c))
		}
	}
}

func TestWhoNobodySpeaksToIsForgotten(t *testing.T) {
	s := New(20, time.Minute)
	s.Want(1, 1, start)
	s.Want(2, 1, start.Add(30*time.Second))
	s.Want(3, 1, start)
	require.Empty(t, s.Sweep(map[uint64]uint64{1: 5, 2: 1}, start.Add(50*time.Second)))
	require.Equal(t, []uint64{3}, s.Sweep(map[uint64]uint64{1: 5, 2: 2}, start.Add(70*time.Second)), "it has no flows")
	require.Equal(t, []uint64{1}, s.Sweep(map[uint64]uint64{1: 5, 2: 2}, start.Add(110*time.Second)))
	require.Empty(t, s.Sweep(map[uint64]uint64{2: 0}, start.Add(130*time.Second)), "its flows were made anew")
	require.Equal(t, []uint64{2}, s.Sweep(nil, start.Add(190*time.Second)))
	require.Zero(t, s.Len())
	require.Empty(t, s.shares)
	require.EqualValues(t, 3, s.Aged())
}

// Whatever happens, the set is no larger than it may be, says what it forgets, and keeps its books.
func TestSetInAnyHistory(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		size := 1 + r.IntN(20)
		s, now, mirror := New(size, time.Minute), start, map[uint64]bool{}
		for range 500 {
			now = now.Add(time.Duration(r.IntN(5000)) * time.Millisecond)
			var gone []uint64
			if r.IntN(10) > 0 {
				c := uint64(r.IntN(40))
				gone = s.Want(c, uint32(r.IntN(5)), now)
				mirror[c] = true
			} else {
				gone = s.Sweep(map[uint64]uint64{uint64(r.IntN(40)): r.Uint64()}, now)
			}
			for _, c := range gone {
				require.True(t, mirror[c])
				delete(mirror, c)
			}
			require.LessOrEqual(t, s.Len(), size)
			require.Len(t, mirror, s.Len())
			n := 0
			for of, sh := range s.shares {
				require.True(t, of == Nobody || sh.n <= max(1, size/4), "%d of %d", sh.n, size)
				for e := sh.ring.aft; e != &sh.ring; e = e.aft {
					require.True(t, mirror[e.cookie] && s.Has(e.cookie) && e.share == sh)
					n++
				}
			}
			require.Equal(t, len(mirror), n)
		}
	}
}
