package action

// The actions of Nicira that OpenFlow 1.1 and later have too. Open vSwitch takes them in OpenFlow 1.0 only.

// NXSetQueue is SetQueue for OpenFlow 1.0.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSetQueue
type NXSetQueue struct {
	Extension `wire:"base"`
	Pad       [2]byte
	Queue     uint32
}

// NXGroup is Group for OpenFlow 1.0.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeGroup
type NXGroup struct {
	Extension `wire:"base"`
	Pad       [2]byte
	Group     uint32
}

// NXDecTTL is DecNwTTL for OpenFlow 1.0.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeDecTTL
type NXDecTTL struct {
	Extension `wire:"base"`
	Pad       [6]byte
}

// NXPushMPLS is PushMPLS for OpenFlow 1.0.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypePushMPLS
type NXPushMPLS struct {
	Extension `wire:"base"`
	EthType   uint16 `wire:"format=hex"`
	Pad       [4]byte
}

// NXPopMPLS is PopMPLS for OpenFlow 1.0.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypePopMPLS
type NXPopMPLS struct {
	Extension `wire:"base"`
	EthType   uint16 `wire:"format=hex"`
	Pad       [4]byte
}

// NXSetMPLSTTL is SetMPLSTTL for OpenFlow 1.0.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSetMPLSTTL
type NXSetMPLSTTL struct {
	Extension `wire:"base"`
	TTL       uint8
	Pad       [5]byte
}

// NXDecMPLSTTL is DecMPLSTTL for OpenFlow 1.0.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeDecMPLSTTL
type NXDecMPLSTTL struct {
	Extension `wire:"base"`
	Pad       [6]byte
}

// NXSetMPLSLabel is SetMPLSLabel for OpenFlow 1.0.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSetMPLSLabel
type NXSetMPLSLabel struct {
	Extension `wire:"base"`
	Pad       [2]byte
	Label     uint32
}

// NXSetMPLSTC is SetMPLSTC for OpenFlow 1.0.
//
//wire:when Type=TypeExperimenter Vendor=vendorNicira Subtype=SubtypeSetMPLSTC
type NXSetMPLSTC struct {
	Extension `wire:"base"`
	TC        uint8
	Pad       [5]byte
}
