package oxm

import "math/bits"

// How much of a field the match of OpenFlow 1.0 can have.
const (
	of10Exact = 1 + iota // all of it
	of10CIDR             // a prefix of it
)

// of10Fields are the fields of OpenFlow 1.0 (5.2.3 there), under their names of today.
var of10Fields = map[Field]int{
	NXInPort: of10Exact, EthSrc: of10Exact, EthDst: of10Exact, EthType: of10Exact,
	NXVLANTCI: of10Exact, VLANVID: of10Exact, VLANPCP: of10Exact, IPv4Src: of10CIDR, IPv4Dst: of10CIDR,
	IPProto: of10Exact, NXIPTOS: of10Exact, IPDSCP: of10Exact, ARPOp: of10Exact, ARPSPA: of10CIDR, ARPTPA: of10CIDR,
	TCPSrc: of10Exact, TCPDst: of10Exact, UDPSrc: of10Exact, UDPDst: of10Exact, ICMPv4Type: of10Exact,
	ICMPv4Code: of10Exact,
}

// InOF10 says whether the match of OpenFlow 1.0 has the field and can have this mask, nil for all of the field.
func (i *Info) InOF10(mask []byte) bool {
	kind := of10Fields[i.Field]
	if mask == nil || all(mask, 0xff) || kind == 0 {
		return kind != 0
	}
	return kind == of10CIDR && isPrefix(mask)
}

// isPrefix says whether the ones of a mask of four bytes come before its zeros.
func isPrefix(mask []byte) bool {
	m := uint32(bytesUint(mask))
	return bits.LeadingZeros32(^m)+bits.TrailingZeros32(m) >= 32
}
