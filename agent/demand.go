package agent

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/agent/internal/wanted"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/common/sorted"
)

// Bounds of what guests can have asked for in a second. Whoever asks for more is asked for again with the next frame,
// and reached without flows of its own until then.
const (
	neededRate    = 100  // by each port
	neededRateAll = 1000 // by all
)

const sweepMax = time.Minute // between two looks at whether flows on demand are used

// demand keeps the set of the ports of other hosts that have flows here because a guest speaks to them, in networks
// whose flows are on demand.
//
//	switch ─ told of a frame for whom there is no flow ─► needed ─► set ─► view ─► rules ─► flows
//	       ─ packets of those flows, from time to time ─► sweep ──► set ─► view ─► rules ─► none
//	       ─ flows at the start ─────────────────────────────────► set
//
// No frame waits for the agent: the switch sends it on by itself, see modules/l2. So an agent that is away, or slow,
// or told more than it will take, costs bandwidth and not reachability.
//
// Flows are not given an idle time-out of the switch: such a flow would go when the switch says, and whether it is
// meant to be there would be a question with two answers, for the audit, for a restart and for a switch that was
// started again. The set alone says it, and flows follow.
type demand struct {
	a       *Agent
	set     *wanted.Set
	each    *limiter // by OpenFlow port
	all     *limiter
	found   map[uint64]bool // cookies of flows to ports, while a switch is adopted
	lazy    map[uint64]bool // and of networks
	asked   int64
	unknown int64 // asked for, and no port of another host
	limited int64
}

func newDemand(a *Agent) *demand {
	a.view.SetAutoSize(a.cfg.Demand.Auto)
	return &demand{a: a, set: wanted.New(a.cfg.Demand.Max, a.cfg.Demand.Age), each: newLimiter(neededRate),
		all: newLimiter(neededRateAll)}
}

// adopting begins to look at the flows of a switch. Only a life that has not had all of its own flows in a switch takes
// something over: later it knows itself what is wanted.
func (d *demand) adopting() {
	d.found, d.lazy = nil, nil
	if !d.a.isReady {
		d.found, d.lazy = map[uint64]bool{}, map[uint64]bool{}
	}
}

// look looks at one.
func (d *demand) look(f *of13.FlowStats) {
	switch {
	case d.found == nil || !pipeline.OnDemand(f.Cookie):
	case f.Table == pipeline.Needed:
		d.lazy[f.Cookie] = true
	default:
		d.found[f.Cookie] = true
	}
}

// adopted has seen them all.
func (d *demand) adopted() {
	if len(d.found)+len(d.lazy) == 0 {
		return
	}
	var gone []uint64
	for _, c := range slices.Sorted(maps.Keys(d.found)) {
		gone = append(gone, d.set.Want(c, wanted.Nobody, d.a.s.Now())...)
	}
	for _, c := range gone {
		delete(d.found, c)
	}
	d.a.view.Adopt(d.found, d.lazy)
	d.found, d.lazy = nil, nil
}

// needed is told of a frame for whom there is no flow.
func (d *demand) needed(p *nicira.PacketIn) {
	now := d.a.s.Now()
	from, _ := d.a.view.Port(d.a.sender(p))
	d.asked++
	if !d.each.take(p.InPort(), now) || !d.all.take(0, now) {
		d.limited++
		return
	}
	mac, ip := target(p.Packet)
	name := d.a.view.PortWith(from.Network, mac, ip)
	place, _ := d.a.view.Places.Peek(name)
	if name == "" || place.Need == 0 {
		d.unknown++
		return
	}
	for _, c := range d.set.Want(pipeline.WantedCookie(name), p.InPort(), now) {
		d.a.view.Want(c, false)
	}
	d.a.view.WantPort(name)
	d.a.engine.wake.Notify()
}

// target is whom a frame is for: who has an address, when it asks for that, else who has the MAC.
func target(frame []byte) (mac model.MAC, ip netip.Addr) {
	e, err := packet.ParseEthernet(frame)
	if err != nil || e.Dst[0]&1 == 0 {
		return e.Dst, netip.Addr{}
	}
	switch e.Type {
	case packet.EtherTypeARP:
		if a, err := packet.ParseARP(e.Payload); err == nil {
			return mac, a.TargetIP
		}
	case packet.EtherTypeIPv6:
		const targetAt, targetEnd = 8, 24 // RFC 4861 section 4.3
		if p, err := packet.ParseIPv6(e.Payload); err == nil && len(p.Payload) >= targetEnd {
			return mac, netip.AddrFrom16([16]byte(p.Payload[targetAt:targetEnd]))
		}
	}
	return mac, ip
}

// sweep looks from time to time who is still spoken to.
func (d *demand) sweep(co *coroutine.Co) error {
	for {
		if err := co.Sleep(max(time.Second, min(sweepMax, d.a.cfg.Demand.Age/5))); err != nil {
			return err
		}
		x := d.a.engine.sess
		if x == nil || d.set.Len() == 0 {
			continue
		}
		packets := map[uint64]uint64{}
		cookie, mask := pipeline.DemandCookies()
		err := eachFlow(co, x, &of13.FlowStatsRequest{Cookie: cookie, CookieMask: mask}, func(f *of13.FlowStats) {
			if f.Table != pipeline.Needed {
				packets[f.Cookie] += f.Packets
			}
		})
		if co.Err() != nil {
			return co.Err()
		}
		if err != nil {
			d.a.log.Debug("who is spoken to is not known", "error", err) // the next time, or the next session
			continue
		}
		for _, c := range d.set.Sweep(packets, co.Now()) {
			d.a.view.Want(c, false)
		}
		d.a.engine.wake.Notify()
	}
}

// status is nil while no network that is here has its flows on demand.
func (d *demand) status() *status.Demand {
	s := &status.Demand{Wanted: d.set.Len(), Max: d.a.cfg.Demand.Max, Asked: d.asked, Unknown: d.unknown,
		Limited: d.limited, Evicted: d.set.Evicted(), Aged: d.set.Aged()}
	index := map[string]int{}
	d.a.view.Networks.Each(func(name string, n model.Network) {
		if d.a.view.Lazy(name) && len(d.a.view.LocalPorts.Peek(name)) > 0 {
			s.Networks = append(s.Networks, status.DemandNetwork{Network: name, Strategy: n.Strategically(),
				Ports: d.a.view.PortCount(name)})
		}
	})
	sorted.Func(s.Networks, func(a, b status.DemandNetwork) int { return cmp.Compare(a.Network, b.Network) })
	for i := range s.Networks {
		index[s.Networks[i].Network] = i
	}
	if len(s.Networks) == 0 {
		return nil
	}
	d.a.view.EachWanted(func(network string) {
		if i, here := index[network]; here {
			s.Networks[i].Wanted++
		}
	})
	return s
}

func (d *demand) problems(add addProblem) {
	if n := d.set.Len(); n >= d.a.cfg.Demand.Max {
		add("demand_full", d.a.cfg.OVS.Bridge, "guests here speak to %d ports of networks whose flows are on demand, as "+
			"many as have flows, and what is for others goes to all hosts of the network: set demand.max in the agent's "+
			"configuration, or vlcp-coordinator network update NAME --strategy prepush", n)
	}
}
