package controller_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller"
	"github.com/vlcp-go/vlcp/common/controller/controllertest"
	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/packet"
)

// dnswatch is the module that joins ports 1 and 2 and looks at DNS queries before they go on.
type dnswatch struct {
	m       *controller.Instance
	queries map[netip.Addr]int // by who asked
}

const (
	askersMax  = 10_000 // addresses that are counted
	queriesMax = 3      // of one address that go on
)

func dnsWatch() controller.Module {
	return controller.Module{
		Name:   "dnswatch",
		Tables: []controller.Table{{Name: "dnswatch", Miss: controller.MissDrop}},
		Start: func(m *controller.Instance) error {
			d := &dnswatch{m: m, queries: map[netip.Addr]int{}}
			m.OnSwitch(d.up, nil)
			m.OnPacket(d.packet)
			m.Export(d)
			return nil
		},
	}
}

// up says which flows a new switch is to have: what comes in by one port goes out of the other, DNS comes to packet.
func (d *dnswatch) up(sw *controller.Switch) error {
	for in, out := range map[uint32]uint32{1: 2, 2: 1} {
		from := flow.Match{}.InPort(in)
		err := sw.Want(fmt.Sprintf("from/%d", in),
			flow.Flow{Priority: 20, Match: from.UDPDst(53), Do: flow.Actions{}.Controller()},
			flow.Flow{Priority: 10, Match: from, Do: flow.Actions{}.Output(out)},
		)
		if err != nil {
			return err
		}
	}
	return nil
}

// packet gets the packets that the flows of this module have sent to the controller.
func (d *dnswatch) packet(p *controller.PacketIn) error {
	ip, err := p.IPv4()
	if err != nil {
		return err // is logged; the packet is lost
	}
	n := d.queries[ip.Src] + 1
	if n > queriesMax || n == 1 && len(d.queries) == askersMax {
		d.m.Log().Warn("query dropped", "switch", p.Switch, "port", p.InPort, "from", ip.Src)
		return nil
	}
	d.queries[ip.Src] = n
	return p.Output(flow.Actions{}.Output(3 - p.InPort))
}

// query is a frame with a UDP packet to a port.
func query(port uint16) []byte {
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	frame := packet.AppendEthernet(nil, &packet.Ethernet{Src: model.MAC{2, 1}, Dst: model.MAC{2, 2},
		Type: packet.EtherTypeIPv4})
	frame = packet.AppendIPv4(frame, &packet.IPv4{TTL: 64, Protocol: packet.ProtoUDP, Src: a, Dst: b},
		packet.UDPLen+len("who?"))
	return packet.AppendUDP(frame, &packet.UDP{SrcPort: 1024, DstPort: port, Payload: []byte("who?")}, a, b)
}

func TestDNSWatch(t *testing.T) {
	for _, version := range []openflow.Version{openflow.Version10, openflow.Version13} {
		t.Run(version.String(), func(t *testing.T) {
			controllertest.Run(t, func(r *controllertest.Rig) {
				sw := r.Connect(version, 1, 2)
				for range queriesMax {
					require.Equal(t, "2", controllertest.Ports(sw.Receive(1, query(53))))
				}
				require.Empty(t, sw.Receive(1, query(53)), "that was one too many")
				require.Equal(t, "2", controllertest.Ports(sw.Receive(1, query(80))), "which does not come to the controller")
				require.Contains(t, sw.Flows(), "table=0, priority=20,udp,in_port=1,tp_dst=53 actions=CONTROLLER:65535")

				watch, err := controller.Exported[*dnswatch](r.Controller, "dnswatch")
				require.NoError(t, err)
				require.Len(t, watch.queries, 1)
			}, dnsWatch())
		})
	}
}
