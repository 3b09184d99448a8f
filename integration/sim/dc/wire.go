package dc

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// The uplinks that every host has on its bridge, and the physical switch that each is plugged into.
const (
	trunk  = "eth1" // of the physical network office
	spare  = "eth2" // into the same switch: not in use until an operator says so
	access = "eth3" // of the physical network street
)

var cables = []struct{ ifname, segment string }{{trunk, office}, {spare, office}, {access, street}}

// wire is the physical switches. Each joins the uplinks of all hosts by VLAN, untagged ones among them, and learns
// where a MAC is; what it has not learnt goes to all its ports but the one that it came from. A station of nobody's
// is in each, which listens in all VLANs.
//
//	host ─ eth1 ─┐              ┌─ eth1 ─ host
//	     ─ eth2 ─┤ office: VLAN ├─ eth2 ─
//	             └── station ───┘
//	host ─ eth3 ─── street: flat ── eth3 ─ host
//	                  station
type wire struct {
	w        *World
	seen     map[place]learnt
	stations map[string]*Guest // by segment
	strict   bool              // everybody knows which uplinks to use
}

// place is where a MAC is looked for.
type place struct {
	segment string
	vlan    uint16
	mac     model.MAC
}

// jack is a port of a physical switch; without a host it is the station's.
type jack struct {
	h      *Host
	ifname string
}

type learnt struct {
	at   jack
	when time.Time
}

const (
	wireTime = 100 * time.Microsecond
	// learntMax is how long a physical switch remembers: less than those of bricks, whose minutes a run has not got.
	learntMax = 10 * time.Second
)

func (x *wire) init(w *World) {
	x.w, x.seen, x.stations = w, map[place]learnt{}, map[string]*Guest{}
	outside := &Host{w: w, name: "the outside"}
	for i, segment := range []string{office, street} {
		x.stations[segment] = &Guest{h: outside, port: segment, mac: model.MAC{0x0e, 0, 0, 0, 0, byte(i + 1)}}
	}
}

// send takes a frame from an uplink. It has to be of a guest of the host, and come once.
func (x *wire) send(h *Host, ifname string, frame []byte) {
	e, err := packet.ParseEthernet(frame)
	if err != nil {
		x.w.fail("%s sends a broken frame to %s: %v", h.name, ifname, err)
		return
	}
	if p := x.w.defs.probes[probeOf(frame)]; p != nil {
		if p.from.h != h {
			x.w.fail("%s sends a frame of %v to its uplink %s", h.name, p.from, ifname)
		}
		if p.wired++; p.wired > 1 {
			x.w.fail("%s sends a frame of %v to uplinks twice, now to %s", h.name, p.from, ifname)
		}
	}
	if want := x.w.defs.uplinkOf(h, segmentOf(ifname)); x.strict && ifname != want {
		x.w.fail("%s sends to its uplink %s, and %s is to be used", h.name, ifname, want)
	}
	x.carry(jack{h, ifname}, segmentOf(ifname), e, frame)
}

// carry brings a frame to where its MAC is, or to all.
func (x *wire) carry(from jack, segment string, e packet.Ethernet, frame []byte) {
	u := &x.w.net
	if u.w.chance(u.lossy) {
		return
	}
	vlan := e.Tags[0].ID()
	now := x.w.clock.Now()
	x.seen[place{segment, vlan, e.Src}] = learnt{from, now}
	to, known := x.seen[place{segment, vlan, e.Dst}]
	known = known && now.Sub(to.when) < learntMax
	for _, h := range x.w.hosts {
		for _, c := range cables {
			if j := (jack{h, c.ifname}); c.segment == segment && j != from && (!known || to.at == j) {
				x.w.after(wireTime, func() { h.fromWire(c.ifname, frame) })
			}
		}
	}
	if station := (jack{nil, segment}); station != from && (!known || to.at == station) {
		x.stations[segment].hear(e, vlan)
	}
}

// hear is a station's part: what is for it is noted.
func (g *Guest) hear(e packet.Ethernet, vlan uint16) {
	p := g.h.w.defs.probes[probeOf(appendFrame(e))]
	if p == nil || e.Dst != g.mac && e.Dst != packet.Broadcast && !isProxy(e.Dst) {
		return
	}
	if p.forged {
		g.h.w.fail("%s gets a frame of %v that says it is from somebody else", g.h.name, p.from)
	}
	p.outside = append(p.outside, vlan)
}

// appendFrame makes a frame without tags.
func appendFrame(e packet.Ethernet) []byte {
	return append(packet.AppendEthernet(nil, &packet.Ethernet{Dst: e.Dst, Src: e.Src, Type: e.Type}), e.Payload...)
}

// call has the station of a network send a probe there.
func (x *wire) call(n *model.Network, to model.MAC) uint64 {
	d := &x.w.defs
	segment := n.PhysNet
	g := x.stations[segment]
	d.last++
	d.probes[d.last] = &probe{from: g, networks: slices.Clone(d.vlans[lane{segment, n.VLAN}]), at: x.w.clock.Now()}
	frame := g.frame(d.last, to, elsewhere, elsewhere)
	e, _ := packet.ParseEthernet(frame) // it is ours
	if n.VLAN != 0 {
		e.Tags[0] = packet.VLAN{TPID: packet.EtherTypeVLAN, TCI: n.VLAN}
		frame = append(packet.AppendEthernet(nil, &e), e.Payload...)
	}
	x.w.stats.Probes++
	x.carry(jack{nil, segment}, segment, e, frame)
	return d.last
}

// elsewhere is the address of stations.
var elsewhere = netip.AddrFrom4([4]byte{198, 51, 100, 1})

func segmentOf(ifname string) string {
	for _, c := range cables {
		if c.ifname == ifname {
			return c.segment
		}
	}
	return ""
}

// fromWire takes a frame in that a physical switch sends to an interface, if it is on the bridge.
func (h *Host) fromWire(ifname string, frame []byte) {
	if n := h.uplinkNumber(ifname); n != 0 && h.ofUp {
		h.sw.Receive(n, frame, nil)
	}
}

// uplinkNumber is the OpenFlow port of an uplink, 0 while it is not on the bridge.
func (h *Host) uplinkNumber(ifname string) uint32 {
	for n, name := range h.uplinks {
		if name == ifname {
			return n
		}
	}
	return 0
}

// plug puts an uplink on the bridge.
func (h *Host) plug(ifname string) {
	if _, r := h.db.find("Interface", "name", ifname); r == nil && h.bridged() {
		h.uplinks[h.addPort(ifname, "", "")] = ifname
		h.shake()
	}
}

// unplug takes an uplink off the bridge for a while, as whoever runs the wrong ovs-vsctl does.
func (h *Host) unplug() string {
	ifname := cables[h.w.rand.IntN(len(cables))].ifname
	n := h.uplinkNumber(ifname)
	if n == 0 {
		return ""
	}
	delete(h.uplinks, n)
	h.removePort(ifname)
	h.shake()
	what := fmt.Sprintf("uplink %s of %s is gone", ifname, h.name)
	h.w.later(what, func() { h.plug(ifname) })
	return what
}

// renumberUplink has it come back at once with another number.
func (h *Host) renumberUplink() string {
	ifname := cables[h.w.rand.IntN(len(cables))].ifname
	n := h.uplinkNumber(ifname)
	if n == 0 {
		return ""
	}
	h.ofport++
	h.sw.RemovePort(n)
	h.setNumber(ifname, h.ofport)
	return fmt.Sprintf("uplink %s of %s is number %d now", ifname, h.name, h.ofport)
}
