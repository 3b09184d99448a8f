package reconcile

import (
	"hash/maphash"
	"slices"
)

// SlicesMax is into how many slices flows can be cut.
const SlicesMax = 256

// Drift is in which way a flow of the switch is not as it should be.
type Drift uint8

// The kinds of Drift.
const (
	Right   Drift = iota // as it should be
	Gone                 // it should be there
	Changed              // it should have other instructions, or another cookie
	Planted              // it should not be there
	Foreign              // it is not ours, and is left
	Unsure               // it was changed while an Op for it is under way
)

var driftNames = [...]string{"right", "deleted", "changed", "planted", "foreign", "changed"}

// String names the kind by what somebody did.
func (d Drift) String() string { return driftNames[d] }

// Observe takes what the switch tells of a change that somebody else made: f is there as it is, or, with has false,
// not any more (then only its Key counts). Nothing is planned before Recheck. What is observed while an Op for the same
// flow is under way is planned again when that has ended.
func (s *Set) Observe(f Installed, has bool) Drift {
	if !s.known {
		return Right
	}
	if has {
		return s.seen(f)
	}
	delete(s.foreign, f.Key)
	sl := s.slots[f.Key]
	switch {
	case sl == nil:
		return Right
	case sl.flight:
		return sl.meanwhile(!sl.wanted())
	}
	s.set(f.Key[0], sl, state{})
	if !sl.wanted() {
		if !sl.dirty {
			delete(s.slots, f.Key)
		}
		return Right
	}
	return Gone
}

func (s *Set) seen(f Installed) Drift {
	if sl := s.slots[f.Key]; sl != nil && sl.flight {
		return sl.meanwhile(sl.wanted() && sl.want.Cookie == f.Cookie && sl.want.Instr == string(f.Instr))
	}
	sl := s.found(&f)
	switch {
	case sl == nil:
		return Foreign
	case !sl.wanted():
		return Planted
	case s.differs(sl):
		return Changed
	}
	return Right
}

// meanwhile is for what is told while an Op is under way. A switch that was too busy to tell everything tells, later,
// what there is then, our own changes too: as wanted is as wanted.
func (sl *slot) meanwhile(asWanted bool) Drift {
	sl.told, sl.doubt = true, !asWanted
	if asWanted {
		return Right
	}
	return Unsure
}

// Recheck has the next Plan look at a flow again.
func (s *Set) Recheck(key string) {
	if sl := s.slots[key]; sl != nil {
		s.touch(key, sl)
	}
}

// Slice is those flows whose cookie has Value in its lowest bits. Of is a power of two, at most 256: how many slices
// there are.
type Slice struct{ Value, Of uint64 }

// Mask is the mask of the bits.
func (sl Slice) Mask() uint64 { return sl.Of - 1 }

// Audit compares what the switch has of a slice with what is known of it, and calls drift for every difference as if it
// had just been observed. Flows that skip wants are passed over: they have changed since they were read. No Op may be
// under way.
func (s *Set) Audit(part Slice, have []Installed, skip func(key string) bool, drift func(f Installed, has bool)) {
	there := make(map[string]bool, len(have))
	matched := 0
	for i := range have {
		f := &have[i]
		there[f.Key] = true
		if skip(f.Key) {
			continue
		}
		if s.foreign[f.Key] && !s.ours(f.Cookie) {
			continue
		}
		if sl := s.slots[f.Key]; sl != nil && sl.has && sl.cookie == f.Cookie && sl.instr == maphash.Bytes(s.seed, f.Instr) {
			matched++
			continue
		}
		drift(*f, true)
	}
	expected := 0
	for v := part.Value; v < SlicesMax; v += part.Of {
		expected += s.byCookie[v]
	}
	if expected == matched {
		return
	}
	var lost []string
	for key, sl := range s.slots {
		if sl.has && sl.cookie&part.Mask() == part.Value && !there[key] && !skip(key) {
			lost = append(lost, key)
		}
	}
	slices.Sort(lost)
	for _, key := range lost {
		drift(Installed{Key: key}, false)
	}
}
