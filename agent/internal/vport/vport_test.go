package vport

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// rows is one state of OVSDB.
type rows struct {
	bridges map[string][]string // name → port rows; the row id is the name
	ports   map[string][]string
	ifaces  map[string]Interface
}

var states = []rows{
	{},
	{bridges: map[string][]string{"br-int": nil}},
	{ // one guest whose iface-id is not set yet, another on a bridge that is not ours
		bridges: map[string][]string{"br-int": {"p1"}, "br-phy": {"p2"}},
		ports:   map[string][]string{"p1": {"i1"}, "p2": {"i2"}},
		ifaces:  map[string]Interface{"i1": {Name: "tap1", OFPort: 1}, "i2": {Name: "tap2", IfaceID: "db1", OFPort: 1}},
	},
	{ // set late
		bridges: map[string][]string{"br-int": {"p1"}},
		ports:   map[string][]string{"p1": {"i1"}},
		ifaces:  map[string]Interface{"i1": {Name: "tap1", IfaceID: "web1", OFPort: 1}},
	},
	{ // changed and renumbered; a second interface claims the same id
		bridges: map[string][]string{"br-int": {"p1", "p3"}},
		ports:   map[string][]string{"p1": {"i1"}, "p3": {"i3"}},
		ifaces: map[string]Interface{
			"i1": {Name: "tap1", IfaceID: "web2", OFPort: 7, Claim: "web2:t"}, "i3": {Name: "tap0", IfaceID: "web2", OFPort: 3},
		},
	},
	{ // the first of the two has no OpenFlow port
		bridges: map[string][]string{"br-int": {"p1", "p3"}},
		ports:   map[string][]string{"p1": {"i1"}, "p3": {"i3"}},
		ifaces: map[string]Interface{
			"i1": {Name: "tap1", IfaceID: "web2", OFPort: 7},
			"i3": {Name: "tap0", IfaceID: "web2", OFPort: -1, Error: "no such device"},
		},
	},
	{ // removed from the bridge, rows still there
		bridges: map[string][]string{"br-int": nil},
		ports:   map[string][]string{"p1": {"i1"}},
		ifaces:  map[string]Interface{"i1": {Name: "tap1", IfaceID: "web2", OFPort: 7}},
	},
}

// step brings the tracker from one state to another, in random order and with repetitions.
func step(t *Tracker, from, to rows, r *rand.Rand) {
	var changes []func()
	for n, p := range to.bridges {
		changes = append(changes, func() { t.SetBridge(n, n, p) })
	}
	for n := range from.bridges {
		if _, ok := to.bridges[n]; !ok {
			changes = append(changes, func() { t.DeleteBridge(n) })
		}
	}
	for id, i := range to.ports {
		changes = append(changes, func() { t.SetPort(id, i) })
	}
	for id := range from.ports {
		if _, ok := to.ports[id]; !ok {
			changes = append(changes, func() { t.SetPort(id, nil) })
		}
	}
	for id, i := range to.ifaces {
		changes = append(changes, func() { t.SetInterface(id, i) })
	}
	for id := range from.ifaces {
		if _, ok := to.ifaces[id]; !ok {
			changes = append(changes, func() { t.DeleteInterface(id) })
		}
	}
	changes = append(changes, changes...)
	r.Shuffle(len(changes), func(a, b int) { changes[a], changes[b] = changes[b], changes[a] })
	for _, f := range changes {
		f()
	}
}

// TestTrackerStateNotHistory walks random paths through the states: what comes out must be what a fresh tracker says of
// the last state alone.
func TestTrackerStateNotHistory(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		tr, got, cur := New("br-int"), map[string]Local{}, rows{}
		collect := func(m map[string]Local) func(string, *Local) {
			return func(id string, l *Local) {
				delete(m, id)
				if l != nil {
					m[id] = *l
				}
			}
		}
		for range 6 {
			next := states[r.IntN(len(states))]
			step(tr, cur, next, r)
			cur = next
			if r.IntN(2) == 0 {
				tr.Flush(collect(got))
			}
		}
		tr.Flush(collect(got))
		fresh, want := New("br-int"), map[string]Local{}
		step(fresh, rows{}, cur, r)
		fresh.Flush(collect(want))
		require.Equal(t, want, got, "seed %d", seed)
		require.Equal(t, fresh.Problems(), tr.Problems(), "seed %d", seed)
	}
}

func TestTrackerDuplicateAndFailed(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	tr := New("br-int")
	step(tr, rows{}, states[4], r)
	var l *Local
	tr.Flush(func(id string, got *Local) { require.Equal(t, "web2", id); l = got })
	require.Equal(t, &Local{UUID: "i3", Name: "tap0", OFPort: 3}, l, "lowest name wins")
	require.Equal(t, "duplicate_iface_id", tr.Problems()[0].Code)
	require.Equal(t, uint32(7), tr.OFPort("tap1"))

	step(tr, states[4], states[5], r)
	tr.Flush(func(_ string, got *Local) { l = got })
	require.Equal(t, "tap1", l.Name)
	require.Equal(t, []Problem{{"interface_failed", "web2",
		"interface tap0 could not be opened by Open vSwitch: no such device"}}, tr.Problems())

	var calls int
	tr.Flush(func(string, *Local) { calls++ })
	require.Zero(t, calls, "nothing changed, nothing is looked at")
}

// A claim counts from the moment it is decided on, not only when the row has it.
func TestSetClaim(t *testing.T) {
	tr := New("br-int")
	step(tr, rows{}, states[3], rand.New(rand.NewPCG(1, 1)))
	claim := Claim("web1", "t")
	tr.SetClaim("i1", claim)
	tr.SetClaim("gone", claim)
	got := map[string]*Local{}
	tr.Flush(func(id string, l *Local) { got[id] = l })
	require.Equal(t, map[string]*Local{"web1": {UUID: "i1", Name: "tap1", OFPort: 1, Claim: "web1:t"}}, got)
}
