package vswitch

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
)

// member is an action in the action set, which has one of each kind (5.10 of OpenFlow 1.3).
type member struct {
	order int    // in which kinds are done
	kind  string // what it replaces
	do    op
}

// Order of the kinds (5.10). Resubmit, which OpenFlow does not know, is done last in place of an output.
const (
	orderPop = iota
	orderPush
	orderTTL
	orderSet
	orderGroup
	orderOutput
)

// compileSet makes the members of a write_actions.
func compileSet(b []byte) ([]member, error) {
	list, err := action.Decode(openflow.Version13, b)
	if err != nil {
		return nil, err
	}
	var out []member
	for _, a := range list {
		do, err := compileAction(a)
		if err != nil {
			return nil, err
		}
		m := member{do: do, kind: fmt.Sprintf("%T", a)}
		switch a := a.(type) {
		case *action.PopVLAN:
			m.order = orderPop
		case *action.PushVLAN:
			m.order = orderPush
		case *action.DecNwTTL, *action.SetNwTTL:
			m.order = orderTTL
		case *action.SetField:
			t, _, _ := a.Entry.OXM.Next() // it was compiled
			m.order, m.kind = orderSet, t.Field.Canonical().Name()
		case *action.Group:
			m.order = orderGroup
		case *action.Output, *action.ResubmitTable:
			m.order, m.kind = orderOutput, "output"
		default:
			return nil, fmt.Errorf("write_actions(%T): %w", a, ErrUnsupported)
		}
		out = append(out, m)
	}
	return out, nil
}

// write puts members into the set, each in place of the one of its kind.
func (x *execution) write(members []member) {
	for _, m := range members {
		x.set = slices.DeleteFunc(x.set, func(o member) bool { return o.kind == m.kind })
		x.set = append(x.set, m)
	}
}

// finish does the action set at the end of the pipeline. A group stands in for an output.
func (x *execution) finish() {
	set := x.set
	x.set, x.exit = nil, false
	defer x.learn()
	slices.SortStableFunc(set, func(a, b member) int { return cmp.Compare(a.order, b.order) })
	for _, m := range set {
		if x.do([]op{m.do}); x.exit || x.dropped || m.order == orderGroup {
			return
		}
	}
}
