package dhcpflows

import (
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/incremental"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// UserData marks packet-ins of this module.
const UserData = "dhcp"

// ServerMAC is the hardware address the agent answers DHCP from, the same on every host: a locally administered one, so
// that a guest that moves to another host finds its server where it was.
var ServerMAC = model.MAC{0x0a, 'v', 'l', 'c', 'p', 0x01}

type emit = func(pipeline.Flow)

// Rules adds the module's rules to the view's graph.
func Rules(v *view.View, sink pipeline.Sink) {
	pipeline.AddRule(v.Places, "dhcp-port", sink, func(ctx *incremental.Ctx, name string, p view.Place, e emit) {
		portFlows(ctx, v, name, p, e)
	})
	pipeline.AddGroupRule(v.LocalPorts, "dhcp-network", sink, func(ctx *incremental.Ctx, network string, e emit) {
		networkFlows(ctx, v, network, e)
	})
}

// Served is the subnet from which a port here gets its address by DHCP, if it does.
func Served(ctx *incremental.Ctx, v *view.View, p view.Place) (model.Subnet, bool) {
	if p.OFPort == 0 || p.Subnet == "" || !p.IP.Is4() {
		return model.Subnet{}, false
	}
	s, ok := v.Subnets.Get(ctx, p.Subnet)
	return s, ok && serves(s)
}

func serves(s model.Subnet) bool { return s.DHCPEnabled() && s.DHCPServer.Is4() }

func metered(ctx *incremental.Ctx, v *view.View) bool {
	self, _ := v.Self.Get(ctx, struct{}{})
	return self.Metered.Agent
}

// portFlows is the way of a port's requests to the agent: to everybody, and to the server when a lease is renewed. One
// flow takes both: what a client says to another server is the agent's to pass over.
func portFlows(ctx *incremental.Ctx, v *view.View, name string, p view.Place, e emit) {
	if _, ok := Served(ctx, v, p); !ok {
		return
	}
	do := pipeline.Do().Controller(UserData)
	if metered(ctx, v) {
		do = do.Meter(v.Meter(ctx, pipeline.MeterAgent, p.OFPort))
	}
	owner := pipeline.Owner{Module: pipeline.ModuleDHCP, Name: "port/" + name}
	e(owner.Flow(pipeline.DHCP, pipeline.PrioNormal, p.From().
		UDPSrcDst(packet.DHCPClientPort, packet.DHCPServerPort), do, pipeline.End))
}

// networkFlows are the ARP replies for the servers of a network.
func networkFlows(ctx *incremental.Ctx, v *view.View, network string, e emit) {
	n, ok := v.Networks.Get(ctx, network)
	if !ok {
		return
	}
	tag := pipeline.Match().Reg(pipeline.RegNetwork, n.Tag)
	for _, name := range v.NetSubnets.Members(ctx, network) {
		if s, ok := v.Subnets.Get(ctx, name); ok && serves(s) {
			owner := pipeline.Owner{Module: pipeline.ModuleDHCP, Name: "subnet/" + name}
			e(owner.Flow(pipeline.ARP, pipeline.PrioNormal, tag.ARPRequest(s.DHCPServer),
				pipeline.Do().Answer(s.DHCPServer, ServerMAC), pipeline.Reply))
		}
	}
}
