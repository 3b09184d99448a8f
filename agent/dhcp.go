package agent

import (
	"encoding/hex"
	"net/netip"
	"runtime/debug"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcpflows"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
)

// dhcpResponder answers the DHCP packets that the switch hands up. Who asks is known by the port the packet came in by,
// so only guests of this host are answered, and only with what their own port is defined to have.
type dhcpResponder struct {
	a        *Agent
	answered map[dhcp.Kind]int64
	ignored  map[string]int64
	decide   func(frame []byte, c dhcp.Client, serverMAC model.MAC) (*dhcp.Reply, string)
	declined map[string]decline // by port
	limit    *limiter           // by OpenFlow port
	limited  int64
}

// declineShown is how long a declined address is a problem. A guest that still has it declines it again before.
const declineShown = 10 * time.Minute

// decline says that a guest found its address in use by somebody else.
type decline struct {
	ip    netip.Addr
	iface string // row of the interface that the guest is behind
	at    time.Time
}

func newDHCPResponder(a *Agent) *dhcpResponder {
	return &dhcpResponder{a: a, decide: dhcp.Answer, answered: map[dhcp.Kind]int64{}, ignored: map[string]int64{},
		declined: map[string]decline{}, limit: newLimiter(a.cfg.DHCP.Rate)}
}

func (d *dhcpResponder) packet(p *nicira.PacketIn) {
	if !d.limit.take(p.InPort(), d.a.s.Now()) {
		d.limited++ // the switch does it where it can, and costs less
		return
	}
	name := d.a.sender(p)
	def, ok := d.a.view.Port(name)
	if !ok {
		d.ignored["unknown port"]++
		return
	}
	c := dhcp.Client{Port: def}
	c.Network, _ = d.a.view.Networks.Peek(def.Network)
	if def.Subnet != "" {
		c.Subnet, _ = d.a.view.Subnets.Peek(def.Subnet)
	}
	reply, reason := d.answer(p.Packet, c)
	if reply == nil {
		d.ignored[reason]++
		if reason == dhcp.ReasonDeclined {
			d.decline(name, def.IP)
		}
		d.a.log.Debug("DHCP not answered", "port", name, "reason", reason)
		return
	}
	d.answered[reply.Kind]++
	if reply.Kind == dhcp.Ack {
		delete(d.declined, name)
	}
	d.a.log.Debug("DHCP answered", "port", name, "kind", reply.Kind, "ip", def.IP)
	way := pipeline.WayTo(p.InPort(), def.VLAN, false)
	if in, _ := d.a.view.Mirrored(name); in {
		way = pipeline.ToMirrored(way)
	}
	d.a.of.send(pipeline.Do().To(way), reply.Frame)
}

func (d *dhcpResponder) decline(port string, ip netip.Addr) {
	for name := range d.declined {
		if !d.declines(name) {
			delete(d.declined, name)
		}
	}
	l, _ := d.a.view.Local(port)
	d.declined[port] = decline{ip: ip, iface: l.UUID, at: d.a.s.Now()}
}

// declines reports whether a port's guest has declined the address that it would be given now. It forgets it with an
// ACK, another address or interface, and with time.
func (d *dhcpResponder) declines(port string) bool {
	said, ok := d.declined[port]
	l, here := d.a.view.Local(port)
	def, _ := d.a.view.Port(port)
	return ok && here && l.UUID == said.iface && def.IP == said.ip && d.a.s.Now().Sub(said.at) < declineShown
}

// answer is dhcp.Answer. A guest must not be able to end the agent, so a packet that makes it panic, which leaves
// nothing half done, is only not answered.
func (d *dhcpResponder) answer(frame []byte, c dhcp.Client) (reply *dhcp.Reply, reason string) {
	defer func() {
		if p := recover(); p != nil {
			d.a.log.Error("panic over a DHCP packet", "port", c.Port.Name, "error", p, "stack", string(debug.Stack()),
				"packet", hex.EncodeToString(frame))
			reply, reason = nil, reasonFault
		}
	}()
	return d.decide(frame, c, dhcpflows.ServerMAC)
}

// reasonFault is counted when the responder has a fault.
const reasonFault = "fault of the agent"
