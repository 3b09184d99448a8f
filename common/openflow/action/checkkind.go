package action

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
)

// Without a check of its own an action is right when its length is.
func (*Header10) check(*checker) error          { return nil }
func (*Header13) check(*checker) error          { return nil }
func (*Extension) check(*checker) error         { return nil }
func (*HeaderInstruction) check(*checker) error { return nil }

func (*Experimenter) check(*checker) error { return ErrType }

// only10 are the actions of Nicira for which later versions have one of their own.
var only10 = map[Subtype]bool{SubtypeSetQueue: true, SubtypeGroup: true, SubtypeDecTTL: true, SubtypePushMPLS: true,
	SubtypePopMPLS: true, SubtypeSetMPLSTTL: true, SubtypeDecMPLSTTL: true, SubtypeSetMPLSLabel: true,
	SubtypeSetMPLSTC: true}

// only13 are the actions of Nicira that OpenFlow 1.0 has not.
var only13 = map[Subtype]bool{SubtypeEncap: true, SubtypeDecap: true, SubtypeDecNSHTTL: true}

// kind says whether Open vSwitch has the action, in this version.
func (c *checker) kind(a Action, raw []byte) error {
	switch a.(type) {
	case *Unknown10, *Unknown13:
		return ErrType
	case *UnknownExtension, *DebugSlow, *DebugRecirc:
		return ErrSubtype
	case *Experimenter:
		return ErrVendor
	}
	if binary.BigEndian.Uint16(raw) != TypeExperimenter {
		return nil
	}
	subtype := Subtype(binary.BigEndian.Uint16(raw[vendorLen:]))
	if _, onf := a.(*CopyField); c.v == openflow.Version10 && (onf || only13[subtype]) ||
		c.v != openflow.Version10 && only10[subtype] && !onf {
		return fmt.Errorf("%w in this version", ErrSubtype)
	}
	return nil
}
