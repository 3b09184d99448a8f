package of13

import (
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/wire"
)

// Subtypes of messages of VendorONF: parts of OpenFlow 1.4 as extensions of 1.3, with those that Open vSwitch has.
const (
	SubtypeFlowMonitor        uint32 = 1870 // as multipart
	SubtypeFlowMonitorCancel  uint32 = 1870 // as message
	SubtypeFlowMonitorPaused  uint32 = 1871
	SubtypeFlowMonitorResumed uint32 = 1872
	SubtypeRoleStatus         uint32 = 1911
	SubtypeRequestForward     uint32 = 2350
)

// Short names for declarations that are long.
const (
	version13      = openflow.Version13
	vendorONF      = openflow.VendorONF
	subtypeMonitor = SubtypeFlowMonitor
)

// onfMessages makes the messages of VendorONF by their subtype.
var onfMessages = map[uint32]func() wire.Structure{
	SubtypeBundleControl:      func() wire.Structure { return &BundleControl{} },
	SubtypeBundleAdd:          func() wire.Structure { return &BundleAdd{} },
	SubtypeRoleStatus:         func() wire.Structure { return &RoleStatus{} },
	SubtypeRequestForward:     func() wire.Structure { return &RequestForward{} },
	SubtypeFlowMonitorCancel:  func() wire.Structure { return &FlowMonitorCancel{} },
	SubtypeFlowMonitorPaused:  func() wire.Structure { return &FlowMonitorPaused{} },
	SubtypeFlowMonitorResumed: func() wire.Structure { return &FlowMonitorResumed{} },
}

// onfPart makes the multipart of VendorONF that source says, nil for another.
func onfPart(source wire.Source) (wire.Structure, error) {
	var e experimenterPart
	if err := source(&e); err != nil {
		return nil, err
	}
	switch {
	case e.Vendor != openflow.VendorONF || e.Subtype != SubtypeFlowMonitor:
		return nil, nil
	case e.Type == TypeMultipartReq:
		return &FlowMonitorRequest{}, nil
	}
	return &FlowMonitorReply{}, nil
}

// experimenterPart is what every experimenter multipart starts with.
//
//wire:base
type experimenterPart struct {
	Multipart `wire:"base"`
	Vendor    uint32
	Subtype   uint32
}

// RoleStatus says that the switch changed the role of this connection (ONF extension 191, OpenFlow 1.4 7.4.4).
//
//wire:when Version=openflow.Version13 Type=TypeExperimenter Vendor=openflow.VendorONF Subtype=SubtypeRoleStatus
type RoleStatus struct {
	Header       `wire:"base"`
	Vendor       uint32
	Subtype      uint32
	Role         Role
	Reason       RoleReason
	_            [3]byte
	GenerationID uint64
	Properties   []byte `wire:"rest"`
}

// RoleReason is why the switch changed a role.
//
//wire:enum
type RoleReason uint8

// The reasons.
const (
	RoleReasonMasterRequest RoleReason = 0
	RoleReasonConfig        RoleReason = 1
	RoleReasonExperimenter  RoleReason = 2
)

// RequestForward says that another controller changed a group or a meter; Request is the message with which it did
// (ONF extension 235, OpenFlow 1.4 7.4.6).
//
//wire:when Version=openflow.Version13 Type=TypeExperimenter Vendor=openflow.VendorONF Subtype=SubtypeRequestForward
type RequestForward struct {
	Header  `wire:"base"`
	Vendor  uint32
	Subtype uint32
	Request []byte `wire:"rest"`
}
