package ofp

import (
	"encoding/binary"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// standard is a match of OpenFlow 1.1, which Open vSwitch also takes where a match of 1.3 is expected: fixed fields,
// of which bits say that they do not count (openflow-1.1.h, struct ofp11_match without its head). A set bit of a mask
// does not count.
type standard []byte

// Where the fields are.
const (
	stdInPort, stdWildcards, stdDLSrc, stdDLDst = 0, 4, 8, 20
	stdVLAN, stdPCP, stdDLType, stdTOS          = 32, 34, 36, 38
	stdProto, stdNwSrc, stdNwDst                = 39, 40, 48
	stdTpSrc, stdTpDst, stdLabel, stdTC         = 56, 58, 60, 64
	stdMetadata                                 = 68
)

// Bits of the wildcards.
const (
	anyInPort = 1 << iota
	anyVLAN
	anyPCP
	anyDLType
	anyTOS
	anyProto
	anyTpSrc
	anyTpDst
	anyLabel
	anyTC
)

// VLANs that stand for all and for none.
const (
	stdVLANAny  = 0xfffe
	stdVLANNone = 0xffff
)

func (m standard) u16(at int) uint16      { return binary.BigEndian.Uint16(m[at:]) }
func (m standard) has(bit uint16) bool    { return m.u16(stdWildcards+2)&bit == 0 }
func (m standard) bytes(at, n int) []byte { return m[at : at+n : at+n] }

// flow is what the match matches. Errors count from the start of the fields.
func (m standard) flow() (*oxm.Flow, error) {
	w := &oxm.Flow{}
	if m.has(anyInPort) {
		if err := (spot{stdInPort, "InPort"}).checkPort(binary.BigEndian.Uint32(m)); err != nil {
			return nil, spot{stdInPort, "InPort"}.refuse(badMatchValue, "no number of a port")
		}
		_ = w.Set(oxm.TLV{Field: oxm.NXInPort, Value: m.bytes(stdInPort+2, 2)})
	}
	m.masked(w, oxm.EthSrc, stdDLSrc, 6)
	m.masked(w, oxm.EthDst, stdDLDst, 6)
	if err := m.vlan(w); err != nil {
		return nil, err
	}
	if m.has(anyDLType) {
		_ = w.Set(oxm.TLV{Field: oxm.EthType, Value: m.bytes(stdDLType, 2)})
		if err := m.network(w, m.u16(stdDLType)); err != nil {
			return nil, err
		}
	}
	m.masked(w, oxm.Metadata, stdMetadata, 8)
	return w, nil
}

// masked sets a field whose mask, in which set bits do not count, follows it.
func (m standard) masked(w *oxm.Flow, f oxm.Field, at, n int) {
	value, mask := make([]byte, n), make([]byte, n)
	any := true
	for k := range n {
		mask[k] = ^m[at+n+k]
		value[k] = m[at+k] & mask[k]
		any = any && mask[k] == 0
	}
	if !any {
		_ = w.Set(oxm.TLV{Field: f, Value: value, Mask: mask})
	}
}

func (m standard) vlan(w *oxm.Flow) error {
	if !m.has(anyVLAN) {
		return nil
	}
	vid, pcp := m.u16(stdVLAN), m[stdPCP]
	value, mask := uint16(0), uint16(0xffff)
	if vid != stdVLANNone {
		value, mask = vlanCFI, vlanCFI
		switch {
		case vid == stdVLANAny:
		case vid > vidMask:
			return spot{stdVLAN, "VLAN"}.refuse(badMatchValue, "%#x: expected up to %#x", vid, vidMask)
		default:
			value, mask = value|vid, mask|vidMask
		}
		switch {
		case !m.has(anyPCP):
		case pcp > pcpBits:
			return spot{stdPCP, "VLANPCP"}.refuse(badMatchValue, "%d: expected up to %d", pcp, pcpBits)
		default:
			value, mask = value|uint16(pcp)<<pcpShift, mask|pcpMask
		}
	}
	_ = w.Set(oxm.TLV{Field: oxm.NXVLANTCI, Value: binary.BigEndian.AppendUint16(nil, value),
		Mask: binary.BigEndian.AppendUint16(nil, mask)})
	return nil
}

// network sets the fields that the Ethernet type has.
func (m standard) network(w *oxm.Flow, dlType uint16) error {
	switch dlType {
	case ethIPv4, ethARP, ethRARP:
	case ethMPLS, ethMPLSMany:
		m.mpls(w)
		return nil
	default:
		return nil
	}
	if dlType == ethIPv4 && m.has(anyTOS) {
		if tos := m[stdTOS]; tos&^dscpMask != 0 {
			return spot{stdTOS, "NwTOS"}.refuse(badMatchValue, "%#x: expected no bits outside of %#x", tos, dscpMask)
		}
		_ = w.Set(oxm.TLV{Field: oxm.NXIPTOS, Value: m.bytes(stdTOS, 1)})
	}
	if m.has(anyProto) {
		_ = w.Set(oxm.TLV{Field: oxm.IPProto, Value: m.bytes(stdProto, 1)})
	}
	m.masked(w, oxm.IPv4Src, stdNwSrc, 4)
	m.masked(w, oxm.IPv4Dst, stdNwDst, 4)
	if dlType == ethIPv4 && m.has(anyProto) {
		return m.ports(w)
	}
	return nil
}

func (m standard) ports(w *oxm.Flow) error {
	proto := m[stdProto]
	switch proto {
	case protoICMP, protoTCP, protoUDP, protoSCTP:
	default:
		return nil
	}
	for _, p := range []struct {
		bit   uint16
		at    int
		field oxm.Field
	}{{anyTpSrc, stdTpSrc, oxm.TCPSrc}, {anyTpDst, stdTpDst, oxm.TCPDst}} {
		if !m.has(p.bit) {
			continue
		}
		if v := m.u16(p.at); proto == protoICMP && v > 0xff {
			return spot{p.at, "TpSrc or TpDst"}.refuse("OFPBMC_BAD_FIELD", "%d: no type or code of ICMP", v)
		}
		_ = w.Set(oxm.TLV{Field: p.field, Value: m.bytes(p.at, 2)})
	}
	return nil
}

func (m standard) mpls(w *oxm.Flow) {
	if m.has(anyLabel) {
		label := append([]byte(nil), m.bytes(stdLabel, 4)...)
		label[0], label[1] = 0, label[1]&0x0f
		_ = w.Set(oxm.TLV{Field: oxm.MPLSLabel, Value: label})
	}
	if m.has(anyTC) {
		_ = w.Set(oxm.TLV{Field: oxm.MPLSTC, Value: []byte{m[stdTC] & pcpBits}})
	}
}

// flow13 takes a match of OpenFlow 1.3 apart, of either type. Errors count from after its head.
func flow13(m *of13.Match) (*oxm.Flow, error) {
	if m.Standard != nil {
		return standard(m.Standard).flow()
	}
	return flowOf(m.Fields)
}

// check13 is Check of the fields; a match of the other type has been checked when it was taken apart.
func check13(m *of13.Match) error {
	if m.Standard != nil {
		return nil
	}
	return m.Fields.Check()
}
