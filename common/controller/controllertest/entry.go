package controllertest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
)

// entry is a flow of a plain switch.
type entry struct {
	mod        of10.FlowMod // that made it
	match      flow.Match   // canonical
	made, used time.Time
}

// change does a flow-mod.
func (p *plain) change(m *of10.FlowMod) {
	m.Actions = slices.Clone(m.Actions)
	p.outputs(m.Actions) // or the test ends here
	now := p.sw.r.s.Now()
	n := &entry{mod: *m, match: flow.MatchOf(flow.MatchOf10(&m.Match).OXM().AppendCanonical(nil)), made: now, used: now}
	same := func(o *entry) bool {
		return o.mod.Priority == m.Priority && string(o.match.OXM()) == string(n.match.OXM())
	}
	selects := func(o *entry) bool {
		if m.Command == of10.FlowModifyStrict || m.Command == of10.FlowDeleteStrict {
			return same(o)
		}
		return n.match.Covers(o.match) && (m.OutPort == of10.PortNone || m.Command != of10.FlowDelete ||
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

func (p *plain) flows() []string {
	p.expire()
	sorted := slices.SortedStableFunc(slices.Values(p.table), func(a, b *entry) int {
		return cmp.Or(cmp.Compare(b.mod.Priority, a.mod.Priority), slices.Compare(a.match.OXM(), b.match.OXM()))
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
		m := &e.mod
		out = append(out, flowText(0, m.Priority, e.match.OXM(), m.IdleTimeout, m.HardTimeout)+strings.Join(do, ","))
	}
	return out
}
