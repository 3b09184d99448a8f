// Package flow is how a module writes down a flow, in words that hold for every version of OpenFlow:
//
//	flow.Flow{
//		Table: "l2", Priority: 100,
//		Match: flow.Match{}.InPort(1).EthDst(mac),
//		Do:    flow.Actions{}.Output(2),
//		Goto:  "flood",
//	}
//
// Tables have names, which a flow.Tables turns into numbers when the flow is sent. Ports are numbered as in OpenFlow
// 1.1 and later, also to a switch that speaks 1.0.
//
//	Flow ─┬─ Instructions, Match.OXM ──────► flow-mod of 1.3
//	      ├─ Append10, Match.OXM ──────────► flow-mod of Nicira, over 1.0 to Open vSwitch
//	      └─ Append10, Match.Match10 ──────► flow-mod of 1.0, or ErrVersion
//
// A Match or Actions value is never changed once it is made: each method returns a longer one, so that one beginning
// can be used for many. Inside, they are the bytes of 1.3 with the fields of OXM and NXM and the actions of Nicira,
// which Open vSwitch takes in 1.0 as well; what has no counterpart in 1.0 at all is an error that wraps ErrVersion.
package flow
