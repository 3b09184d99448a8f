package oxm

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"slices"
)

// Canonical is the field under its first name: of several the one that OpenFlow 1.3 uses, mostly of class 0x8000.
func (f Field) Canonical() Field {
	if c, ok := twins[f]; ok {
		return c
	}
	return f
}

// twins are the fields of NXM that are the same, bit for bit, as a field of OXM. Those whose bits differ (in_port,
// vlan_tci, ip_tos) are not the same field.
var twins = map[Field]Field{
	NXEthDst: EthDst, NXEthSrc: EthSrc, NXEthType: EthType, NXIPProto: IPProto, NXIPv4Src: IPv4Src, NXIPv4Dst: IPv4Dst,
	NXTCPSrc: TCPSrc, NXTCPDst: TCPDst, NXUDPSrc: UDPSrc, NXUDPDst: UDPDst, NXICMPv4Type: ICMPv4Type,
	NXICMPv4Code: ICMPv4Code, NXARPOp: ARPOp, NXARPSPA: ARPSPA, NXARPTPA: ARPTPA, NXTunnelID: TunnelID, NXARPSHA: ARPSHA,
	NXARPTHA: ARPTHA, NXIPv6Src: IPv6Src, NXIPv6Dst: IPv6Dst, NXICMPv6Type: ICMPv6Type, NXICMPv6Code: ICMPv6Code,
	NXNDTarget: NDTarget, NXNDSLL: NDSLL, NXNDTLL: NDTLL, NXIPv6FlowLabel: IPv6FlowLabel, NXIPECN: IPECN,
	NXTCPFlags: TCPFlags, TCPFlags15: TCPFlags, ActsetOutput15: ActsetOutput, ETDPHash: DPHash,
}

// AppendCanonical appends m in canonical form to b: fields in one order and under their first names, without masks of
// all ones and without fields under a mask of all zeros. A match that cannot be walked is appended as it is.
func (m Match) AppendCanonical(b []byte) []byte {
	if m.isCanonical() { // as nearly all that a switch tells: it has them from us
		return append(b, m...)
	}
	return m.appendSorted(b)
}

// isCanonical reports whether the fields of m are in order, with their first names and with no mask that says nothing.
func (m Match) isCanonical() bool {
	last := Field(0)
	for rest := m; len(rest) > 0; {
		t, r, err := rest.Next()
		if err != nil || t.Field <= last || t.Field != t.Field.Canonical() ||
			t.Mask != nil && (all(t.Mask, 0) || all(t.Mask, 0xff)) {
			return false
		}
		rest, last = r, t.Field
	}
	return true
}

func (m Match) appendSorted(b []byte) []byte {
	var buf [24]TLV
	tlvs := buf[:0]
	for rest := m; len(rest) > 0; {
		t, r, err := rest.Next()
		if err != nil {
			return append(b, m...)
		}
		rest = r
		if t.Mask != nil && all(t.Mask, 0) {
			continue
		}
		if t.Mask != nil && all(t.Mask, 0xff) {
			t.Mask = nil
		}
		t.Field = t.Field.Canonical()
		tlvs = append(tlvs, t)
	}
	slices.SortFunc(tlvs, func(a, b TLV) int {
		return cmp.Or(cmp.Compare(a.Field, b.Field), bytes.Compare(a.Value,
			b.Value))
	})
	out := Match(b)
	for _, t := range tlvs {
		out = out.Add(t)
	}
	return out
}

func all(b []byte, v byte) bool {
	for _, c := range b {
		if c != v {
			return false
		}
	}
	return true
}

// AppendHeader appends the header of f without mask, as actions name a field: four bytes, or eight with an
// experimenter.
func (f Field) AppendHeader(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, f.Header())
	if f.Class() == ClassExperimenter {
		b = binary.BigEndian.AppendUint32(b, f.Experimenter())
	}
	return b
}
