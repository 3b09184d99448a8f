package of13

import "github.com/vlcp-go/vlcp/common/openflow"

// Subtypes of the bundle messages in an Experimenter of VendorONF (ONF extension 230, the bundles of OpenFlow 1.4).
const (
	SubtypeBundleControl uint32 = 2300
	SubtypeBundleAdd     uint32 = 2301
)

// BundleControl opens, closes, commits or discards a bundle, or is the reply to that.
//
//wire:when Version=openflow.Version13 Type=TypeExperimenter Vendor=openflow.VendorONF Subtype=SubtypeBundleControl
type BundleControl struct {
	Header  `wire:"base"`
	Vendor  uint32
	Subtype uint32
	Bundle  uint32
	Control BundleType
	Flags   BundleFlags
	// Properties are all of experimenters; Open vSwitch does not look at them.
	Properties []byte `wire:"extra"`
}

// BundleAdd puts one message, whole and with the xid of this one, into a bundle. After the message there may be
// properties, which Inner takes off.
//
//wire:when Version=openflow.Version13 Type=TypeExperimenter Vendor=openflow.VendorONF Subtype=SubtypeBundleAdd
type BundleAdd struct {
	Header  `wire:"base"`
	Vendor  uint32
	Subtype uint32
	Bundle  uint32
	_       [2]byte
	Flags   BundleFlags
	Message []byte `wire:"rest"`
}

// Inner is the message for the bundle, and what follows it. It is false when there is no whole one.
func (m *BundleAdd) Inner() (message, properties []byte, ok bool) {
	n, err := openflow.Frame(m.Message)
	if err != nil || n == 0 || n > len(m.Message) {
		return nil, nil, false
	}
	return m.Message[:n:n], m.Message[n:], true
}

// BundleType is what a BundleControl asks for or answers.
//
//wire:enum
type BundleType uint16

// The types.
const (
	BundleOpenRequest    BundleType = 0
	BundleOpenReply      BundleType = 1
	BundleCloseRequest   BundleType = 2
	BundleCloseReply     BundleType = 3
	BundleCommitRequest  BundleType = 4
	BundleCommitReply    BundleType = 5
	BundleDiscardRequest BundleType = 6
	BundleDiscardReply   BundleType = 7
)

// BundleFlags of a bundle, the same in every message of it.
//
//wire:bitset
type BundleFlags uint16

// The flags.
const (
	BundleAtomic  BundleFlags = 1 << 0
	BundleOrdered BundleFlags = 1 << 1
)

// NewBundleControl makes a BundleControl.
func NewBundleControl(bundle uint32, c BundleType, f BundleFlags) *BundleControl {
	return &BundleControl{Vendor: openflow.VendorONF, Subtype: SubtypeBundleControl, Bundle: bundle, Control: c, Flags: f}
}
