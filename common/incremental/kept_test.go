package incremental

import (
	"fmt"
	"runtime"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/memtest"
)

// TestAPanicCostsOneRun: what else was to run runs the next time, and the rule that panicked when what it read changes.
func TestAPanicCostsOneRun(t *testing.T) {
	g := New()
	same := func(a, b int) bool { return a == b }
	rows, other := NewTable[string](g, "rows", same), NewTable[string](g, "other", same)
	var ran []string
	sink := func(string, []out, []out) {}
	AddRule(rows, "bad", sink, func(ctx *Ctx, k string, _ int, _ func(out)) {
		if v, _ := other.Get(ctx, "x"); v == 0 {
			panic("no x")
		}
		ran = append(ran, "bad "+k)
	})
	AddRule(rows, "good", sink, func(_ *Ctx, k string, _ int, _ func(out)) { ran = append(ran, "good "+k) })
	rows.Set("a", 1)
	rows.Set("b", 1)
	require.Panics(t, func() { g.Flush() })
	require.Empty(t, ran)
	require.Panics(t, func() { g.Flush() })
	g.Flush()
	require.Equal(t, []string{"good a", "good b"}, ran)
	other.Set("x", 1)
	g.Flush()
	require.Equal(t, []string{"good a", "good b", "bad a", "bad b"}, ran)
}

// TestARuleThatChangesItsOwnNode: what a sink does to the row that a rule runs for is not lost.
func TestARuleThatChangesItsOwnNode(t *testing.T) {
	g := New()
	rows := NewTable[string](g, "rows", func(a, b int) bool { return a == b })
	var seen []int
	AddRule(rows, "see", func(string, []out, []out) {}, func(_ *Ctx, _ string, v int, _ func(out)) {
		seen = append(seen, v)
	})
	AddRule(rows, "count down", func(_ string, changed, _ []out) {
		switch changed[0].text {
		case "0":
		case "1":
			rows.Delete("a")
			rows.Set("a", 0)
		default:
			n, _ := strconv.Atoi(changed[0].text)
			rows.Set("a", n-1)
		}
	}, func(_ *Ctx, _ string, v int, emit func(out)) { emit(out{"n", fmt.Sprint(v)}) })
	rows.Set("a", 3)
	g.Flush()
	require.Equal(t, []int{3, 2, 1, 0}, seen)
}

// port is a row with two rules that give one output each and read a few rows that many read, as ports do.
type port struct {
	network string
	host    int
}

// pointed is an output that is a pointer.
type pointed struct{ id string }

func (p *pointed) ID() string            { return p.id }
func (p *pointed) Equal(o *pointed) bool { return p.id == o.id }

// BenchmarkKept: what is kept for a row, beside its value and its outputs (B/row), and what it takes to make it.
func BenchmarkKept(b *testing.B) {
	const size = 50_000
	keys, outs := make([]string, size), make([]*pointed, size)
	for i := range keys {
		keys[i] = fmt.Sprint("r", i)
		outs[i] = &pointed{keys[i]}
	}
	var kept uint64
	for b.Loop() {
		b.StopTimer()
		before := memtest.InUse()
		b.StartTimer()
		g := New()
		nets := NewTable[string](g, "nets", func(a, b int) bool { return a == b })
		hosts := NewTable[int](g, "hosts", func(a, b int) bool { return a == b })
		rows := NewTable[int](g, "rows", func(a, b port) bool { return a == b })
		for _, name := range []string{"first", "second"} {
			AddRule(rows, name, func(string, []*pointed, []*pointed) {}, func(ctx *Ctx, k int, p port, emit func(*pointed)) {
				nets.Get(ctx, p.network)
				hosts.Get(ctx, p.host)
				emit(outs[k])
			})
		}
		for i := range size {
			rows.Set(i, port{"blue", i % 10})
		}
		g.Flush()
		b.StopTimer()
		kept = memtest.InUse() - before
		runtime.KeepAlive(g)
		b.StartTimer()
	}
	b.ReportMetric(float64(kept)/size, "B/row")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/size, "ns/row")
}
