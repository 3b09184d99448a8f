package vswitch

import (
	"fmt"

	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// spec is one part of a learned flow: bits of the packet or of a value, and what they become.
type spec struct {
	src      oxm.Field // with value nil
	value    []byte
	from, at int
	bits     int
	kind     uint16
	dst      oxm.Field
}

// learn compiles an action that makes a flow of the packet, where the table has fewer than limit of its cookie; 0 is no
// limit. The flow is there for the next packet: the one that made it is looked up in the tables as they were, as in
// Open vSwitch.
func learn(a *action.Learn, limit uint32) (op, error) {
	if a.Flags&^action.LearnSendFlowRem != 0 || a.FinIdleTimeout|a.FinHardTimeout != 0 {
		return nil, fmt.Errorf("learn(delete_learned, result_dst, fin timeouts): %w", ErrUnsupported)
	}
	specs := make([]spec, 0, len(a.Specs.List))
	for _, s := range a.Specs.List {
		c := spec{bits: s.NBits(), kind: s.Kind(), from: int(s.SrcOffset), at: int(s.DstOffset)}
		if s.HasValue() {
			c.value, c.from = s.Value, 0
		} else if i, _ := oxm.Known(s.Src.Field()); i != nil {
			c.src = i.Field
		} else {
			return nil, fmt.Errorf("learn from field %v: %w", s.Src.Field(), ErrUnsupported)
		}
		if c.kind != action.LearnDstOutput {
			i, _ := oxm.Known(s.Dst.Field())
			if i == nil {
				return nil, fmt.Errorf("learn field %v: %w", s.Dst.Field(), ErrUnsupported)
			}
			c.dst = i.Field
		}
		specs = append(specs, c)
	}
	return func(x *execution) {
		m := learned(x.p, a, specs)
		x.learnt = append(x.learnt, func() { x.s.learn(m, limit) })
	}, nil
}

// learnOf is what two forms of the action have in common.
func learnOf(a *action.Learn2) *action.Learn {
	return &action.Learn{IdleTimeout: a.IdleTimeout, HardTimeout: a.HardTimeout, Priority: a.Priority, Cookie: a.Cookie,
		Flags: a.Flags, Table: a.Table, FinIdleTimeout: a.FinIdleTimeout, FinHardTimeout: a.FinHardTimeout, Specs: a.Specs}
}

// learned makes the flow.
func learned(p *packet, a *action.Learn, specs []spec) *of13.FlowMod {
	var fields oxm.Flow
	var do of13.Actions
	for _, s := range specs {
		from := s.value
		if from == nil {
			from = p.fields.Value(s.src)
		}
		switch s.kind {
		case action.LearnDstMatch:
			n := s.dst.Len()
			value, mask := make([]byte, n), make([]byte, n)
			for i := range s.bits {
				putBit(value, s.at+i, bit(from, s.from+i))
				putBit(mask, s.at+i, true)
			}
			if s.bits == n*8 || s.bits == s.dst.Info().Bits {
				mask = nil
			}
			_ = fields.Set(oxm.TLV{Field: s.dst, Value: value, Mask: mask}) // of a length that fits
		case action.LearnDstLoad:
			do = action.Load(do, s.dst, action.Bits(s.at, s.bits), number(from, s.from, s.bits))
		case action.LearnDstOutput:
			do = do.Output(uint32(number(from, s.from, s.bits)), 0)
		}
	}
	var run of13.Instructions
	if len(do) > 0 {
		run = run.Apply(do)
	}
	var flags of13.FlowFlags
	if a.Flags&action.LearnSendFlowRem != 0 {
		flags = of13.FlowSendRemoved
	}
	return &of13.FlowMod{Command: of13.FlowAdd, Table: a.Table, Priority: a.Priority, Cookie: a.Cookie, Flags: flags,
		IdleTimeout: a.IdleTimeout, HardTimeout: a.HardTimeout, BufferID: of13.NoBuffer, OutPort: of13.PortAny,
		OutGroup: of13.AnyGroup, Match: of13.Match{Fields: fields.AppendMatch(nil)}, Instructions: run}
}

// number is n bits of a value.
func number(b []byte, from, n int) (v uint64) {
	for i := range n {
		if bit(b, from+i) {
			v |= 1 << i
		}
	}
	return v
}

// learn adds a learned flow, or changes the one that is there and keeps its counters.
func (s *Switch) learn(m *of13.FlowMod, limit uint32) {
	key := of13.FlowKey(m.Table, m.Priority, m.Match.Fields)
	old := s.tables[m.Table].flows[key]
	if limit != 0 && (old == nil || old.Cookie != m.Cookie) {
		for _, f := range s.tables[m.Table].list {
			if f.Cookie == m.Cookie {
				limit--
			}
			if limit == 0 {
				return
			}
		}
	}
	if old == nil || old.Cookie != m.Cookie {
		_ = s.flowMod(m) // of actions that the model has: load and output
		if f := s.tables[m.Table].flows[key]; f != nil {
			f.Learned = true
		}
		return
	}
	if run, err := compile(m.Table, m.Instructions); err == nil {
		old.Instructions, old.run, old.Modified = m.Instructions, run, s.o.Now()
	}
}

// learn does what the packet taught.
func (x *execution) learn() {
	for _, do := range x.learnt {
		do()
	}
	x.learnt = nil
}
