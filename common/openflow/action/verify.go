package action

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// place is where a list of actions is.
type place uint8

const (
	inPacketOut place = iota
	inFlow
	inCT
	inClone
)

// Ranks of what a flow does, in the order of ranks.
const (
	rankMeter = iota
	rankAction
	rankClear
	rankWrite
	rankMetadata
	rankGoto
)

func rankOf(a Action) int {
	switch a.(type) {
	case *Meter:
		return rankMeter
	case *ClearActions:
		return rankClear
	case *WriteActions:
		return rankWrite
	case *WriteMetadata, *NXWriteMetadata:
		return rankMetadata
	case *GotoTable:
		return rankGoto
	}
	return rankAction
}

// verify checks actions among each other and against where they are, as Open vSwitch does once it has read all of them.
func verify(list []placed, where place) error {
	rank := rankMeter
	for n, a := range list {
		if _, ok := a.Action.(*Conjunction); ok {
			return verifyConjunctions(list)
		}
		next := rankOf(a.Action)
		err := verifyOne(a.Action, where)
		switch {
		case err != nil:
		case n > 0 && (next < rank || next == rank && rank != rankAction):
			err = ErrOrder
		case next != rankAction && where != inFlow:
			err = ErrInstruction
		}
		if err != nil {
			return a.refuse(err)
		}
		rank = next
	}
	return nil
}

// verifyConjunctions checks that a list has nothing but conjunctions and notes.
func verifyConjunctions(list []placed) error {
	for _, a := range list {
		switch a.Action.(type) {
		case *Conjunction, *Note:
		default:
			return a.refuse(fmt.Errorf("%w: only notes go with it", ErrConjunction))
		}
	}
	return nil
}

// verifyOne checks whether an action may be where it is.
func verifyOne(a Action, where place) error {
	i := written(a)
	ct := i != nil && (i.Field == oxm.CTMark || i.Field == oxm.CTLabel)
	_, nat := a.(*NAT)
	switch {
	case ct && where != inCT:
		return fmt.Errorf("%s outside of ct: %w", i.Name, errOutside)
	case nat && where != inCT:
		return fmt.Errorf("outside of ct: %w", errOutside)
	case where == inCT && !ct && !nat:
		return fmt.Errorf("inside of ct: %w", ErrNested)
	}
	return nil
}

// written is the field that an action writes, nil for an action that is not about fields in general.
func written(a Action) (i *oxm.Info) {
	switch a := a.(type) {
	case *SetField:
		i, _ = oxm.Known(a.Entry.field())
	case *RegLoad:
		i = a.Dst.info()
	case *RegLoad2:
		i, _ = oxm.Known(a.Entry.field())
	case *RegMove:
		i, _ = oxm.Known(a.Dst.Field)
	case *CopyField:
		i, _ = oxm.Known(a.Dst.Field)
	}
	return i
}
