package of13

// TableFeaturesRequest asks what the tables can do, or, with tables in it, asks for them to be so (7.3.5.5).
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartTableFeatures
type TableFeaturesRequest struct {
	Multipart `wire:"base"`
	Tables    []TableFeatures `wire:"rest"`
}

// TableFeaturesReply says what the tables can do.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartTableFeatures
type TableFeaturesReply struct {
	Multipart `wire:"base"`
	Tables    []TableFeatures `wire:"rest"`
}

// TableFeatures are those of one table.
type TableFeatures struct {
	Length        uint16 `wire:"size"`
	Table         uint8
	_             [5]byte
	Name          [32]byte `wire:"format=text"`
	MetadataMatch uint64   `wire:"format=hex"`
	MetadataWrite uint64   `wire:"format=hex"`
	Config        uint32
	MaxEntries    uint32
	Properties    []TableProperty `wire:"rest,pad=8"`
}

// TableProperty is one list of what a table can do (7.3.5.5.2). Data is, by type: instructions or actions as type and
// length without a body, table numbers of a byte each, or OXM headers.
type TableProperty struct {
	Type   TablePropertyType
	Length uint16 `wire:"size"`
	Data   []byte `wire:"rest"`
}

// TablePropertyType is what a property lists; those with Miss are about the table-miss flow.
//
//wire:enum
type TablePropertyType uint16

// The types.
const (
	TableInstructions      TablePropertyType = 0
	TableInstructionsMiss  TablePropertyType = 1
	TableNextTables        TablePropertyType = 2
	TableNextTablesMiss    TablePropertyType = 3
	TableWriteActions      TablePropertyType = 4
	TableWriteActionsMiss  TablePropertyType = 5
	TableApplyActions      TablePropertyType = 6
	TableApplyActionsMiss  TablePropertyType = 7
	TableMatch             TablePropertyType = 8
	TableWildcards         TablePropertyType = 10
	TableWriteSetField     TablePropertyType = 12
	TableWriteSetFieldMiss TablePropertyType = 13
	TableApplySetField     TablePropertyType = 14
	TableApplySetFieldMiss TablePropertyType = 15
	TableExperimenter      TablePropertyType = 0xfffe
	TableExperimenterMiss  TablePropertyType = 0xffff
)

// ExperimenterRequest is a multipart request of a vendor (7.3.5.16).
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReq Kind=MultipartExperimenter
type ExperimenterRequest struct {
	Multipart `wire:"base"`
	Vendor    uint32
	Subtype   uint32
	Data      []byte `wire:"rest"`
}

// ExperimenterReply answers it.
//
//wire:when Version=openflow.Version13 Type=TypeMultipartReply Kind=MultipartExperimenter
type ExperimenterReply struct {
	Multipart `wire:"base"`
	Vendor    uint32
	Subtype   uint32
	Data      []byte `wire:"rest"`
}
