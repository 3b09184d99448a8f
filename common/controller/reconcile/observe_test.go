package reconcile

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// meddler is a switch that others change too; what they do is told in the order in which it happens.
type meddler struct {
	fakeSwitch
	told []func(s *Set) // not delivered yet
}

func (m *meddler) meddle(r *rand.Rand, keys []string) {
	k := keys[r.IntN(len(keys))]
	if _, there := m.flows[k]; there && r.IntN(2) == 0 {
		delete(m.flows, k)
		m.told = append(m.told, func(s *Set) {
			s.Observe(Installed{Key: k}, false)
			s.Recheck(k)
		})
		return
	}
	f := Installed{k, cookies.Of(2, "port/a"), fmt.Append(nil, "do", r.IntN(3))}
	if r.IntN(2) == 0 {
		f.Cookie = 7
	}
	m.flows[k] = f
	m.told = append(m.told, func(s *Set) {
		s.Observe(f, true)
		s.Recheck(k)
	})
}

func (m *meddler) deliver(s *Set) {
	for _, tell := range m.told {
		tell(s)
	}
	m.told = nil
}

// push sends a plan while others meddle before, between and after; some of it is refused.
func (m *meddler) push(t *testing.T, s *Set, r *rand.Rand, keys []string) {
	ops := s.Plan()
	refused := map[string]bool{}
	for _, op := range ops {
		if r.IntN(3) == 0 {
			m.meddle(r, keys)
		}
		if r.IntN(5) == 0 {
			refused[op.Flow.Key] = true
			continue
		}
		if _, there := m.flows[op.Flow.Key]; op.Kind == Modify && !there {
			continue // as a switch does
		}
		if op.Kind == Modify {
			m.flows[op.Flow.Key] = Installed{op.Flow.Key, m.flows[op.Flow.Key].Cookie, []byte(op.Flow.Instr)}
			continue
		}
		m.apply(t, op)
	}
	if r.IntN(2) == 0 {
		m.meddle(r, keys)
	}
	m.deliver(s) // before the barrier's reply, as a switch does
	for _, op := range ops {
		if refused[op.Flow.Key] {
			s.Failed(op)
		} else {
			s.Done(op)
		}
	}
}

// TestSetObserves: whatever others do to the switch and whenever, in the end it has what is wanted, and in the plans
// between nothing is done that is not needed.
func TestSetObserves(t *testing.T) {
	keys := []string{"\x00a", "\x00b", "\x1ea"}
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 4))
		s, sw := New(), &meddler{fakeSwitch: fakeSwitch{flows: map[string]Installed{}, born: map[string]int{}}}
		s.SetInstalled(nil, func(uint64) bool { return true })
		want := map[string]*Flow{}
		for range 60 {
			k := keys[r.IntN(len(keys))]
			switch r.IntN(5) {
			case 0, 1:
				want[k] = flow(k, "port/a", r.IntN(2))
				s.Put(want[k])
			case 2:
				delete(want, k)
				s.Remove(k, "port/a")
			case 3:
				sw.meddle(r, keys)
				sw.deliver(s)
			case 4:
				sw.push(t, s, r, keys)
			}
		}
		for range 2 {
			push(t, s, &sw.fakeSwitch)
		}
		expect := map[string]Installed{}
		for k, f := range want {
			expect[k] = Installed{k, f.Cookie, []byte(f.Instr)}
		}
		require.Equal(t, expect, sw.flows, "seed %d", seed)
		require.Empty(t, s.Plan())
		require.Equal(t, len(expect), s.Counts().Installed)
		n := 0
		for _, c := range s.byCookie {
			n += c
		}
		require.Equal(t, len(expect), n)
	}
}

// TestAuditFindsWhatNobodyTold: every difference, and no other.
func TestAuditFindsWhatNobodyTold(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 6))
		s, sw := New(), &meddler{fakeSwitch: fakeSwitch{flows: map[string]Installed{}, born: map[string]int{}}}
		s.SetInstalled(nil, func(uint64) bool { return true })
		var keys []string
		for i := range 50 {
			f := flow(fmt.Sprintf("\x1e%d", i), fmt.Sprint("port/", i), 1)
			keys = append(keys, f.Key)
			s.Put(f)
		}
		push(t, s, &sw.fakeSwitch)
		changed := map[string]bool{}
		for range r.IntN(10) {
			before := len(sw.told)
			sw.meddle(r, append(keys, "\x00foreign"))
			require.Greater(t, len(sw.told), before)
		}
		sw.told = nil // nobody tells
		for k, f := range sw.flows {
			w, ok := s.Wanted(k)
			if !ok || w.Cookie != f.Cookie || w.Instr != string(f.Instr) {
				changed[k] = true
			}
		}
		for _, k := range keys {
			if _, there := sw.flows[k]; !there {
				changed[k] = true
			}
		}
		of := uint64(1) << r.IntN(9)
		found := map[string]bool{}
		for v := range of {
			part := Slice{v, of}
			var have []Installed
			for _, f := range sw.flows {
				if f.Cookie&part.Mask() == v {
					have = append(have, f)
				}
			}
			s.Audit(part, have, func(string) bool { return false }, func(f Installed, has bool) {
				require.NotEqual(t, Right, s.Observe(f, has))
				found[f.Key] = true
				s.Recheck(f.Key)
			})
		}
		require.Equal(t, changed, found, "seed %d", seed)
		push(t, s, &sw.fakeSwitch)
		require.Len(t, sw.flows, len(keys))
	}
}

// TestOurOwnChangesTold: a switch that was too busy tells of them as of any other, and that is no reason to make them
// again.
func TestOurOwnChangesTold(t *testing.T) {
	s := New()
	old, now := flow("\x00a", "port/a", 1), flow("\x00b", "port/b", 1)
	s.SetInstalled([]Installed{{old.Key, old.Cookie, []byte(old.Instr)}}, cookies.Ours)
	s.Put(now)
	ops := s.Plan()
	require.Len(t, ops, 2)
	require.Equal(t, Right, s.Observe(Installed{now.Key, now.Cookie, []byte(now.Instr)}, true))
	require.Equal(t, Right, s.Observe(Installed{Key: old.Key}, false))
	for _, op := range ops {
		s.Done(op)
	}
	require.Empty(t, s.Plan())
	require.Equal(t, 1, s.Counts().Installed)
}

func TestObserveForeign(t *testing.T) {
	s := New()
	s.SetInstalled(nil, cookies.Ours)
	s.Put(flow("\x00a", "port/a", 1))
	for _, op := range s.Plan() {
		s.Done(op)
	}
	require.Equal(t, Foreign, s.Observe(Installed{"\x05x", 7, nil}, true))
	require.Equal(t, []string{"\x05x"}, s.Foreign())
	require.Equal(t, Right, s.Observe(Installed{Key: "\x05x"}, false))
	require.Empty(t, s.Foreign())
	require.Equal(t, Changed, s.Observe(Installed{"\x00a", 7, nil}, true), "where ours belongs")
	s.Recheck("\x00a")
	require.Equal(t, Add, s.Plan()[0].Kind)
}

// TestRefusedWhileOthersChange: what is observed while an Op is under way is not forgotten when that is refused. A
// switch answers the modification of a flow that is not there as if it had been done.
func TestRefusedWhileOthersChange(t *testing.T) {
	s, sw := New(), &fakeSwitch{flows: map[string]Installed{}, born: map[string]int{}}
	s.SetInstalled(nil, cookies.Ours)
	s.Put(flow("\x00a", "port/a", 1))
	push(t, s, sw)
	s.Put(flow("\x00a", "port/a", 2))
	ops := s.Plan()
	require.Len(t, ops, 1)
	require.Equal(t, Modify, ops[0].Kind)
	delete(sw.flows, "\x00a")
	require.Equal(t, Unsure, s.Observe(Installed{Key: "\x00a"}, false))
	s.Failed(ops[0])
	require.Zero(t, s.Counts().Installed)
	push(t, s, sw) // which fails the test when a flow is modified that is not there
	require.Equal(t, flow("\x00a", "port/a", 2).Instr, string(sw.flows["\x00a"].Instr))
}
