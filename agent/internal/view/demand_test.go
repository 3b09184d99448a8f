package view

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// lazyRig is a view of networks blue and red, and of ports that are on another host.
type lazyRig struct {
	t   *testing.T
	v   *View
	rev int64
}

func newLazyRig(t *testing.T, auto int) *lazyRig {
	r := &lazyRig{t: t, v: New()}
	r.v.SetAutoSize(auto)
	r.v.SetSelf(Self{Host: "h0"})
	return r
}

func (r *lazyRig) put(kind model.Kind, network, id string, o any) {
	b, err := json.Marshal(o)
	require.NoError(r.t, err)
	r.rev++
	require.NoError(r.t, r.v.Put(store.Doc{Key: store.Key{Scope: store.NetworkScope(network), Kind: string(kind), ID: id},
		Rev: r.rev, Value: b}))
}

func (r *lazyRig) network(name, strategy string, change ...func(*model.Network)) {
	n := model.Network{Name: name, Tag: 1, VNI: 1, Strategy: strategy}
	for _, fn := range change {
		fn(&n)
	}
	r.put(model.KindNetwork, name, name, n)
}

func (r *lazyRig) port(network string, i int) {
	name := fmt.Sprint("p", i)
	r.put(model.KindPort, network, name, model.Port{Name: name, Network: network, MAC: lazyMAC(i), IP: lazyIP(i)})
	r.put(model.KindBinding, network, name, model.Binding{Port: name, Host: "h1", Token: "1"})
}

func (r *lazyRig) remove(network string, i int) {
	for _, kind := range []model.Kind{model.KindBinding, model.KindPort} {
		r.v.Remove(store.Key{Scope: store.NetworkScope(network), Kind: string(kind), ID: fmt.Sprint("p", i)})
	}
}

func lazyMAC(i int) model.MAC { return model.MAC{0x0a, 4: byte(i >> 8), 5: byte(i)} }
func lazyIP(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}) }

func (r *lazyRig) need(i int) Need {
	p, _ := r.v.Places.Peek(fmt.Sprint("p", i))
	return p.Need
}

// TestAutoHasTwoSizes: a network gets lazy when it has become large, and stays so until it is a good deal smaller; one
// that was when the agent started counts as one that is.
func TestAutoHasTwoSizes(t *testing.T) {
	r := newLazyRig(t, 8)
	r.network("blue", model.StrategyAuto)
	grow := func(r *lazyRig, from, to int, lazy bool) {
		t.Helper()
		for i := from; i < to; i++ {
			r.port("blue", i)
		}
		for i := from - 1; i >= to; i-- {
			r.remove("blue", i)
		}
		require.Equal(t, lazy, r.v.Lazy("blue"), "%d ports", to)
		is, _ := r.v.Lazies.Peek("blue")
		require.Equal(t, lazy, is)
		require.Equal(t, lazy, r.need(0) != 0)
	}
	grow(r, 0, 7, false)
	grow(r, 7, 8, true)
	grow(r, 8, 6, true)
	grow(r, 6, 5, false)
	grow(r, 5, 7, false)

	next := newLazyRig(t, 8)
	next.v.Adopt(map[uint64]bool{pipeline.WantedCookie("p2"): true}, map[uint64]bool{pipeline.LazyCookie("blue"): true})
	next.network("blue", model.StrategyAuto)
	grow(next, 0, 5, false)
	grow(next, 5, 6, true)
	require.Equal(t, LazyL2|LazyARP|Wanted, next.need(2))
	require.Equal(t, LazyL2|LazyARP, next.need(3))
	next.v.ForgetBefore()
	grow(next, 6, 5, false)
	grow(next, 5, 7, false)

	late := newLazyRig(t, 8)
	late.network("blue", model.StrategyAuto)
	grow(late, 0, 6, false)
	late.v.Adopt(nil, map[uint64]bool{pipeline.LazyCookie("blue"): true})
	require.True(t, late.v.Lazy("blue"), "the switch was read after the store")

	never := newLazyRig(t, 0)
	never.network("blue", model.StrategyAuto)
	grow(never, 0, 20, false)
}

// TestWhatIsThereNevertheless: suppression knows all addresses, and learning all MACs.
func TestWhatIsThereNevertheless(t *testing.T) {
	r := newLazyRig(t, 0)
	r.port("blue", 1)
	for _, c := range []struct {
		fn   func(*model.Network)
		want Need
	}{
		{func(*model.Network) {}, LazyL2 | LazyARP},
		{func(n *model.Network) { n.SuppressARP = true }, LazyL2},
		{func(n *model.Network) { n.Learning = true }, LazyARP},
		{func(n *model.Network) { n.Strategy = "" }, 0},
	} {
		r.network("blue", model.StrategyOnDemand, c.fn)
		require.Equal(t, c.want, r.need(1))
	}
	r.network("blue", model.StrategyOnDemand)
	r.v.WantPort("p1")
	require.Equal(t, LazyL2|LazyARP|Wanted, r.need(1))
	r.v.SetLocal("p1", &vport.Local{UUID: "u", OFPort: 5})
	p, _ := r.v.Places.Peek("p1")
	require.EqualValues(t, 5, p.OFPort)
	require.Zero(t, p.Need, "a port that is here has all of its flows")
}

// TestLazyInAnyOrder: who has which address, what is lazy and what is wanted follow from what is defined, whatever the
// order in which that came.
func TestLazyInAnyOrder(t *testing.T) {
	strategies := append([]string{""}, model.Strategies...)
	for seed := range uint64(30) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		r, in := newLazyRig(t, 0), map[int]string{}
		want := map[int]bool{}
		for range 300 {
			i, network := rnd.IntN(12), []string{"blue", "red"}[rnd.IntN(2)]
			switch rnd.IntN(6) {
			case 0:
				r.network(network, strategies[rnd.IntN(4)])
			case 1:
				if in[i] != "" {
					r.remove(in[i], i)
					delete(in, i)
				}
			case 2:
				want[i] = !want[i]
				r.v.Want(pipeline.WantedCookie(fmt.Sprint("p", i)), want[i])
				if want[i] {
					r.v.WantPort(fmt.Sprint("p", i))
				}
			default:
				if in[i] == "" || in[i] == network {
					in[i] = network
					r.port(network, i)
				}
			}
			r.check(in, want)
		}
	}
}

func (r *lazyRig) check(in map[int]string, want map[int]bool) {
	r.t.Helper()
	count := map[string]int{}
	for i := range 12 {
		network := in[i]
		if count[network]++; network == "" {
			continue
		}
		n, _ := r.v.Networks.Peek(network)
		lazy, name := n.Strategy == model.StrategyOnDemand, ""
		var need Need
		if lazy {
			need, name = LazyL2|LazyARP, fmt.Sprint("p", i)
			if want[i] {
				need |= Wanted
			}
		}
		require.Equal(r.t, need, r.need(i))
		require.Equal(r.t, name, r.v.PortWith(network, lazyMAC(i), netip.Addr{}))
		require.Equal(r.t, name, r.v.PortWith(network, model.MAC{}, lazyIP(i)))
	}
	for _, network := range []string{"blue", "red"} {
		require.Equal(r.t, count[network], r.v.PortCount(network))
		if t := r.v.demand.lazy[network]; t != nil {
			require.Len(r.t, t.macs, count[network])
			require.Len(r.t, t.ips, count[network])
		}
	}
}
