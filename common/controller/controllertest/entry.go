package controllertest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// entry is a flow of a plain switch.
type entry struct {
	mod        of10.FlowMod // that made it
	match      oxm.Match    // canonical
	made, used time.Time
}

// change does a flow-mod.
func (p *plain) change(m *of10.FlowMod) {
	m.Actions = slices.Clone(m.Actions)
	p.outputs(m.Actions) // or the test ends here
	now := p.sw.r.s.Now()
	n := &entry{mod: *m, match: flow.MatchOf10(&m.Match).OXM().AppendCanonical(nil), made: now, used: now}
	same := func(o *entry) bool { return o.mod.Priority == m.Priority && string(o.match) == string(n.match) }
	selects := func(o *entry) bool {
		if m.Command == of10.FlowModifyStrict || m.Command == of10.FlowDeleteStrict {
			return same(o)
		}
		return covers(n.match, o.match) && (m.OutPort == of10.PortNone || m.Command != of10.FlowDelete ||
			slices.Contains(p.outputs(o.mod.Actions), flow.Port13(m.OutPort)))
	}
	switch m.Command {
	case of10.FlowAdd:
		p.table = append(slices.DeleteFunc(p.table, same), n)
	case of10.FlowModify, of10.FlowModifyStrict:
		for _, o := range p.table {
			if selects(o) {
				o.mod.Actions = m.Actions
			}
		}
	default:
		p.table = slices.DeleteFunc(p.table, selects)
	}
}

// covers reports whether every packet that narrow matches is matched by wide.
func covers(wide, narrow oxm.Match) bool {
	for w := range wide.All() {
		n, ok := narrow.Get(w.Field)
		if !ok || n.Mask != nil && w.Mask == nil || !under(n.Value, w) {
			return false
		}
	}
	return true
}

// under reports whether a value is one that a field asks for.
func under(value []byte, t oxm.TLV) bool {
	for i := range t.Value {
		mask := byte(0xff)
		if t.Mask != nil {
			mask = t.Mask[i]
		}
		if value[i]&mask != t.Value[i]&mask {
			return false
		}
	}
	return true
}

func (p *plain) flows() []string {
	p.expire()
	sorted := slices.SortedStableFunc(slices.Values(p.table), func(a, b *entry) int {
		return cmp.Or(cmp.Compare(b.mod.Priority, a.mod.Priority), slices.Compare(a.match, b.match))
	})
	var out []string
	for _, e := range sorted {
		var do []string
		for _, port := range p.outputs(e.mod.Actions) {
			switch port {
			case flow.PortController:
				do = append(do, "CONTROLLER:65535")
			case flow.PortFlood:
				do = append(do, "FLOOD")
			default:
				do = append(do, fmt.Sprintf("output:%d", port))
			}
		}
		if do == nil {
			do = []string{"drop"}
		}
		out = append(out, flowText(0, e.mod.Priority, e.match, e.mod.IdleTimeout, e.mod.HardTimeout)+strings.Join(do, ","))
	}
	return out
}
