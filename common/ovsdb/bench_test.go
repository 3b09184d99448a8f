package ovsdb

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// manyRows is an update of n rows as update3 has it.
func manyRows(n int, kind string) []byte {
	var b strings.Builder
	b.WriteString(`{"Item":{`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"%08d-0000-0000-0000-000000000000":{%q:{"name":"port %d","number":%d,"tags":["set",["a%d","b"]],`+
			`"notes":["map",[["iface-id","port%d"],["vm","web%d"]]]}}`, i, kind, i, i, i, i, i)
	}
	b.WriteString("}}")
	return []byte(b.String())
}

func applyMany(b testing.TB, c cache, cols columns, text []byte) {
	s := &scanner{b: text}
	changes := s.updates(cols, true)
	require.NoError(b, s.end())
	require.NoError(b, c.apply(changes, cols, func(string, UUID, Row, Row) {}))
}

func watchedColumns(t testing.TB) columns {
	all := parseSchema(t).Tables["Item"]
	cols := columns{"Item": {}}
	for _, col := range []string{"name", "number", "tags", "notes"} {
		cols["Item"][col] = all[col]
	}
	return cols
}

// TestAnUpdateCostsWhatItsRowsCost: the allocations of a row do not grow with the number of rows, nor with what the
// copy has already.
func TestAnUpdateCostsWhatItsRowsCost(t *testing.T) {
	cols := watchedColumns(t)
	perRow := func(n int) float64 {
		text := manyRows(n, "insert")
		return testing.AllocsPerRun(3, func() { applyMany(t, cache{}, cols, text) }) / float64(n)
	}
	few, many := perRow(100), perRow(10_000)
	require.Less(t, many, few*1.2)
	require.Less(t, many, 40.0)

	big := cache{}
	applyMany(t, big, cols, manyRows(10_000, "insert"))
	one := manyRows(1, "modify")
	few = testing.AllocsPerRun(10, func() {
		small := cache{}
		applyMany(t, small, cols, manyRows(1, "insert"))
		applyMany(t, small, cols, one)
	})
	many = testing.AllocsPerRun(10, func() { applyMany(t, big, cols, one) })
	require.Less(t, many, few)
}

func BenchmarkUpdate(b *testing.B) {
	cols := watchedColumns(b)
	for _, n := range []int{1, 1000, 10_000} {
		text := manyRows(n, "insert")
		b.Run(fmt.Sprint(n, " rows"), func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				applyMany(b, cache{}, cols, text)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
		})
	}
}
