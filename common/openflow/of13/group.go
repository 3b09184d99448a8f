package of13

// GroupMod changes the group table (7.3.4.2).
//
//wire:when Version=openflow.Version13 Type=TypeGroupMod
type GroupMod struct {
	Header  `wire:"base"`
	Command GroupCommand
	Type    GroupType `wire:"name=group_type"`
	_       [1]byte
	Group   uint32
	Buckets []Bucket `wire:"rest"`
}

// Bucket is one set of actions of a group.
type Bucket struct {
	Length     uint16 `wire:"size"`
	Weight     uint16
	WatchPort  uint32
	WatchGroup uint32
	_          [4]byte
	Actions    Actions `wire:"rest,format=formatActions,parse=parseActions"`
}

// GroupCommand is what a GroupMod does.
//
//wire:enum
type GroupCommand uint16

// The commands.
const (
	GroupAdd    GroupCommand = 0
	GroupModify GroupCommand = 1
	GroupDelete GroupCommand = 2
)

// GroupType is how a group picks buckets.
//
//wire:enum
type GroupType uint8

// The types.
const (
	GroupAll          GroupType = 0
	GroupSelect       GroupType = 1
	GroupIndirect     GroupType = 2
	GroupFastFailover GroupType = 3
)

// MeterMod changes the meters (7.3.4.4).
//
//wire:when Version=openflow.Version13 Type=TypeMeterMod
type MeterMod struct {
	Header  `wire:"base"`
	Command MeterCommand
	Flags   MeterFlags
	Meter   uint32
	Bands   []MeterBand `wire:"rest"`
}

// MeterBand is one band of a meter; Extra is the precedence byte of a DSCP band, in its first byte, or an
// experimenter's id.
type MeterBand struct {
	Type   MeterBandType
	Length uint16 `wire:"size"`
	Rate   uint32
	Burst  uint32
	Extra  []byte `wire:"rest"`
}

// MeterCommand is what a MeterMod does.
//
//wire:enum
type MeterCommand uint16

// The commands.
const (
	MeterAdd    MeterCommand = 0
	MeterModify MeterCommand = 1
	MeterDelete MeterCommand = 2
)

// MeterFlags of a meter.
//
//wire:bitset
type MeterFlags uint16

// The flags.
const (
	MeterKbps  MeterFlags = 1 << 0
	MeterPktps MeterFlags = 1 << 1
	MeterBurst MeterFlags = 1 << 2
	MeterStats MeterFlags = 1 << 3
)

// MeterBandType is what a band does to packets above its rate.
//
//wire:enum
type MeterBandType uint16

// The types.
const (
	MeterBandDrop         MeterBandType = 1
	MeterBandDSCPRemark   MeterBandType = 2
	MeterBandExperimenter MeterBandType = 0xffff
)

// TableMod configures a table (7.3.3).
//
//wire:when Version=openflow.Version13 Type=TypeTableMod
type TableMod struct {
	Header `wire:"base"`
	Table  uint8
	_      [3]byte
	Config uint32
}
