package action

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/fieldtext"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const (
	ethVLAN      = 0x8100
	ethVLANOuter = 0x88a8
	ethMPLS      = 0x8847
	ethMPLSMany  = 0x8848
)

// parseMAC makes the action that sets an Ethernet address.
func parseMAC(f oxm.Field) func(*list, arg) error {
	return func(l *list, a arg) error {
		v, mask, err := fieldtext.ParseField(f.Info(), a.s)
		if err != nil || mask != nil {
			return a.errorf("%q: expected an Ethernet address", a.s)
		}
		return l.modify(f, v)
	}
}

// parseIP makes the action that sets an IPv4 address.
func parseIP(f oxm.Field) func(*list, arg) error {
	return func(l *list, a arg) error {
		v, mask, err := fieldtext.ParseField(f.Info(), a.s)
		if err != nil || mask != nil {
			return a.errorf("%q: expected an IPv4 address", a.s)
		}
		if err := l.needsPrereq(a, oxm.NeedIPv4); err != nil {
			return err
		}
		return l.modify(f, v)
	}
}

// modify sets a field by the action that OpenFlow 1.0 has for it, or by set_field. The action is none that ct can have,
// so that the field is not remembered.
func (l *list) modify(f oxm.Field, v []byte) error {
	err := l.setField(f.Info(), v, nil)
	l.dst = nil
	return err
}

// parseVLANVID sets the VLAN. push adds a tag where there is none, as OpenFlow 1.0 does.
func parseVLANVID(push bool) func(*list, arg) error {
	return func(l *list, a arg) error {
		vid, err := a.atMost(0xfff)
		if err != nil {
			return err
		}
		if err := l.tagFor(a, push); err != nil {
			return err
		}
		return l.modify(oxm.VLANVID, binary.BigEndian.AppendUint16(nil, uint16(vid)|0x1000))
	}
}

func parseVLANPCP(push bool) func(*list, arg) error {
	return func(l *list, a arg) error {
		pcp, err := a.atMost(7)
		if err != nil {
			return err
		}
		if err := l.tagFor(a, push); err != nil {
			return err
		}
		return l.modify(oxm.VLANPCP, []byte{byte(pcp)})
	}
}

// tagFor makes sure that the packet has a tag: in OpenFlow 1.3 by a push if the match does not say that there is one.
func (l *list) tagFor(a arg, push bool) error {
	tagged := l.packet != nil && l.packet.tags[0]
	if !push {
		if err := l.needs(a, func(p *packet) bool { return p.tags[0] }, oxm.NeedVLAN.String()); err != nil {
			return err
		}
	}
	if l.packet != nil {
		l.packet.tag(true)
	}
	if tagged || !push || l.is10() {
		return nil
	}
	return l.add(&PushVLAN{EthType: ethVLAN})
}

func parseStripVLAN(l *list, a arg) error {
	if err := l.needs(a, func(p *packet) bool { return p.tags[0] }, oxm.NeedVLAN.String()); err != nil {
		return err
	}
	if l.packet != nil {
		l.packet.pop()
	}
	if l.is10() {
		return l.add(&StripVLAN10{})
	}
	return l.add(&PopVLAN{})
}

func parsePushVLAN(l *list, a arg) error {
	if err := l.narrow(a, FormatOF13, fmt.Errorf("%w: expected mod_vlan_vid, which adds a tag", ErrVersion)); err != nil {
		return err
	}
	typ, err := a.u16()
	if err == nil && typ != ethVLAN && typ != ethVLANOuter {
		err = a.errorf("%q: expected 0x8100 or 0x88a8", a.s)
	}
	if err != nil {
		return err
	}
	if l.packet != nil && !l.packet.push() {
		return a.errorf("expected no more than two tags, those that the flow matches included")
	}
	return l.add(&PushVLAN{EthType: typ})
}

func parseNwTOS(l *list, a arg) error {
	tos, err := a.u8()
	if err == nil && tos&3 != 0 {
		err = a.errorf("%q: expected a TOS without the two bits of ECN", a.s)
	}
	if err == nil {
		err = l.needsPrereq(a, oxm.NeedIP)
	}
	if err != nil {
		return err
	}
	return l.modify(oxm.IPDSCP, []byte{tos >> 2})
}

func parseNwECN(l *list, a arg) error {
	ecn, err := a.atMost(3)
	if err == nil {
		err = l.needsPrereq(a, oxm.NeedIP)
	}
	if err != nil {
		return err
	}
	return l.modify(oxm.IPECN, []byte{byte(ecn)})
}

func parseNwTTL(l *list, a arg) error {
	ttl, err := a.u8()
	if err == nil {
		err = l.needsPrereq(a, oxm.NeedIP)
	}
	switch {
	case err != nil:
		return err
	case l.is10():
		return l.modify(oxm.IPTTL, []byte{ttl})
	}
	return l.add(&SetNwTTL{TTL: ttl})
}

const (
	protoTCP  = 6
	protoUDP  = 17
	protoSCTP = 132
)

// parseTpPort sets a port: in OpenFlow 1.3 that of the protocol that the flow matches, and by the action of OpenFlow
// 1.1 where that is not known.
func parseTpPort(tcp, udp, sctp oxm.Field) func(*list, arg) error {
	return func(l *list, a arg) error {
		port, err := a.u16()
		if err == nil {
			err = l.needs(a, func(p *packet) bool {
				return p.flow.Meets(oxm.NeedTCP) || p.flow.Meets(oxm.NeedUDP) || p.flow.Meets(oxm.NeedSCTP)
			}, "tcp, udp or sctp")
		}
		if err != nil {
			return err
		}
		fields := map[uint64]oxm.Field{protoTCP: tcp, protoUDP: udp, protoSCTP: sctp}
		switch {
		case l.is10():
			return l.modify(tcp, binary.BigEndian.AppendUint16(nil, port))
		case l.packet != nil && fields[l.packet.proto()] != 0:
			return l.modify(fields[l.packet.proto()], binary.BigEndian.AppendUint16(nil, port))
		case tcp == oxm.TCPSrc:
			return l.add(&SetTpSrc{Port: port})
		}
		return l.add(&SetTpDst{Port: port})
	}
}

func parseDecTTL(l *list, a arg) error {
	if err := l.needsPrereq(a, oxm.NeedIP); err != nil {
		return err
	}
	switch {
	case a.s != "":
		return parseDecTTLCntIDs(l, a)
	case l.is10():
		return l.add(&NXDecTTL{})
	}
	return l.add(&DecNwTTL{})
}

func parseDecTTLCntIDs(l *list, a arg) error {
	var d DecTTLCntIDs
	for _, w := range a.words(", ") {
		id, err := w.decimal(16)
		if err != nil {
			return err
		}
		d.IDs = append(d.IDs, uint16(id))
	}
	if len(d.IDs) == 0 {
		return a.errorf("expected the id of a controller")
	}
	d.N = uint16(len(d.IDs))
	return l.add(&d)
}

// parseMPLS sets a field of MPLS of so many bits.
func parseMPLS(f oxm.Field, old func(uint64) Action) func(*list, arg) error {
	return func(l *list, a arg) error {
		v, err := a.atMost(1<<f.Info().Bits - 1)
		if err == nil {
			err = l.needsPrereq(a, oxm.NeedMPLS)
		}
		switch {
		case err != nil:
			return err
		case l.is10():
			return l.add(old(v))
		case f == oxm.MPLSTTL:
			return l.add(&SetMPLSTTL{TTL: uint8(v)})
		}
		b := make([]byte, f.Len())
		fieldtext.PutUint(b, v)
		return l.modify(f, b)
	}
}

func parseDecMPLSTTL(l *list, a arg) error {
	if err := l.needsPrereq(a, oxm.NeedMPLS); err != nil {
		return err
	}
	if l.is10() {
		return l.add(&NXDecMPLSTTL{})
	}
	return l.add(&DecMPLSTTL{})
}

func parsePushMPLS(l *list, a arg) error {
	typ, err := a.u16()
	if err == nil && typ != ethMPLS && typ != ethMPLSMany {
		err = a.errorf("%q: expected 0x8847 or 0x8848", a.s)
	}
	if err == nil {
		err = l.needs(a, func(p *packet) bool { return p.packetType() == 0 }, "packets of Ethernet")
	}
	if err != nil {
		return err
	}
	if l.packet != nil {
		l.packet.set(oxm.EthType, uint64(typ))
		l.packet.set(oxm.IPProto, 0)
	}
	if l.is10() {
		return l.add(&NXPushMPLS{EthType: typ})
	}
	return l.add(&PushMPLS{EthType: typ})
}

func parsePopMPLS(l *list, a arg) error {
	typ, err := a.u16()
	if err == nil {
		err = l.needs(a, func(p *packet) bool { return p.packetType() == 0 && p.flow.Meets(oxm.NeedMPLS) },
			oxm.NeedMPLS.String())
	}
	if err != nil {
		return err
	}
	if l.packet != nil {
		l.packet.set(oxm.EthType, uint64(typ))
	}
	if l.is10() {
		return l.add(&NXPopMPLS{EthType: typ})
	}
	return l.add(&PopMPLS{EthType: typ})
}

// parseTunnel sets the tunnel id; wide says that OpenFlow 1.0 is to use 64 bits for it also where 32 are enough.
func parseTunnel(wide bool) func(*list, arg) error {
	return func(l *list, a arg) error {
		id, err := a.wrapping(64)
		switch {
		case err != nil:
			return err
		case !l.is10():
			return l.modify(oxm.TunnelID, binary.BigEndian.AppendUint64(nil, id))
		case wide || id>>32 != 0:
			return l.add(&SetTunnel64{TunnelID: id})
		}
		return l.add(&SetTunnel{TunnelID: uint32(id)})
	}
}

func parseSetQueue(l *list, a arg) error {
	queue, err := a.u32()
	switch {
	case err != nil:
		return err
	case l.is10():
		return l.add(&NXSetQueue{Queue: queue})
	}
	return l.add(&SetQueue{Queue: queue})
}
