package flow

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

// Subtypes of the Nicira actions that stand for what 1.0 lacks (nicira-ext.h of Open vSwitch).
const (
	nxRegLoad       = 7
	nxResubmitTable = 14
)

const portReserved = 0xff00 // 1.0 numbers of special ports are from here on, those of 1.3 end in the same bits

// Port10 is a port's number in 1.0.
func Port10(port uint32) (uint16, error) {
	if port >= portReserved && port < portReserved|0xffff0000 {
		return 0, fmt.Errorf("port %d: %w", port, ErrVersion)
	}
	return uint16(port), nil
}

// Port13 is the number, in 1.1 and later, of a port of 1.0.
func Port13(port uint16) uint32 {
	if port >= portReserved {
		return 0xffff0000 | uint32(port)
	}
	return uint32(port)
}

// Match10 is the match for a switch that speaks 1.0.
func (m Match) Match10() (of10.Match, error) {
	out := of10.MatchAll()
	for t := range m.m.All() {
		if err := match10(&out, t); err != nil {
			return out, fmt.Errorf("match %s: %w", t.Field.Name(), err)
		}
	}
	return out, nil
}

func match10(m *of10.Match, t oxm.TLV) error {
	f := t.Field.Canonical()
	switch f {
	case oxm.IPv4Src, oxm.ARPSPA:
		return prefix10(t, m.SetNwSrc)
	case oxm.IPv4Dst, oxm.ARPTPA:
		return prefix10(t, m.SetNwDst)
	}
	if t.Mask != nil {
		return ErrVersion
	}
	v := uint16(0)
	if len(t.Value) <= 4 {
		v = uint16(t.Uint())
	}
	switch f {
	case oxm.InPort:
		p, err := Port10(uint32(t.Uint()))
		m.SetInPort(p)
		return err
	case oxm.EthSrc:
		m.SetDLSrc([6]byte(t.Value))
	case oxm.EthDst:
		m.SetDLDst([6]byte(t.Value))
	case oxm.EthType:
		m.SetDLType(v)
	case oxm.VLANVID:
		if v == 0 {
			v = of10.VLANNone
		} else {
			v &^= vlanPresent
		}
		m.SetVLAN(v)
	case oxm.VLANPCP:
		m.SetVLANPCP(uint8(v))
	case oxm.IPDSCP:
		m.SetNwTOS(uint8(v) << 2)
	case oxm.IPProto, oxm.ARPOp:
		m.SetNwProto(uint8(v))
	case oxm.TCPSrc, oxm.UDPSrc, oxm.ICMPv4Type:
		m.SetTpSrc(v)
	case oxm.TCPDst, oxm.UDPDst, oxm.ICMPv4Code:
		m.SetTpDst(v)
	default:
		return ErrVersion
	}
	return nil
}

func prefix10(t oxm.TLV, set func(netip.Prefix) error) error {
	bits := 32
	if t.Mask != nil {
		mask := binary.BigEndian.Uint32(t.Mask)
		for bits = 0; mask&(1<<31) != 0; bits++ {
			mask <<= 1
		}
		if mask != 0 {
			return ErrVersion
		}
	}
	return set(netip.PrefixFrom(netip.AddrFrom4([4]byte(t.Value)), bits))
}

// Append10 appends what the flow does to b, for a switch that speaks 1.0; next is from Place. A table to go on to is
// reached by Nicira's resubmit, which 1.0 has nothing for.
func (f *Flow) Append10(b of10.Actions, ts Tables, next int) (of10.Actions, error) {
	b, err := f.actions(ts).Append10(b)
	if err != nil || next < 0 {
		return b, err
	}
	var body []byte
	body = binary.BigEndian.AppendUint16(body, nxResubmitTable)
	body = binary.BigEndian.AppendUint16(body, of10.PortInPort)
	return b.Vendor(openflow.VendorNicira, append(body, uint8(next), 0, 0, 0)), nil
}

// Append10 appends the actions to b, for a switch that speaks 1.0.
func (a Actions) Append10(b of10.Actions) (of10.Actions, error) {
	for e := range a.a.All() {
		var err error
		if b, err = append10(b, e); err != nil {
			return b, fmt.Errorf("action %s: %w", of13.ActionType(e.Type), err)
		}
	}
	return b, nil
}

func append10(b of10.Actions, e of13.Raw) (of10.Actions, error) {
	switch of13.ActionType(e.Type) {
	case of13.ActionOutput:
		p, err := Port10(binary.BigEndian.Uint32(e.Body))
		return b.Output(p, binary.BigEndian.Uint16(e.Body[4:])), err
	case of13.ActionPopVLAN:
		return b.StripVLAN(), nil
	case of13.ActionExperimenter: // the same bytes in every version
		return b.Vendor(binary.BigEndian.Uint32(e.Body), e.Body[4:]), nil
	case of13.ActionSetField:
		t, _, err := oxm.Match(e.Body).Next()
		if err != nil {
			return b, err
		}
		return setField10(b, t)
	}
	return b, ErrVersion
}

func setField10(b of10.Actions, t oxm.TLV) (of10.Actions, error) {
	if t.Mask != nil {
		return regLoads(b, t)
	}
	switch t.Field.Canonical() {
	case oxm.EthSrc:
		return b.SetDLSrc([6]byte(t.Value)), nil
	case oxm.EthDst:
		return b.SetDLDst([6]byte(t.Value)), nil
	case oxm.VLANVID:
		return b.SetVLANVID(uint16(t.Uint()) &^ vlanPresent), nil
	case oxm.VLANPCP:
		return b.SetVLANPCP(uint8(t.Uint())), nil
	case oxm.IPv4Src:
		return b.SetNwSrc([4]byte(t.Value)), nil
	case oxm.IPv4Dst:
		return b.SetNwDst([4]byte(t.Value)), nil
	case oxm.IPDSCP:
		return b.SetNwTOS(uint8(t.Uint()) << 2), nil
	case oxm.TCPSrc, oxm.UDPSrc:
		return b.SetTpSrc(uint16(t.Uint())), nil
	case oxm.TCPDst, oxm.UDPDst:
		return b.SetTpDst(uint16(t.Uint())), nil
	}
	return regLoads(b, t)
}

// regLoads sets the bits of a field that are under its mask by Nicira's reg_load, one for each row of up to 64 of them.
func regLoads(b of10.Actions, t oxm.TLV) (of10.Actions, error) {
	if t.Field.Class() == oxm.ClassExperimenter { // whose header does not fit
		return b, ErrVersion
	}
	field := t.Field
	if i := field.Info(); i != nil {
		field, _ = i.NXM() // the header that the switch tells of it
	}
	bits := len(t.Value) * 8
	bit := func(of []byte, n int) uint64 { return uint64(of[len(of)-1-n/8]>>(n%8)) & 1 }
	for n := 0; n < bits; {
		first, v := n, uint64(0)
		for ; n < bits && n-first < 64 && (t.Mask == nil || bit(t.Mask, n) == 1); n++ {
			v |= bit(t.Value, n) << (n - first)
		}
		if n == first {
			n++
			continue
		}
		body := binary.BigEndian.AppendUint16(nil, nxRegLoad)
		body = binary.BigEndian.AppendUint16(body, uint16(first<<6|(n-first-1)))
		body = field.AppendHeader(body)
		b = b.Vendor(openflow.VendorNicira, binary.BigEndian.AppendUint64(body, v))
	}
	return b, nil
}

// MatchOf10 is the match that a switch which speaks 1.0 tells of.
func MatchOf10(m *of10.Match) Match {
	var out Match
	if m.Wildcards&of10.WildInPort == 0 {
		out = out.InPort(Port13(m.InPort))
	}
	if m.Wildcards&of10.WildDLSrc == 0 {
		out = out.EthSrc(m.DLSrc)
	}
	if m.Wildcards&of10.WildDLDst == 0 {
		out = out.EthDst(m.DLDst)
	}
	return out.vlan10(m).network10(m)
}

func (m Match) vlan10(o *of10.Match) Match {
	switch {
	case o.Wildcards&of10.WildVLAN != 0:
	case o.VLAN == of10.VLANNone:
		m = m.Untagged()
	default:
		m = m.VLAN(o.VLAN)
	}
	if o.Wildcards&of10.WildVLANPCP == 0 {
		m = m.Uint(oxm.VLANPCP, uint64(o.VLANPCP))
	}
	return m
}

// network10 adds what is above Ethernet, which has other names in 1.3 for each protocol.
func (m Match) network10(o *of10.Match) Match {
	if o.Wildcards&of10.WildDLType != 0 {
		return m
	}
	m = m.EthType(o.DLType)
	src, dst, proto := oxm.IPv4Src, oxm.IPv4Dst, oxm.IPProto
	if o.DLType == packet.EtherTypeARP {
		src, dst, proto = oxm.ARPSPA, oxm.ARPTPA, oxm.ARPOp
	}
	if p := o.NwSrcPrefix(); p.Bits() > 0 {
		m = m.prefix(o.DLType, src, p)
	}
	if p := o.NwDstPrefix(); p.Bits() > 0 {
		m = m.prefix(o.DLType, dst, p)
	}
	if o.Wildcards&of10.WildNwTOS == 0 {
		m = m.Uint(oxm.IPDSCP, uint64(o.NwTOS>>2))
	}
	if o.Wildcards&of10.WildNwProto != 0 {
		return m
	}
	m = m.Uint(proto, uint64(o.NwProto))
	return m.transport10(o)
}

func (m Match) transport10(o *of10.Match) Match {
	fields := map[uint8][2]oxm.Field{packet.ProtoTCP: {oxm.TCPSrc, oxm.TCPDst}, packet.ProtoUDP: {oxm.UDPSrc, oxm.UDPDst},
		packet.ProtoICMP: {oxm.ICMPv4Type, oxm.ICMPv4Code}}
	f, ok := fields[o.NwProto]
	if !ok || o.DLType != packet.EtherTypeIPv4 {
		return m
	}
	if o.Wildcards&of10.WildTpSrc == 0 {
		m = m.Uint(f[0], uint64(o.TpSrc))
	}
	if o.Wildcards&of10.WildTpDst == 0 {
		m = m.Uint(f[1], uint64(o.TpDst))
	}
	return m
}
