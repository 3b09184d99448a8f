package dc

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

// What networks that learn are given: few machines, so that strangers fill them, for a short time.
const (
	learningMax    = 8
	learningAgeMin = 3 // seconds
	learningAgeMax = 10
	// fullCode is a problem while strangers are remembered, which is right.
	fullCode = "learning_full"
)

// schools says of a network whether it learns.
func (w *World) schools(n *model.Network) {
	n.StopLearning()
	if n.PhysNet != office && n.PhysNet != street || w.chance(50) {
		return
	}
	n.Learning, n.LearningMax = true, learningMax
	n.LearningAge = model.Duration(w.between(learningAgeMin*time.Second, learningAgeMax*time.Second).Truncate(time.Second))
	if w.chance(50) {
		n.UnknownUnicast = model.UnknownDrop
	}
}

// strangers are machines outside that nobody has heard of before, or one that invents addresses: each broadcasts once,
// in a network. No switch learns more of them than was said.
func (w *World) strangers() string {
	name, ok := choose(w, w.defs.networks)
	if !ok || !onUplinks(w.defs.networks[name]) {
		return ""
	}
	n := *w.defs.networks[name]
	for i := range 2 * learningMax {
		w.wire.shout(&n, model.MAC{0x0e, 1, byte(w.step >> 16), byte(w.step >> 8), byte(w.step), byte(i)})
	}
	w.after(time.Second, w.checkLearnt)
	return fmt.Sprintf("%d strangers in VLAN %d of %s", 2*learningMax, n.VLAN, n.PhysNet)
}

// shout has a machine outside broadcast what concerns nobody.
func (x *wire) shout(n *model.Network, mac model.MAC) {
	e := packet.Ethernet{Src: mac, Dst: packet.Broadcast, Type: 0x88b5}
	if n.VLAN != 0 {
		e.Tags[0] = packet.VLAN{TPID: packet.EtherTypeVLAN, TCI: n.VLAN}
	}
	x.carry(jack{nil, n.PhysNet}, n.PhysNet, e, append(packet.AppendEthernet(nil, &e), make([]byte, 46)...))
}

// greet has the stations outside speak in every network that learns, so that they are known there.
func (w *World) greet() error {
	for _, name := range slices.Sorted(maps.Keys(w.defs.networks)) {
		if n := w.defs.networks[name]; n.Learning {
			w.wire.shout(n, w.wire.stations[n.PhysNet].mac)
		}
	}
	return w.run(10 * wireTime)
}

func (w *World) checkLearnt() {
	for _, h := range w.hosts {
		count := map[uint64]int{}
		for _, f := range h.sw.Flows() {
			if tag, ok := f.Match.GetUint(oxm.Reg(0)); ok && f.Learned && f.HardTimeout > 1 {
				if count[tag]++; count[tag] > learningMax {
					w.fail("the switch of %s has learnt %d machines of network %d", h.name, count[tag], tag)
				}
			}
		}
	}
}

// knowsOutside checks what an agent says of machines outside, when it has heard of no stranger for long.
func (h *Host) knowsOutside(s *agent.Status) string {
	for _, l := range s.Learning {
		n := h.w.defs.networks[l.Network]
		if n == nil || !n.Learning || l.Max != learningMax || l.Unknown != n.Unknown() || l.Machines > l.Max {
			return fmt.Sprintf("%+v is what its agent says of %+v", l, n)
		}
	}
	return ""
}

// unheard reports whether a guest may be nobody to others: its network sends to nobody whom it does not know, and no
// agent has told yet that the guest is where it is. What a physical switch has learnt of it is no promise then.
func (d *definitions) unheard(network string, g *Guest) bool {
	n := d.networks[network]
	return n != nil && n.Unknown() == model.UnknownDrop && !g.announced()
}
