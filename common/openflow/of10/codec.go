package of10

import (
	"errors"
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/wire"
)

//go:generate go run github.com/vlcp-go/vlcp/common/wire/wiregen

// ErrUnknown is wrapped by errors about a type of message that has no structure here.
var ErrUnknown = errors.New("unknown kind")

// Decode reads one framed message. The message keeps parts of b. A type without a structure here is an error that wraps
// ErrUnknown; statistics of an unknown kind survive as bytes.
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
	if h.Version != openflow.Version10 {
		return nil, fmt.Errorf("offset 0: version %#02x is not OpenFlow 1.0", uint8(h.Version))
	}
	s := pickHeader(&h)
	if s == nil { // statistics have more than the header to tell them apart
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

// choose makes an empty message of the kind that source says; h is its header.
func choose(h *Header, source wire.Source) (wire.Structure, error) {
	if h.Type == TypeStatsRequest || h.Type == TypeStatsReply {
		return newStats(source)
	}
	s := pickHeader(h)
	if s == nil {
		return nil, fmt.Errorf("offset 1: type %s: %w", h.Type, ErrUnknown)
	}
	return s, nil
}

// checkLists makes sure that the actions in a message can be walked.
func checkLists(m Message) error {
	switch m := m.(type) {
	case *FlowMod:
		return m.Actions.Check()
	case *PacketOut:
		return m.Actions.Check()
	case *FlowStatsReply:
		for i := range m.Flows {
			if err := m.Flows[i].Actions.Check(); err != nil {
				return fmt.Errorf("flow %d: %w", i, err)
			}
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
