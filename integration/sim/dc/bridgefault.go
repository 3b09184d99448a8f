package dc

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/ovsdb"
)

// deleteBridge takes the bridge away with all its ports, as ovs-vsctl del-br does. The agent makes it again, or whoever
// runs the guests when he adds their interfaces, at once or later, with what was noted on them or without it.
func (h *Host) deleteBridge() string {
	moving := slices.ContainsFunc(h.all(), func(g *Guest) bool { return g.moving })
	if !h.ofUp || !h.bridged() || h.agent == nil || moving {
		return ""
	}
	noted := map[string]ovsdb.Map{}
	for ifname := range h.guests {
		_, r := h.db.find("Interface", "name", ifname)
		noted[ifname] = r.Map("external_ids")
	}
	h.dropBridge()
	keeps := h.w.chance(50)
	again := func() {
		h.makeBridge()
		for _, ifname := range slices.Sorted(maps.Keys(h.guests)) {
			if ids := noted[ifname]; ids != nil {
				h.guests[ifname].plug(ids, keeps)
			}
		}
	}
	what := fmt.Sprintf("bridge of %s is deleted", h.name)
	if h.w.chance(30) {
		again()
		h.trouble()
		return what + ", and made again"
	}
	return h.lasting(what, again)
}

// dropBridge has no row of the bridge be left, and no port or flow in the switch.
func (h *Host) dropBridge() {
	var gone []change
	for _, table := range []string{"Interface", "Port", "Bridge"} {
		for _, uuid := range slices.Sorted(maps.Keys(h.db.tables[table])) {
			gone = append(gone, change{table: table, uuid: uuid})
		}
	}
	h.db.commit(gone...)
	for _, c := range slices.Clone(h.conns) {
		if c.openflow {
			c.end(errCut)
		}
	}
	h.sw.Clear()
	for _, p := range h.sw.Ports() {
		h.sw.RemovePort(p.Number)
	}
	clear(h.byNumber)
	clear(h.uplinks)
	clear(h.tunnels)
	h.shake()
	for _, g := range h.guests {
		g.rewired(0)
	}
}

// makeBridge adds the bridge, and the uplinks, if it is not there.
func (h *Host) makeBridge() {
	if h.bridged() {
		return
	}
	h.db.commit(change{table: "Bridge", uuid: h.db.newRow(), after: ovsdb.Row{"name": bridge, "ports": ovsdb.Set{}}})
	for _, c := range cables {
		h.plug(c.ifname)
	}
}

// plug puts the interface of a guest on the bridge again, with what was noted on it or only with the port that it is.
func (g *Guest) plug(noted ovsdb.Map, keeps bool) {
	number := g.h.addPort(g.ifname, g.port, "")
	if uuid, r := g.h.db.find("Interface", "name", g.ifname); keeps && noted["iface-id"] == g.port {
		g.h.db.commit(change{table: "Interface", uuid: uuid, after: with(r, ovsdb.Row{"external_ids": noted})})
	}
	g.rewired(number)
}

// rewired has it be behind another OpenFlow port, 0 for none.
func (g *Guest) rewired(number uint32) {
	if g.h.byNumber[g.number] == g {
		delete(g.h.byNumber, g.number)
	}
	if g.number = number; number != 0 {
		g.h.byNumber[number] = g
	}
	for _, s := range append(g.subGuests(), g) {
		s.life++
		s.shaken = g.h.w.clock.Now()
	}
}
