package oxm

// readOnly are the fields that no action may write (ovs-fields(7)).
var readOnly = map[Field]bool{
	DPHash: true, RecircID: true, PacketType: true, ConjID: true, GTPUFlags: true, GTPUMsgType: true, ActsetOutput: true,
	CTState: true, CTZone: true, CTNwProto: true, CTNwSrc: true, CTNwDst: true, CTIPv6Src: true, CTIPv6Dst: true,
	CTTpSrc: true, CTTpDst: true, EthType: true, MPLSBOS: true, IPProto: true, IPFrag: true, TCPFlags: true,
	NSHMDType: true, NSHNP: true,
}

// NXM is the header of the field that actions of Nicira prefer, and its name: that of NXM where there is one.
func (i *Info) NXM() (Field, string) {
	for n, f := range i.Fields {
		if f.Class() == ClassNXM0 || f.Class() == ClassNXM1 {
			return f, i.Headers[n]
		}
	}
	return i.Field, i.Headers[len(i.Headers)-1]
}

// Valid says whether the field can have the value, of whatever bits its length has room for.
func (i *Info) Valid(value []byte) bool { return i.valid(value) }

// knownLenMax is the longest tunnel option that an action can name. It has more bytes than any that there is.
const knownLenMax = 127

// Known finds a field as an action names it: by its header as it stands, with a mask bit or without. It is nil for a
// field that Open vSwitch does not know.
func Known(header Field) (i *Info, masked bool) {
	if masked = header&maskBit != 0; masked {
		n := header.Len()
		if n < 0 {
			return nil, masked
		}
		header = header&^maskBit - Field(n-n/2)<<lenShift
	}
	if k := int(header.Number()) - tunMetadataBase; header.Class() == ClassNXM1 && k >= 0 && k < TunMetadataCount &&
		header.Len() <= knownLenMax {
		return infoByField[TunMetadata(k, TunMetadataLenMax)], masked
	}
	if i = infoByField[header]; i != nil && i.Foreign {
		return nil, masked
	}
	return i, masked
}
