package nicira

import "github.com/vlcp-go/vlcp/common/openflow"

//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen

// Short names for the declarations below.
const (
	version10 = openflow.Version10
	vendor    = openflow.VendorNicira
)

// Header starts every message of Nicira: the header of OpenFlow, the vendor, and what the message is. Most kinds exist
// in every version of OpenFlow; SetVersion says in which a message is to be sent.
//
//wire:base
type Header struct {
	Version openflow.Version
	Type    Type
	Length  uint16 `wire:"size"`
	Xid     uint32
	Vendor  uint32 `wire:"format=hex"`
	Subtype Subtype
}

// TransactionID is the transaction id.
func (h *Header) TransactionID() uint32 { return h.Xid }

// SetXid sets the transaction id.
func (h *Header) SetXid(xid uint32) { h.Xid = xid }

// OpenFlow is the version of OpenFlow that the message has.
func (h *Header) OpenFlow() openflow.Version { return h.Version }

// SetVersion chooses the version of OpenFlow. Kinds that exist in one version only ignore it.
func (h *Header) SetVersion(v openflow.Version) { h.Version = v }

// Stats starts the statistics of Nicira. What stands where depends on the version of OpenFlow.
//
//wire:base
type Stats struct {
	Version openflow.Version
	Type    Type
	Length  uint16 `wire:"size"`
	Xid     uint32
	Kind    uint16 // StatsVendor
	Flags   StatsFlags
	_       [4]byte `wire:"if=Version>=openflow.Version13"`
	Vendor  uint32  `wire:"format=hex"`
	Subtype StatsSubtype
	_       [4]byte `wire:"if=Version<openflow.Version13"`
}

// TransactionID is the transaction id.
func (s *Stats) TransactionID() uint32 { return s.Xid }

// SetXid sets the transaction id.
func (s *Stats) SetXid(xid uint32) { s.Xid = xid }

// OpenFlow is the version of OpenFlow that the message has.
func (s *Stats) OpenFlow() openflow.Version { return s.Version }

// SetVersion chooses the version of OpenFlow. Kinds that exist in one version only ignore it.
func (s *Stats) SetVersion(v openflow.Version) {
	request := s.Type == TypeStatsRequest || s.Type == TypeMultipartRequest
	s.Version, s.Kind = v, StatsVendor
	switch {
	case v < openflow.Version13 && request:
		s.Type = TypeStatsRequest
	case v < openflow.Version13:
		s.Type = TypeStatsReply
	case request:
		s.Type = TypeMultipartRequest
	default:
		s.Type = TypeMultipartReply
	}
}

// Part is the statistics header, for whatever message embeds it.
func (s *Stats) Part() *Stats { return s }

// Reply reports whether the message is one.
func (s *Stats) Reply() bool { return s.Type == TypeStatsReply || s.Type == TypeMultipartReply }

// More reports whether more parts of the same reply follow.
func (s *Stats) More() bool { return s.Flags&StatsMore != 0 }

// jsonHead is what JSON is asked first: a message or statistics, and whose.
//
//wire:base
type jsonHead struct {
	Version openflow.Version
	Type    Type
	Vendor  uint32 `wire:"format=hex"`
}

// Unknown is a message of a kind that has no structure here; it survives as it is.
//
//wire:else
type Unknown struct {
	Header `wire:"base"`
	Data   []byte `wire:"rest"`
}

// UnknownStats are statistics of a kind that has no structure here; they survive as they are.
//
//wire:else
type UnknownStats struct {
	Stats `wire:"base"`
	Data  []byte `wire:"rest"`
}

// Type is the type of the OpenFlow message that carries one of Nicira.
//
//wire:enum
type Type uint8

// The types. Those of statistics moved between OpenFlow 1.0 and 1.1.
const (
	TypeExperimenter     Type = 4
	TypeStatsRequest     Type = 16 // OpenFlow 1.0
	TypeStatsReply       Type = 17
	TypeMultipartRequest Type = 18 // OpenFlow 1.3
	TypeMultipartReply   Type = 19
)

// StatsVendor is the kind of statistics of a vendor, in every version.
const StatsVendor uint16 = 0xffff

// StatsFlags of statistics.
//
//wire:bitset
type StatsFlags uint16

// Its bits.
const (
	StatsMore StatsFlags = 1 << 0
)

// Subtype says what a message of Nicira is.
//
//wire:enum
type Subtype uint32

// The subtypes (nicira-ext.h and ofp-msgs.h of Open vSwitch).
const (
	SubtypeRoleRequest        Subtype = 10
	SubtypeRoleReply          Subtype = 11
	SubtypeSetFlowFormat      Subtype = 12 // OpenFlow 1.0
	SubtypeFlowMod            Subtype = 13
	SubtypeFlowRemoved        Subtype = 14
	SubtypeFlowModTableID     Subtype = 15
	SubtypeSetPacketInFormat  Subtype = 16
	SubtypePacketIn           Subtype = 17
	SubtypeFlowAge            Subtype = 18
	SubtypeSetAsyncConfig     Subtype = 19
	SubtypeSetControllerID    Subtype = 20
	SubtypeFlowMonitorCancel  Subtype = 21 // OpenFlow 1.0; 1.3 has those of the ONF, in of13
	SubtypeFlowMonitorPaused  Subtype = 22
	SubtypeFlowMonitorResumed Subtype = 23
	SubtypeTLVTableMod        Subtype = 24
	SubtypeTLVTableRequest    Subtype = 25
	SubtypeTLVTableReply      Subtype = 26
	SubtypeSetAsyncConfig2    Subtype = 27
	SubtypeResume             Subtype = 28
	SubtypeCTFlushZone        Subtype = 29
	SubtypePacketIn2          Subtype = 30
	SubtypeGroupMod           Subtype = 31 // OpenFlow 1.0
	SubtypeCTFlush            Subtype = 32
	SubtypeRequestForward     Subtype = 132 // OpenFlow 1.0
)

// StatsSubtype says what statistics of Nicira are about.
//
//wire:enum
type StatsSubtype uint32

// The subtypes; all but those of IPFIX are of OpenFlow 1.0, as later versions have their own.
const (
	StatsFlow          StatsSubtype = 0
	StatsAggregate     StatsSubtype = 1
	StatsFlowMonitor   StatsSubtype = 2
	StatsIPFIXBridge   StatsSubtype = 3
	StatsIPFIXFlow     StatsSubtype = 4
	StatsGroup         StatsSubtype = 7
	StatsGroupDesc     StatsSubtype = 8
	StatsGroupFeatures StatsSubtype = 9
)
