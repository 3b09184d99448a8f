package of10

// Hello opens a connection (5.5.1).
//
//wire:when Version=openflow.Version10 Type=TypeHello
type Hello struct {
	Header `wire:"base"`
	Data   []byte `wire:"rest"`
}

// Error reports a request that failed (5.4.4).
//
//wire:when Version=openflow.Version10 Type=TypeError
type Error struct {
	Header `wire:"base"`
	Class  ErrorType
	Code   uint16
	Data   []byte `wire:"rest"` // at least the first 64 bytes of the failed request, or text
}

// EchoRequest asks the peer for a sign of life (5.5.2).
//
//wire:when Version=openflow.Version10 Type=TypeEchoRequest
type EchoRequest struct {
	Header `wire:"base"`
	Data   []byte `wire:"rest"`
}

// EchoReply answers an EchoRequest with its data (5.5.3).
//
//wire:when Version=openflow.Version10 Type=TypeEchoReply
type EchoReply struct {
	Header `wire:"base"`
	Data   []byte `wire:"rest"`
}

// Vendor is a message of a vendor (5.5.4).
//
//wire:when Version=openflow.Version10 Type=TypeVendor
type Vendor struct {
	Header `wire:"base"`
	Vendor uint32
	Data   []byte `wire:"rest"`
}

// FeaturesRequest asks who the switch is (5.3.1).
//
//wire:when Version=openflow.Version10 Type=TypeFeaturesRequest
type FeaturesRequest struct {
	Header `wire:"base"`
}

// FeaturesReply says who the switch is and which ports it has (5.3.1). Actions is a set of 1<<ActionType.
//
//wire:when Version=openflow.Version10 Type=TypeFeaturesReply
type FeaturesReply struct {
	Header       `wire:"base"`
	DatapathID   uint64 `wire:"format=hex"`
	Buffers      uint32
	Tables       uint8
	_            [3]byte
	Capabilities Capabilities
	Actions      uint32
	Ports        []Port `wire:"rest"`
}

// GetConfigRequest asks for the switch's configuration (5.3.2).
//
//wire:when Version=openflow.Version10 Type=TypeGetConfigRequest
type GetConfigRequest struct {
	Header `wire:"base"`
}

// GetConfigReply is the switch's configuration (5.3.2).
//
//wire:when Version=openflow.Version10 Type=TypeGetConfigReply
type GetConfigReply struct {
	Header      `wire:"base"`
	Flags       ConfigFlags
	MissSendLen uint16
}

// SetConfig sets the switch's configuration (5.3.2).
//
//wire:when Version=openflow.Version10 Type=TypeSetConfig
type SetConfig struct {
	Header      `wire:"base"`
	Flags       ConfigFlags
	MissSendLen uint16
}

// BarrierRequest asks for a reply once everything before it is done (5.3.7).
//
//wire:when Version=openflow.Version10 Type=TypeBarrierRequest
type BarrierRequest struct {
	Header `wire:"base"`
}

// BarrierReply answers a BarrierRequest.
//
//wire:when Version=openflow.Version10 Type=TypeBarrierReply
type BarrierReply struct {
	Header `wire:"base"`
}

// Capabilities of a switch.
//
//wire:bitset
type Capabilities uint32

// Its bits.
const (
	CapFlowStats  Capabilities = 1 << 0
	CapTableStats Capabilities = 1 << 1
	CapPortStats  Capabilities = 1 << 2
	CapSTP        Capabilities = 1 << 3
	CapIPReasm    Capabilities = 1 << 5
	CapQueueStats Capabilities = 1 << 6
	CapARPMatchIP Capabilities = 1 << 7
)

// ConfigFlags say what the switch does with fragments.
//
//wire:enum
type ConfigFlags uint16

// Its values.
const (
	FragNormal ConfigFlags = 0
	FragDrop   ConfigFlags = 1
	FragReasm  ConfigFlags = 2
)

// ErrorType is the class of an error (5.4.4).
//
//wire:enum
type ErrorType uint16

// Its values.
const (
	ErrHelloFailed   ErrorType = 0
	ErrBadRequest    ErrorType = 1
	ErrBadAction     ErrorType = 2
	ErrFlowModFailed ErrorType = 3
	ErrPortModFailed ErrorType = 4
	ErrQueueOpFailed ErrorType = 5
)
