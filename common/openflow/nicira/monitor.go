package nicira

import "github.com/vlcp-go/vlcp/common/openflow/oxm"

// FlowMonitorRequest asks to be told of changes to flows (NXST_FLOW_MONITOR, OpenFlow 1.0; 1.3 has the one of the ONF,
// in of13).
//
//wire:when Version=version10 Type=TypeStatsRequest Kind=StatsVendor Vendor=vendor Subtype=StatsFlowMonitor
type FlowMonitorRequest struct {
	Stats    `wire:"base"`
	Monitors []FlowMonitor `wire:"rest"`
}

// FlowMonitor is one monitor.
type FlowMonitor struct {
	ID       uint32
	Flags    MonitorFlags
	OutPort  uint16
	MatchLen uint16
	Table    uint8     // 0xff: all
	Zero     [5]byte   // must be zero
	Match    oxm.Match `wire:"bytes=MatchLen,format=formatMatch,parse=parseMatch"`
	_        [0]byte   `wire:"align=8"`
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
	MonitorActions MonitorFlags = 1 << 4 // with their actions
	MonitorOwn     MonitorFlags = 1 << 5 // changes of this connection in full, not abbreviated
)

// FlowMonitorReply tells changes to flows (NXST_FLOW_MONITOR, OpenFlow 1.0). Without being asked for its xid is 0.
//
//wire:when Version=version10 Type=TypeStatsReply Kind=StatsVendor Vendor=vendor Subtype=StatsFlowMonitor
type FlowMonitorReply struct {
	Stats   `wire:"base"`
	Updates []FlowUpdate `wire:"rest"`
}

// FlowUpdate is one change. An abbreviated one has the xid of the request that made it and nothing else.
type FlowUpdate struct {
	Length      uint16 `wire:"size"`
	Event       UpdateEvent
	Xid         uint32  `wire:"if=Event==UpdateAbbrev"`
	Reason      uint16  `wire:"if=Event!=UpdateAbbrev"` // a FlowRemovedReason when it was deleted
	Priority    uint16  `wire:"if=Event!=UpdateAbbrev"`
	IdleTimeout uint16  `wire:"if=Event!=UpdateAbbrev"`
	HardTimeout uint16  `wire:"if=Event!=UpdateAbbrev"`
	MatchLen    uint16  `wire:"if=Event!=UpdateAbbrev"`
	Table       uint8   `wire:"if=Event!=UpdateAbbrev"`
	_           [1]byte `wire:"if=Event!=UpdateAbbrev"`
	Cookie      uint64  `wire:"format=hex,if=Event!=UpdateAbbrev"`
	// Body is the match, zeros up to eight bytes, and the actions.
	Body []byte `wire:"rest,format=v.formatBody,parse=v.parseBody"`
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

// Split takes Body apart into match and actions. It is false when the match is longer than the update.
func (u *FlowUpdate) Split() (oxm.Match, Actions, bool) {
	n := int(u.MatchLen)
	padded := (n + 7) &^ 7
	if u.Event == UpdateAbbrev || padded > len(u.Body) {
		return nil, nil, false
	}
	return oxm.Match(u.Body[:n:n]), Actions(u.Body[padded:]), true
}
