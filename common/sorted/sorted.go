// Package sorted sorts slices of structures that are short or sorted rarely, with one copy of the algorithm.
//
// Those of package slices are compiled anew for every type of structure, 16 KB of code and tables each. That pays where
// it is hot (package slices is used there); elsewhere a dozen of them are a fiftieth of the agent.
package sorted

import (
	"iter"
	"slices"
	"sort"
)

// Func is slices.SortFunc.
func Func[T any](s []T, cmp func(a, b T) int) { sort.Sort(&by[T]{s, cmp}) }

// Collect is slices.SortedFunc.
func Collect[T any](seq iter.Seq[T], cmp func(a, b T) int) []T {
	s := slices.Collect(seq)
	Func(s, cmp)
	return s
}

// Stable is slices.SortStableFunc.
func Stable[T any](s []T, cmp func(a, b T) int) { sort.Stable(&by[T]{s, cmp}) }

type by[T any] struct {
	s   []T
	cmp func(a, b T) int
}

func (b *by[T]) Len() int           { return len(b.s) }
func (b *by[T]) Less(i, j int) bool { return b.cmp(b.s[i], b.s[j]) < 0 }
func (b *by[T]) Swap(i, j int)      { b.s[i], b.s[j] = b.s[j], b.s[i] }
