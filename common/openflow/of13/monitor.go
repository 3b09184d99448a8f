package of13

// FlowMonitorRequest asks to be told of changes to flows (ONF extension 187).
//
//wire:when Version=version13 Type=TypeMultipartReq Kind=MultipartExperimenter Vendor=vendorONF Subtype=subtypeMonitor
type FlowMonitorRequest struct {
	Multipart `wire:"base"`
	Vendor    uint32
	Subtype   uint32
	Monitors  []FlowMonitor `wire:"rest"`
}

// FlowMonitor is one monitor.
type FlowMonitor struct {
	ID       uint32
	Flags    MonitorFlags
	MatchLen uint16 // of Match, without padding; Open vSwitch does not look at it
	OutPort  uint32
	Table    uint8
	Zero     [3]byte // must be zero
	Match    Match
}

// MonitorFlags say which changes to tell, and how.
//
//wire:bitset
type MonitorFlags uint16

// The flags.
const (
	MonitorInitial MonitorFlags = 1 << 0 // flows that are there already
	MonitorAdd     MonitorFlags = 1 << 1
	MonitorDelete  MonitorFlags = 1 << 2
	MonitorModify  MonitorFlags = 1 << 3
	MonitorActions MonitorFlags = 1 << 4 // with their instructions
	MonitorOwn     MonitorFlags = 1 << 5 // changes of this connection in full, not abbreviated
)

// FlowMonitorReply tells changes to flows (ONF extension 187). Without being asked for its xid is 0.
//
//wire:when Version=version13 Type=TypeMultipartReply Kind=MultipartExperimenter Vendor=vendorONF Subtype=subtypeMonitor
type FlowMonitorReply struct {
	Multipart `wire:"base"`
	Vendor    uint32
	Subtype   uint32
	Updates   []FlowUpdate `wire:"rest"`
}

// FlowUpdate is one change. An abbreviated one has the xid of the request that made it and nothing else.
type FlowUpdate struct {
	Length       uint16 `wire:"size"`
	Event        UpdateEvent
	Xid          uint32       `wire:"if=Event==UpdateAbbrev"`
	Reason       uint16       `wire:"if=Event!=UpdateAbbrev"` // a FlowRemovedReason when it was deleted
	Priority     uint16       `wire:"if=Event!=UpdateAbbrev"`
	IdleTimeout  uint16       `wire:"if=Event!=UpdateAbbrev"`
	HardTimeout  uint16       `wire:"if=Event!=UpdateAbbrev"`
	MatchLen     uint16       `wire:"if=Event!=UpdateAbbrev"` // of Match; Open vSwitch counts its padding
	Table        uint8        `wire:"if=Event!=UpdateAbbrev"`
	_            [1]byte      `wire:"if=Event!=UpdateAbbrev"`
	Cookie       uint64       `wire:"format=hex,if=Event!=UpdateAbbrev"`
	Match        Match        `wire:"if=Event!=UpdateAbbrev"`
	Instructions Instructions `wire:"rest,format=formatInstructions,parse=parseInstructions"`
}

// UpdateEvent is what happened to a flow.
//
//wire:enum
type UpdateEvent uint16

// The events.
const (
	UpdateAdded    UpdateEvent = 0
	UpdateDeleted  UpdateEvent = 1
	UpdateModified UpdateEvent = 2
	UpdateAbbrev   UpdateEvent = 3
)

// FlowMonitorCancel ends a monitor (ONF extension 187).
//
//wire:when Version=openflow.Version13 Type=TypeExperimenter Vendor=openflow.VendorONF Subtype=SubtypeFlowMonitorCancel
type FlowMonitorCancel struct {
	Header  `wire:"base"`
	Vendor  uint32
	Subtype uint32
	ID      uint32
}

// FlowMonitorPaused says that updates of monitors are lost from here on (ONF extension 187).
//
//wire:when Version=openflow.Version13 Type=TypeExperimenter Vendor=openflow.VendorONF Subtype=SubtypeFlowMonitorPaused
type FlowMonitorPaused struct {
	Header  `wire:"base"`
	Vendor  uint32
	Subtype uint32
}

// FlowMonitorResumed says that all lost updates have been made up for (ONF extension 187).
//
//wire:when Version=openflow.Version13 Type=TypeExperimenter Vendor=openflow.VendorONF Subtype=SubtypeFlowMonitorResumed
type FlowMonitorResumed struct {
	Header  `wire:"base"`
	Vendor  uint32
	Subtype uint32
}
