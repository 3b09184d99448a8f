// Package wanted is the set of destinations that have flows here because a guest speaks to them, in networks whose
// flows are on demand. It is bounded, and forgets who nobody speaks to any more.
//
//	guest asks for a destination ─ Want ─► set ─ too many: the oldest of who has asked for most ─► forgotten
//	packets of the flows ─ Sweep ──────────► set ─ none for Age ───────────────────────────────► forgotten
//
// Who asked first has a destination in its share. What a set that is full forgets is of the largest share, so that a
// guest that goes through all addresses of a network displaces what it asked for itself, and nothing of others. No
// share is more than a quarter of the set, which bounds that also when others have asked for nothing yet in this life
// of the agent: what was there when it started is the share of nobody. A destination that others speak to as well, and
// that is displaced, is asked for by them with their next frame, and then theirs.
package wanted

import (
	"cmp"
	"slices"
	"time"
)

// Nobody has the share of what was wanted before.
const Nobody = 0

// Set is the set. It is for one goroutine.
type Set struct {
	max     int
	age     time.Duration
	all     map[uint64]*entry
	shares  map[uint32]*share
	evicted int64
	aged    int64
}

// entry is a destination. Entries of a share are in a ring, from the one that was used first to the one used last.
type entry struct {
	cookie      uint64
	share       *share
	before, aft *entry
	used        time.Time
	packets     uint64 // of its flows, when it was looked at last
}

// share is what somebody has asked for.
type share struct {
	of   uint32
	n    int
	ring entry // before it the last one, after it the first
}

// New returns an empty set of at most max destinations, of which one is forgotten that was not used for an age.
func New(max int, age time.Duration) *Set {
	return &Set{max: max, age: age, all: map[uint64]*entry{}, shares: map[uint32]*share{}}
}

// Len is how many there are.
func (s *Set) Len() int { return len(s.all) }

// Has reports whether a destination is wanted.
func (s *Set) Has(cookie uint64) bool { return s.all[cookie] != nil }

// Evicted and Aged are how many were forgotten because there were too many, and because nobody spoke to them.
func (s *Set) Evicted() int64 { return s.evicted }
func (s *Set) Aged() int64    { return s.aged }

// Want puts a destination into the share of who asks for it, and returns what is forgotten for that. One that is wanted
// already stays in the share in which it is.
func (s *Set) Want(cookie uint64, asks uint32, now time.Time) (forgotten []uint64) {
	if e := s.all[cookie]; e != nil {
		s.use(e, now)
		return nil
	}
	sh := s.shares[asks]
	if sh == nil {
		sh = &share{of: asks}
		sh.ring.before, sh.ring.aft = &sh.ring, &sh.ring
		s.shares[asks] = sh
	}
	for asks != Nobody && sh.n >= max(1, s.max/4) || len(s.all) >= s.max {
		from := sh
		if asks == Nobody || sh.n < max(1, s.max/4) {
			from = s.largest(sh)
		}
		forgotten = append(forgotten, from.ring.aft.cookie)
		s.forget(from.ring.aft)
		s.evicted++
	}
	e := &entry{cookie: cookie, share: sh}
	s.shares[asks] = sh // it may have gone when its last one did
	s.all[cookie] = e
	sh.n++
	e.link()
	e.used = now
	return forgotten
}

// largest is the share that has most, and of equal ones that of who asks.
func (s *Set) largest(asks *share) *share {
	most := asks
	for _, sh := range s.shares {
		if sh.n > most.n || sh.n == most.n && most != asks && sh.of < most.of {
			most = sh
		}
	}
	return most
}

// Sweep is told how many packets the flows of each destination have had, and returns those that are forgotten since
// there were none for too long, sorted.
func (s *Set) Sweep(packets map[uint64]uint64, now time.Time) (forgotten []uint64) {
	var seen []*entry
	for _, e := range s.all {
		if n := packets[e.cookie]; n != e.packets {
			e.packets = n
			seen = append(seen, e)
		}
	}
	slices.SortFunc(seen, func(a, b *entry) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.cookie, b.cookie)) })
	for _, e := range seen {
		s.use(e, now)
	}
	for _, e := range s.all {
		if now.Sub(e.used) >= s.age {
			forgotten = append(forgotten, e.cookie)
		}
	}
	for _, c := range forgotten {
		s.forget(s.all[c])
		s.aged++
	}
	slices.Sort(forgotten)
	return forgotten
}

func (s *Set) use(e *entry, now time.Time) {
	e.unlink()
	e.link()
	e.used = now
}

func (s *Set) forget(e *entry) {
	e.unlink()
	delete(s.all, e.cookie)
	if e.share.n--; e.share.n == 0 {
		delete(s.shares, e.share.of)
	}
}

func (e *entry) link() {
	last := e.share.ring.before
	e.before, e.aft = last, &e.share.ring
	last.aft, e.share.ring.before = e, e
}

func (e *entry) unlink() { e.before.aft, e.aft.before = e.aft, e.before }
