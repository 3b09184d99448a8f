package incremental

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

type out struct{ id, text string }

func (o out) ID() string       { return o.id }
func (o out) Equal(p out) bool { return o == p }

type machine struct {
	net  string
	host int
	mac  int
}

// model is a small network: what a row puts out depends on its own values, on a network row that may be absent, and on
// the hosts of its network.
type world struct {
	g     *Graph
	nets  *Table[string, int]
	rows  *Table[string, machine]
	hosts *Index[string, machine, string, int]
	fatal *Table[string, int] // rows with this mac have their rule panic
	outs  map[string]out
}

func newWorld() *world {
	w := &world{g: New(), outs: map[string]out{}}
	w.nets = NewTable[string](w.g, "nets", func(a, b int) bool { return a == b })
	w.rows = NewTable[string](w.g, "rows", func(a, b machine) bool { return a == b })
	w.fatal = NewTable[string](w.g, "fatal", func(a, b int) bool { return a == b })
	w.hosts = NewIndex(w.rows, "hosts", func(_ string, r machine) []Pair[string, int] {
		if r.host == 0 {
			return nil
		}
		return []Pair[string, int]{{r.net, r.host}}
	}, func(a, b int) bool { return a < b })
	sink := func(_ string, changed, removed []out) {
		for _, o := range removed {
			delete(w.outs, o.id)
		}
		for _, o := range changed {
			w.outs[o.id] = o
		}
	}
	AddRule(w.rows, "row", sink, func(ctx *Ctx, k string, r machine, emit func(out)) {
		if tag, ok := w.nets.Get(ctx, r.net); ok {
			emit(out{"row/" + k, fmt.Sprint(tag, r.mac)})
			if mac, on := w.fatal.Get(ctx, "mac"); on && mac == r.mac {
				panic("fatal")
			}
			if r.mac%2 == 0 {
				emit(out{"even/" + k, fmt.Sprint(r.host)})
			}
		}
	})
	AddGroupRule(w.hosts, "net", sink, func(ctx *Ctx, n string, emit func(out)) {
		tag, _ := w.nets.Get(ctx, n)
		emit(out{"net/" + n, fmt.Sprint(tag, w.hosts.Members(ctx, n))})
	})
	return w
}

// fresh computes the same from scratch.
func (w *world) fresh() map[string]out {
	f := newWorld()
	w.nets.Each(f.nets.Set)
	w.rows.Each(f.rows.Set)
	f.g.Flush()
	return f.outs
}

func (w *world) step(r *rand.Rand) {
	net := fmt.Sprint("n", r.IntN(4))
	key := fmt.Sprint("r", r.IntN(20))
	switch r.IntN(6) {
	case 0:
		w.nets.Set(net, r.IntN(3))
	case 1:
		w.nets.Delete(net)
	case 2:
		w.rows.Delete(key)
	default:
		w.rows.Set(key, machine{net, r.IntN(4), r.IntN(4)})
	}
}

func TestEveryHistoryEqualsAComputationFromScratch(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld()
		for range 200 {
			w.step(r)
			if r.IntN(3) == 0 {
				w.g.FlushSome(1 + r.IntN(3)) // and inputs change before it goes on
			}
			if r.IntN(3) == 0 {
				w.g.Flush()
				require.True(t, maps.Equal(w.fresh(), w.outs), "seed %d: want %v, got %v", seed, w.fresh(), w.outs)
			}
		}
	}
}

// TestEveryHistoryWithPanics: what a panic interrupted is made up for when what the rule had read changes.
func TestEveryHistoryWithPanics(t *testing.T) {
	flush := func(w *world) (panicked int) {
		for more := true; more; {
			func() {
				defer func() {
					if recover() != nil {
						panicked++
					}
				}()
				more = w.g.FlushSome(1)
			}()
		}
		return panicked
	}
	panics := 0
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		w := newWorld()
		for range 200 {
			w.step(r)
			switch r.IntN(5) {
			case 0:
				w.fatal.Set("mac", r.IntN(4))
			case 1:
				panics += flush(w)
			case 2:
				w.fatal.Delete("mac")
				panics += flush(w)
				require.True(t, maps.Equal(w.fresh(), w.outs), "seed %d: want %v, got %v", seed, w.fresh(), w.outs)
			}
		}
	}
	require.Greater(t, panics, 1000)
}

func TestNothingIsKeptOfWhatIsGone(t *testing.T) {
	w := newWorld()
	r := rand.New(rand.NewPCG(7, 7))
	for range 1000 {
		w.step(r)
		w.g.Flush()
	}
	for i := range 20 {
		w.rows.Delete(fmt.Sprint("r", i))
	}
	w.g.Flush()
	require.Empty(t, w.outs)
	for i := range 4 {
		w.nets.Delete(fmt.Sprint("n", i))
	}
	w.g.Flush()
	require.Empty(t, w.nets.rows)
	require.Empty(t, w.rows.rows)
	require.Empty(t, w.hosts.groups)
	require.Empty(t, w.g.alike)
}

func TestOnlyReadersRun(t *testing.T) {
	w := newWorld()
	w.nets.Set("a", 1)
	w.nets.Set("b", 1)
	for i := range 100 {
		w.rows.Set(fmt.Sprint("r", i), machine{strings.Repeat("a", 1), 1, i})
	}
	w.rows.Set("other", machine{"b", 1, 1})
	w.g.Flush()
	w.nets.Set("b", 2)
	require.Equal(t, 2, w.g.Flush(), "the row and the group of b")
	w.rows.Set("r5", machine{"a", 1, 999})
	require.Equal(t, 1, w.g.Flush(), "members are the same, so the group does not run")
	w.rows.Set("r5", machine{"a", 1, 999})
	require.Zero(t, w.g.Flush())
	w.nets.Set("unread", 1)
	require.Zero(t, w.g.Flush())
}

// Adding a row costs the same in a group of 100 as in one of 10,000.
func BenchmarkAddRow(b *testing.B) {
	for _, size := range []int{100, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			w := newWorld()
			w.nets.Set("a", 1)
			for i := range size {
				w.rows.Set(fmt.Sprint("r", i), machine{"a", i%10 + 1, i})
			}
			w.g.Flush()
			b.ReportAllocs()
			for b.Loop() {
				w.rows.Set("new", machine{"a", 3, 5})
				w.g.Flush()
				w.rows.Delete("new")
				w.g.Flush()
			}
		})
	}
}
