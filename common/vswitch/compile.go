package vswitch

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/action"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// ErrUnsupported is wrapped by errors about actions and instructions that the model does not have.
var ErrUnsupported = errors.New("not in the model of the switch")

// compile makes the program of a flow in a table.
func compile(table uint8, b of13.Instructions) (program, error) {
	r := program{next: -1}
	list, err := action.DecodeInstructions(b)
	if err != nil {
		return r, err
	}
	for _, i := range list {
		switch i := i.(type) {
		case *action.ApplyActions:
			r.apply, err = compileActions(i.Actions)
		case *action.WriteActions:
			r.write, err = compileSet(i.Actions)
		case *action.ClearActions:
			r.clear = true
		case *action.GotoTable:
			if r.next = int(i.Table); i.Table <= table {
				err = fmt.Errorf("goto_table %d in table %d: not a later one", i.Table, table)
			}
		case *action.Meter:
			r.meter = i.Meter
		case *action.WriteMetadata:
			value, mask := i.Metadata, i.Mask
			r.apply = append(r.apply, func(x *execution) { x.p.write(oxm.Metadata, value, mask) })
		default:
			err = fmt.Errorf("instruction %T: %w", i, ErrUnsupported)
		}
		if err != nil {
			return r, err
		}
	}
	return r, nil
}

func compileActions(b []byte) ([]op, error) {
	list, err := action.Decode(openflow.Version13, b)
	if err != nil {
		return nil, err
	}
	ops := make([]op, 0, len(list))
	for _, a := range list {
		o, err := compileAction(a)
		if err != nil {
			return nil, err
		}
		ops = append(ops, o)
	}
	return ops, nil
}

func compileAction(a action.Action) (op, error) {
	switch a := a.(type) {
	case *action.Output:
		return func(x *execution) { x.output(a.Port) }, nil
	case *action.Group:
		return func(x *execution) { x.group(a.Group) }, nil
	case *action.PushVLAN:
		return func(x *execution) { x.p.pushVLAN(a.EthType) }, nil
	case *action.PopVLAN:
		return func(x *execution) { x.p.popVLAN() }, nil
	case *action.SetNwTTL:
		return func(x *execution) { x.p.set(oxm.IPTTL, []byte{a.TTL}) }, nil
	case *action.DecNwTTL, *action.NXDecTTL:
		return decTTL, nil
	case *action.Exit:
		return func(x *execution) { x.exit = true }, nil
	case *action.Note:
		return func(*execution) {}, nil
	case *action.ResubmitTable:
		return func(x *execution) { x.resubmit(a.InPort, a.Table) }, nil
	case *action.NXController2:
		return controller(a), nil
	case *action.CT:
		return track(a)
	case *action.CTClear:
		return func(x *execution) { x.p.untrack() }, nil
	case *action.Learn:
		return learn(a, 0)
	case *action.Learn2:
		return learn(learnOf(a), a.Limit)
	case *action.Clone:
		return clone(a)
	case *action.OutputTrunc:
		return func(x *execution) { x.outputTrunc(a) }, nil
	default:
		return compileField(a)
	}
}

// clone does actions on a copy of the packet. A meter among them drops the packet, not only the copy, if Open vSwitch
// undoes the actions by itself and needs no copy in the datapath for it.
func clone(a *action.Clone) (op, error) {
	inner, err := compileActions(a.Actions)
	list, decodeErr := action.Decode(openflow.Version13, a.Actions)
	apart := slices.ContainsFunc(list, func(a action.Action) bool {
		_, trunc := a.(*action.OutputTrunc)
		return trunc
	})
	return func(x *execution) {
		x.onCopy(func() { x.do(inner) })
		x.dropped = x.dropped && !apart
	}, errors.Join(err, decodeErr)
}

// outputTrunc sends the first bytes of the packet, see ovs-actions(7).
func (x *execution) outputTrunc(a *action.OutputTrunc) {
	whole := x.s.o.Emit
	if whole == nil {
		return
	}
	x.s.o.Emit = func(o Out) {
		o.Frame = o.Frame[:min(len(o.Frame), int(a.MaxLen))]
		whole(o)
	}
	x.output(oxm.Port32(a.Port))
	x.s.o.Emit = whole
}

func compileField(a action.Action) (op, error) {
	switch a := a.(type) {
	case *action.SetField:
		return setField(a.Entry)
	case *action.RegLoad2:
		return setField(a.Entry)
	case *action.RegLoad:
		f := a.Dst.Field()
		if f.Info() == nil || !writable(f) {
			return nil, fmt.Errorf("load to field %v: %w", f, ErrUnsupported)
		}
		return func(x *execution) {
			if x.p.has(f) {
				x.p.writeBits(f, a.Bits.Offset(), a.Bits.Len(), a.Value)
			}
		}, nil
	case *action.RegMove:
		return move(a)
	}
	return nil, fmt.Errorf("action %T: %w", a, ErrUnsupported)
}

func decTTL(x *execution) {
	ttl := x.p.fields.Value(oxm.IPTTL)[0]
	if ttl <= 1 {
		x.controller(&PacketIn{Reason: action.ReasonInvalidTTL})
		x.halt = true
		return
	}
	x.p.set(oxm.IPTTL, []byte{ttl - 1})
}

// resubmit looks the packet up again, for the actions of this flow as if it had come by another port.
func (x *execution) resubmit(port uint16, table uint8) {
	x.resubmits++
	if x.resubmits > resubmitMax {
		return
	}
	was := x.p.port()
	if p := oxm.Port32(port); p != of13.PortInPort {
		x.p.setPort(p)
	}
	if table == of13.AllTables && x.flow != nil {
		table = x.flow.Table
	}
	x.table(table)
	x.p.setPort(was)
}

func controller(a *action.NXController2) op {
	in := PacketIn{Reason: action.ReasonAction}
	meterID := uint32(0)
	for _, p := range a.Properties {
		switch p.Type {
		case action.PropertyUserData:
			in.UserData = p.Data
		case action.PropertyReason:
			in.Reason = p.Data[0]
		case action.PropertyMaxLen:
			in.most = int(binary.BigEndian.Uint16(p.Data))
		case action.PropertyMeterID:
			meterID = binary.BigEndian.Uint32(p.Data)
		}
	}
	return func(x *execution) {
		if m := x.s.meters[meterID]; m != nil && !m.pass(x.p.frame, x.s.o.Now()) {
			return
		}
		copied := in
		x.controller(&copied)
	}
}

func setField(e action.Entry) (op, error) {
	t, _, err := e.OXM.Next()
	if err != nil || t.Field.Info() == nil || !writable(t.Field) {
		return nil, fmt.Errorf("set_field of %v: %w", t.Field, ErrUnsupported)
	}
	return func(x *execution) {
		if t.Field.Canonical() == oxm.VLANVID && x.p.vlan == 0 {
			x.p.pushVLAN(ethVLAN) // a packet whose tag was taken off before gets a new one, as in Open vSwitch
		}
		if !x.p.has(t.Field) {
			return
		}
		if t.Mask == nil {
			x.p.set(t.Field, t.Value)
			return
		}
		v := append([]byte(nil), x.p.fields.Value(t.Field)...)
		for i := range v {
			v[i] = v[i]&^t.Mask[i] | t.Value[i]&t.Mask[i]
		}
		x.p.set(t.Field, v)
	}, nil
}

func move(a *action.RegMove) (op, error) {
	src, dst, n := a.Src.Field, a.Dst.Field, int(a.NBits)
	if src.Info() == nil || dst.Info() == nil || !writable(dst) {
		return nil, fmt.Errorf("move from field %v to %v: %w", src, dst, ErrUnsupported)
	}
	return func(x *execution) {
		if !x.p.has(src) || !x.p.has(dst) {
			return
		}
		from := x.p.fields.Value(src)
		to := append([]byte(nil), x.p.fields.Value(dst)...)
		for i := range n {
			putBit(to, int(a.DstOffset)+i, bit(from, int(a.SrcOffset)+i))
		}
		x.p.set(dst, to)
	}, nil
}

// bit is bit n of a value, the last bit of the last byte being 0.
func bit(b []byte, n int) bool { return b[len(b)-1-n/8]>>(n%8)&1 == 1 }

func putBit(b []byte, n int, on bool) {
	at, m := len(b)-1-n/8, byte(1)<<(n%8)
	if b[at] &^= m; on {
		b[at] |= m
	}
}

// writeBits sets n bits of a field, from ofs on.
func (p *packet) writeBits(f oxm.Field, ofs, n int, v uint64) {
	b := append([]byte(nil), p.fields.Value(f)...)
	for i := range n {
		putBit(b, ofs+i, v>>i&1 == 1)
	}
	p.set(f, b)
}

// write sets the bits of a field that are in a mask.
func (p *packet) write(f oxm.Field, value, mask uint64) {
	old := binary.BigEndian.Uint64(p.fields.Value(f))
	p.set(f, binary.BigEndian.AppendUint64(nil, old&^mask|value&mask))
}
