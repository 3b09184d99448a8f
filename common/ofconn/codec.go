package ofconn

import (
	"encoding/binary"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// codec is what a session must know of its version.
type codec struct {
	decode          func([]byte) (openflow.Message, error)
	featuresRequest uint8
	barrierRequest  uint8
	barrierReply    uint8
	// unasked are the types that are never a reply, replies those that are nothing else: sets of 1<<type.
	unasked, replies uint32
}

var codecs = map[openflow.Version]*codec{
	openflow.Version10: {
		decode:          func(b []byte) (openflow.Message, error) { return of10.Decode(b) },
		featuresRequest: uint8(of10.TypeFeaturesRequest),
		barrierRequest:  uint8(of10.TypeBarrierRequest),
		barrierReply:    uint8(of10.TypeBarrierReply),
		unasked:         1<<of10.TypePacketIn | 1<<of10.TypeFlowRemoved | 1<<of10.TypePortStatus,
		replies: 1<<of10.TypeFeaturesReply | 1<<of10.TypeGetConfigReply | 1<<of10.TypeStatsReply |
			1<<of10.TypeBarrierReply | 1<<of10.TypeQueueConfigReply,
	},
	openflow.Version13: {
		decode:          func(b []byte) (openflow.Message, error) { return of13.Decode(b) },
		featuresRequest: uint8(of13.TypeFeaturesRequest),
		barrierRequest:  uint8(of13.TypeBarrierRequest),
		barrierReply:    uint8(of13.TypeBarrierReply),
		unasked:         1<<of13.TypePacketIn | 1<<of13.TypeFlowRemoved | 1<<of13.TypePortStatus,
		replies: 1<<of13.TypeFeaturesReply | 1<<of13.TypeGetConfigReply | 1<<of13.TypeMultipartReply |
			1<<of13.TypeBarrierReply | 1<<of13.TypeQueueConfigRepl | 1<<of13.TypeRoleReply | 1<<of13.TypeGetAsyncReply,
	},
}

func in(set uint32, typ uint8) bool { return typ < 32 && set&(1<<typ) != 0 }

// answersOnly reports whether an extension has m for replies only.
func answersOnly(m openflow.Message) bool {
	switch m := m.(type) {
	case *of13.BundleControl:
		return true
	case *of10.Vendor:
		return m.Vendor == openflow.VendorNicira && len(m.Data) >= 4 && niciraReply(binary.BigEndian.Uint32(m.Data))
	case *of13.Experimenter:
		return m.Vendor == openflow.VendorNicira && niciraReply(m.Subtype)
	}
	return false
}

func niciraReply(subtype uint32) bool {
	s := nicira.Subtype(subtype)
	return s == nicira.SubtypeRoleReply || s == nicira.SubtypeTLVTableReply
}

// appendHeader makes a message that is nothing but a header.
func appendHeader(b []byte, v openflow.Version, typ uint8, xid uint32) []byte {
	return append(b, byte(v), typ, 0, openflow.HeaderLen, byte(xid>>24), byte(xid>>16), byte(xid>>8), byte(xid))
}

// Features is who a switch is, as it told when it connected.
type Features struct {
	DatapathID   uint64
	Buffers      uint32 // packets that it can keep
	Tables       uint8
	Auxiliary    uint8            // 0 is a main connection; always in 1.0
	Capabilities uint32           // of10.Capabilities or of13.Capabilities
	Reply        openflow.Message // *of10.FeaturesReply, which has the ports too, or *of13.FeaturesReply
}

func readFeatures(m openflow.Message) (Features, error) {
	switch f := m.(type) {
	case *of10.FeaturesReply:
		return Features{f.DatapathID, f.Buffers, f.Tables, 0, uint32(f.Capabilities), f}, nil
	case *of13.FeaturesReply:
		return Features{f.DatapathID, f.Buffers, f.Tables, f.AuxiliaryID, uint32(f.Capabilities), f}, nil
	}
	return Features{}, fmt.Errorf("asked for features, got %T: %w", m, ErrProtocol)
}
