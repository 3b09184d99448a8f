// Package dhcpflows brings the DHCP of our guests to the agent: requests by broadcast, renewals by unicast to the
// server address of the subnet, and the ARP reply for that address. It is apart from the responder (modules/dhcp),
// which knows packets and no flows.
//
// A network none of whose subnets has DHCP gets no such flow: its guests' requests are flooded like any broadcast, so
// an operator may run a server of his own there.
package dhcpflows

import (
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
)

// UserData marks packet-ins of this module.
const UserData = "dhcp"

// ServerMAC is the hardware address the agent answers DHCP from, the same on every host: a locally administered one, so
// that a guest that moves to another host finds its server where it was.
var ServerMAC = model.MAC{0x0a, 'v', 'l', 'c', 'p', 0x01}

type emit = func(pipeline.Flow)

// Rules adds the module's rules to the view's graph.
func Rules(v *view.View, sink pipeline.Sink) {
	pipeline.AddGroupRule(v.LocalPorts, "dhcp-network", sink, func(ctx *incremental.Ctx, network string, e emit) {
		networkFlows(ctx, v, network, e)
	})
}

func networkFlows(ctx *incremental.Ctx, v *view.View, network string, e emit) {
	n, ok := v.Networks.Get(ctx, network)
	if !ok {
		return
	}
	tag := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag)
	served := false
	for _, name := range v.NetSubnets.Members(ctx, network) {
		s, ok := v.Subnets.Get(ctx, name)
		if !ok || !s.DHCPEnabled() || !s.DHCPServer.Is4() {
			continue
		}
		served = true
		owner := pipeline.Owner{Module: pipeline.ModuleDHCP, Name: "subnet/" + name}
		e(owner.Flow(pipeline.DHCP, pipeline.PrioNormal, tag.IPv4Dst(s.DHCPServer).UDPDst(67),
			pipeline.Do().Controller(UserData), pipeline.End))
		e(owner.Flow(pipeline.ARP, pipeline.PrioNormal, tag.ARPRequest(s.DHCPServer),
			pipeline.Do().ARPReply(ServerMAC, s.DHCPServer), pipeline.End))
	}
	if served {
		owner := pipeline.Owner{Module: pipeline.ModuleDHCP, Name: "network/" + network}
		e(owner.Flow(pipeline.DHCP, pipeline.PrioNormal, tag.EthDst(pipeline.Broadcast).UDPSrcDst(68, 67),
			pipeline.Do().Controller(UserData), pipeline.End))
	}
}
