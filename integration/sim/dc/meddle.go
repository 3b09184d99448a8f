package dc

import (
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

const (
	notOurs   = 0x77 // a cookie
	repairMax = 5 * time.Second
)

// meddle changes a switch by hand, as somebody with ovs-ofctl does. What he plants drops or deletes, and does not send
// packets where they must not go: for as long as it is there, that would be his doing.
func (h *Host) meddle() string {
	w := h.w
	flows := h.sw.Flows()
	if !h.ofUp || len(flows) == 0 {
		return ""
	}
	h.shake()
	h.trouble()
	h.meddled = w.clock.Now()
	w.after(repairMax, h.shake) // by then it is as it was
	hand := h.sw.Connect(func([]byte) {})
	defer hand.Close()
	f := flows[w.rand.IntN(len(flows))]
	m := of13.FlowMod{Table: f.Table, Priority: f.Priority, Match: of13.Match{Fields: f.Match}, BufferID: of13.NoBuffer,
		OutPort: of13.PortAny, OutGroup: of13.AnyGroup, Cookie: notOurs}
	what := ""
	switch w.rand.IntN(6) {
	case 0:
		m.Command, what = of13.FlowDeleteStrict, "deletes a flow"
		m.Cookie = 0
	case 1:
		m.Command, what = of13.FlowModifyStrict, "changes a flow"
		m.Cookie = 0
	case 2:
		m.Command, what = of13.FlowAdd, "puts a flow in place of another"
	case 3:
		m.Command, what = of13.FlowAdd, "plants a flow"
		m.Priority, m.Match = 7000, of13.Match{Fields: oxm.Match(nil).Uint(oxm.InPort, uint64(w.rand.IntN(9)))}
	case 4:
		m = of13.FlowMod{Table: of13.AllTables, Command: of13.FlowDelete, BufferID: of13.NoBuffer, OutPort: of13.PortAny,
			OutGroup: of13.AnyGroup}
		what = "deletes all flows"
	case 5:
		hand.Handle(of13.Encode(&of13.MeterMod{Command: of13.MeterDelete, Meter: of13.AllMeters}))
		return "somebody deletes all meters of " + h.name
	}
	hand.Handle(of13.Encode(&m))
	return fmt.Sprintf("somebody %s of %s", what, h.name)
}
