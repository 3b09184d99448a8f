package action

import (
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/wire"
)

//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen

// Action is one action or instruction: a pointer to one of the structs of this package.
type Action interface {
	wire.Described
	// SetKind sets the fields that make a struct the action that it is. Append does so.
	SetKind()

	text(p *printer)
	check(c *checker) error
}

// Header10 starts the actions of OpenFlow 1.0 (5.2.4).
//
//wire:base
type Header10 struct {
	Type   Type10
	Length uint16 `wire:"size"`
}

// Header13 starts the actions of OpenFlow 1.3 (7.2.5).
//
//wire:base
type Header13 struct {
	Type   Type13
	Length uint16 `wire:"size"`
}

// Extension starts the actions of Nicira and of ONF, which have a place for the subtype in common.
//
//wire:base
type Extension struct {
	Type    uint16 // TypeExperimenter
	Length  uint16 `wire:"size"`
	Vendor  uint32 `wire:"format=hex"`
	Subtype Subtype
}

// Type10 is the type of an action of OpenFlow 1.0.
//
//wire:enum
type Type10 uint16

// Types of OpenFlow 1.0.
const (
	Type10Output     Type10 = 0
	Type10SetVLANVID Type10 = 1
	Type10SetVLANPCP Type10 = 2
	Type10StripVLAN  Type10 = 3
	Type10SetDLSrc   Type10 = 4
	Type10SetDLDst   Type10 = 5
	Type10SetNwSrc   Type10 = 6
	Type10SetNwDst   Type10 = 7
	Type10SetNwTOS   Type10 = 8
	Type10SetTpSrc   Type10 = 9
	Type10SetTpDst   Type10 = 10
	Type10Enqueue    Type10 = 11
)

// Type13 is the type of an action of OpenFlow 1.3.
//
//wire:enum
type Type13 uint16

// Types of OpenFlow 1.3. Those of 1 to 10 and 13 and 14 are of OpenFlow 1.1; Open vSwitch still takes them.
const (
	TypeOutput       Type13 = 0
	TypeSetVLANVID   Type13 = 1
	TypeSetVLANPCP   Type13 = 2
	TypeSetDLSrc     Type13 = 3
	TypeSetDLDst     Type13 = 4
	TypeSetNwSrc     Type13 = 5
	TypeSetNwDst     Type13 = 6
	TypeSetNwTOS     Type13 = 7
	TypeSetNwECN     Type13 = 8
	TypeSetTpSrc     Type13 = 9
	TypeSetTpDst     Type13 = 10
	TypeCopyTTLOut   Type13 = 11
	TypeCopyTTLIn    Type13 = 12
	TypeSetMPLSLabel Type13 = 13
	TypeSetMPLSTC    Type13 = 14
	TypeSetMPLSTTL   Type13 = 15
	TypeDecMPLSTTL   Type13 = 16
	TypePushVLAN     Type13 = 17
	TypePopVLAN      Type13 = 18
	TypePushMPLS     Type13 = 19
	TypePopMPLS      Type13 = 20
	TypeSetQueue     Type13 = 21
	TypeGroup        Type13 = 22
	TypeSetNwTTL     Type13 = 23
	TypeDecNwTTL     Type13 = 24
	TypeSetField     Type13 = 25
	TypePushPBB      Type13 = 26
	TypePopPBB       Type13 = 27
)

// TypeExperimenter is the type of the actions of vendors, of every version.
const TypeExperimenter uint16 = 0xffff

const (
	vendorNicira = openflow.VendorNicira
	vendorONF    = openflow.VendorONF
)

// Subtype of an action of Nicira or of ONF.
//
//wire:enum
type Subtype uint16

// Subtypes of Nicira (NXAST).
const (
	SubtypeResubmit        Subtype = 1
	SubtypeSetTunnel       Subtype = 2
	SubtypeSetQueue        Subtype = 4
	SubtypePopQueue        Subtype = 5
	SubtypeRegMove         Subtype = 6
	SubtypeRegLoad         Subtype = 7
	SubtypeNote            Subtype = 8
	SubtypeSetTunnel64     Subtype = 9
	SubtypeMultipath       Subtype = 10
	SubtypeBundle          Subtype = 12
	SubtypeBundleLoad      Subtype = 13
	SubtypeResubmitTable   Subtype = 14
	SubtypeOutputReg       Subtype = 15
	SubtypeLearn           Subtype = 16
	SubtypeExit            Subtype = 17
	SubtypeDecTTL          Subtype = 18
	SubtypeFinTimeout      Subtype = 19
	SubtypeController      Subtype = 20
	SubtypeDecTTLCntIDs    Subtype = 21
	SubtypeWriteMetadata   Subtype = 22
	SubtypePushMPLS        Subtype = 23
	SubtypePopMPLS         Subtype = 24
	SubtypeSetMPLSTTL      Subtype = 25
	SubtypeDecMPLSTTL      Subtype = 26
	SubtypeStackPush       Subtype = 27
	SubtypeStackPop        Subtype = 28
	SubtypeSample          Subtype = 29
	SubtypeSetMPLSLabel    Subtype = 30
	SubtypeSetMPLSTC       Subtype = 31
	SubtypeOutputReg2      Subtype = 32
	SubtypeRegLoad2        Subtype = 33
	SubtypeConjunction     Subtype = 34
	SubtypeCT              Subtype = 35
	SubtypeNAT             Subtype = 36
	SubtypeController2     Subtype = 37
	SubtypeSample2         Subtype = 38
	SubtypeOutputTrunc     Subtype = 39
	SubtypeGroup           Subtype = 40
	SubtypeSample3         Subtype = 41
	SubtypeClone           Subtype = 42
	SubtypeCTClear         Subtype = 43
	SubtypeResubmitTableCT Subtype = 44
	SubtypeLearn2          Subtype = 45
	SubtypeEncap           Subtype = 46
	SubtypeDecap           Subtype = 47
	SubtypeDecNSHTTL       Subtype = 48
	SubtypeCheckPktLarger  Subtype = 49
	SubtypeDeleteField     Subtype = 50
	SubtypeSample4         Subtype = 51
	SubtypeDebugSlow       Subtype = 254
	SubtypeDebugRecirc     Subtype = 255
)

// SubtypeCopyField is the one action of ONF for OpenFlow 1.3 that Open vSwitch knows (EXT-320).
const SubtypeCopyField Subtype = 3200

// Unknown10 is an action of OpenFlow 1.0 of a type that there is not.
//
//wire:else
type Unknown10 struct {
	Header10 `wire:"base"`
	Data     []byte `wire:"rest"`
}

// Unknown13 is an action of OpenFlow 1.3 of a type that there is not, or that Open vSwitch has not: copy_ttl_out,
// copy_ttl_in, push_pbb, pop_pbb.
//
//wire:else
type Unknown13 struct {
	Header13 `wire:"base"`
	Data     []byte `wire:"rest"`
}

// UnknownExtension is an action of Nicira or of ONF of a subtype that is not known.
//
//wire:else
type UnknownExtension struct {
	Extension `wire:"base"`
	Data      []byte `wire:"rest"`
}

// Experimenter is an action of another vendor.
//
//wire:when Type=TypeExperimenter
type Experimenter struct {
	Type   uint16
	Length uint16 `wire:"size"`
	Vendor uint32 `wire:"format=hex"`
	Data   []byte `wire:"rest"`
}
