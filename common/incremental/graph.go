package incremental

import (
	"cmp"
	"slices"
)

// Graph is a set of tables, indexes and rules.
type Graph struct {
	dirty []*instance
	todo  []*instance // of the round under way, what is left
	seq   uint64
	runs  uint64
}

// New returns an empty graph.
func New() *Graph { return &Graph{} }

// instance is a rule for one row or group.
type instance struct {
	seq   uint64
	run   func(*Ctx)
	reads []readSet
	dirty bool
}

// readSet is where an instance is noted as a reader.
type readSet interface{ forget(i *instance) }

// Ctx records what a rule reads. It is valid while the rule runs.
type Ctx struct{ inst *instance }

func (g *Graph) instance(run func(*Ctx)) *instance {
	g.seq++
	i := &instance{seq: g.seq, run: run}
	g.touch(i)
	return i
}

func (g *Graph) touch(i *instance) {
	if !i.dirty {
		i.dirty = true
		g.dirty = append(g.dirty, i)
	}
}

func (i *instance) forgetReads() {
	for _, r := range i.reads {
		r.forget(i)
	}
	i.reads = i.reads[:0]
}

// Flush runs every rule whose inputs changed, in the order in which they came into being, and returns how many ran.
func (g *Graph) Flush() int {
	before := g.runs
	for g.FlushSome(flushChunk) {
	}
	return int(g.runs - before)
}

const flushChunk = 1 << 20

// FlushSome is Flush that stops after so many rules and reports whether there are more. Inputs may change before it is
// called again; outputs are complete when there are none.
func (g *Graph) FlushSome(most int) (more bool) {
	for range most {
		if len(g.todo) == 0 {
			if len(g.dirty) == 0 {
				return false
			}
			g.todo, g.dirty = g.dirty, nil
			slices.SortFunc(g.todo, func(a, b *instance) int { return cmp.Compare(a.seq, b.seq) })
		}
		i := g.todo[0]
		g.todo[0], g.todo = nil, g.todo[1:]
		i.dirty = false
		i.forgetReads()
		i.run(&Ctx{inst: i})
		g.runs++
	}
	return len(g.todo)+len(g.dirty) > 0
}

// Runs is how often a rule has run since the graph was made.
func (g *Graph) Runs() uint64 { return g.runs }

// readers are the instances that read each key of a table or index.
type readers[K comparable] struct{ sets map[K]*readerSet[K] }

type readerSet[K comparable] struct {
	in  *readers[K]
	key K
	set map[*instance]struct{}
}

func (r *readers[K]) note(ctx *Ctx, key K) {
	s := r.sets[key]
	if s == nil {
		if r.sets == nil {
			r.sets = map[K]*readerSet[K]{}
		}
		s = &readerSet[K]{in: r, key: key, set: map[*instance]struct{}{}}
		r.sets[key] = s
	}
	if _, ok := s.set[ctx.inst]; !ok {
		s.set[ctx.inst] = struct{}{}
		ctx.inst.reads = append(ctx.inst.reads, s)
	}
}

func (s *readerSet[K]) forget(i *instance) {
	delete(s.set, i)
	if len(s.set) == 0 {
		delete(s.in.sets, s.key)
	}
}

func (r *readers[K]) touch(g *Graph, key K) {
	if s := r.sets[key]; s != nil {
		for i := range s.set {
			g.touch(i)
		}
	}
}
