package reconcile

import (
	"cmp"
	"hash/maphash"
	"maps"
	"slices"
)

// OpKind is what to do with a flow.
type OpKind uint8

// The kinds of Op. Modify keeps counters and age: same key and cookie, other instructions.
const (
	Add OpKind = iota
	Modify
	Delete
)

// Op is one flow-mod to send. For Delete only the flow's Key counts. The Flow is the Set's.
type Op struct {
	Kind OpKind
	Flow *Flow
}

// Installed is a flow as the switch has it.
type Installed struct {
	Key    string
	Cookie uint64
	Instr  []byte // canonical
}

// slot is what we know of one key. There is one for every flow, so it is as small as it can be.
type slot struct {
	want       *Flow // what should be installed; nil: nothing
	cookie     uint64
	instr      uint64 // hash
	has, dirty bool
	known      bool // somebody has wanted it
	flight     bool // an Op for it is under way
	told       bool // and the switch has told something of it since
	doubt      bool // which is not what is wanted
	unsure     bool // nobody knows what is there
}

// dirty is a slot that the next plan looks at. It stays in the set until then.
type dirty struct {
	key  string
	slot *slot
}

func (sl *slot) wanted() bool { return sl.want != nil }

// Set is the desired and the installed flows of one switch. It is not safe for concurrent use.
type Set struct {
	slots     map[string]*slot
	behind    map[string][]*Flow // what others want under a key, by owner: see Put
	dirty     []dirty
	flights   int // Ops that are under way
	installed int
	desired   int
	byTable   [256]int        // installed, ours
	byCookie  [SlicesMax]int  // installed, by the lowest bits of the cookie
	foreign   map[string]bool // keys of flows that are not ours
	ours      func(cookie uint64) bool
	known     bool
	seed      maphash.Seed
}

// New returns an empty set that knows nothing of the switch.
func New() *Set {
	return &Set{slots: map[string]*slot{}, behind: map[string][]*Flow{}, seed: maphash.MakeSeed(),
		foreign: map[string]bool{}, ours: func(uint64) bool { return true }}
}

// Put says that the owner of f wants it, in place of what it wanted under this key. The set keeps f.
func (s *Set) Put(f *Flow) {
	sl := s.slot(f.Key)
	switch {
	case !sl.wanted():
		s.slots[f.Key] = sl // with the key that whoever wants it has, too
		sl.want = f
		s.desired++
	case sl.want.Owner == f.Owner:
		sl.want = f
	case sl.want.Owner < f.Owner:
		s.putBehind(f)
	default:
		s.putBehind(sl.want)
		sl.want = f
	}
	sl.known = true
	s.touch(f.Key, sl)
}

func (s *Set) putBehind(f *Flow) {
	list := s.behind[f.Key]
	i, there := slices.BinarySearchFunc(list, f.Owner, byOwner)
	if there {
		list[i] = f
		return
	}
	s.behind[f.Key] = slices.Insert(list, i, f)
}

func (s *Set) dropBehind(key, owner string) {
	list := s.behind[key]
	if i, there := slices.BinarySearchFunc(list, owner, byOwner); there {
		list = slices.Delete(list, i, i+1)
		s.behind[key] = list
	}
	if len(list) == 0 {
		delete(s.behind, key)
	}
}

func byOwner(f *Flow, owner string) int { return cmp.Compare(f.Owner, owner) }

// Remove says that owner no longer wants a flow under key.
func (s *Set) Remove(key, owner string) {
	sl, ok := s.slots[key]
	if !ok || !sl.wanted() {
		return
	}
	if next := s.behind[key]; sl.want.Owner != owner {
		s.dropBehind(key, owner)
	} else if len(next) > 0 {
		sl.want = next[0]
		s.dropBehind(key, sl.want.Owner)
	} else {
		sl.want = nil
		s.desired--
	}
	s.touch(key, sl)
}

func (s *Set) slot(key string) *slot {
	sl, ok := s.slots[key]
	if !ok {
		sl = &slot{}
		s.slots[key] = sl
	}
	return sl
}

func (s *Set) touch(key string, sl *slot) {
	if !sl.dirty {
		sl.dirty = true
		s.dirty = append(s.dirty, dirty{key, sl})
	}
}

// Disconnected says that nothing is known of the switch any more; Plan is empty until the next SetInstalled.
func (s *Set) Disconnected() { s.known = false }

// SetInstalled takes a whole dump in. ours tells our flows by their cookie; the others are counted as foreign, and left
// alone unless they stand where one of ours belongs.
func (s *Set) SetInstalled(flows []Installed, ours func(cookie uint64) bool) {
	s.BeginInstalled(ours)
	for i := range flows {
		s.found(&flows[i])
	}
	s.EndInstalled()
}

// BeginInstalled begins a dump that comes in parts: Found takes each flow, EndInstalled is SetInstalled of them all.
// Until then nothing is known.
func (s *Set) BeginInstalled(ours func(cookie uint64) bool) {
	s.known, s.ours = false, ours
	for _, sl := range s.slots {
		sl.has = false
	}
	s.installed, s.byTable, s.byCookie = 0, [256]int{}, [SlicesMax]int{}
	clear(s.foreign)
}

// Found takes a flow of the dump. Nothing of it is kept.
func (s *Set) Found(key []byte, cookie uint64, instr []byte) {
	if sl := s.slots[string(key)]; sl != nil && s.ours(cookie) {
		s.set(key[0], sl, state{true, cookie, maphash.Bytes(s.seed, instr)})
		return
	}
	s.found(&Installed{Key: string(key), Cookie: cookie, Instr: instr})
}

// EndInstalled ends a dump.
func (s *Set) EndInstalled() {
	s.known = true
	s.dirty, s.flights = s.dirty[:0], 0
	for key, sl := range s.slots {
		sl.dirty, sl.flight, sl.told, sl.doubt, sl.unsure = false, false, false, false, false
		if s.differs(sl) {
			s.touch(key, sl)
		} else if !sl.has {
			delete(s.slots, key)
		}
	}
}

// found notes a flow that the switch has. It returns its slot, nil for one that is left alone.
func (s *Set) found(f *Installed) *slot {
	sl, there := s.slots[f.Key]
	if !s.ours(f.Cookie) {
		s.foreign[f.Key] = true
		if !there || !sl.wanted() {
			if there {
				s.set(f.Key[0], sl, state{})
			}
			return nil
		}
	} else {
		delete(s.foreign, f.Key)
	}
	if !there {
		sl = s.slot(f.Key)
	}
	s.set(f.Key[0], sl, state{true, f.Cookie, maphash.Bytes(s.seed, f.Instr)})
	return sl
}

// state is what the switch has under a key.
type state struct {
	has           bool
	cookie, instr uint64 // the second is a hash
}

// set notes what the switch has under a key of a table.
func (s *Set) set(table uint8, sl *slot, now state) {
	if sl.has {
		s.count(table, sl.cookie, -1)
	}
	sl.has, sl.unsure, sl.cookie, sl.instr = now.has, false, now.cookie, now.instr
	if now.has {
		s.count(table, now.cookie, 1)
	}
}

func (s *Set) count(table uint8, cookie uint64, d int) {
	s.installed += d
	s.byTable[table] += d
	s.byCookie[cookie%SlicesMax] += d
}

func (s *Set) differs(sl *slot) bool {
	if sl.unsure {
		return true
	}
	if !sl.wanted() || !sl.has {
		return sl.wanted() != sl.has
	}
	return sl.cookie != sl.want.Cookie || sl.instr != maphash.String(s.seed, sl.want.Instr)
}

// Plan returns what to send now, in order, and takes it as under way: each Op must end in Done or Failed, or the set in
// Disconnected.
func (s *Set) Plan() []Op { return s.planWithout(func(*slot) bool { return false }) }

// PlanKeeping is Plan without the deletions of flows whose cookie keep wants; they stay planned. It is for owners who
// have not said yet which of their flows they want.
func (s *Set) PlanKeeping(keep func(cookie uint64) bool) []Op {
	return s.planWithout(func(sl *slot) bool { return keep(sl.cookie) })
}

// PlanKnown is Plan without the deletions of flows whose cookie is mine and that nobody has ever wanted of this Set;
// they stay planned. It is for a program that may not know of everything that it wanted in an earlier life.
func (s *Set) PlanKnown(mine func(cookie uint64) bool) []Op {
	return s.planWithout(func(sl *slot) bool { return !sl.known && mine(sl.cookie) })
}

// planWithout is Plan without the deletions that keep is true of.
func (s *Set) planWithout(keep func(*slot) bool) []Op {
	if !s.known {
		return nil
	}
	// Few of those that are dirty when flows are adopted, all of them when the switch has started again.
	ops := make([]Op, 0, max(0, len(s.dirty)-s.installed))
	ranks := make([]ranked, 0, cap(ops))
	var kept []dirty
	for _, d := range s.dirty {
		key, sl := d.key, d.slot
		if !sl.wanted() && s.foreign[key] && !sl.unsure { // ours, while it was wanted, has not replaced it
			s.set(key[0], sl, state{})
		}
		if !sl.wanted() && sl.has && keep(sl) {
			kept = append(kept, d)
			continue
		}
		sl.dirty = false
		switch {
		case !s.differs(sl):
			if !sl.wanted() {
				delete(s.slots, key)
			}
		default:
			op := sl.op(key)
			ranks = append(ranks, ranked{rank(op.Kind, key), int32(len(ops))})
			ops = append(ops, op)
			sl.flight = true
			s.flights++
		}
	}
	s.dirty = kept // and nothing of what was
	sortOps(ops, ranks)
	return ops
}

// op is what makes the switch right.
func (sl *slot) op(key string) Op {
	switch {
	case !sl.wanted():
		return Op{Delete, &Flow{Key: key}}
	case sl.has && sl.cookie == sl.want.Cookie:
		return Op{Modify, sl.want}
	}
	return Op{Add, sl.want}
}

// Done says that the switch acknowledged op.
func (s *Set) Done(op Op) {
	s.flights = max(0, s.flights-1)
	sl, ok := s.slots[op.Flow.Key]
	if !ok {
		return
	}
	if s.landed(op, sl, sl.doubt) { // nobody knows which came last: do it again
		s.touch(op.Flow.Key, sl)
		return
	}
	s.set(op.Flow.Table(), sl, state{op.Kind != Delete, op.Flow.Cookie, maphash.String(s.seed, op.Flow.Instr)})
	if op.Kind != Modify {
		delete(s.foreign, op.Flow.Key)
	}
	if !sl.has && !sl.wanted() && !sl.dirty {
		delete(s.slots, op.Flow.Key)
	}
}

// Failed says that the switch refused op, so that Retry plans it again.
func (s *Set) Failed(op Op) {
	s.flights = max(0, s.flights-1)
	if sl, ok := s.slots[op.Flow.Key]; ok {
		s.landed(op, sl, sl.told)
		s.touch(op.Flow.Key, sl)
	}
}

// landed notes that op is not under way any more. It returns unsure: whether nobody knows what is there now.
func (s *Set) landed(op Op, sl *slot, unsure bool) bool {
	sl.flight, sl.told, sl.doubt = false, false, false
	if unsure {
		s.set(op.Flow.Table(), sl, state{})
		sl.unsure = true
	}
	return unsure
}

// Pending is the number of changes that are to be sent or under way: the switch may not have that many flows right.
func (s *Set) Pending() int { return len(s.dirty) + s.flights }

// Counts are numbers for status.
type Counts struct {
	Desired, Installed, Pending, Foreign int
	ByTable                              map[uint8]int
}

// Counts returns the numbers as they stand.
func (s *Set) Counts() Counts {
	c := Counts{Desired: s.desired, Installed: s.installed, Pending: s.Pending(), Foreign: len(s.foreign),
		ByTable: map[uint8]int{}}
	for t, n := range s.byTable {
		if n > 0 {
			c.ByTable[uint8(t)] = n
		}
	}
	return c
}

// Foreign are the keys of the flows in the switch that are not ours, as far as is known.
func (s *Set) Foreign() []string { return slices.Sorted(maps.Keys(s.foreign)) }

// Wanted is the flow that should be installed under key.
func (s *Set) Wanted(key string) (Flow, bool) {
	sl, ok := s.slots[key]
	if !ok || !sl.wanted() {
		return Flow{}, false
	}
	return *sl.want, true
}

// EachWanted calls fn for every desired flow, in no order.
func (s *Set) EachWanted(fn func(Flow)) {
	for _, sl := range s.slots {
		if sl.wanted() {
			fn(*sl.want)
		}
	}
}
