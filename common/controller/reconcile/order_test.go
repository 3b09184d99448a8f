package reconcile

import (
	"cmp"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// order compares ops as sortOps sorts them, which is what it says in the plainest way.
func order(a, b Op) int {
	if d := cmp.Compare(a.Kind/Delete, b.Kind/Delete); d != 0 {
		return d
	}
	if a.Kind != Delete {
		return cmp.Compare(b.Flow.Key, a.Flow.Key)
	}
	return cmp.Compare(a.Flow.Key, b.Flow.Key)
}

// Keys of any length that begin alike, end early or with zeros, are sorted as the plain comparison has it.
func TestSortOps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfDistinct(rapid.StringOfN(rapid.RuneFrom([]rune{0, 1, 'a'}), 0, 30, -1), rapid.ID[string])
		var ops []Op
		for _, k := range keys.Draw(t, "keys") {
			ops = append(ops, Op{OpKind(rapid.IntRange(0, int(Delete)).Draw(t, "kind")), Flow{Key: k, Owner: k}})
		}
		want := slices.Clone(ops)
		slices.SortFunc(want, order)
		sortOps(ops)
		require.Equal(t, want, ops)
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
