package flow

import (
	"encoding/binary"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

// Actions are done with a packet one after another. The zero Actions do nothing, which drops it.
type Actions struct{ a of13.Actions }

func (a Actions) own() of13.Actions { return a.a[:len(a.a):len(a.a)] }

// OpenFlow are the actions in the wire form of 1.3.
func (a Actions) OpenFlow() of13.Actions { return a.a }

// Raw adds actions in the wire form of 1.3, for whatever has no method here.
func (a Actions) Raw(more of13.Actions) Actions { return Actions{append(a.own(), more...)} }

// Output sends the packet out of a port; not of the one that it came in by, which is PortInPort.
func (a Actions) Output(port uint32) Actions {
	var maxLen uint16
	if port == PortController {
		maxLen = of13.MaxLenAll
	}
	return Actions{a.own().Output(port, maxLen)}
}

// Flood sends the packet out of all ports but the one that it came in by.
func (a Actions) Flood() Actions { return a.Output(PortFlood) }

// Controller sends the packet to the module.
func (a Actions) Controller() Actions { return a.Output(PortController) }

// ToController reports whether the packet is sent to the module by Controller.
func (a Actions) ToController() bool {
	for e := range a.a.All() {
		if of13.ActionType(e.Type) == of13.ActionOutput && binary.BigEndian.Uint32(e.Body) == PortController {
			return true
		}
	}
	return false
}

// ControllerWith sends the packet to the module, with data that it gets back beside the packet. Open vSwitch only.
func (a Actions) ControllerWith(userData []byte) Actions {
	return Actions{nicira.Controller(a.own(), userData)}
}

// Set sets a field of up to eight bytes.
func (a Actions) Set(f oxm.Field, v uint64) Actions {
	return Actions{a.own().SetField(oxm.Match(nil).Uint(f, v))}
}

// EthSrc sets the source address of Ethernet.
func (a Actions) EthSrc(mac model.MAC) Actions {
	return Actions{a.own().SetField(oxm.Match(nil).MAC(oxm.EthSrc, mac))}
}

// EthDst sets the destination address of Ethernet.
func (a Actions) EthDst(mac model.MAC) Actions {
	return Actions{a.own().SetField(oxm.Match(nil).MAC(oxm.EthDst, mac))}
}

// IPv4Src sets the source address.
func (a Actions) IPv4Src(ip netip.Addr) Actions {
	return Actions{a.own().SetField(oxm.Match(nil).IPv4(oxm.IPv4Src, ip))}
}

// IPv4Dst sets the destination address.
func (a Actions) IPv4Dst(ip netip.Addr) Actions {
	return Actions{a.own().SetField(oxm.Match(nil).IPv4(oxm.IPv4Dst, ip))}
}

// VLAN sets the VLAN id of a packet that has a tag.
func (a Actions) VLAN(id uint16) Actions { return a.Set(oxm.VLANVID, vlanPresent|uint64(id)) }

// PushVLAN adds a VLAN tag.
func (a Actions) PushVLAN(id uint16) Actions {
	return Actions{a.own().PushVLAN(packet.EtherTypeVLAN)}.VLAN(id)
}

// PopVLAN removes the outermost VLAN tag.
func (a Actions) PopVLAN() Actions { return Actions{a.own().PopVLAN()} }

// Reg sets a register.
func (a Actions) Reg(n int, v uint32) Actions { return a.Set(oxm.Reg(n), uint64(v)) }

// Move copies a field onto another of the same length.
func (a Actions) Move(from, to oxm.Field) Actions { return Actions{nicira.Move(a.own(), from, to)} }

// TunnelID sets the tunnel key.
func (a Actions) TunnelID(id uint64) Actions { return a.Set(oxm.TunnelID, id) }

// Group hands the packet to a group. Not in 1.0.
func (a Actions) Group(id uint32) Actions { return Actions{a.own().Group(id)} }
