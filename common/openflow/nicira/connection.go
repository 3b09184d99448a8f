package nicira

// RoleRequest asks for a role among the controllers of a switch (NXT_ROLE_REQUEST).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeRoleRequest
type RoleRequest struct {
	Header `wire:"base"`
	Role   Role
}

// RoleReply answers a RoleRequest (NXT_ROLE_REPLY).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeRoleReply
type RoleReply struct {
	Header `wire:"base"`
	Role   Role
}

// Role of a controller.
//
//wire:enum
type Role uint32

// The roles.
const (
	RoleOther     Role = 0 // equal, as OpenFlow 1.2 calls it
	RolePrimary   Role = 1
	RoleSecondary Role = 2
)

// SetFlowFormat chooses how flows are sent (NXT_SET_FLOW_FORMAT, OpenFlow 1.0 only).
//
//wire:when Version=version10 Type=TypeExperimenter Vendor=vendor Subtype=SubtypeSetFlowFormat
type SetFlowFormat struct {
	Header `wire:"base"`
	Format FlowFormat
}

// FlowFormat is a form of flows.
//
//wire:enum
type FlowFormat uint32

// The forms.
const (
	FlowFormatOpenFlow10 FlowFormat = 0
	FlowFormatNXM        FlowFormat = 2
)

// FlowModTableID makes the upper byte of the command of a flow-mod the table (NXT_FLOW_MOD_TABLE_ID).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeFlowModTableID
type FlowModTableID struct {
	Header `wire:"base"`
	Set    uint8 // not 0: it is
	_      [7]byte
}

// SetPacketInFormat chooses how packet-ins are sent (NXT_SET_PACKET_IN_FORMAT).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeSetPacketInFormat
type SetPacketInFormat struct {
	Header `wire:"base"`
	Format PacketInFormat
}

// PacketInFormat is a form of packet-ins.
//
//wire:enum
type PacketInFormat uint32

// The forms.
const (
	PacketInStandard PacketInFormat = 0
	PacketInNXM      PacketInFormat = 1
	PacketInNXM2     PacketInFormat = 2
)

// FlowAge adds the time since the last packet and the last change to flow statistics (NXT_FLOW_AGE).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeFlowAge
type FlowAge struct {
	Header `wire:"base"`
}

// SetControllerID names this connection for the controller action (NXT_SET_CONTROLLER_ID).
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeSetControllerID
type SetControllerID struct {
	Header `wire:"base"`
	_      [6]byte
	ID     uint16
}

// SetAsyncConfig chooses which messages the switch sends by itself (NXT_SET_ASYNC_CONFIG). Of each pair the first is
// for roles primary and equal, the second for secondary; a bit is 1<<reason.
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeSetAsyncConfig
type SetAsyncConfig struct {
	Header      `wire:"base"`
	PacketIn    [2]uint32
	PortStatus  [2]uint32
	FlowRemoved [2]uint32
}

// SetAsyncConfig2 chooses which messages the switch sends by itself, those of OpenFlow 1.4 too (NXT_SET_ASYNC_CONFIG2,
// OpenFlow 1.0 to 1.3). What no property names stays as it is.
//
//wire:when Type=TypeExperimenter Vendor=vendor Subtype=SubtypeSetAsyncConfig2
type SetAsyncConfig2 struct {
	Header     `wire:"base"`
	Properties []AsyncProperty `wire:"rest,pad=8"`
}

// AsyncProperty is the set of reasons for which messages of a kind are sent.
type AsyncProperty struct {
	Type   AsyncType
	Length uint16 `wire:"size"`
	Value  []byte `wire:"rest"` // 32 bits: 1<<reason
}

// AsyncType is a kind of messages and the role to which they are sent.
//
//wire:enum
type AsyncType uint16

// The kinds (OpenFlow 1.4, 7.3.10).
const (
	AsyncPacketInSecondary       AsyncType = 0
	AsyncPacketInPrimary         AsyncType = 1
	AsyncPortStatusSecondary     AsyncType = 2
	AsyncPortStatusPrimary       AsyncType = 3
	AsyncFlowRemovedSecondary    AsyncType = 4
	AsyncFlowRemovedPrimary      AsyncType = 5
	AsyncRoleStatusSecondary     AsyncType = 6
	AsyncRoleStatusPrimary       AsyncType = 7
	AsyncTableStatusSecondary    AsyncType = 8
	AsyncTableStatusPrimary      AsyncType = 9
	AsyncRequestForwardSecondary AsyncType = 10
	AsyncRequestForwardPrimary   AsyncType = 11
	AsyncExperimenterSecondary   AsyncType = 0xfffe
	AsyncExperimenterPrimary     AsyncType = 0xffff
)

// RequestForward says that another controller changed a group or a meter; Request is the message with which it did
// (NXT_REQUESTFORWARD, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeExperimenter Vendor=vendor Subtype=SubtypeRequestForward
type RequestForward struct {
	Header  `wire:"base"`
	Request []byte `wire:"rest"`
}

// FlowMonitorCancel ends a monitor (NXT_FLOW_MONITOR_CANCEL, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeExperimenter Vendor=vendor Subtype=SubtypeFlowMonitorCancel
type FlowMonitorCancel struct {
	Header `wire:"base"`
	ID     uint32
}

// FlowMonitorPaused says that updates of monitors are lost from here on (NXT_FLOW_MONITOR_PAUSED, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeExperimenter Vendor=vendor Subtype=SubtypeFlowMonitorPaused
type FlowMonitorPaused struct {
	Header `wire:"base"`
}

// FlowMonitorResumed says that all lost updates have been made up for (NXT_FLOW_MONITOR_RESUMED, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeExperimenter Vendor=vendor Subtype=SubtypeFlowMonitorResumed
type FlowMonitorResumed struct {
	Header `wire:"base"`
}
