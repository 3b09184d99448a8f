package nicira

// GroupMod changes groups, in the form of OpenFlow 1.5 (NXT_GROUP_MOD, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeExperimenter Vendor=vendor Subtype=SubtypeGroupMod
type GroupMod struct {
	Header        `wire:"base"`
	Command       GroupCommand
	GroupType     GroupType
	_             [1]byte
	Group         uint32
	BucketsLen    uint16
	_             [2]byte
	CommandBucket uint32          // the bucket before which to insert, or which to remove
	Buckets       []Bucket        `wire:"bytes=BucketsLen"`
	Properties    []GroupProperty `wire:"rest,pad=8"`
}

// GroupCommand is what a GroupMod does.
//
//wire:enum
type GroupCommand uint16

// The commands.
const (
	GroupAdd          GroupCommand = 0
	GroupModify       GroupCommand = 1
	GroupDelete       GroupCommand = 2
	GroupInsertBucket GroupCommand = 3
	GroupRemoveBucket GroupCommand = 5
	GroupAddOrModify  GroupCommand = 0x8000
)

// GroupType is what a group does with its buckets.
//
//wire:enum
type GroupType uint8

// The types.
const (
	GroupAll      GroupType = 0
	GroupSelect   GroupType = 1
	GroupIndirect GroupType = 2
	GroupFastFail GroupType = 3
)

// Buckets that a GroupMod can name besides those with a number.
const (
	BucketMax   uint32 = 0xffffff00
	BucketFirst uint32 = 0xfffffffd
	BucketLast  uint32 = 0xfffffffe
	BucketAll   uint32 = 0xffffffff
)

// Bucket of a group.
type Bucket struct {
	Length     uint16 `wire:"size"`
	ActionsLen uint16
	ID         uint32
	Actions    Actions          `wire:"bytes=ActionsLen,format=formatActions10,parse=parseActions10"`
	Properties []BucketProperty `wire:"rest,pad=8"`
}

// BucketProperty of a bucket.
type BucketProperty struct {
	Type   BucketType
	Length uint16 `wire:"size"`
	Value  []byte `wire:"rest"`
}

// BucketType is what a property of a bucket is.
//
//wire:enum
type BucketType uint16

// The properties.
const (
	BucketWeight       BucketType = 0 // 16 bits
	BucketWatchPort    BucketType = 1 // 32 bits
	BucketWatchGroup   BucketType = 2 // 32 bits
	BucketExperimenter BucketType = 0xffff
)

// GroupProperty of a group: a vendor's, such as the selection method of Netronome.
type GroupProperty struct {
	Type   uint16
	Length uint16 `wire:"size"`
	Value  []byte `wire:"rest"`
}

// GroupStatsRequest asks for the counters of a group (NXST_GROUP, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeStatsRequest Kind=StatsVendor Vendor=vendor Subtype=StatsGroup
type GroupStatsRequest struct {
	Stats `wire:"base"`
	Group uint32
	_     [4]byte
}

// GroupStatsReply has them (NXST_GROUP, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeStatsReply Kind=StatsVendor Vendor=vendor Subtype=StatsGroup
type GroupStatsReply struct {
	Stats  `wire:"base"`
	Groups []GroupStats `wire:"rest"`
}

// GroupStats are the counters of one group.
type GroupStats struct {
	Length       uint16 `wire:"size"`
	_            [2]byte
	Group        uint32
	RefCount     uint32
	_            [4]byte
	Packets      uint64
	Bytes        uint64
	DurationSec  uint32
	DurationNsec uint32
	Buckets      []BucketCounter `wire:"rest"`
}

// BucketCounter are the counters of one bucket.
type BucketCounter struct {
	Packets uint64
	Bytes   uint64
}

// GroupDescRequest asks for the description of a group (NXST_GROUP_DESC, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeStatsRequest Kind=StatsVendor Vendor=vendor Subtype=StatsGroupDesc
type GroupDescRequest struct {
	Stats `wire:"base"`
	Group uint32
	_     [4]byte
}

// GroupDescReply has it (NXST_GROUP_DESC, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeStatsReply Kind=StatsVendor Vendor=vendor Subtype=StatsGroupDesc
type GroupDescReply struct {
	Stats  `wire:"base"`
	Groups []GroupDesc `wire:"rest"`
}

// GroupDesc is one group.
type GroupDesc struct {
	Length     uint16 `wire:"size"`
	Type       GroupType
	_          [1]byte
	Group      uint32
	BucketsLen uint16
	_          [6]byte
	Buckets    []Bucket        `wire:"bytes=BucketsLen"`
	Properties []GroupProperty `wire:"rest,pad=8"`
}

// GroupFeaturesRequest asks what groups can do (NXST_GROUP_FEATURES, OpenFlow 1.0).
//
//wire:when Version=version10 Type=TypeStatsRequest Kind=StatsVendor Vendor=vendor Subtype=StatsGroupFeatures
type GroupFeaturesRequest struct {
	Stats `wire:"base"`
}

// GroupFeaturesReply says what groups can do (NXST_GROUP_FEATURES, OpenFlow 1.0). Arrays are by GroupType.
//
//wire:when Version=version10 Type=TypeStatsReply Kind=StatsVendor Vendor=vendor Subtype=StatsGroupFeatures
type GroupFeaturesReply struct {
	Stats        `wire:"base"`
	Types        uint32 `wire:"format=hex"` // 1<<GroupType
	Capabilities uint32 `wire:"format=hex"`
	MaxGroups    [4]uint32
	Actions      [4]uint32 // 1<<action type
}
