package of13

import (
	"encoding/binary"
	"errors"
	"fmt"
	"iter"

	"github.com/vlcp-go/vlcp/common/wire"
)

// ErrUnknown is wrapped by errors about a kind of message that has no structure here.
var ErrUnknown = errors.New("unknown kind")

// Raw is one action or instruction, looked at in place.
type Raw struct {
	Type uint16
	Body []byte // after type and length
}

// next splits the first element off a list of elements that begin with type and length.
func next(b []byte) (e Raw, rest []byte, err error) {
	if len(b) < actionHeadLen {
		return Raw{}, nil, wire.ErrTruncated
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	switch {
	case n < actionHeadLen || n%actionAlign != 0:
		return Raw{}, nil, fmt.Errorf("length %d: %w", n, wire.ErrLength)
	case n > len(b):
		return Raw{}, nil, fmt.Errorf("length %d: %w", n, wire.ErrTruncated)
	}
	return Raw{Type: binary.BigEndian.Uint16(b), Body: b[actionHeadLen:n:n]}, b[n:], nil
}

func walk(b []byte) iter.Seq[Raw] {
	return func(yield func(Raw) bool) {
		for len(b) > 0 {
			e, rest, err := next(b)
			if err != nil || !yield(e) {
				return
			}
			b = rest
		}
	}
}

func check(b []byte, what string) error {
	for at := 0; at < len(b); {
		_, rest, err := next(b[at:])
		if err != nil {
			return fmt.Errorf("offset %d of the %s: %w", at, what, err)
		}
		at = len(b) - len(rest)
	}
	return nil
}

// All walks the actions.
func (a Actions) All() iter.Seq[Raw] { return walk(a) }

// Check says whether the list can be walked to its end.
func (a Actions) Check() error { return check(a, "actions") }

// All walks the instructions.
func (i Instructions) All() iter.Seq[Raw] { return walk(i) }

// Check says whether the list can be walked to its end, actions inside included.
func (i Instructions) Check() error {
	if err := check(i, "instructions"); err != nil {
		return err
	}
	for e := range i.All() {
		if t := InstructionType(e.Type); t != InstructionApplyActions && t != InstructionWriteActions {
			continue
		}
		if len(e.Body) < 4 {
			return fmt.Errorf("instruction %s: %w", InstructionType(e.Type), wire.ErrLength)
		}
		if err := Actions(e.Body[4:]).Check(); err != nil {
			return err
		}
	}
	return nil
}
