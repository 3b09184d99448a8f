package reconcile

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// sortOps sorts ops: additions and modifications from the last table on and from the highest priority, then deletions
// the other way around. An exception is there before the rule that it is of, and as long as that.
//
// A switch that has started again gets 100,000 of them, and waits meanwhile (BenchmarkPlan). So what they are sorted by
// is one number, which ends with a hash of the key: the order within a priority is always the same, and no other than
// any would be.
//
// ranks has one for each of ops: who has a key at hand ranks it then, and each has to be fetched from memory once.
func sortOps(ops []Op, ranks []ranked) {
	slices.SortFunc(ranks, func(a, b ranked) int {
		if a.rank != b.rank {
			return cmp.Compare(a.rank, b.rank)
		}
		return cmp.Compare(ops[a.op].Flow.Key, ops[b.op].Flow.Key)
	})
	sorted := make([]Op, len(ops))
	for i, r := range ranks {
		sorted[i] = ops[r.op]
	}
	copy(ops, sorted)
}

// ranked is an Op by its place.
type ranked struct {
	rank uint64
	op   int32
}

const (
	deletionsLast = 1 << 63
	placeShift    = 39 // table and priority, above the hash
)

func rank(kind OpKind, key string) uint64 {
	var place uint64
	for i := range min(3, len(key)) {
		place |= uint64(key[i]) << (16 - 8*i)
	}
	if kind == Delete {
		return deletionsLast | place<<placeShift | hash(key)
	}
	return (1<<24-1-place)<<placeShift | hash(key)
}

// hash is of placeShift bits. It goes in words, as keys have some forty bytes, and is the same in each process.
func hash(key string) uint64 {
	const prime = 0x9e3779b97f4a7c15
	h := uint64(len(key))
	for len(key) > 0 {
		var word [8]byte
		n := copy(word[:], key)
		key = key[n:]
		h = (h ^ binary.LittleEndian.Uint64(word[:])) * prime
		h ^= h >> 29
	}
	return h >> (64 - placeShift)
}
