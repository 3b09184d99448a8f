package agent

import (
	"fmt"
	"math/bits"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/ofconn"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// slices is into how many parts the audit cuts the switch's flows.
func (d *drift) slices() uint64 {
	n := d.a.engine.set.Counts().Installed / auditFlows
	return min(1<<bits.Len(uint(n)), uint64(reconcile.SlicesMax))
}

// run makes audits due. Without a monitor they are what finds changes, so they come a second after one another.
func (d *drift) run(co *coroutine.Co) error {
	for {
		wait := auditInterval
		if !d.monitored {
			wait = max(time.Second/time.Duration(d.slices()), 100*time.Millisecond)
		}
		if err := co.Sleep(wait); err != nil {
			return err
		}
		d.due = true
		d.a.engine.wake.Notify()
	}
}

// audit compares a slice of the switch's flows with what is known of them. It is called by the engine, when nothing is
// under way. It reports whether it has waited, so that inputs may have changed.
func (d *drift) audit(co *coroutine.Co, x *ofconn.Session) (waited bool, err error) {
	if !d.due {
		return false, nil
	}
	d.due = false
	part := reconcile.Slice{Value: d.next, Of: d.slices()}
	if part.Value >= part.Of {
		part.Value = 0
	}
	d.during = map[string]bool{}
	defer func() { d.during = nil }()
	flows, err := dumpFlows(co, x, part.Value, part.Mask())
	if err != nil {
		x.Close() // or the answer may come when nobody expects it
		return true, fmt.Errorf("audit: %w", err)
	}
	during := d.during
	d.a.engine.set.Audit(part, installedOf(flows), func(key string) bool { return during[key] }, d.observe)
	if d.next = part.Value + 1; d.next == part.Of {
		d.next, d.audited = 0, co.Now()
	}
	return true, nil
}

// installedOf is a dump as the set takes it, without what the switch makes itself.
func installedOf(flows []of13.FlowStats) []reconcile.Installed {
	out := make([]reconcile.Installed, 0, len(flows))
	for i := range flows {
		f := &flows[i]
		if pipeline.Learned(f.Table, f.Cookie, f.Instructions) {
			continue
		}
		out = append(out, reconcile.Installed{Key: of13.FlowKey(f.Table, f.Priority, f.Match.Fields), Cookie: f.Cookie,
			Instr: f.Instructions})
	}
	return out
}
