package of13

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/wire"
)

//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen

// Decode reads one framed message. The message keeps parts of b. A type without a structure here is an error
// that wraps ErrUnknown; multiparts and experimenters of an unknown kind survive as bytes.
func Decode(b []byte) (Message, error) {
	m, err := DecodeLoose(b)
	if err != nil {
		return nil, err
	}
	if err := checkLists(m); err != nil {
		return nil, err
	}
	return m, nil
}

// DecodeLoose is Decode without a look at the lists of actions and instructions, for those who look closer: package
// action says what is wrong with a list.
func DecodeLoose(b []byte) (Message, error) {
	var h Header
	r := wire.Borrow(b)
	defer r.Return()
	h.DecodeWire(r)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if h.Version != openflow.Version13 {
		return nil, fmt.Errorf("offset 0: version %#02x is not OpenFlow 1.3", uint8(h.Version))
	}
	s := pickHeader(&h)
	if s == nil || bySource(h.Type) {
		var err error
		if s, err = choose(&h, wire.FromBytes(b)); err != nil {
			return nil, err
		}
	}
	r.Reset(b)
	s.DecodeWire(r)
	if err := r.Err(); err != nil {
		return nil, err
	}
	if r.Len() > 0 {
		return nil, fmt.Errorf("offset %d: %d bytes after the end of the message: %w", r.Pos(), r.Len(), wire.ErrTrailing)
	}
	return s.(Message), nil
}

// bySource reports whether it takes more than the header to tell what a message is.
func bySource(t Type) bool {
	return t == TypeExperimenter || t == TypeMultipartReq || t == TypeMultipartReply
}

// choose makes an empty message of the kind that source says; h is its header.
func choose(h *Header, source wire.Source) (wire.Structure, error) {
	switch h.Type {
	case TypeMultipartReq, TypeMultipartReply:
		return chooseMultipart(source)
	case TypeExperimenter:
		return chooseExperimenter(source)
	}
	s := pickHeader(h)
	if s == nil {
		return nil, fmt.Errorf("offset 1: type %s: %w", h.Type, ErrUnknown)
	}
	return s, nil
}

func chooseExperimenter(source wire.Source) (wire.Structure, error) {
	var e experimenterHead
	if err := source(&e); err != nil {
		return nil, err
	}
	if make := onfMessages[e.Subtype]; make != nil && e.Vendor == openflow.VendorONF {
		return make(), nil
	}
	return &Experimenter{}, nil
}

// chooseMultipart looks into those of experimenters, too.
func chooseMultipart(source wire.Source) (wire.Structure, error) {
	s, err := newMultipart(source)
	switch s.(type) {
	case *ExperimenterRequest, *ExperimenterReply:
		if p, err := onfPart(source); p != nil || err != nil {
			return p, err
		}
	}
	return s, err
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
	case *FlowMonitorReply:
		for i := range m.Updates {
			if err := m.Updates[i].Instructions.Check(); err != nil {
				return fmt.Errorf("update %d: %w", i, err)
			}
		}
	case *GroupMod:
		return checkBuckets(m.Buckets)
	case *GroupDescReply:
		for i := range m.Groups {
			if err := checkBuckets(m.Groups[i].Buckets); err != nil {
				return fmt.Errorf("group %d: %w", i, err)
			}
		}
	}
	return nil
}

func checkBuckets(buckets []Bucket) error {
	for i := range buckets {
		if err := buckets[i].Actions.Check(); err != nil {
			return fmt.Errorf("bucket %d: %w", i, err)
		}
	}
	return nil
}

// Append writes m to b. Version, Type and Length are set from the Go type of m.
func Append(b []byte, m Message) ([]byte, error) {
	m.SetKind()
	return m.AppendWire(b)
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
