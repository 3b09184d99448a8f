package action

// Output10 sends the packet out of a port; of CONTROLLER, MaxLen bytes of it.
//
//wire:when Type=Type10Output
type Output10 struct {
	Header10 `wire:"base"`
	Port     uint16
	MaxLen   uint16
}

// SetVLANVID10 sets the VLAN, adding a tag if there is none.
//
//wire:when Type=Type10SetVLANVID
type SetVLANVID10 struct {
	Header10 `wire:"base"`
	VID      uint16
	Pad      [2]byte
}

// SetVLANPCP10 sets the priority in the tag, adding one if there is none.
//
//wire:when Type=Type10SetVLANPCP
type SetVLANPCP10 struct {
	Header10 `wire:"base"`
	PCP      uint8
	Pad      [3]byte
}

// StripVLAN10 removes the tag.
//
//wire:when Type=Type10StripVLAN
type StripVLAN10 struct {
	Header10 `wire:"base"`
	Pad      [4]byte
}

// SetDLSrc10 sets the source address of Ethernet.
//
//wire:when Type=Type10SetDLSrc
type SetDLSrc10 struct {
	Header10 `wire:"base"`
	MAC      [6]byte `wire:"format=mac"`
	Pad      [6]byte
}

// SetDLDst10 sets the destination address of Ethernet.
//
//wire:when Type=Type10SetDLDst
type SetDLDst10 struct {
	Header10 `wire:"base"`
	MAC      [6]byte `wire:"format=mac"`
	Pad      [6]byte
}

// SetNwSrc10 sets the source address of IPv4.
//
//wire:when Type=Type10SetNwSrc
type SetNwSrc10 struct {
	Header10 `wire:"base"`
	IP       [4]byte `wire:"format=ip"`
}

// SetNwDst10 sets the destination address of IPv4.
//
//wire:when Type=Type10SetNwDst
type SetNwDst10 struct {
	Header10 `wire:"base"`
	IP       [4]byte `wire:"format=ip"`
}

// SetNwTOS10 sets the upper six bits of the TOS of IPv4.
//
//wire:when Type=Type10SetNwTOS
type SetNwTOS10 struct {
	Header10 `wire:"base"`
	TOS      uint8
	Pad      [3]byte
}

// SetTpSrc10 sets the source port of TCP, UDP or SCTP.
//
//wire:when Type=Type10SetTpSrc
type SetTpSrc10 struct {
	Header10 `wire:"base"`
	Port     uint16
	Pad      [2]byte
}

// SetTpDst10 sets the destination port of TCP, UDP or SCTP.
//
//wire:when Type=Type10SetTpDst
type SetTpDst10 struct {
	Header10 `wire:"base"`
	Port     uint16
	Pad      [2]byte
}

// Enqueue10 sends the packet out of a port through a queue of it.
//
//wire:when Type=Type10Enqueue
type Enqueue10 struct {
	Header10 `wire:"base"`
	Port     uint16
	Pad      [6]byte
	Queue    uint32
}
