package agent

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/model"
)

// geneveUDP is the port of Geneve (RFC 8926 section 3.3).
const geneveUDP = 6081

// tunnelOf is the tunnel port that a physical network needs, and whether that is the usual one.
func (a *Agent) tunnelOf(p *model.PhysNet) (t ovsctl.Tunnel, usual bool) {
	t = ovsctl.Tunnel{Type: p.Type, DstPort: int(p.UDPPort)}
	if t.DstPort == 0 && p.Type == model.TypeGeneve {
		t.DstPort = geneveUDP
	}
	if p.Type == model.TypeVXLAN && (t.DstPort == 0 || t.DstPort == a.cfg.Tunnel.DstPort) {
		return t, true
	}
	t.Name = fmt.Sprintf("%s%d", t.Type, t.DstPort)
	return t, false
}

// findTunnels says which tunnel port each physical network has that needs one of its own and has a network here, and
// has those made that are missing. Of what nothing here needs, nothing is made.
func (a *Agent) findTunnels() {
	by, need := map[string]uint32{}, map[string]ovsctl.Tunnel{}
	for _, name := range a.view.LocalNetworks() {
		n, _ := a.view.Networks.Peek(name)
		p, ok := a.view.PhysNets.Peek(n.PhysNet)
		if !ok || !p.Tunnelled() {
			continue
		}
		t, usual := a.tunnelOf(&p)
		if usual {
			continue
		}
		need[t.Name], by[p.Name] = t, 0
		if a.ports.others[t.Name] == t.Type {
			by[p.Name] = a.ports.tracker.OFPort(t.Name)
		}
	}
	a.view.SetTunnels(by)
	a.ports.extra = a.ports.extra[:0:0]
	for _, name := range slices.Sorted(maps.Keys(need)) {
		a.ports.extra = append(a.ports.extra, need[name])
	}
	if a.ports.connected && a.ports.lacks() {
		a.ports.setupWake.Notify()
	}
}

// lacks reports whether a tunnel port that networks here need is missing, and may be made.
func (p *ports) lacks() bool {
	return slices.ContainsFunc(p.extra, func(t ovsctl.Tunnel) bool { return p.tracker.OFPort(t.Name) == 0 })
}

// tunnelProblems says which networks here do not reach other hosts.
func (a *Agent) tunnelProblems(add addProblem) {
	for _, t := range a.ports.extra {
		switch kind, port := a.ports.others[t.Name], a.ports.tracker.OFPort(t.Name); {
		case port == 0:
			add("tunnel_port_missing", t.Name, "no usable tunnel port of type %s and UDP port %d on %s yet: networks that "+
				"need it do not reach other hosts", t.Type, t.DstPort, a.cfg.OVS.Bridge)
		case kind != t.Type:
			add("tunnel_port_mistyped", t.Name, "this interface is of type %q and not %s, so networks that need it do not "+
				"reach other hosts: remove it with `ovs-vsctl del-port %s`", kind, t.Type, t.Name)
		}
	}
	a.familyProblems(add)
}

// familyProblems says which hosts have tunnel addresses of another family than ours.
func (a *Agent) familyProblems(add addProblem) {
	seen := map[string]bool{}
	a.view.EachLocal(func(name string, _ vport.Local) {
		def, ok := a.view.Port(name)
		if !ok || seen[def.Network] || !a.tunnelled(def.Network) {
			return
		}
		seen[def.Network] = true
		for _, id := range a.view.RemoteHosts.Peek(def.Network) {
			h, ok := a.view.Hosts.Peek(id)
			if ok && h.Tunnel.IsValid() && h.Tunnel.Is6() != a.tunnel.Is6() && !seen["host/"+id] {
				seen["host/"+id] = true
				add("tunnel_family", h.Name, "its tunnel address %s and ours, %s, are not of one family, so neither reaches "+
					"the other: set tunnel.address on both to addresses of IPv4, or of IPv6", h.Tunnel, a.tunnel)
			}
		}
	})
}
