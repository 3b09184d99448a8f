package view

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// subRig is a host h0 with a parent web1 of blue and its sub-port in green.
type subRig struct {
	t   *testing.T
	v   *View
	rev int64
}

func (r *subRig) put(network string, kind model.Kind, id string, o any) {
	r.t.Helper()
	r.rev++
	b, err := json.Marshal(o)
	require.NoError(r.t, err)
	require.NoError(r.t, r.v.Put(store.Doc{Key: store.Key{Scope: store.NetworkScope(network), Kind: string(kind), ID: id},
		Value: b, Rev: r.rev}))
}

func (r *subRig) place(name string) string {
	p, ok := r.v.Places.Peek(name)
	if !ok {
		return "nowhere"
	}
	return fmt.Sprintf("%d/%d %s", p.OFPort, p.VLAN, p.Host)
}

// While the network of a parent is not known here, nobody can say whether its guest runs here: its sub-ports are where
// they are bound.
func TestASubPortIsNotHereBeforeItsParentIsKnown(t *testing.T) {
	r := &subRig{t: t, v: New()}
	v := r.v
	v.SetSelf(Self{Host: "h0"})
	rate := model.Rate(1e6)
	sub := model.Port{Name: "sub", Network: "green", Parent: "web1", VLAN: 20, LimitIn: &rate}
	r.put("green", model.KindPort, "sub", sub)
	r.put("green", model.KindBinding, "sub", model.Binding{Port: "sub", Host: "h1", Token: "t"})
	v.SetLocal("web1", &vport.Local{UUID: "u1", OFPort: 5})
	require.Equal(t, "0/20 h1", r.place("sub"))
	require.Zero(t, v.LimitNumber("sub"))
	r.put("blue", model.KindBinding, "web1", model.Binding{Port: "web1", Host: "h1", Token: "t"})
	r.put("blue", model.KindPort, "web1", model.Port{Name: "web1", Network: "blue"})
	require.Equal(t, "5/20 h1", r.place("sub"), "it is on standby with its parent")
	require.Equal(t, "5/0 h1", r.place("web1"))
	require.NotZero(t, v.LimitNumber("sub"))
	v.Arrive("sub")
	require.Equal(t, []string{"5/20 ", "5/0 "}, []string{r.place("sub"), r.place("web1")}, "the guest speaks")
	require.Equal(t, []string{"sub", "web1"}, []string{v.PortBehind(5, 20), v.PortBehind(5, 0)})
	v.SetLocal("web1", nil)
	require.Equal(t, []string{"0/20 h1", "0/0 h1", "", ""}, []string{r.place("sub"), r.place("web1"), v.PortBehind(5, 20),
		v.PortBehind(5, 0)})
	require.Zero(t, v.LimitNumber("sub"))
}

// Whose sub-ports are in a network that is not followed, as while the store is away, must not take their frames for
// its own: a parent without port security would send them on in its network.
func TestAParentKnowsOfSubPortsInUnknownNetworks(t *testing.T) {
	r := &subRig{t: t, v: New()}
	trunk := func() bool {
		p, ok := r.v.Places.Peek("web1")
		require.True(t, ok)
		return p.Trunk
	}
	r.v.SetSelf(Self{Host: "h0"})
	r.v.SetLocal("web1", &vport.Local{UUID: "u1", OFPort: 5})
	r.put("blue", model.KindPort, "web1", model.Port{Name: "web1", Network: "blue"})
	require.False(t, trunk())
	r.put("blue", model.KindSubPort, "sub", model.SubPort{Port: "sub", Network: "green", Parent: "web1"})
	require.True(t, trunk())
	r.put("green", model.KindPort, "sub", model.Port{Name: "sub", Network: "green", Parent: "web1", VLAN: 20})
	require.True(t, trunk())
	r.v.Remove(store.Key{Scope: store.NetworkScope("blue"), Kind: string(model.KindSubPort), ID: "sub"})
	require.True(t, trunk(), "it is defined still")
	r.v.Remove(store.Key{Scope: store.NetworkScope("green"), Kind: string(model.KindPort), ID: "sub"})
	require.False(t, trunk())
}

// The networks of sub-ports are needed as long as the parent has an interface here, whatever is known of them.
func TestNetworksOfSubPortsAreNeeded(t *testing.T) {
	r := &subRig{t: t, v: New()}
	needed := func() (out []string) {
		r.v.NeededNetworks(func(n string) bool { out = append(out, n); return true })
		return out
	}
	r.put("blue", model.KindSubPort, "sub", model.SubPort{Port: "sub", Network: "green", Parent: "web1"})
	require.Empty(t, needed())
	r.v.SetLocal("web1", &vport.Local{UUID: "u1", OFPort: 5})
	require.Equal(t, []string{"green"}, needed())
	require.True(t, r.v.Here("sub"), "so that its binding is not taken for one that was left")
	r.v.Remove(store.Key{Scope: store.NetworkScope("blue"), Kind: string(model.KindSubPort), ID: "sub"})
	require.Empty(t, needed())
	require.False(t, r.v.Here("sub"))
}

// Numbers of meters are a function of what is here, not of the order in which it came.
func TestSlotsAreAFunctionOfTheNames(t *testing.T) {
	rate := model.Rate(1e6)
	fill := func(n int, at func(i int) int) map[string]uint32 {
		r := &subRig{t: t, v: New()}
		for i := range n {
			k := at(i)
			parent := fmt.Sprint("p", k)
			r.put("blue", model.KindPort, parent, model.Port{Name: parent, Network: "blue"})
			name := fmt.Sprint("s", k)
			r.put("green", model.KindPort, name, model.Port{Name: name, Network: "green", Parent: parent, VLAN: 2,
				LimitIn: &rate})
			r.v.SetLocal(parent, &vport.Local{UUID: parent, OFPort: uint32(k + 1)})
		}
		return r.v.subs.slots
	}
	for _, n := range []int{1, 40, pipeline.SlotsMax + 3} {
		up, down := fill(n, func(i int) int { return i }), fill(n, func(i int) int { return n - 1 - i })
		require.Equal(t, up, down)
		require.Len(t, up, min(n, pipeline.SlotsMax))
		seen := map[uint32]bool{}
		for _, slot := range up {
			require.GreaterOrEqual(t, slot, uint32(pipeline.SlotFirst))
			require.Less(t, slot, uint32(pipeline.SlotFirst+pipeline.SlotsMax))
			seen[slot] = true
		}
		require.Len(t, seen, len(up))
	}
}

// A sub-port that is down has no place. When it becomes a port of its own then, whoever announced it is told to look.
func TestASubPortThatIsNoneAnyMoreIsTouched(t *testing.T) {
	r := &subRig{t: t, v: New()}
	r.v.SetSelf(Self{Host: "h0"})
	r.put("blue", model.KindPort, "web1", model.Port{Name: "web1", Network: "blue"})
	r.v.SetLocal("web1", &vport.Local{UUID: "u1", OFPort: 5})
	sub := model.Port{Name: "sub", Network: "green", Parent: "web1", VLAN: 20, Admin: model.AdminDown}
	r.put("green", model.KindPort, "sub", sub)
	r.v.TakeTouched()
	sub.Parent, sub.VLAN = "", 0
	r.put("green", model.KindPort, "sub", sub)
	require.Contains(t, r.v.TakeTouched(), "sub")
}

// What a sub-port with limits that is elsewhere costs is the same however many there are: there are thousands of them.
func TestLimitsElsewhereCostNothingHere(t *testing.T) {
	rate := model.Rate(1e6)
	cost := func(n int) float64 {
		r := &subRig{t: t, v: New()}
		r.v.SetSelf(Self{Host: "h0"})
		for i := range n {
			sub := model.Port{Name: fmt.Sprint("sub", i), Network: "green", Parent: fmt.Sprint("p", i), VLAN: 20, LimitIn: &rate}
			r.put("green", model.KindPort, sub.Name, sub)
		}
		sub := model.Port{Name: "sub0", Network: "green", Parent: "p0", VLAN: 20, LimitIn: &rate}
		return testing.AllocsPerRun(10, func() {
			r.v.setPort("sub0", &sub)
			r.v.SetLocal("other", &vport.Local{UUID: "u1", OFPort: 5})
		})
	}
	require.Equal(t, cost(10), cost(2000))
}
