package reconcile

import (
	"cmp"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// order compares ops as far as it matters.
func order(a, b Op) int {
	if d := cmp.Compare(a.Kind/Delete, b.Kind/Delete); d != 0 {
		return d
	}
	x, y := a.Flow.Key[:3], b.Flow.Key[:3]
	if a.Kind != Delete {
		x, y = y, x
	}
	return cmp.Compare(x, y)
}

func sortThem(ops []Op) {
	var ranks []ranked
	for i, op := range ops {
		ranks = append(ranks, ranked{rank(op.Kind, op.Flow.Key), int32(i)})
	}
	sortOps(ops, ranks)
}

// Ops of any tables and priorities are sorted by them, and come out the same whatever the order was before.
func TestSortOps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SampledFrom([]byte{0, 1, 0x7f, 0x80, 0xff})
		keys := rapid.SliceOfDistinct(rapid.Map(rapid.SliceOfN(some, 3, 6), func(b []byte) string { return string(b) }),
			rapid.ID[string])
		var ops []Op
		for _, k := range keys.Draw(t, "keys") {
			ops = append(ops, Op{OpKind(rapid.IntRange(0, int(Delete)).Draw(t, "kind")), &Flow{Key: k, Owner: k}})
		}
		other := rapid.Permutation(ops).Draw(t, "in another order")
		sortThem(other)
		require.ElementsMatch(t, ops, other)
		require.True(t, slices.IsSortedFunc(other, order))
		sortThem(ops)
		require.Equal(t, ops, other)
	})
}

// BenchmarkPlan is the plan for a switch that has lost 100,000 flows.
func BenchmarkPlan(b *testing.B) {
	s := New()
	for i := range 100_000 {
		key := append([]byte{byte(10 + i%2), 0, 100, 0, 1, 0, 4}, "common to all of them"...)
		key = binary.BigEndian.AppendUint32(key, uint32(i)*2654435761)
		s.Put(&Flow{Key: string(key), Instr: "instructions", Owner: "port/one"})
	}
	for b.Loop() {
		s.SetInstalled(nil, func(uint64) bool { return true })
		if n := len(s.Plan()); n != 100_000 {
			b.Fatal(n)
		}
	}
}
