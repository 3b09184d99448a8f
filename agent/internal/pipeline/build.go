package pipeline

import (
	"encoding/binary"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

// End as the table to go to means that the flow is the last one.
const End Table = 0xff

// Broadcast is the Ethernet broadcast address.
var Broadcast = model.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// Numbers in packets that flows match.
const (
	ethTypeIPv4 = 0x0800
	ethTypeARP  = 0x0806
	ipProtoUDP  = 17
	arpRequest  = 1
	arpReply    = 2
)

// Owner is whose flows are made.
type Owner struct {
	Module Module
	Name   string // KIND/NAME
}

// Flow makes a flow.
func (o Owner) Flow(t Table, prio uint16, m Matcher, do Actions, next Table) Flow {
	var i of13.Instructions
	if do.meter != 0 {
		i = i.Meter(do.meter)
	}
	i = i.Apply(do.a)
	if next != End {
		i = i.Goto(next)
	}
	return Flow{Key: of13.FlowKey(t, prio, m.m), Instr: string(i), Cookie: Cookie(o.Module, o.Name), Owner: o.Name}
}

// MeterOf is the meter that a flow goes through, 0 for none. Flow puts it first.
func MeterOf(f *Flow) uint32 {
	if len(f.Instr) < meterBytes || f.Instr[:4] != meterHead {
		return 0
	}
	return binary.BigEndian.Uint32([]byte(f.Instr[4:meterBytes]))
}

const (
	meterBytes = 8                  // of the instruction
	meterHead  = "\x00\x06\x00\x08" // its type and length
)

// Matcher builds a match; every method returns a longer one and leaves the one it was called on as it is.
type Matcher struct {
	m    oxm.Match
	ipv4 bool // the prerequisite is there
}

// Match is the match of everything.
func Match() Matcher { return Matcher{} }

// own makes room that no other Matcher shares.
func (m Matcher) own() oxm.Match { return m.m[:len(m.m):len(m.m)] }

// Reg asks for a register's value.
func (m Matcher) Reg(n int, v uint32) Matcher {
	m.m = m.own().Uint(oxm.Reg(n), uint64(v))
	return m
}

// InPort asks for the port that the packet came in by.
func (m Matcher) InPort(port uint32) Matcher {
	m.m = m.own().Uint(oxm.InPort, uint64(port))
	return m
}

// TunID asks for the tunnel key.
func (m Matcher) TunID(vni uint32) Matcher {
	m.m = m.own().Uint(oxm.TunnelID, uint64(vni))
	return m
}

// EthDst asks for the destination address.
func (m Matcher) EthDst(mac model.MAC) Matcher {
	m.m = m.own().MAC(oxm.EthDst, mac)
	return m
}

// VLAN asks for the tag of a VLAN (IEEE 802.1Q).
func (m Matcher) VLAN(id uint16) Matcher {
	m.m = m.own().Uint(oxm.VLANVID, uint64(id)|vlanPresent)
	return m
}

// Untagged asks for a frame without a tag.
func (m Matcher) Untagged() Matcher {
	m.m = m.own().Uint(oxm.VLANVID, 0)
	return m
}

// Tagged asks for a frame with a tag, whichever.
func (m Matcher) Tagged() Matcher {
	m.m = m.own().UintMasked(oxm.VLANVID, vlanPresent, vlanPresent)
	return m
}

// Multicast asks for a group address as the destination, broadcast included.
func (m Matcher) Multicast() Matcher {
	bit := []byte{1, 0, 0, 0, 0, 0}
	m.m = m.own().BytesMasked(oxm.EthDst, bit, bit)
	return m
}

func (m Matcher) needIPv4() Matcher {
	if !m.ipv4 {
		m.m, m.ipv4 = m.own().Uint(oxm.EthType, ethTypeIPv4), true
	}
	return m
}

// UDPDst asks for UDP over IPv4 to a port.
func (m Matcher) UDPDst(port uint16) Matcher {
	m = m.needIPv4()
	m.m = m.own().Uint(oxm.IPProto, ipProtoUDP).Uint(oxm.UDPDst, uint64(port))
	return m
}

// UDPSrcDst asks for UDP over IPv4 from a port to a port.
func (m Matcher) UDPSrcDst(src, dst uint16) Matcher {
	m = m.UDPDst(dst)
	m.m = m.own().Uint(oxm.UDPSrc, uint64(src))
	return m
}

// Actions builds what is done with a packet; every method returns a longer list and leaves the one it was called on as
// it is.
type Actions struct {
	a     of13.Actions
	meter uint32
}

// Do is nothing.
func Do() Actions { return Actions{} }

// List is the actions as they are sent.
func (d Actions) List() of13.Actions { return d.own() }

func (d Actions) own() of13.Actions { return d.a[:len(d.a):len(d.a)] }

func (d Actions) with(a of13.Actions) Actions {
	d.a = a
	return d
}

func (d Actions) set(m oxm.Match) Actions { return d.with(d.own().SetField(m)) }

// Then does more after d.
func (d Actions) Then(more Actions) Actions { return d.with(append(d.own(), more.a...)) }

// Meter drops the packet first, when those of this meter come too fast; 0 is no meter.
func (d Actions) Meter(meter uint32) Actions {
	d.meter = meter
	return d
}

// LoadReg sets a register.
func (d Actions) LoadReg(n int, v uint32) Actions {
	return d.set(oxm.Match(nil).Uint(oxm.Reg(n), uint64(v)))
}

// TunID sets the tunnel key.
func (d Actions) TunID(vni uint32) Actions {
	return d.set(oxm.Match(nil).Uint(oxm.TunnelID, uint64(vni)))
}

// TunDst sets the tunnel's far end, an address of IPv4 or IPv6.
func (d Actions) TunDst(ip netip.Addr) Actions {
	if ip.Is6() {
		return d.set(oxm.Match(nil).Bytes(oxm.TunnelIPv6Dst, ip.AsSlice()))
	}
	return d.set(oxm.Match(nil).IPv4(oxm.TunnelDst, ip))
}

// Output sends the packet out of a port, never out of the one it came in by.
func (d Actions) Output(port uint32) Actions { return d.with(d.own().Output(port, 0)) }

// PushVLAN puts a tag in front of what the frame has; 0 is none.
func (d Actions) PushVLAN(id uint16) Actions {
	if id == 0 {
		return d
	}
	d = d.pushVLAN()
	return d.set(oxm.Match(nil).Uint(oxm.VLANVID, uint64(id)|vlanPresent))
}

func (d Actions) pushVLAN() Actions { return d.with(d.own().PushVLAN(packet.EtherTypeVLAN)) }

// PopVLAN takes the outermost tag away.
func (d Actions) PopVLAN() Actions { return d.with(d.own().PopVLAN()) }

// Resubmit does what a table says for the packet, and goes on.
func (d Actions) Resubmit(t Table) Actions { return d.with(nicira.Resubmit(d.own(), t)) }

// Controller sends the packet to the agent, marked with userData.
func (d Actions) Controller(userData string) Actions {
	return d.with(nicira.Controller(d.own(), []byte(userData)))
}

// inPort sends the packet back out of the port that it came in by.
func (d Actions) inPort() Actions { return d.with(d.own().Output(of13.PortInPort, 0)) }
