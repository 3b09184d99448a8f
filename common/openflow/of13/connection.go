package of13

// Hello opens a connection (7.5.1).
//
//wire:when Version=openflow.Version13 Type=TypeHello
type Hello struct {
	Header `wire:"base"`
	// Elements are the hello elements as bytes; see Versions.
	Elements []byte `wire:"rest"`
}

// Error reports a request that failed (7.4.4). It is a Go error.
//
//wire:when Version=openflow.Version13 Type=TypeError
type Error struct {
	Header `wire:"base"`
	Class  ErrorType
	Code   uint16
	// Data is at least the first 64 bytes of the failed request, or text.
	Data []byte `wire:"rest"`
}

// EchoRequest asks the peer for a sign of life (7.5.2).
//
//wire:when Version=openflow.Version13 Type=TypeEchoRequest
type EchoRequest struct {
	Header `wire:"base"`
	Data   []byte `wire:"rest"`
}

// EchoReply answers an EchoRequest with its data (7.5.3).
//
//wire:when Version=openflow.Version13 Type=TypeEchoReply
type EchoReply struct {
	Header `wire:"base"`
	Data   []byte `wire:"rest"`
}

// Experimenter is a message of a vendor (7.5.4). Package nicira decodes the ones of Open vSwitch from Vendor, Subtype
// and Data.
//
//wire:when Version=openflow.Version13 Type=TypeExperimenter
type Experimenter struct {
	Header  `wire:"base"`
	Vendor  uint32
	Subtype uint32
	Data    []byte `wire:"rest"`
}

// experimenterHead is what every experimenter message starts with.
//
//wire:base
type experimenterHead struct {
	Header  `wire:"base"`
	Vendor  uint32
	Subtype uint32
}

// FeaturesRequest asks who the switch is (7.3.1).
//
//wire:when Version=openflow.Version13 Type=TypeFeaturesRequest
type FeaturesRequest struct {
	Header `wire:"base"`
}

// FeaturesReply says who the switch is (7.3.1).
//
//wire:when Version=openflow.Version13 Type=TypeFeaturesReply
type FeaturesReply struct {
	Header       `wire:"base"`
	DatapathID   uint64 `wire:"format=hex"`
	Buffers      uint32
	Tables       uint8
	AuxiliaryID  uint8
	_            [2]byte
	Capabilities Capabilities
	_            [4]byte
}

// GetConfigRequest asks for the switch's configuration (7.3.2).
//
//wire:when Version=openflow.Version13 Type=TypeGetConfigReq
type GetConfigRequest struct {
	Header `wire:"base"`
}

// GetConfigReply is the switch's configuration (7.3.2).
//
//wire:when Version=openflow.Version13 Type=TypeGetConfigReply
type GetConfigReply struct {
	Header      `wire:"base"`
	Flags       ConfigFlags
	MissSendLen uint16
}

// SetConfig sets the switch's configuration (7.3.2).
//
//wire:when Version=openflow.Version13 Type=TypeSetConfig
type SetConfig struct {
	Header      `wire:"base"`
	Flags       ConfigFlags
	MissSendLen uint16
}

// BarrierRequest asks for a reply once everything before it is done (7.3.8).
//
//wire:when Version=openflow.Version13 Type=TypeBarrierRequest
type BarrierRequest struct {
	Header `wire:"base"`
}

// BarrierReply answers a BarrierRequest.
//
//wire:when Version=openflow.Version13 Type=TypeBarrierReply
type BarrierReply struct {
	Header `wire:"base"`
}

// RoleRequest asks for a role among controllers (7.3.9).
//
//wire:when Version=openflow.Version13 Type=TypeRoleRequest
type RoleRequest struct {
	Header       `wire:"base"`
	Role         Role
	_            [4]byte
	GenerationID uint64
}

// RoleReply says which role the controller has.
//
//wire:when Version=openflow.Version13 Type=TypeRoleReply
type RoleReply struct {
	Header       `wire:"base"`
	Role         Role
	_            [4]byte
	GenerationID uint64
}

// AsyncConfig is which asynchronous messages a controller gets, [0] as master or equal and [1] as slave, each a set of
// 1<<reason (7.3.10).
type AsyncConfig struct {
	PacketIn    [2]uint32
	PortStatus  [2]uint32
	FlowRemoved [2]uint32
}

// GetAsyncRequest asks for the asynchronous configuration.
//
//wire:when Version=openflow.Version13 Type=TypeGetAsyncRequest
type GetAsyncRequest struct {
	Header `wire:"base"`
}

// GetAsyncReply is the asynchronous configuration.
//
//wire:when Version=openflow.Version13 Type=TypeGetAsyncReply
type GetAsyncReply struct {
	Header `wire:"base"`
	Async  AsyncConfig
}

// SetAsync sets the asynchronous configuration.
//
//wire:when Version=openflow.Version13 Type=TypeSetAsync
type SetAsync struct {
	Header `wire:"base"`
	Async  AsyncConfig
}

// Capabilities of a switch.
//
//wire:bitset
type Capabilities uint32

// The capabilities.
const (
	CapFlowStats   Capabilities = 1 << 0
	CapTableStats  Capabilities = 1 << 1
	CapPortStats   Capabilities = 1 << 2
	CapGroupStats  Capabilities = 1 << 3
	CapIPReasm     Capabilities = 1 << 5
	CapQueueStats  Capabilities = 1 << 6
	CapPortBlocked Capabilities = 1 << 8
)

// ConfigFlags say what the switch does with fragments.
//
//wire:enum
type ConfigFlags uint16

// The treatments of fragments.
const (
	FragNormal ConfigFlags = 0
	FragDrop   ConfigFlags = 1
	FragReasm  ConfigFlags = 2
	// FragNXMatch is of Open vSwitch: the first fragment of a packet has its transport ports, which FragNormal hides.
	FragNXMatch ConfigFlags = 3
)

// Role of a controller.
//
//wire:enum
type Role uint32

// The roles.
const (
	RoleNoChange Role = 0
	RoleEqual    Role = 1
	RoleMaster   Role = 2
	RoleSlave    Role = 3
)

// ErrorType is the class of an error.
//
//wire:enum
type ErrorType uint16

// The error types (7.4.4).
const (
	ErrHelloFailed         ErrorType = 0
	ErrBadRequest          ErrorType = 1
	ErrBadAction           ErrorType = 2
	ErrBadInstruction      ErrorType = 3
	ErrBadMatch            ErrorType = 4
	ErrFlowModFailed       ErrorType = 5
	ErrGroupModFailed      ErrorType = 6
	ErrPortModFailed       ErrorType = 7
	ErrTableModFailed      ErrorType = 8
	ErrQueueOpFailed       ErrorType = 9
	ErrSwitchConfigFailed  ErrorType = 10
	ErrRoleRequestFailed   ErrorType = 11
	ErrMeterModFailed      ErrorType = 12
	ErrTableFeaturesFailed ErrorType = 13
	ErrExperimenter        ErrorType = 0xffff
)
