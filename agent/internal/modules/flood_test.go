package modules_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/l2"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const (
	messageMax = 1<<16 - 1 // bytes, of OpenFlow
	allHosts   = 4000
)

// floodRig is one network of which only flooding is looked at, and the switch as it has acknowledged flow-mods.
type floodRig struct {
	v     *view.View
	set   *reconcile.Set
	flows map[string]pipeline.Flow // in the switch
}

func newFloodRig() *floodRig {
	r := &floodRig{v: view.New(), set: reconcile.New(), flows: map[string]pipeline.Flow{}}
	sink := func(_ string, changed, removed []*pipeline.Flow) {
		for _, f := range removed {
			r.set.Remove(f.Key, f.Owner)
		}
		for _, f := range changed {
			r.set.Put(f)
		}
	}
	pipeline.Static(sink)
	l2.Rules(r.v, sink)
	r.set.SetInstalled(nil, pipeline.Ours)
	r.v.SetSelf(view.Self{Host: "h0", TunnelPort: 1})
	for i := range allHosts {
		id := hostID(i)
		r.v.Hosts.Set(id, model.Host{ID: id, Tunnel: tunnelOf(i)})
	}
	r.v.Networks.Set("blue", model.Network{Name: "blue", VNI: 10000, Tag: 1})
	return r
}

func hostID(i int) string       { return fmt.Sprintf("host-%d", i) }
func tunnelOf(i int) netip.Addr { return netip.AddrFrom4([4]byte{172, 16, byte(i >> 8), byte(i)}) }
func (r *floodRig) port(n uint32) {
	r.v.Places.Set(fmt.Sprint("p", n), view.Place{Network: "blue", OFPort: n})
}
func (r *floodRig) host(i int) {
	r.v.Places.Set("of-"+hostID(i), view.Place{Network: "blue", Host: hostID(i)})
}

// apply has the switch take one flow-mod after the other, and calls after between them.
func (r *floodRig) apply(after func()) (ops, bytes, longest int) {
	r.v.Graph.Flush()
	for _, op := range r.set.Plan() {
		f := *op.Flow
		n := len(of13.AppendFlow(nil, 0, &of13.FlowSend{Key: f.Key, Instructions: f.Instr, Cookie: f.Cookie}))
		if op.Kind == reconcile.Delete {
			delete(r.flows, f.Key)
		} else {
			r.flows[f.Key] = f
			longest = max(longest, n)
		}
		if t := f.Table(); t >= pipeline.Flood {
			ops, bytes = ops+1, bytes+n
		}
		r.set.Done(op)
		after()
	}
	return ops, bytes, longest
}

var (
	action = regexp.MustCompile(`output:(\d+)|set_field:([\d.]+)->tun_dst|set_field:(\w+)->reg2|resubmit\(,(\d+)\)`)
	goTo   = regexp.MustCompile(`goto_table:(\d+)`)
)

// flooded are the ports and hosts that a frame of a guest of blue goes to, as a switch finds them.
func (r *floodRig) flooded() map[string]bool {
	to, tables := map[string]bool{}, map[string]map[string]string{} // table → match → actions
	for _, f := range r.flows {
		table, _, match := of13.SplitFlowKey(f.Key)
		t := fmt.Sprint(table)
		if tables[t] == nil {
			tables[t] = map[string]string{}
		}
		tables[t][ofp.FormatMatch(oxm.Match(match))] = ofp.FormatInstructions(of13.Instructions(f.Instr))
	}
	var walk func(table, match string)
	walk = func(table, match string) {
		do := tables[table][match]
		tunnel, number := "", ""
		for _, a := range action.FindAllStringSubmatch(do, -1) {
			switch {
			case a[1] != "":
				to[a[1]+tunnel] = true
			case a[2] != "":
				tunnel = " " + a[2]
			case a[3] != "":
				number = ",reg2=" + a[3]
			case a[4] == fmt.Sprint(pipeline.FloodHosts):
				walk(a[4], "reg0=0x1,reg1=0x1"+number)
			default:
				walk(a[4], "reg0=0x1"+number)
			}
		}
		if m := goTo.FindStringSubmatch(do); m != nil {
			walk(m[1], "reg0=0x1")
		}
	}
	if _, ok := tables[fmt.Sprint(pipeline.Flood)]["reg0=0x1,reg1=0x1"]; ok {
		walk(fmt.Sprint(pipeline.Flood), "reg0=0x1,reg1=0x1")
	} else {
		walk(fmt.Sprint(pipeline.FloodLocal), "reg0=0x1") // what the miss of flood does
	}
	return to
}

// members are the ports and hosts that it should go to.
func (r *floodRig) members() map[string]bool {
	to := map[string]bool{}
	r.v.Places.Each(func(_ string, p view.Place) {
		if p.OFPort != 0 {
			to[fmt.Sprint(p.OFPort)] = true
		} else if h, ok := r.v.Hosts.Peek(p.Host); ok {
			to["1 "+h.Tunnel.String()] = true
		}
	})
	return to
}

func TestFloodingToManyFitsIntoMessages(t *testing.T) {
	r := newFloodRig()
	for n := range uint32(6000) {
		r.port(10 + n)
	}
	for i := range allHosts - 1 {
		r.host(i)
	}
	nothing := func() {}
	_, _, longest := r.apply(nothing)
	require.Less(t, longest, messageMax/10)
	require.Equal(t, r.members(), r.flooded())
	require.Len(t, r.flooded(), 6000+allHosts-1)

	r.port(6010)
	ops, bytes, _ := r.apply(nothing)
	require.Equal(t, 1, ops, "the part that the port is in, and nothing else")
	require.Less(t, bytes, 64*16+200)
	r.host(allHosts - 1)
	ops, bytes, _ = r.apply(nothing)
	require.Equal(t, 1, ops)
	require.Less(t, bytes, allHosts/64*2*32+200)
	require.Equal(t, r.members(), r.flooded())

	for i := range allHosts {
		r.v.Places.Delete("of-" + hostID(i))
	}
	for n := range uint32(5000) {
		r.v.Places.Delete(fmt.Sprint("p", 10+n))
	}
	r.apply(nothing)
	require.Equal(t, r.members(), r.flooded())
	other := newFloodRig()
	for n := range uint32(1001) {
		other.port(5010 + n)
	}
	other.apply(nothing)
	require.Equal(t, other.flows, r.flows, "what came before is not seen")
}

// While flooding changes, also from whole to parts and back, whoever is in it before and after is in it throughout.
func TestFloodingIsNeverHalfBuilt(t *testing.T) {
	r := newFloodRig()
	rnd := rand.New(rand.NewPCG(1, 2))
	tipped := map[bool]int{}
	for round := range 150 {
		for range 1 + rnd.IntN(80) {
			n, grow := rnd.IntN(120), rnd.IntN(100) < 50+40*(round/25%2*2-1) // swells and shrinks
			switch {
			case grow && rnd.IntN(2) == 0:
				r.port(uint32(10 + 7*n))
			case grow:
				r.host(n)
			case rnd.IntN(2) == 0:
				r.v.Places.Delete(fmt.Sprint("p", 10+7*n))
			default:
				r.v.Places.Delete("of-" + hostID(n))
			}
		}
		before, after := r.flooded(), r.members()
		local := len(r.v.LocalPorts.Peek("blue"))
		tipped[local > 64]++
		if local == 0 {
			after = map[string]bool{} // no port here, no flows here
		}
		r.apply(func() {
			now := r.flooded()
			for to := range now {
				require.True(t, before[to] || after[to], "round %d: %s is in it, and should not be", round, to)
			}
			for to := range before {
				require.True(t, !after[to] || now[to], "round %d: %s is not in it", round, to)
			}
		})
		require.True(t, maps.Equal(after, r.flooded()), "round %d", round)
	}
	require.Greater(t, min(tipped[true], tipped[false]), 20, "both forms were met")
}
