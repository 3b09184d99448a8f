package of10

// Port describes a port (5.2.1).
type Port struct {
	Number     uint16
	HWAddr     [6]byte  `wire:"format=mac"`
	Name       [16]byte `wire:"format=text"`
	Config     PortConfig
	State      PortState
	Current    PortFeatures
	Advertised PortFeatures
	Supported  PortFeatures
	Peer       PortFeatures
}

// PortStatus tells that a port came, went or changed (5.4.3).
//
//wire:when Version=openflow.Version10 Type=TypePortStatus
type PortStatus struct {
	Header `wire:"base"`
	Reason PortReason
	_      [7]byte
	Port   Port
}

// PortMod changes a port (5.3.3).
//
//wire:when Version=openflow.Version10 Type=TypePortMod
type PortMod struct {
	Header    `wire:"base"`
	Number    uint16
	HWAddr    [6]byte `wire:"format=mac"`
	Config    PortConfig
	Mask      PortConfig
	Advertise PortFeatures
	_         [4]byte
}

// QueueConfigRequest asks for the queues of a port (5.3.4).
//
//wire:when Version=openflow.Version10 Type=TypeQueueConfigReq
type QueueConfigRequest struct {
	Header `wire:"base"`
	Port   uint16
	_      [2]byte
}

// QueueConfigReply has them.
//
//wire:when Version=openflow.Version10 Type=TypeQueueConfigReply
type QueueConfigReply struct {
	Header `wire:"base"`
	Port   uint16
	_      [6]byte
	Queues []Queue `wire:"rest"`
}

// Queue is one queue of a port (5.2.2).
type Queue struct {
	ID         uint32
	Length     uint16 `wire:"size"`
	_          [2]byte
	Properties []QueueProperty `wire:"rest"`
}

// QueueProperty is a property of a queue. Data is a rate in tenths of a percent and six bytes of padding.
type QueueProperty struct {
	Type   QueuePropertyType
	Length uint16 `wire:"size"`
	_      [4]byte
	Data   []byte `wire:"rest"`
}

// QueuePropertyType is the type of a queue's property.
//
//wire:enum
type QueuePropertyType uint16

// Its values.
const (
	QueueNone    QueuePropertyType = 0
	QueueMinRate QueuePropertyType = 1
)

// PortReason is what happened to a port.
//
//wire:enum
type PortReason uint8

// Its values.
const (
	PortAdd    PortReason = 0
	PortDelete PortReason = 1
	PortModify PortReason = 2
)

// PortConfig is what an administrator set.
//
//wire:bitset
type PortConfig uint32

// Its bits.
const (
	PortDown       PortConfig = 1 << 0
	PortNoSTP      PortConfig = 1 << 1
	PortNoRecv     PortConfig = 1 << 2
	PortNoRecvSTP  PortConfig = 1 << 3
	PortNoFlood    PortConfig = 1 << 4
	PortNoFwd      PortConfig = 1 << 5
	PortNoPacketIn PortConfig = 1 << 6
)

// PortState is what the switch sees.
//
//wire:bitset
type PortState uint32

// The bits; the two of the spanning tree are a number of four values, STPBlock having both.
const (
	PortLinkDown   PortState = 1 << 0
	PortSTPBlock   PortState = 3 << 8
	PortSTPLearn   PortState = 1 << 8
	PortSTPForward PortState = 2 << 8
)

// PortFeatures are the modes of a link.
//
//wire:bitset
type PortFeatures uint32

// Its bits.
const (
	Port10MbHalf  PortFeatures = 1 << 0
	Port10MbFull  PortFeatures = 1 << 1
	Port100MbHalf PortFeatures = 1 << 2
	Port100MbFull PortFeatures = 1 << 3
	Port1GbHalf   PortFeatures = 1 << 4
	Port1GbFull   PortFeatures = 1 << 5
	Port10GbFull  PortFeatures = 1 << 6
	PortCopper    PortFeatures = 1 << 7
	PortFiber     PortFeatures = 1 << 8
	PortAutoneg   PortFeatures = 1 << 9
	PortPause     PortFeatures = 1 << 10
	PortPauseAsym PortFeatures = 1 << 11
)
