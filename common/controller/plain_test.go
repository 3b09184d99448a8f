package controller_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller"
	"github.com/vlcp-go/vlcp/common/controller/controllertest"
	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/packet"
)

// tcpTo is a frame with the beginning of TCP to a port.
func tcpTo(port byte) []byte {
	tcp := append([]byte{0x80, 0, 0, port}, make([]byte, 16)...)
	frame := packet.AppendEthernet(nil, &packet.Ethernet{Src: model.MAC{2, 1}, Dst: model.MAC{2, 2},
		Type: packet.EtherTypeIPv4})
	a, b := netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")
	return append(packet.AppendIPv4(frame, &packet.IPv4{TTL: 64, Protocol: 6, Src: a, Dst: b}, len(tcp)), tcp...)
}

// listener is a module that asks for packets by flows in the table of another module, wanted and sent.
func listener(name string, got *[]string, wanted, sent []flow.Flow) controller.Module {
	return controller.Module{Name: name, Start: func(m *controller.Instance) error {
		m.OnSwitch(func(sw *controller.Switch) error {
			for _, f := range sent {
				if err := sw.Send(f); err != nil {
					return err
				}
			}
			return sw.Want("all", wanted...)
		}, nil)
		m.OnPacket(func(*controller.PacketIn) error { *got = append(*got, name); return nil })
		return nil
	}}
}

// A plain switch of 1.0 does not tell which flow has sent a packet, and still it reaches the module that asked for it.
func TestPacketsOfAPlainSwitchReachWhoAsked(t *testing.T) {
	var got []string
	asks := func(priority uint16, m flow.Match) flow.Flow {
		return flow.Flow{Table: "l2", Priority: priority, Match: m, Do: flow.Actions{}.Controller()}
	}
	l2 := listener("l2", &got, nil, nil)
	l2.Tables = []controller.Table{{Name: "l2", Miss: controller.MissController}}
	short := asks(40, flow.Match{}.InPort(3))
	short.HardTimeout = 10
	guard := listener("guard", &got, []flow.Flow{asks(20, flow.Match{}.TCPDst(23))}, []flow.Flow{short})
	arp := listener("arp", &got, []flow.Flow{asks(30, flow.Match{}.ARP(packet.ARPRequest))}, nil)
	for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
		t.Run(v.String(), func(t *testing.T) {
			got = nil
			controllertest.Run(t, func(r *controllertest.Rig) {
				sw := r.Connect(v, 1, 2, 3)
				ask := packet.AppendARP(packet.AppendEthernet(nil, &packet.Ethernet{Dst: packet.Broadcast,
					Type: packet.EtherTypeARP}), &packet.ARP{Op: packet.ARPRequest, SenderIP: netip.MustParseAddr("10.0.0.1"),
					TargetIP: netip.MustParseAddr("10.0.0.2")})
				receive := func(port uint32, frame []byte, want string) {
					t.Helper()
					got = nil
					sw.Receive(port, frame)
					require.Equal(t, []string{want}, got)
				}
				receive(1, tcpTo(23), "guard")
				receive(1, tcpTo(22), "l2")
				receive(1, hello, "l2")
				receive(1, ask, "arp")
				receive(3, ask, "guard")
				r.Wait(11 * time.Second)
				receive(3, ask, "arp")
				require.NoError(t, r.Controller.Unload("guard"))
				r.Settle()
				receive(1, tcpTo(23), "l2")
				require.Zero(t, r.Controller.Unclaimed())
				require.NoError(t, r.Controller.Unload("l2"))
				r.Settle()
				sw.Receive(1, hello)
				if v == openflow.Version10 { // which sends what no flow takes
					require.EqualValues(t, 1, r.Controller.Unclaimed())
				}
			}, l2, guard, arp)
		})
	}
}

// A flow that has ended asks for nothing any more, and leaves its place to others; the one that was sent in its place
// meanwhile does.
func TestFlowsOfAPlainSwitchAskUntilTheyEnd(t *testing.T) {
	var got []string
	l2 := listener("l2", &got, nil, nil)
	l2.Tables = []controller.Table{{Name: "l2", Miss: controller.MissController}}
	brief := flow.Flow{Table: "l2", Priority: 40, Match: flow.Match{}.InPort(3), Do: flow.Actions{}.Controller(),
		IdleTimeout: 10, TellRemoved: true}
	var up *controller.Switch
	again := false
	guard := controller.Module{Name: "guard", Start: func(m *controller.Instance) error {
		m.OnSwitch(func(sw *controller.Switch) error { up = sw; return sw.Send(brief) }, nil)
		m.OnPacket(func(*controller.PacketIn) error { got = append(got, "guard"); return nil })
		m.OnRemoved(func(sw *controller.Switch, _ controller.FlowRemoved) {
			if again {
				require.NoError(t, sw.Send(brief))
			}
		})
		return nil
	}}
	controllertest.Run(t, func(r *controllertest.Rig) {
		sw := r.Connect(openflow.Version10, 1, 2, 3)
		receive := func(want string) {
			t.Helper()
			got = nil
			sw.Receive(3, hello)
			require.Equal(t, []string{want}, got)
		}
		receive("guard")
		again = true
		r.Wait(11 * time.Second)
		sw.Flows() // the switch looks what has ended
		receive("guard")
		again = false
		r.Wait(11 * time.Second)
		receive("l2")
		require.NoError(t, up.Send(brief))
		receive("guard")
	}, l2, guard)
}
