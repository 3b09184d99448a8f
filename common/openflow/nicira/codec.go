package nicira

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/wire"
)

// ErrNotNicira is wrapped by errors about messages that are not of this vendor.
var ErrNotNicira = errors.New("no message of Nicira")

// Message is any message of Nicira: a pointer to one of the structs of this package.
type Message interface {
	openflow.Versioned
	// OpenFlow is the version of OpenFlow that the message has.
	OpenFlow() openflow.Version
}

// Is reports whether a framed message is one that Decode reads: one of Nicira, of OpenFlow 1.0 or 1.3.
func Is(b []byte) bool {
	if len(b) < openflow.HeaderLen {
		return false
	}
	v, typ := openflow.MessageVersion(b), Type(b[1])
	switch {
	case v != openflow.Version10 && v != openflow.Version13:
		return false
	case typ == TypeExperimenter:
		return vendorAt(b, 8)
	case isStats(v, typ):
		at := 12
		if v != openflow.Version10 {
			at = 16
		}
		return vendorAt(b, at) && binary.BigEndian.Uint16(b[8:]) == StatsVendor
	}
	return false
}

func vendorAt(b []byte, at int) bool {
	return len(b) >= at+8 && binary.BigEndian.Uint32(b[at:]) == vendor
}

func isStats(v openflow.Version, t Type) bool {
	if v == openflow.Version10 {
		return t == TypeStatsRequest || t == TypeStatsReply
	}
	return t == TypeMultipartRequest || t == TypeMultipartReply
}

// Decode reads one framed message, which keeps parts of b. Kinds without a structure are Unknown or UnknownStats. What
// is not of Nicira is an error that wraps ErrNotNicira.
func Decode(b []byte) (Message, error) {
	if !Is(b) {
		return nil, fmt.Errorf("decode: %w", ErrNotNicira)
	}
	m, err := choose(Type(b[1]), wire.FromBytes(b))
	if err != nil {
		return nil, err
	}
	r := wire.Borrow(b)
	defer r.Return()
	m.DecodeWire(r)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("offset %d: %d bytes after the end of the message: %w", r.Pos(), r.Len(), wire.ErrTrailing)
	}
	return m, nil
}

// choose makes an empty message of the kind that source says.
func choose(t Type, source wire.Source) (Message, error) {
	pick := newHeader
	if t != TypeExperimenter {
		pick = newStats
	}
	s, err := pick(source)
	if err != nil {
		return nil, err
	}
	return s.(Message), nil
}

// Append writes m to b. What makes the kind is set from the Go type of m; without a version it is of OpenFlow 1.3, or
// of the one version that has it.
func Append(b []byte, m Message) ([]byte, error) {
	prepare(m)
	return m.AppendWire(b)
}

func prepare(m Message) {
	if m.SetKind(); m.OpenFlow() == 0 {
		m.SetVersion(openflow.Version13)
	}
}

// Encode is Append to a new slice, for messages whose size is bounded by what made them; it panics on one that is
// longer than a message can be.
func Encode(m Message) []byte {
	b, err := Append(nil, m)
	if err != nil {
		panic(err)
	}
	return b
}

// EncodeJSON is m as JSON, which DecodeJSON reads.
func EncodeJSON(m Message) ([]byte, error) {
	prepare(m)
	return wire.MarshalJSON(m)
}

// DecodeJSON makes a message from JSON: at least version, type, vendor and subtype.
func DecodeJSON(b []byte) (Message, error) {
	source := wire.FromJSON(b)
	var h jsonHead
	if err := source(&h); err != nil {
		return nil, err
	}
	if !(h.Type == TypeExperimenter || isStats(h.Version, h.Type)) || h.Vendor != vendor {
		return nil, fmt.Errorf("read message from json: %w", ErrNotNicira)
	}
	m, err := choose(h.Type, source)
	if err != nil {
		return nil, err
	}
	return m, wire.UnmarshalJSON(b, m)
}

// Dump is m as indented text for people.
func Dump(m Message) string { return wire.Dump(m) }

// From reads the message that one of OpenFlow carries: an Experimenter or ExperimenterReply of 1.3, a Vendor or
// VendorStatsReply of 1.0, as a connection gives them to its user.
func From(m openflow.Message) (Message, error) {
	b, err := openflow.Append(nil, m)
	if err != nil {
		return nil, err
	}
	return Decode(b)
}

// From13 is From of an experimenter message of OpenFlow 1.3.
func From13(e *of13.Experimenter) (Message, error) { return From(e) }

// From10 is From of a vendor message of OpenFlow 1.0.
func From10(v *of10.Vendor) (Message, error) { return From(v) }

// For13 is the experimenter message of OpenFlow 1.3 that carries m, which must not be statistics.
func For13(m Message) *of13.Experimenter {
	m.SetVersion(openflow.Version13)
	b := Encode(m)
	return &of13.Experimenter{Header: of13.Header{Xid: m.TransactionID()}, Vendor: vendor,
		Subtype: binary.BigEndian.Uint32(b[12:]), Data: b[16:]}
}

// For10 is the vendor message of OpenFlow 1.0 that carries m, which must not be statistics.
func For10(m Message) *of10.Vendor {
	m.SetVersion(openflow.Version10)
	return &of10.Vendor{Header: of10.Header{Xid: m.TransactionID()}, Vendor: vendor, Data: Encode(m)[12:]}
}
