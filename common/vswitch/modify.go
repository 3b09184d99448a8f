package vswitch

import (
	"bytes"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// modify does a flow-mod, group-mod or meter-mod.
func (s *Switch) modify(m of13.Message) error {
	switch m := m.(type) {
	case *of13.FlowMod:
		return s.flowMod(m)
	case *of13.GroupMod:
		return s.groupMod(m)
	case *of13.MeterMod:
		return s.meterMod(m)
	}
	return refuse(of13.ErrBadRequest, codeBadType, "message that cannot be in a bundle")
}

func (s *Switch) flowMod(m *of13.FlowMod) error {
	fields, err := take(m.Match.Fields)
	if err != nil {
		return refuse(of13.ErrBadMatch, 0, err.Error())
	}
	if m.Command == of13.FlowAdd {
		return s.addFlow(m, fields)
	}
	if m.Table != of13.AllTables && int(m.Table) >= tableCount {
		return refuse(of13.ErrFlowModFailed, codeBadTableID, "no such table")
	}
	run, err := compile(m.Table, m.Instructions)
	if err != nil {
		return refuse(of13.ErrBadInstruction, 0, err.Error())
	}
	for _, f := range s.meant(m, fields) {
		switch m.Command {
		case of13.FlowModify, of13.FlowModifyStrict:
			same := bytes.Equal(f.Instructions, m.Instructions)
			f.Instructions, f.run, f.Modified = slices.Clone(m.Instructions), run, s.o.Now()
			if !same {
				s.changed(f, of13.UpdateModified, 0)
			}
		case of13.FlowDelete, of13.FlowDeleteStrict:
			s.tables[f.Table].remove(f)
			s.removed(f, of13.RemovedDelete)
		default:
			return refuse(of13.ErrFlowModFailed, codeFlowModUnknown, "unknown command")
		}
	}
	return nil
}

// take takes a match apart.
func take(m oxm.Match) (oxm.Flow, error) {
	var w oxm.Flow
	if err := m.Check(); err != nil {
		return w, err
	}
	for t := range m.All() {
		if err := w.Set(t); err != nil {
			return w, err
		}
	}
	return w, nil
}

// addFlow adds a flow in place of one with the same match and priority, whose counters and age end with it.
func (s *Switch) addFlow(m *of13.FlowMod, fields oxm.Flow) error {
	if int(m.Table) >= tableCount {
		return refuse(of13.ErrFlowModFailed, codeBadTableID, "no such table")
	}
	run, err := compile(m.Table, m.Instructions)
	if err != nil {
		return refuse(of13.ErrBadAction, codeBadActionType, err.Error())
	}
	now := s.o.Now()
	f := &Flow{Table: m.Table, Priority: m.Priority, Cookie: m.Cookie, Flags: m.Flags, IdleTimeout: m.IdleTimeout,
		HardTimeout: m.HardTimeout, Match: slices.Clone(m.Match.Fields), Instructions: slices.Clone(m.Instructions),
		Created: now, Modified: now, Used: now, fields: fields, run: run,
		key: of13.FlowKey(m.Table, m.Priority, m.Match.Fields)}
	t := s.tables[m.Table]
	old := t.flows[f.key]
	if old == nil && m.Flags&of13.FlowCheckOverlap != 0 && t.overlaps(f) {
		return refuse(of13.ErrFlowModFailed, codeOverlap, "flow overlaps another of its priority")
	}
	if old != nil {
		t.remove(old)
	}
	t.insert(f)
	s.changed(f, of13.UpdateAdded, 0)
	return nil
}

func (t *table) overlaps(f *Flow) bool {
	for _, o := range t.flows {
		if o.Priority == f.Priority && o.fields.Overlaps(&f.fields) {
			return true
		}
	}
	return false
}

// meant lists the flows that a modify or delete is for.
func (s *Switch) meant(m *of13.FlowMod, fields oxm.Flow) (out []*Flow) {
	tables, first := s.tables[:], uint8(0)
	if m.Table != of13.AllTables {
		first = m.Table
		tables = s.tables[m.Table : m.Table+1]
	}
	strict := m.Command == of13.FlowModifyStrict || m.Command == of13.FlowDeleteStrict
	deletes := m.Command == of13.FlowDelete || m.Command == of13.FlowDeleteStrict
	all := len(m.Match.Fields) == 0
	is := func(f *Flow) bool {
		return f.Cookie&m.CookieMask == m.Cookie&m.CookieMask &&
			(!deletes || m.OutPort == of13.PortAny || f.outputs(m.OutPort))
	}
	for i, t := range tables {
		switch {
		case len(t.flows) == 0:
		case strict:
			if f := t.flows[of13.FlowKey(first+uint8(i), m.Priority, m.Match.Fields)]; f != nil && is(f) {
				out = append(out, f)
			}
		default:
			out = t.appendKept(out, func(f *Flow) bool { return is(f) && (all || f.covers(&fields)) })
		}
	}
	return out
}

// outputs reports whether a flow has an output to a port in its own actions.
func (f *Flow) outputs(port uint32) bool {
	for i := range f.Instructions.All() {
		if t := of13.InstructionType(i.Type); t != of13.InstructionApplyActions && t != of13.InstructionWriteActions {
			continue
		}
		for a := range of13.Actions(i.Body[4:]).All() {
			if of13.ActionType(a.Type) == of13.ActionOutput && u32(a.Body) == port {
				return true
			}
		}
	}
	return false
}

func u32(b []byte) uint32 { return uint32(u16(b))<<16 | uint32(u16(b[2:])) }

// removed tells of the end of a flow that asked for it.
func (s *Switch) removed(f *Flow, why of13.FlowRemovedReason) {
	s.changed(f, of13.UpdateDeleted, why)
	if f.Flags&of13.FlowSendRemoved == 0 {
		return
	}
	age := s.o.Now().Sub(f.Created)
	s.tell(&of13.FlowRemoved{Cookie: f.Cookie, Priority: f.Priority, Reason: why, Table: f.Table,
		DurationSec: uint32(age.Seconds()), IdleTimeout: f.IdleTimeout, HardTimeout: f.HardTimeout, Packets: f.Packets,
		Bytes: f.Bytes, Match: of13.Match{Fields: f.Match}})
}

// Expire ends the flows whose time is over.
func (s *Switch) Expire() {
	now := s.o.Now()
	for _, f := range s.Flows() {
		why, over := of13.RemovedIdleTimeout, f.IdleTimeout > 0 && now.Sub(f.Used).Seconds() >= float64(f.IdleTimeout)
		if f.HardTimeout > 0 && now.Sub(f.Modified).Seconds() >= float64(f.HardTimeout) {
			why, over = of13.RemovedHardTimeout, true
		}
		if over {
			s.tables[f.Table].remove(f)
			s.removed(f, why)
		}
	}
}

func (s *Switch) groupMod(m *of13.GroupMod) error {
	g, err := newGroup(m)
	if err != nil {
		return refuse(of13.ErrBadAction, codeBadActionType, err.Error())
	}
	_, there := s.groups[m.Group]
	switch {
	case m.Command == of13.GroupAdd && there:
		return refuse(of13.ErrGroupModFailed, codeGroupExists, "group exists")
	case m.Command == of13.GroupModify && !there:
		return refuse(of13.ErrGroupModFailed, codeUnknownGroup, "no such group")
	case m.Command == of13.GroupDelete && m.Group == of13.AllGroups:
		clear(s.groups)
	case m.Command == of13.GroupDelete:
		delete(s.groups, m.Group)
	default:
		s.groups[m.Group] = g
	}
	return nil
}

// dropMetered removes the flows that go through a meter: without it they cannot be.
func (s *Switch) dropMetered(id uint32) {
	for _, f := range s.Flows() {
		for i := range f.Instructions.All() {
			if of13.InstructionType(i.Type) == of13.InstructionMeter && len(i.Body) >= 4 && u32(i.Body) == id {
				s.tables[f.Table].remove(f)
				s.removed(f, of13.RemovedMeterDelete)
				break
			}
		}
	}
}

func (s *Switch) meterMod(m *of13.MeterMod) error {
	_, there := s.meters[m.Meter]
	switch {
	case m.Command == of13.MeterAdd && there:
		return refuse(of13.ErrMeterModFailed, codeMeterExists, "meter exists")
	case m.Command == of13.MeterModify && !there:
		return refuse(of13.ErrMeterModFailed, codeUnknownMeter, "no such meter")
	case m.Command == of13.MeterDelete && m.Meter == of13.AllMeters:
		for _, id := range slices.Sorted(maps.Keys(s.meters)) {
			s.dropMetered(id)
		}
		clear(s.meters)
	case m.Command == of13.MeterDelete:
		s.dropMetered(m.Meter)
		delete(s.meters, m.Meter)
	default:
		s.meters[m.Meter] = newMeter(m, s.o.Now())
	}
	return nil
}
