package incremental

import "slices"

// Nearly all instances of a rule read the same few rows: those of their network, its hosts, this host. What was read is
// therefore kept once for all who read the same, and what stands in every instance is a pointer to it:
//
//	instance ─► readers (places; who reads just these) ◄─ place, for each of them
//
// A rule that reads what it read before, which is the rule, costs nothing here.

// place is a node that is read.
type place struct {
	of   *node
	seq  uint64 // for the hash
	mark uint64 // the run that has read it last
	by   []sharer
}

// sharer is readers of a place.
type sharer struct {
	*readers
	at int // where the place is among theirs
}

// readers are the instances that have read the same places in the same order. Each of the places knows where it is in
// them, and they know where they are in the place.
type readers struct {
	hash   uint64
	next   *readers // of the same hash
	places []readAt
	who    []*instance
}

type readAt struct {
	*place
	at int // in its by
}

// note notes that the rule that runs reads n.
func (c *Ctx) note(n *node) {
	g := c.g
	p := n.place
	if p == nil {
		g.seq++
		p = &place{of: n, seq: g.seq}
		n.place = p
	}
	if p.mark != g.runs {
		p.mark = g.runs
		g.reads = append(g.reads, p)
	}
}

// touchReaders has those run that read a place.
func (g *Graph) touchReaders(p *place) {
	for _, s := range p.by {
		for _, i := range s.who {
			g.touch(i.of, 1<<i.rule)
		}
	}
}

// same reports whether places are those that were read by r.
func (r *readers) same(places []*place) bool {
	return r != nil && slices.EqualFunc(r.places, places, func(a readAt, b *place) bool { return a.place == b })
}

// keepReads notes what i has read, which is in g.reads.
func (g *Graph) keepReads(i *instance) {
	if i.reads.same(g.reads) || i.reads == nil && len(g.reads) == 0 {
		return
	}
	old := i.reads
	if old != nil {
		old.leave(i)
	}
	i.reads = nil
	if len(g.reads) > 0 {
		i.reads = g.readersOf(g.reads)
		i.at = uint32(len(i.reads.who))
		i.reads.who = append(i.reads.who, i)
	}
	if old != nil && len(old.who) == 0 { // last, so that what is read still is not forgotten between
		g.drop(old)
	}
}

func (r *readers) leave(i *instance) {
	last := len(r.who) - 1
	moved := r.who[last]
	r.who[i.at], r.who[last] = moved, nil
	moved.at = i.at
	r.who = r.who[:last]
}

// readersOf finds those who read the same, or begins them.
func (g *Graph) readersOf(places []*place) *readers {
	const prime = 1099511628211
	hash := uint64(14695981039346656037) // as FNV-1a, of numbers
	for _, p := range places {
		hash = (hash ^ p.seq) * prime
	}
	for r := g.alike[hash]; r != nil; r = r.next {
		if r.same(places) {
			return r
		}
	}
	r := &readers{hash: hash, next: g.alike[hash], places: make([]readAt, len(places))}
	g.alike[hash] = r
	for at, p := range places {
		r.places[at] = readAt{p, len(p.by)}
		p.by = append(p.by, sharer{r, at})
	}
	return r
}

// drop forgets readers that are no more.
func (g *Graph) drop(r *readers) {
	g.unlink(r)
	for _, p := range r.places {
		last := len(p.by) - 1
		moved := p.by[last]
		p.by[p.at], p.by[last] = moved, sharer{}
		moved.places[moved.at].at = p.at
		p.by = p.by[:last]
		if last == 0 {
			p.of.place = nil
			p.of.of.tidy()
		}
	}
}

func (g *Graph) unlink(r *readers) {
	if g.alike[r.hash] == r {
		if g.alike[r.hash] = r.next; r.next == nil {
			delete(g.alike, r.hash)
		}
		return
	}
	for before := g.alike[r.hash]; ; before = before.next {
		if before.next == r {
			before.next = r.next
			return
		}
	}
}
