package sorted

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type item struct{ key, place int }

func byKey(a, b item) int { return cmp.Compare(a.key, b.key) }

// Both are what package slices does.
func TestAsSlices(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in []item
		for place, key := range rapid.SliceOf(rapid.IntRange(0, 20)).Draw(t, "keys") {
			in = append(in, item{key, place})
		}
		want, got := slices.Clone(in), slices.Clone(in)
		slices.SortStableFunc(want, byKey)
		Stable(got, byKey)
		require.Equal(t, want, got)
		got = slices.Clone(in)
		Func(got, byKey)
		require.True(t, slices.IsSortedFunc(got, byKey))
		require.ElementsMatch(t, in, got)
		require.Equal(t, got, Collect(slices.Values(in), byKey))
	})
}
