package oxm

// part is where in a Flow the value of a field is. Fields that the switch keeps in one place have one part: ports of
// TCP, UDP and SCTP and the type and code of ICMP.
type part struct {
	at     uint16 // first byte
	n      uint8  // bytes
	shift  uint8  // the value's lowest bit
	port16 bool   // the value is a port of OpenFlow 1.0
	keep   uint64 // bits that are the field's; 0 for a part that is the value as it is on the wire
	also   uint64 // bits that a value sets besides its own
	full   uint64 // bits that, all under the mask, mean all bits
}

// Places of a Flow.
const (
	atPacketType  = 0
	atInPort      = atPacketType + 4
	atDPHash      = atInPort + 4
	atRecircID    = atDPHash + 4
	atConjID      = atRecircID + 4
	atActset      = atConjID + 4
	atPktMark     = atActset + 4
	atCTState     = atPktMark + 4
	atCTMark      = atCTState + 4
	atCTZone      = atCTMark + 4
	atCTNwProto   = atCTZone + 2
	atCTTpSrc     = atCTNwProto + 1
	atCTTpDst     = atCTTpSrc + 2
	atCTLabel     = atCTTpDst + 2
	atCTNwSrc     = atCTLabel + 16
	atCTNwDst     = atCTNwSrc + 4
	atCTIPv6Src   = atCTNwDst + 4
	atCTIPv6Dst   = atCTIPv6Src + 16
	atRegs        = atCTIPv6Dst + 16
	atMetadata    = atRegs + 4*RegCount
	atTunID       = atMetadata + 8
	atTunSrc      = atTunID + 8
	atTunDst      = atTunSrc + 4
	atTunIPv6Src  = atTunDst + 4
	atTunIPv6Dst  = atTunIPv6Src + 16
	atTunFlags    = atTunIPv6Dst + 16
	atGBPID       = atTunFlags + 2
	atGBPFlags    = atGBPID + 2
	atERSPANVer   = atGBPFlags + 1
	atERSPANDir   = atERSPANVer + 1
	atERSPANHwID  = atERSPANDir + 1
	atERSPANIdx   = atERSPANHwID + 1
	atGTPUFlags   = atERSPANIdx + 4
	atGTPUMsgType = atGTPUFlags + 1
	atEthType     = atGTPUMsgType + 1
	atEthSrc      = atEthType + 2
	atEthDst      = atEthSrc + 6
	atVLAN        = atEthDst + 6
	atTOS         = atVLAN + 2
	atTTL         = atTOS + 1
	atMPLS        = atTTL + 1
	atNwSrc       = atMPLS + 4
	atNwDst       = atNwSrc + 4
	atNwProto     = atNwDst + 4
	atFrag        = atNwProto + 1
	atTpSrc       = atFrag + 1
	atTpDst       = atTpSrc + 2
	atTCPFlags    = atTpDst + 2
	atIPv6Src     = atTCPFlags + 2
	atIPv6Dst     = atIPv6Src + 16
	atLabel       = atIPv6Dst + 16
	atARPSHA      = atLabel + 4
	atARPTHA      = atARPSHA + 6
	atNDTarget    = atARPTHA + 6
	atNDReserved  = atNDTarget + 16
	atNSHFlags    = atNDReserved + 4
	atNSHTTL      = atNSHFlags + 1
	atNSHMDType   = atNSHTTL + 1
	atNSHNP       = atNSHMDType + 1
	atNSHPath     = atNSHNP + 1
	atNSHContext  = atNSHPath + 4
	flowLen       = atNSHContext + 16
)

// Bits of a VLAN tag and of the labels that several fields share.
const (
	vlanCFI  = 0x1000
	vlanPCP  = 0xe000
	vlanVID  = 0x1fff
	dscpBits = 0xfc
	ecnBits  = 0x03
	fragBits = 0x03
	lateBit  = 0x02
)
