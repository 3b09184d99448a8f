package action

import (
	"errors"
	"fmt"
)

const instructionHeadLen = 8

// instructions checks a list of instructions, each on its own. It returns what they do, in the order in which it is
// done: the actions that are applied without the instruction around them.
func (c *checker) instructions(b []byte) ([]placed, error) {
	have := map[InstructionType]placed{}
	var apply []placed
	if len(b)%align != 0 {
		return nil, &Error{Action: "list", Err: fmt.Errorf("%d bytes: %w", len(b), errInstLen)}
	}
	err := walk(0, b, func(at int, raw []byte) error {
		c.base = at
		i, list, err := c.instruction(raw)
		if err == nil {
			if _, ok := have[typeOf(i)]; ok {
				err = ErrDuplicate
			}
			have[typeOf(i)] = placed{i, at}
			apply = append(apply, list...)
		}
		return locate(at, i, err)
	})
	var l *Error
	if errors.As(err, &l) && l.Action == brokenElement {
		l.Err = as(l.Err, "OFPBIC_BAD_LEN")
	}
	var out []placed
	for _, rank := range ranks {
		if i, ok := have[rank]; ok && rank != InstructionApplyActions {
			out = append(out, i)
		} else if ok {
			out = append(out, apply...)
		}
	}
	return out, err
}

// instruction checks one; list are the actions that it applies.
func (c *checker) instruction(raw []byte) (i Action, list []placed, err error) {
	if i, err = decodeInstruction(raw); err != nil {
		return i, nil, as(err, "OFPBIC_BAD_LEN")
	}
	switch i := i.(type) {
	case *UnknownInstruction:
		if i.Type == InstructionExperimenter {
			return i, nil, errInstVend
		}
		return i, nil, fmt.Errorf("type %d: %w", i.Type, errInstType)
	case *ApplyActions:
		list, err = c.inner(instructionHeadLen, i.Actions)
	case *WriteActions:
		var set []placed
		if set, err = c.inner(instructionHeadLen, i.Actions); err == nil {
			err = checkSet(set)
		}
	}
	return i, list, err
}

// checkSet says whether the actions can be in an action set.
func checkSet(list []placed) error {
	for _, a := range list {
		switch a.Action.(type) {
		case *Bundle, *BundleLoad, *Clone, *NAT, *NXController, *NXController2, *Exit, *FinTimeout, *Learn, *Learn2,
			*Conjunction, *Multipath, *Note, *OutputReg, *OutputReg2, *OutputTrunc, *PopQueue, *Sample, *Sample2,
			*Sample3, *Sample4, *StackPush, *StackPop, *NXWriteMetadata, *CheckPktLarger, *DeleteField:
			return a.refuse(fmt.Errorf("in an action set: %w", errInSet))
		}
	}
	return nil
}
