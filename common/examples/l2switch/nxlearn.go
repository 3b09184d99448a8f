package main

import (
	"github.com/vlcp-go/vlcp/common/controller"
	"github.com/vlcp-go/vlcp/common/controller/flow"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

// nxLearning is the module that lets the switch learn: one flow makes, of every packet, a flow that leads to its
// sender, and no packet goes to the controller.
func nxLearning(idle uint16) controller.Module {
	return controller.Module{
		Name: "l2switch",
		Tables: []controller.Table{
			{Name: "learn", Miss: controller.MissOwn},
			{Name: "forward", After: []string{"learn"}, Miss: controller.MissOwn},
		},
		Start: func(m *controller.Instance) error {
			m.OnSwitch(func(sw *controller.Switch) error { return sw.Want("learn", nxFlows(sw, idle)...) }, nil)
			m.OnPort(func(sw *controller.Switch, p controller.PortChange) {
				if p.Kind == controller.PortRemoved || !p.Up {
					_ = sw.Delete("forward", flow.Match{}, p.Number) // fails only when the switch is gone too
				}
			})
			return nil
		},
	}
}

func nxFlows(sw *controller.Switch, idle uint16) []flow.Flow {
	learn := func(ts flow.Tables) flow.Actions {
		forward, _ := ts.Number("forward")
		return flow.Actions{}.Learn(flow.Learn{Table: forward, Priority: 10, IdleTimeout: idle, Cookie: sw.SentCookie()}.
			MatchField(oxm.NXEthDst, oxm.NXEthSrc).OutputField(oxm.NXInPort))
	}
	return []flow.Flow{
		{Table: "learn", DoIn: learn, Goto: "forward"},
		{Table: "forward", Do: flow.Actions{}.Flood()},
	}
}
