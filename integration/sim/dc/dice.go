package dc

import (
	"hash/fnv"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// dice are numbers that depend on the seed, on the time, and on how many were asked for at that very time, and on
// nothing that happened before: a run without one of its steps is the same run until that step would have mattered.
// That is what makes schedules shrink.
type dice struct {
	seed  uint64
	clock *coroutine.Virtual
	at    time.Time
	n     uint64
}

// Uint64 implements rand.Source.
func (d *dice) Uint64() uint64 {
	if now := d.clock.Now(); now != d.at {
		d.at, d.n = now, 0
	}
	d.n++
	return mix(mix(d.seed^uint64(d.at.UnixNano())) + d.n)
}

// mix is the output function of SplitMix64 (Steele, Lea, Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// choose picks a key, as the seed says: mostly the same one when there are a few more or less to pick from.
func choose[K interface{ ~string }, V any](w *World, m map[K]V) (k K, ok bool) {
	salt, best := w.rand.Uint64(), uint64(0)
	for c := range m {
		h := fnv.New64a()
		_, _ = h.Write([]byte(c)) // never fails
		if n := mix(h.Sum64() ^ salt); !ok || n > best || n == best && c < k {
			k, best, ok = c, n, true
		}
	}
	return k, ok
}
