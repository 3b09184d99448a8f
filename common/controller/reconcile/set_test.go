package reconcile

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller/cookie"
)

const mark = 0x564c << 48

var cookies = cookie.Scheme{Mark: 0x564c, ModuleBits: 8}

func flow(key string, owner string, variant int) *Flow {
	return &Flow{Key: key, Owner: owner, Cookie: cookies.Of(2, owner),
		Instr: fmt.Sprintf("do%d", variant)}
}

// fakeSwitch applies ops like a switch: Add replaces, Modify keeps the cookie and the age.
type fakeSwitch struct {
	flows map[string]Installed
	born  map[string]int
	clock int
}

func (f *fakeSwitch) apply(t *testing.T, op Op) {
	f.clock++
	switch op.Kind {
	case Add:
		f.flows[op.Flow.Key] = Installed{op.Flow.Key, op.Flow.Cookie, []byte(op.Flow.Instr)}
		f.born[op.Flow.Key] = f.clock
	case Modify:
		old, ok := f.flows[op.Flow.Key]
		require.True(t, ok, "modify of a flow that is not there")
		require.Equal(t, old.Cookie, op.Flow.Cookie, "modify cannot change a cookie")
		f.flows[op.Flow.Key] = Installed{op.Flow.Key, old.Cookie, []byte(op.Flow.Instr)}
	case Delete:
		delete(f.flows, op.Flow.Key)
	}
}

func (f *fakeSwitch) dump() []Installed {
	var out []Installed
	for _, i := range f.flows {
		out = append(out, i)
	}
	return out
}

func push(t *testing.T, s *Set, sw *fakeSwitch) int {
	n := 0
	for _, op := range s.Plan() {
		sw.apply(t, op)
		s.Done(op)
		n++
	}
	return n
}

// TestSetConverges drives random wants, refusals, disconnections and foreign flows; at the end the switch holds exactly
// the wanted flows plus the foreign ones that stand in nobody's way, and a second dump finds nothing to do.
func TestSetConverges(t *testing.T) {
	keys := []string{"\x00a", "\x00b", "\x1ea", "\x1eb", "\x28a"}
	owners := []string{"port/a", "port/b", "network/n"}
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 2))
		s, sw := New(), &fakeSwitch{flows: map[string]Installed{}, born: map[string]int{}}
		want := map[string]map[string]*Flow{}
		change := func() {
			k, o := keys[r.IntN(len(keys))], owners[r.IntN(len(owners))]
			if r.IntN(5) > 2 {
				s.Remove(k, o)
				delete(want[k], o)
				return
			}
			f := flow(k, o, r.IntN(2))
			s.Put(f)
			if want[k] == nil {
				want[k] = map[string]*Flow{}
			}
			want[k][o] = f
		}
		for range 60 {
			switch r.IntN(8) {
			default:
				change()
			case 5:
				push(t, s, sw)
			case 6: // half of a plan is refused
				for i, op := range s.Plan() {
					if i%2 == 0 {
						s.Failed(op)
						continue
					}
					sw.apply(t, op)
					s.Done(op)
				}
			case 7: // connection lost in the middle of a plan, then a new dump, of which the first try fails half way
				for _, op := range s.Plan() {
					if r.IntN(2) == 0 {
						sw.apply(t, op)
					}
				}
				s.Disconnected()
				readSlowly(s, sw.dump()[:r.IntN(len(sw.flows)+1)], change)
				require.Empty(t, s.Plan())
				readSlowly(s, sw.dump(), change)
				s.EndInstalled()
			}
		}
		s.SetInstalled(sw.dump(), cookies.Ours)
		push(t, s, sw)
		expect := firstOwners(want)
		require.Equal(t, expect, sw.flows, "seed %d", seed)
		s.SetInstalled(sw.dump(), cookies.Ours)
		require.Empty(t, s.Plan(), "seed %d: nothing to do on adoption", seed)
		require.Equal(t, len(expect), s.Counts().Installed)
		require.Equal(t, len(expect), s.Counts().Desired)
	}
}

// firstOwners is what is to be installed of what owners want, by key.
func firstOwners(want map[string]map[string]*Flow) map[string]Installed {
	expect := map[string]Installed{}
	for k, by := range want {
		for _, o := range []string{"network/n", "port/a", "port/b"} {
			if f, ok := by[o]; ok {
				expect[k] = Installed{k, f.Cookie, []byte(f.Instr)}
				break
			}
		}
	}
	return expect
}

// readSlowly has a dump come in while something changes.
func readSlowly(s *Set, flows []Installed, change func()) {
	s.BeginInstalled(cookies.Ours)
	for _, f := range flows {
		s.Found([]byte(f.Key), f.Cookie, f.Instr)
		change()
	}
}

func TestSetAdoptsAndOrders(t *testing.T) {
	s, sw := New(), &fakeSwitch{flows: map[string]Installed{}, born: map[string]int{}}
	require.Empty(t, s.Plan(), "nothing is sent before a dump")
	s.Put(flow("\x00in", "port/a", 1))
	s.Put(flow("\x1eout", "port/a", 1))
	stale, foreign := flow("\x00old", "port/gone", 1), Installed{"\x05x", 7, []byte("x")}
	sw.flows[stale.Key] = Installed{stale.Key, stale.Cookie, []byte(stale.Instr)}
	sw.flows[foreign.Key] = foreign
	s.SetInstalled(sw.dump(), cookies.Ours)
	var seen []string
	for _, op := range s.Plan() {
		seen = append(seen, fmt.Sprint(op.Kind, " ", op.Flow.Key[1:]))
		sw.apply(t, op)
		s.Done(op)
	}
	require.Equal(t, []string{"0 out", "0 in", "2 old"}, seen)
	require.Equal(t, []string{foreign.Key}, s.Foreign(), "foreign flows are counted and left")
	require.Contains(t, sw.flows, foreign.Key)

	s.Put(flow("\x00in", "port/a", 2)) // other instructions, same owner: age and counters stay
	born := sw.born["\x00in"]
	require.Equal(t, 1, push(t, s, sw))
	require.Equal(t, born, sw.born["\x00in"])
	require.Equal(t, Counts{Desired: 2, Installed: 2, Foreign: 1, ByTable: map[uint8]int{0: 1, 0x1e: 1}}, s.Counts())
	require.Equal(t, uint64(mark), sw.flows["\x00in"].Cookie&(0xffff<<48))
}

// TestPendingUntilItIsDone: what is under way is not there yet.
func TestPendingUntilItIsDone(t *testing.T) {
	s := New()
	s.SetInstalled(nil, cookies.Ours)
	s.Put(flow("\x00a", "port/a", 1))
	s.Put(flow("\x00b", "port/a", 1))
	ops := s.Plan()
	require.Equal(t, 2, s.Pending())
	s.Done(ops[0])
	require.Equal(t, Counts{Desired: 2, Installed: 1, Pending: 1, ByTable: map[uint8]int{0: 1}}, s.Counts())
	s.Failed(ops[1])
	require.Equal(t, 1, s.Pending(), "it is to be sent again")
}

// TestAnExceptionIsThereAsLongAsItsRule: in a table, the higher priority comes first and goes last.
func TestAnExceptionIsThereAsLongAsItsRule(t *testing.T) {
	s := New()
	s.SetInstalled(nil, cookies.Ours)
	rule, exception := flow("\x00\x00\x0arule", "port/a", 1), flow("\x00\x01\x00exception", "port/a", 1)
	keys := func() (out []string) {
		for _, op := range s.Plan() {
			out = append(out, op.Flow.Key)
			s.Done(op)
		}
		return out
	}
	s.Put(rule)
	s.Put(exception)
	require.Equal(t, []string{exception.Key, rule.Key}, keys())
	s.Remove(rule.Key, rule.Owner)
	s.Remove(exception.Key, exception.Owner)
	require.Equal(t, []string{rule.Key, exception.Key}, keys())
}

// TestAFlowThatIsNotOursStays: it may go only where one of ours does.
func TestAFlowThatIsNotOursStays(t *testing.T) {
	s := New()
	theirs := Installed{Key: "\x1ea", Cookie: 1, Instr: []byte("theirs")}
	ours := flow(theirs.Key, "port/a", 1)
	s.Put(ours)
	s.SetInstalled([]Installed{theirs}, cookies.Ours)
	for i, op := range s.Plan() {
		require.Zero(t, i)
		s.Remove(ours.Key, ours.Owner)
		s.Failed(op)
	}
	require.Empty(t, s.Plan(), "ours never came")
	require.Equal(t, Counts{Foreign: 1, ByTable: map[uint8]int{}}, s.Counts())
	s.Put(ours)
	for _, op := range s.Plan() {
		require.Equal(t, Add, op.Kind)
		s.Remove(ours.Key, ours.Owner)
		s.Done(op)
	}
	require.Len(t, s.Plan(), 1, "ours came, and has to go")
	require.Zero(t, s.Counts().Foreign)
}

// What an owner has not asked for again yet is not taken away from it.
func TestWhatIsKeptIsDeletedLater(t *testing.T) {
	s := New()
	late, gone := flow("\x00late", "port/late", 1), flow("\x00gone", "port/gone", 1)
	s.SetInstalled([]Installed{{late.Key, late.Cookie, []byte(late.Instr)}, {gone.Key, gone.Cookie,
		[]byte(gone.Instr)}}, cookies.Ours)
	keep := func(c uint64) bool { return c == late.Cookie }
	require.Equal(t, []Op{{Delete, &Flow{Key: gone.Key}}}, s.PlanKeeping(keep))
	require.Empty(t, s.PlanKeeping(keep))
	s.Done(Op{Delete, &Flow{Key: gone.Key}})
	require.Equal(t, 1, s.Pending(), "the one that is kept")
	require.Equal(t, []Op{{Delete, &Flow{Key: late.Key}}}, s.Plan())
	s.Put(late)
	require.Equal(t, []Op{}, s.PlanKeeping(keep))
}
