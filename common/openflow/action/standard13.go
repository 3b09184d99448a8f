package action

// Output sends the packet out of a port; of CONTROLLER, MaxLen bytes of it.
//
//wire:when Type=TypeOutput
type Output struct {
	Header13 `wire:"base"`
	Port     uint32
	MaxLen   uint16
	Pad      [6]byte
}

// Group hands the packet to a group.
//
//wire:when Type=TypeGroup
type Group struct {
	Header13 `wire:"base"`
	Group    uint32
}

// SetQueue chooses the queue of later outputs.
//
//wire:when Type=TypeSetQueue
type SetQueue struct {
	Header13 `wire:"base"`
	Queue    uint32
}

// SetField sets one field, all of it.
//
//wire:when Type=TypeSetField
type SetField struct {
	Header13 `wire:"base"`
	Entry    Entry
	_        [0]byte `wire:"align=8"`
	Extra    []byte  `wire:"extra"` // zeros
}

// PushVLAN adds a VLAN tag.
//
//wire:when Type=TypePushVLAN
type PushVLAN struct {
	Header13 `wire:"base"`
	EthType  uint16 `wire:"format=hex"`
	Pad      [2]byte
}

// PopVLAN removes the outermost VLAN tag.
//
//wire:when Type=TypePopVLAN
type PopVLAN struct {
	Header13 `wire:"base"`
	Pad      [4]byte
}

// PushMPLS adds an MPLS label.
//
//wire:when Type=TypePushMPLS
type PushMPLS struct {
	Header13 `wire:"base"`
	EthType  uint16 `wire:"format=hex"`
	Pad      [2]byte
}

// PopMPLS removes the outermost MPLS label; what is under it has the given Ethernet type.
//
//wire:when Type=TypePopMPLS
type PopMPLS struct {
	Header13 `wire:"base"`
	EthType  uint16 `wire:"format=hex"`
	Pad      [2]byte
}

// SetMPLSTTL sets the TTL of MPLS.
//
//wire:when Type=TypeSetMPLSTTL
type SetMPLSTTL struct {
	Header13 `wire:"base"`
	TTL      uint8
	Pad      [3]byte
}

// DecMPLSTTL lowers the TTL of MPLS.
//
//wire:when Type=TypeDecMPLSTTL
type DecMPLSTTL struct {
	Header13 `wire:"base"`
	Pad      [4]byte
}

// SetNwTTL sets the TTL of IP.
//
//wire:when Type=TypeSetNwTTL
type SetNwTTL struct {
	Header13 `wire:"base"`
	TTL      uint8
	Pad      [3]byte
}

// DecNwTTL lowers the TTL of IP.
//
//wire:when Type=TypeDecNwTTL
type DecNwTTL struct {
	Header13 `wire:"base"`
	Pad      [4]byte
}
