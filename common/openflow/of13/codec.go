package of13

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/wire"
)

//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen

// codec is what every generated message has.
type codec interface {
	Message
	wire.Structure
	SetKind()
}

// Decode reads one framed message. The message keeps parts of b. A type or a kind of multipart without a structure here
// is an error that wraps ErrUnknown.
func Decode(b []byte) (Message, error) {
	var h Header
	r := wire.NewReader(b)
	h.DecodeWire(r)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if h.Version != openflow.Version13 {
		return nil, fmt.Errorf("offset 0: version %#02x is not OpenFlow 1.3", uint8(h.Version))
	}
	s, err := choose(b, &h)
	if err != nil {
		return nil, err
	}
	r = wire.NewReader(b)
	s.DecodeWire(r)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("offset %d: %d bytes after the end of the message: %w", r.Pos(), r.Len(), wire.ErrTrailing)
	}
	if err := checkLists(s.(Message)); err != nil {
		return nil, err
	}
	return s.(Message), nil
}

func choose(b []byte, h *Header) (wire.Structure, error) {
	var s wire.Structure
	switch h.Type {
	case TypeMultipartReq, TypeMultipartReply:
		var m Multipart
		r := wire.NewReader(b)
		m.DecodeWire(r)
		if err := r.Err(); err != nil {
			return nil, err
		}
		if s = pickMultipart(&m); s == nil {
			return nil, fmt.Errorf("offset 8: multipart %s: %w", m.Kind, ErrUnknown)
		}
	case TypeExperimenter:
		s = chooseExperimenter(b)
	default:
		s = pickHeader(h)
	}
	if s == nil {
		return nil, fmt.Errorf("offset 1: type %s: %w", h.Type, ErrUnknown)
	}
	return s, nil
}

func chooseExperimenter(b []byte) wire.Structure {
	var e Experimenter
	r := wire.NewReader(b)
	e.DecodeWire(r)
	if r.OK() && e.Vendor == openflow.VendorONF {
		switch e.Subtype {
		case SubtypeBundleControl:
			return &BundleControl{}
		case SubtypeBundleAdd:
			return &BundleAdd{}
		}
	}
	return &Experimenter{}
}

// checkLists makes sure that the lists of actions and instructions in a message can be walked.
func checkLists(m Message) error {
	switch m := m.(type) {
	case *FlowMod:
		return m.Instructions.Check()
	case *PacketOut:
		return m.Actions.Check()
	case *FlowStatsReply:
		for i := range m.Flows {
			if err := m.Flows[i].Instructions.Check(); err != nil {
				return fmt.Errorf("flow %d: %w", i, err)
			}
		}
	case *GroupMod:
		for i := range m.Buckets {
			if err := m.Buckets[i].Actions.Check(); err != nil {
				return fmt.Errorf("bucket %d: %w", i, err)
			}
		}
	}
	return nil
}

// Append writes m to b. Version, Type and Length are set from the Go type of m.
func Append(b []byte, m Message) ([]byte, error) {
	c, ok := m.(codec)
	if !ok {
		return nil, fmt.Errorf("encode %T: %w", m, ErrUnknown)
	}
	c.SetKind()
	return c.AppendWire(b)
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
