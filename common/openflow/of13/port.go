package of13

// Port describes a port (7.2.1).
type Port struct {
	Number     uint32
	_          [4]byte
	HWAddr     [6]byte `wire:"format=mac"`
	_          [2]byte
	Name       [16]byte `wire:"format=text"`
	Config     PortConfig
	State      PortState
	Current    uint32
	Advertised uint32
	Supported  uint32
	Peer       uint32
	CurrSpeed  uint32 // kbit/s
	MaxSpeed   uint32 // kbit/s
}

// PortStatus tells that a port came, went or changed (7.4.3).
//
//wire:when Version=openflow.Version13 Type=TypePortStatus
type PortStatus struct {
	Header `wire:"base"`
	Reason PortReason
	_      [7]byte
	Port   Port
}

// PortMod changes a port (7.3.4.3).
//
//wire:when Version=openflow.Version13 Type=TypePortMod
type PortMod struct {
	Header    `wire:"base"`
	Number    uint32
	_         [4]byte
	HWAddr    [6]byte `wire:"format=mac"`
	_         [2]byte
	Config    PortConfig
	Mask      PortConfig
	Advertise uint32
	_         [4]byte
}

// PortReason is what happened to a port.
//
//wire:enum
type PortReason uint8

// The reasons.
const (
	PortAdd    PortReason = 0
	PortDelete PortReason = 1
	PortModify PortReason = 2
)

// PortConfig is what an administrator set.
//
//wire:bitset
type PortConfig uint32

// The bits.
const (
	PortDown       PortConfig = 1 << 0
	PortNoRecv     PortConfig = 1 << 2
	PortNoFwd      PortConfig = 1 << 5
	PortNoPacketIn PortConfig = 1 << 6
)

// PortState is what the switch sees.
//
//wire:bitset
type PortState uint32

// The bits.
const (
	PortLinkDown PortState = 1 << 0
	PortBlocked  PortState = 1 << 1
	PortLive     PortState = 1 << 2
)
