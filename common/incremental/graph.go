package incremental

import (
	"cmp"
	"slices"
)

// Graph is a set of tables, indexes and rules.
type Graph struct {
	dirty []*node
	queue []*node // of the round under way, what is left
	seq   uint64
	runs  uint64
	ctx   Ctx
	alike map[uint64]*readers // by hash
	reads []*place            // by the rule that runs, so far
}

// New returns an empty graph.
func New() *Graph {
	g := &Graph{alike: map[uint64]*readers{}}
	g.ctx.g = g
	return g
}

// rulesMax is how many rules a table or an index can have.
const rulesMax = 32

// node is a row or a group: what rules run for, and what they read. There are as many as ports, so it is as small as it
// can be.
type node struct {
	of    runner // it is a part of this
	seq   uint64
	first *instance // of the rules that read or gave something for it
	place *place    // nil: nobody reads it
	dirty uint32    // the rules that have to run
	waits bool      // for them, in Graph.dirty or Graph.queue
	there bool      // else it is gone, or never was, and somebody knows of it all the same
}

// runner is what a node is a part of.
type runner interface {
	base() *node
	// run runs the rules that have to, and returns how many.
	run() int
	// tidy forgets the node if nobody needs it.
	tidy()
}

// instance is a rule for one node, and the last outputs. There are several for every port.
type instance struct {
	of    *node
	next  *instance // for the same node
	reads *readers  // who reads the same; nil: it read nothing
	outs  any       // O or []O
	at    uint32    // in reads.who
	rule  uint8
}

// Ctx records what a rule reads. It is valid while the rule runs.
type Ctx struct{ g *Graph }

// begin is for a new node.
func (g *Graph) begin(n *node, of runner) {
	g.seq++
	n.of, n.seq = of, g.seq
}

// touch has rules run for n.
func (g *Graph) touch(n *node, rules uint32) {
	n.dirty |= rules
	if n.dirty != 0 && !n.waits {
		n.waits = true
		g.dirty = append(g.dirty, n)
	}
}

// changed is for a node that came, went or is another. all is its rules.
func (g *Graph) changed(n *node, all uint32) {
	g.touch(n, all)
	if n.place != nil {
		g.touchReaders(n.place)
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

// FlushSome is Flush that stops after about so many rules and reports whether there are more. Inputs may change before
// it is called again; outputs are complete when there are none.
func (g *Graph) FlushSome(most int) (more bool) {
	for most > 0 {
		if len(g.queue) == 0 {
			if len(g.dirty) == 0 {
				return false
			}
			g.queue, g.dirty = g.dirty, nil
			slices.SortFunc(g.queue, func(a, b *node) int { return cmp.Compare(a.seq, b.seq) })
		}
		most -= g.runFirst()
	}
	return len(g.queue)+len(g.dirty) > 0
}

// runFirst runs the rules of the first node. If one of them panics, the others run the next time.
func (g *Graph) runFirst() int {
	n := g.queue[0]
	ran := n.of.run()
	g.queue[0], g.queue = nil, g.queue[1:]
	if n.waits = false; n.dirty != 0 { // a rule has changed what another one has read
		g.touch(n, n.dirty)
	}
	n.of.tidy()
	return ran
}

// Runs is how often a rule has run since the graph was made.
func (g *Graph) Runs() uint64 { return g.runs }

// find is the instance of a rule, nil when there is none.
func (n *node) find(rule uint8) *instance {
	for i := n.first; i != nil; i = i.next {
		if i.rule == rule {
			return i
		}
	}
	return nil
}

// add adds the instance of a rule.
func (n *node) add(rule uint8) *instance {
	i := &instance{of: n, rule: rule, next: n.first}
	n.first = i
	return i
}

// remove takes an instance away.
func (n *node) remove(i *instance) {
	at := &n.first
	for *at != i {
		at = &(*at).next
	}
	*at = i.next
}

// needed reports whether somebody needs to know of a node.
func (n *node) needed() bool { return n.there || n.first != nil || n.place != nil || n.dirty != 0 }
