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
	ctx   Ctx    // of the rule that runs
	reads []read // by it, so far
}

// New returns an empty graph.
func New() *Graph { return &Graph{} }

// instance is a rule for one row or group. There are several for every port, so it is as small as it can be.
type instance struct {
	seq   uint64
	of    runner
	reads []read
	dirty bool
}

// runner is what an instance is a part of.
type runner interface{ run(*Ctx) }

// read is a place in a readerSet.
type read struct {
	set *readerSet
	at  int
}

// Ctx records what a rule reads. It is valid while the rule runs.
type Ctx struct {
	g    *Graph
	inst *instance
}

// begin begins an instance of r.
func (g *Graph) begin(i *instance, r runner) {
	g.seq++
	i.seq, i.of = g.seq, r
	g.touch(i)
}

func (g *Graph) touch(i *instance) {
	if !i.dirty {
		i.dirty = true
		g.dirty = append(g.dirty, i)
	}
}

// run runs an instance and remembers what it reads now.
func (g *Graph) run(i *instance) {
	i.dirty = false
	for _, r := range i.reads {
		r.set.drop(r.at)
	}
	g.ctx, g.reads = Ctx{g: g, inst: i}, g.reads[:0]
	g.runs++
	defer g.keepReads(i) // also of one that panics: they stand in the sets
	i.of.run(&g.ctx)
}

func (g *Graph) keepReads(i *instance) {
	if len(g.reads) <= cap(i.reads) {
		i.reads = append(i.reads[:0], g.reads...)
	} else {
		i.reads = slices.Clone(g.reads) // no larger than it has to be
	}
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
		g.run(i)
	}
	return len(g.todo)+len(g.dirty) > 0
}

// Runs is how often a rule has run since the graph was made.
func (g *Graph) Runs() uint64 { return g.runs }

// readers are the instances that read each key of a table or index.
type readers[K comparable] struct{ sets map[K]*readerSet }

// readerSet is the readers of one key. Each of them knows its place here, and each place where it is in its reads.
type readerSet struct {
	by    []reader
	empty func() // called when the last one is gone
}

type reader struct {
	inst *instance
	at   int
}

func (r *readers[K]) note(ctx *Ctx, key K) {
	s := r.sets[key]
	if s == nil {
		if r.sets == nil {
			r.sets = map[K]*readerSet{}
		}
		s = &readerSet{empty: func() { delete(r.sets, key) }}
		r.sets[key] = s
	}
	if n := len(s.by); n > 0 && s.by[n-1].inst == ctx.inst { // only one runs at a time: if it is here, it is last
		return
	}
	g := ctx.g
	g.reads = append(g.reads, read{s, len(s.by)})
	s.by = append(s.by, reader{ctx.inst, len(g.reads) - 1})
}

// drop removes the reader at a place, where the last one goes.
func (s *readerSet) drop(at int) {
	last := len(s.by) - 1
	moved := s.by[last]
	s.by[at], s.by[last] = moved, reader{}
	moved.inst.reads[moved.at].at = at
	s.by = s.by[:last]
	if last == 0 {
		s.empty()
	}
}

func (r *readers[K]) touch(g *Graph, key K) {
	if s := r.sets[key]; s != nil {
		for _, reader := range s.by {
			g.touch(reader.inst)
		}
	}
}
