package oxm

// Bases of the constants below: class<<48 | number<<41 | length<<32. Those of experimenters have the length of the
// experimenter's id, to which that of the value is added.
const (
	basic Field = ClassBasic << classShift
	nxm0  Field = ClassNXM0 << classShift
	nxm1  Field = ClassNXM1 << classShift
	eric  Field = ClassEricsson << classShift
	onf   Field = ClassExperimenter<<classShift | expIDLen<<lenShift | expONF
	et    Field = ClassExperimenter<<classShift | expIDLen<<lenShift | expNXM
	nsh   Field = ClassExperimenter<<classShift | expIDLen<<lenShift | expNSH
)

// Fields of OpenFlow 1.3 (7.2.3.7), and those of class 0x8000 that came later.
const (
	InPort         = basic | 0<<numberShift | 4<<lenShift
	InPhyPort      = basic | 1<<numberShift | 4<<lenShift
	Metadata       = basic | 2<<numberShift | 8<<lenShift
	EthDst         = basic | 3<<numberShift | 6<<lenShift
	EthSrc         = basic | 4<<numberShift | 6<<lenShift
	EthType        = basic | 5<<numberShift | 2<<lenShift
	VLANVID        = basic | 6<<numberShift | 2<<lenShift
	VLANPCP        = basic | 7<<numberShift | 1<<lenShift
	IPDSCP         = basic | 8<<numberShift | 1<<lenShift
	IPECN          = basic | 9<<numberShift | 1<<lenShift
	IPProto        = basic | 10<<numberShift | 1<<lenShift
	IPv4Src        = basic | 11<<numberShift | 4<<lenShift
	IPv4Dst        = basic | 12<<numberShift | 4<<lenShift
	TCPSrc         = basic | 13<<numberShift | 2<<lenShift
	TCPDst         = basic | 14<<numberShift | 2<<lenShift
	UDPSrc         = basic | 15<<numberShift | 2<<lenShift
	UDPDst         = basic | 16<<numberShift | 2<<lenShift
	SCTPSrc        = basic | 17<<numberShift | 2<<lenShift
	SCTPDst        = basic | 18<<numberShift | 2<<lenShift
	ICMPv4Type     = basic | 19<<numberShift | 1<<lenShift
	ICMPv4Code     = basic | 20<<numberShift | 1<<lenShift
	ARPOp          = basic | 21<<numberShift | 2<<lenShift
	ARPSPA         = basic | 22<<numberShift | 4<<lenShift
	ARPTPA         = basic | 23<<numberShift | 4<<lenShift
	ARPSHA         = basic | 24<<numberShift | 6<<lenShift
	ARPTHA         = basic | 25<<numberShift | 6<<lenShift
	IPv6Src        = basic | 26<<numberShift | 16<<lenShift
	IPv6Dst        = basic | 27<<numberShift | 16<<lenShift
	IPv6FlowLabel  = basic | 28<<numberShift | 4<<lenShift
	ICMPv6Type     = basic | 29<<numberShift | 1<<lenShift
	ICMPv6Code     = basic | 30<<numberShift | 1<<lenShift
	NDTarget       = basic | 31<<numberShift | 16<<lenShift
	NDSLL          = basic | 32<<numberShift | 6<<lenShift
	NDTLL          = basic | 33<<numberShift | 6<<lenShift
	MPLSLabel      = basic | 34<<numberShift | 4<<lenShift
	MPLSTC         = basic | 35<<numberShift | 1<<lenShift
	MPLSBOS        = basic | 36<<numberShift | 1<<lenShift
	PBBISID        = basic | 37<<numberShift | 3<<lenShift
	TunnelID       = basic | 38<<numberShift | 8<<lenShift
	IPv6ExtHdr     = basic | 39<<numberShift | 2<<lenShift
	PBBUCA         = basic | 41<<numberShift | 1<<lenShift
	TCPFlags15     = basic | 42<<numberShift | 2<<lenShift
	ActsetOutput15 = basic | 43<<numberShift | 4<<lenShift
	PacketType     = basic | 44<<numberShift | 4<<lenShift
)

// Fields of OpenFlow 1.0 as NXM has them (class 0). Canonical turns them into those of class 0x8000.
const (
	NXInPort     = nxm0 | 0<<numberShift | 2<<lenShift
	NXEthDst     = nxm0 | 1<<numberShift | 6<<lenShift
	NXEthSrc     = nxm0 | 2<<numberShift | 6<<lenShift
	NXEthType    = nxm0 | 3<<numberShift | 2<<lenShift
	NXVLANTCI    = nxm0 | 4<<numberShift | 2<<lenShift
	NXIPTOS      = nxm0 | 5<<numberShift | 1<<lenShift
	NXIPProto    = nxm0 | 6<<numberShift | 1<<lenShift
	NXIPv4Src    = nxm0 | 7<<numberShift | 4<<lenShift
	NXIPv4Dst    = nxm0 | 8<<numberShift | 4<<lenShift
	NXTCPSrc     = nxm0 | 9<<numberShift | 2<<lenShift
	NXTCPDst     = nxm0 | 10<<numberShift | 2<<lenShift
	NXUDPSrc     = nxm0 | 11<<numberShift | 2<<lenShift
	NXUDPDst     = nxm0 | 12<<numberShift | 2<<lenShift
	NXICMPv4Type = nxm0 | 13<<numberShift | 1<<lenShift
	NXICMPv4Code = nxm0 | 14<<numberShift | 1<<lenShift
	NXARPOp      = nxm0 | 15<<numberShift | 2<<lenShift
	NXARPSPA     = nxm0 | 16<<numberShift | 4<<lenShift
	NXARPTPA     = nxm0 | 17<<numberShift | 4<<lenShift
)

// Fields of Nicira (class 1). Those whose names start with NX have a twin in class 0x8000.
const (
	NXTunnelID      = nxm1 | 16<<numberShift | 8<<lenShift
	NXARPSHA        = nxm1 | 17<<numberShift | 6<<lenShift
	NXARPTHA        = nxm1 | 18<<numberShift | 6<<lenShift
	NXIPv6Src       = nxm1 | 19<<numberShift | 16<<lenShift
	NXIPv6Dst       = nxm1 | 20<<numberShift | 16<<lenShift
	NXICMPv6Type    = nxm1 | 21<<numberShift | 1<<lenShift
	NXICMPv6Code    = nxm1 | 22<<numberShift | 1<<lenShift
	NXNDTarget      = nxm1 | 23<<numberShift | 16<<lenShift
	NXNDSLL         = nxm1 | 24<<numberShift | 6<<lenShift
	NXNDTLL         = nxm1 | 25<<numberShift | 6<<lenShift
	IPFrag          = nxm1 | 26<<numberShift | 1<<lenShift
	NXIPv6FlowLabel = nxm1 | 27<<numberShift | 4<<lenShift
	NXIPECN         = nxm1 | 28<<numberShift | 1<<lenShift
	IPTTL           = nxm1 | 29<<numberShift | 1<<lenShift
	MPLSTTL         = nxm1 | 30<<numberShift | 1<<lenShift
	Cookie          = nxm1 | 30<<numberShift | 8<<lenShift
	TunnelSrc       = nxm1 | 31<<numberShift | 4<<lenShift
	TunnelDst       = nxm1 | 32<<numberShift | 4<<lenShift
	PktMark         = nxm1 | 33<<numberShift | 4<<lenShift
	NXTCPFlags      = nxm1 | 34<<numberShift | 2<<lenShift
	DPHash          = nxm1 | 35<<numberShift | 4<<lenShift
	RecircID        = nxm1 | 36<<numberShift | 4<<lenShift
	ConjID          = nxm1 | 37<<numberShift | 4<<lenShift
	TunnelGBPID     = nxm1 | 38<<numberShift | 2<<lenShift
	TunnelGBPFlags  = nxm1 | 39<<numberShift | 1<<lenShift
	TunnelFlags     = nxm1 | 104<<numberShift | 2<<lenShift
	CTState         = nxm1 | 105<<numberShift | 4<<lenShift
	CTZone          = nxm1 | 106<<numberShift | 2<<lenShift
	CTMark          = nxm1 | 107<<numberShift | 4<<lenShift
	CTLabel         = nxm1 | 108<<numberShift | 16<<lenShift
	TunnelIPv6Src   = nxm1 | 109<<numberShift | 16<<lenShift
	TunnelIPv6Dst   = nxm1 | 110<<numberShift | 16<<lenShift
	CTNwProto       = nxm1 | 119<<numberShift | 1<<lenShift
	CTNwSrc         = nxm1 | 120<<numberShift | 4<<lenShift
	CTNwDst         = nxm1 | 121<<numberShift | 4<<lenShift
	CTIPv6Src       = nxm1 | 122<<numberShift | 16<<lenShift
	CTIPv6Dst       = nxm1 | 123<<numberShift | 16<<lenShift
	CTTpSrc         = nxm1 | 124<<numberShift | 2<<lenShift
	CTTpDst         = nxm1 | 125<<numberShift | 2<<lenShift
)

// Fields of experimenters.
const (
	NDReserved    = eric | 1<<numberShift | 4<<lenShift
	NDOptionsType = eric | 2<<numberShift | 1<<lenShift
)

// Fields of ONF for OpenFlow 1.3.
const (
	TCPFlags     = onf | 42<<numberShift + 2<<lenShift
	ActsetOutput = onf | 43<<numberShift + 4<<lenShift
)

// Fields of Open vSwitch under its experimenter, most of tunnels.
const (
	ETDPHash    = et | 0<<numberShift + 4<<lenShift
	ERSPANIdx   = et | 11<<numberShift + 4<<lenShift
	ERSPANVer   = et | 12<<numberShift + 1<<lenShift
	ERSPANDir   = et | 13<<numberShift + 1<<lenShift
	ERSPANHwID  = et | 14<<numberShift + 1<<lenShift
	GTPUFlags   = et | 15<<numberShift + 1<<lenShift
	GTPUMsgType = et | 16<<numberShift + 1<<lenShift
)

// Fields of the Network Service Header (RFC 8300).
const (
	NSHFlags  = nsh | 1<<numberShift + 1<<lenShift
	NSHMDType = nsh | 2<<numberShift + 1<<lenShift
	NSHNP     = nsh | 3<<numberShift + 1<<lenShift
	NSHSPI    = nsh | 4<<numberShift + 4<<lenShift
	NSHSI     = nsh | 5<<numberShift + 1<<lenShift
	NSHC1     = nsh | 6<<numberShift + 4<<lenShift
	NSHC2     = nsh | 7<<numberShift + 4<<lenShift
	NSHC3     = nsh | 8<<numberShift + 4<<lenShift
	NSHC4     = nsh | 9<<numberShift + 4<<lenShift
	NSHTTL    = nsh | 10<<numberShift + 1<<lenShift
)

// Numbers of registers.
const (
	RegCount         = 16
	XRegCount        = 8
	XXRegCount       = 4
	TunMetadataCount = 64

	xxRegBase       = 111
	tunMetadataBase = 40
	// TunMetadataLenMax is the longest value of a tunnel option, in bytes.
	TunMetadataLenMax = 124
)

// Reg is the field of 32-bit register n, 0 to 15.
func Reg(n int) Field { return nxm1 | Field(n&(RegCount-1))<<numberShift | 4<<lenShift }

// XReg is the field of 64-bit register n, 0 to 7, which is Reg(2n) and Reg(2n+1).
func XReg(n int) Field {
	return ClassPacketReg<<classShift | Field(n&(XRegCount-1))<<numberShift | 8<<lenShift
}

// XXReg is the field of 128-bit register n, 0 to 3, which is XReg(2n) and XReg(2n+1).
func XXReg(n int) Field { return nxm1 | Field(xxRegBase+n&(XXRegCount-1))<<numberShift | 16<<lenShift }

// TunMetadata is the field of tunnel option n, 0 to 63, with a value of length bytes: its width is the switch's to map.
func TunMetadata(n, length int) Field {
	return nxm1 | Field(tunMetadataBase+n&(TunMetadataCount-1))<<numberShift | Field(length&0x7f)<<lenShift
}
