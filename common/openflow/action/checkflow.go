package action

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// CheckFlow says what Open vSwitch would say of a flow that is added: what CheckInstructions says of what it does, and
// whether that goes with what it matches: an action on a header asks for a match that has it, unless actions before it
// have put it there. match is nil if that is everything, table is that of the flow, 255 if it is not known.
func CheckFlow(v openflow.Version, match *oxm.Flow, table uint8, instructions []byte) error {
	c := checker{v: v}
	list, err := c.flow(instructions)
	if err != nil {
		return err
	}
	s := packets{strict: v != openflow.Version10, table: table}
	if match != nil {
		s.flow = *match
	}
	return s.list(v, list)
}

// packets is what is known of the packets that come to an action.
type packets struct {
	flow   oxm.Flow
	under  uint16 // the VLAN tag under the outermost, which flow has
	strict bool   // OpenFlow 1.0 lets actions do nothing that do not go with the match
	table  uint8
}

func (s *packets) list(v openflow.Version, list []placed) error {
	for _, a := range list {
		if err := s.action(v, a.Action); err != nil {
			return locate(a.at, a.Action, err)
		}
	}
	return nil
}

// inner checks the actions inside of another one, which have no effect outside.
func (s *packets) inner(v openflow.Version, actions []byte) error {
	in := *s
	return walk(0, actions, func(_ int, raw []byte) error {
		a, err := decodeOne(v, raw)
		if err != nil {
			return err
		}
		if err := in.action(v, a); err != nil {
			return fmt.Errorf("%s: %w", nameOfAction(a), err)
		}
		return nil
	})
}

func (s *packets) action(v openflow.Version, a Action) error {
	switch a := a.(type) {
	case *Clone:
		return s.inner(v, a.Actions)
	case *WriteActions:
		in := *s
		in.strict = false // an action set is done on packets that nobody knows yet
		return in.inner(v, a.Actions)
	case *CT:
		if err := s.ct(a); err != nil || a.ZoneSrc != 0 {
			return err
		}
		return s.inner(v, a.Actions)
	case *GotoTable:
		if s.table != anyTable && a.Table <= s.table {
			return fmt.Errorf("table %d from table %d: %w", a.Table, s.table, ErrTable)
		}
	case *Meter:
		if a.Meter == 0 || a.Meter > meterMax {
			return fmt.Errorf("meter %d: %w", a.Meter, ErrMeter)
		}
	default:
		return first(s.standard(a), s.vlan(a), s.fields(a), s.packet(a))
	}
	return nil
}

// lacks is the error of an action that asks for more of the match, where the version makes it one.
func (s *packets) lacks(what string) error {
	if !s.strict {
		return nil
	}
	return fmt.Errorf("%w: %s is needed", ErrMatch, what)
}

func (s *packets) needs(p oxm.Prereq) error {
	if s.flow.Meets(p) {
		return nil
	}
	return s.lacks(p.String())
}

func (s *packets) standard(a Action) error {
	switch a := a.(type) {
	case *SetNwSrc10, *SetNwDst10, *SetNwSrc, *SetNwDst:
		return s.needs(oxm.NeedIPv4)
	case *SetNwTOS10, *SetNwTOS, *SetNwECN, *SetNwTTL, *DecNwTTL, *NXDecTTL, *DecTTLCntIDs:
		return s.needs(oxm.NeedIP)
	case *SetTpSrc10, *SetTpDst10, *SetTpSrc, *SetTpDst:
		if !s.flow.Meets(oxm.NeedTCP) && !s.flow.Meets(oxm.NeedUDP) && !s.flow.Meets(oxm.NeedSCTP) {
			return s.lacks("tcp, udp or sctp")
		}
	case *SetMPLSLabel, *SetMPLSTC, *SetMPLSTTL, *DecMPLSTTL, *NXSetMPLSLabel, *NXSetMPLSTC, *NXSetMPLSTTL,
		*NXDecMPLSTTL:
		return s.needs(oxm.NeedMPLS)
	case *FinTimeout:
		if s.get(oxm.IPProto) != protoTCP {
			return s.lacks("tcp")
		}
	case *OutputTrunc:
		return outPort(a.Port)
	case *ResubmitTableCT:
		if !s.flow.Meets(oxm.NeedCT) {
			return fmt.Errorf("%w: %s is needed", ErrMatch, oxm.NeedCT)
		}
	}
	return nil
}

// Bits of VLAN tags and of the state of a connection.
const (
	tagThere  = 0x1000
	ctInvalid = 0x10
)

func (s *packets) vlan(a Action) error {
	tag := uint16(s.get(oxm.NXVLANTCI))
	switch a.(type) {
	case *SetVLANVID10, *SetVLANPCP10:
		s.set(oxm.NXVLANTCI, uint64(tag|tagThere))
	case *SetVLANVID, *SetVLANPCP:
		s.set(oxm.NXVLANTCI, uint64(tag|tagThere))
		if tag&tagThere == 0 {
			return s.lacks("a VLAN tag")
		}
	case *StripVLAN10, *PopVLAN:
		if tag&tagThere == 0 {
			return s.lacks("a VLAN tag")
		}
		if s.under&tagThere == 0 {
			s.set(oxm.NXVLANTCI, 0)
		} else {
			s.set(oxm.NXVLANTCI, uint64(s.under))
			s.under = 0
		}
	case *PushVLAN:
		if s.under&tagThere != 0 {
			return ErrTag
		}
		s.under = tag
		s.set(oxm.NXVLANTCI, tagThere)
	}
	return nil
}

// get is a field of up to eight bytes, 0 where it is not matched.
func (s *packets) get(f oxm.Field) uint64 {
	v, _ := s.flow.Uint(f.Info())
	return v
}

// set makes the packets have a value, one that the field can have.
func (s *packets) set(f oxm.Field, v uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	_ = s.flow.Set(oxm.TLV{Field: f, Value: b[8-f.Len():]})
}

// packet is about actions that make another kind of packet.
func (s *packets) packet(a Action) error {
	switch a := a.(type) {
	case *PushMPLS:
		return s.pushMPLS(a.EthType)
	case *NXPushMPLS:
		return s.pushMPLS(a.EthType)
	case *PopMPLS:
		return s.popMPLS(a.EthType)
	case *NXPopMPLS:
		return s.popMPLS(a.EthType)
	case *Encap:
		s.set(oxm.PacketType, uint64(a.PacketType))
		if a.PacketType>>16 == nsEthertype {
			s.set(oxm.EthType, uint64(a.PacketType&0xffff))
		}
		if !s.flow.Meets(oxm.NeedIP) {
			s.set(oxm.IPProto, 0)
		}
	case *Decap:
		if s.get(oxm.PacketType) == 0 {
			s.set(oxm.PacketType, nsEthertype<<16|s.get(oxm.EthType))
		} else {
			s.set(oxm.PacketType, packetNotKnown)
			s.set(oxm.EthType, 0xffff)
		}
	case *DecNSHTTL:
		if s.get(oxm.PacketType) != uint64(PacketNSH) && s.get(oxm.EthType) != uint64(PacketNSH&0xffff) {
			return s.lacks("an NSH packet")
		}
	}
	return nil
}

// packetNotKnown is the type of what was inside of a packet of unknown type.
const packetNotKnown = 0xffffffff

func (s *packets) pushMPLS(ethType uint16) error {
	err := s.needs(oxm.NeedEthernet)
	s.set(oxm.EthType, uint64(ethType))
	s.set(oxm.IPProto, 0)
	return err
}

func (s *packets) popMPLS(ethType uint16) error {
	err := first(s.needs(oxm.NeedEthernet), s.needs(oxm.NeedMPLS))
	s.set(oxm.EthType, uint64(ethType))
	return err
}
