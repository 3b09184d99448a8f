package action

// The actions of OpenFlow 1.1 that set_field has replaced. Open vSwitch takes them in OpenFlow 1.3.

// SetVLANVID sets the VLAN of a tag that is there.
//
//wire:when Type=TypeSetVLANVID
type SetVLANVID struct {
	Header13 `wire:"base"`
	VID      uint16
	Pad      [2]byte
}

// SetVLANPCP sets the priority in a tag that is there.
//
//wire:when Type=TypeSetVLANPCP
type SetVLANPCP struct {
	Header13 `wire:"base"`
	PCP      uint8
	Pad      [3]byte
}

// SetDLSrc sets the source address of Ethernet.
//
//wire:when Type=TypeSetDLSrc
type SetDLSrc struct {
	Header13 `wire:"base"`
	MAC      [6]byte `wire:"format=mac"`
	Pad      [6]byte
}

// SetDLDst sets the destination address of Ethernet.
//
//wire:when Type=TypeSetDLDst
type SetDLDst struct {
	Header13 `wire:"base"`
	MAC      [6]byte `wire:"format=mac"`
	Pad      [6]byte
}

// SetNwSrc sets the source address of IPv4.
//
//wire:when Type=TypeSetNwSrc
type SetNwSrc struct {
	Header13 `wire:"base"`
	IP       [4]byte `wire:"format=ip"`
}

// SetNwDst sets the destination address of IPv4.
//
//wire:when Type=TypeSetNwDst
type SetNwDst struct {
	Header13 `wire:"base"`
	IP       [4]byte `wire:"format=ip"`
}

// SetNwTOS sets the upper six bits of the TOS of IP.
//
//wire:when Type=TypeSetNwTOS
type SetNwTOS struct {
	Header13 `wire:"base"`
	TOS      uint8
	Pad      [3]byte
}

// SetNwECN sets the lower two bits of the TOS of IP.
//
//wire:when Type=TypeSetNwECN
type SetNwECN struct {
	Header13 `wire:"base"`
	ECN      uint8
	Pad      [3]byte
}

// SetTpSrc sets the source port of TCP, UDP or SCTP.
//
//wire:when Type=TypeSetTpSrc
type SetTpSrc struct {
	Header13 `wire:"base"`
	Port     uint16
	Pad      [2]byte
}

// SetTpDst sets the destination port of TCP, UDP or SCTP.
//
//wire:when Type=TypeSetTpDst
type SetTpDst struct {
	Header13 `wire:"base"`
	Port     uint16
	Pad      [2]byte
}

// SetMPLSLabel sets the label of MPLS.
//
//wire:when Type=TypeSetMPLSLabel
type SetMPLSLabel struct {
	Header13 `wire:"base"`
	Label    uint32
}

// SetMPLSTC sets the traffic class of MPLS.
//
//wire:when Type=TypeSetMPLSTC
type SetMPLSTC struct {
	Header13 `wire:"base"`
	TC       uint8
	Pad      [3]byte
}
