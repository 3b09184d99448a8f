package agent

import (
	"strings"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// findUplinks chooses the uplink of each physical network, by the definitions and the interfaces that there are, and
// the tunnel port of those in tunnels.
func (a *Agent) findUplinks() {
	a.uplinks = a.view.SetUplinks(a.hostName, a.cfg.OVS.Bridge, a.ports.tracker.OFPort)
	a.findTunnels()
}

// announce tells the switches of a physical network where a guest is now, with a gratuitous ARP (RFC 5227 section 3) in
// its name. It matters when the guest has moved: they would go on sending to where it was until it speaks.
func (a *Agent) announce(port string) {
	def, _ := a.view.Port(port)
	n, ok := a.view.Networks.Peek(def.Network)
	p, _ := a.view.PhysNets.Peek(n.PhysNet)
	uplink, there := a.view.Uplinks.Peek(n.PhysNet)
	if !ok || !there || !p.Uplinks() || def.Down() {
		return
	}
	for _, ip := range def.Addresses() {
		if !ip.Is4() {
			continue
		}
		frame := packet.AppendEthernet(nil, &packet.Ethernet{Src: def.MAC, Dst: packet.Broadcast,
			Type: packet.EtherTypeARP})
		frame = packet.AppendARP(frame, &packet.ARP{Op: packet.ARPRequest, SenderMAC: def.MAC, SenderIP: ip,
			TargetIP: ip})
		a.of.send(pipeline.Do().PushVLAN(n.VLAN).Output(uplink), frame)
	}
}

// uplinkProblems says which networks that have ports here cannot leave the host, and where the choice is not clear.
func (a *Agent) uplinkProblems(add func(code, object, format string, args ...any)) {
	used := map[string]string{} // physical network → one of its networks that is here
	a.view.Networks.Each(func(name string, n model.Network) {
		if old, ok := used[n.PhysNet]; len(a.view.LocalPorts.Peek(name)) > 0 && (!ok || name < old) {
			used[n.PhysNet] = name
		}
	})
	for _, u := range a.uplinks {
		network, here := used[u.PhysNet]
		switch {
		case !here:
		case u.Name == "":
			add("uplink_undefined", u.PhysNet, "no uplink to it fits host %s, so guests of network %s reach nobody outside: "+
				"vlcp-coordinator physport create INTERFACE --physnet %s --host %s", a.hostName, network, u.PhysNet, a.hostName)
		case u.Port == 0:
			add("uplink_missing", u.PhysNet, "bridge %s has no interface %s, which physport %s says leads to it, so guests of "+
				"network %s reach nobody outside: ovs-vsctl add-port %s %s", a.cfg.OVS.Bridge, u.Interface, u.Name, network,
				a.cfg.OVS.Bridge, u.Interface)
		}
		if here && len(u.Others) > 0 {
			add("uplink_ambiguous", u.PhysNet, "physports %s and %s fit this host equally well, %s is used: make the "+
				"patterns different with vlcp-coordinator physport update", u.Name, strings.Join(u.Others, ", "), u.Name)
		}
	}
}
