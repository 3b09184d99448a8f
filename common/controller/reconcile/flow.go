package reconcile

// Flow is a flow that a module wants, in the form in which it is compared and sent. It is kept once, by the rule that
// made it and by the Set, so it must not be changed.
type Flow struct {
	// Key identifies the flow in the switch: table, priority and canonical match bytes, see of13.FlowKey.
	Key string
	// Instr is the canonical instruction bytes; "" drops.
	Instr string
	// Cookie says whose it is.
	Cookie uint64
	// Owner is the object the flow is there for, as KIND/NAME.
	Owner string
}

// ID makes *Flow an output of an incremental rule.
func (f *Flow) ID() string { return f.Key }

// Equal compares flows of one ID.
func (f *Flow) Equal(o *Flow) bool { return f == o || *f == *o }

// Table of the flow.
func (f *Flow) Table() uint8 { return f.Key[0] }
