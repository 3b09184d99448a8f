package agent

import (
	"encoding/hex"
	"runtime/debug"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcpflows"
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
	declined map[string]bool // ports whose guest found its address in use
}

func newDHCPResponder(a *Agent) *dhcpResponder {
	return &dhcpResponder{a: a, decide: dhcp.Answer, answered: map[dhcp.Kind]int64{}, ignored: map[string]int64{},
		declined: map[string]bool{}}
}

func (d *dhcpResponder) packet(p *nicira.PacketIn) {
	name := d.a.view.PortByOFPort(p.InPort())
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
			d.declined[name] = true
		}
		d.a.log.Debug("DHCP not answered", "port", name, "reason", reason)
		return
	}
	d.answered[reply.Kind]++
	if reply.Kind == dhcp.Ack {
		delete(d.declined, name)
	}
	d.a.log.Debug("DHCP answered", "port", name, "kind", reply.Kind, "ip", def.IP)
	d.a.of.output(p.InPort(), reply.Frame)
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
