package ofp

import "github.com/vlcp-go/vlcp/common/openflow"

// kinds are the messages of OpenFlow itself. Those that all versions share have no version.
var kinds = func() map[key]kind {
	out := map[key]kind{}
	for typ, k := range shared {
		out[key{class: plain, typ: typ}] = k
	}
	add := func(v openflow.Version, messages map[uint16]kind, stats map[uint16][2]kind) {
		for typ, k := range messages {
			k.name = "OFPT_" + k.name
			out[key{version: v, class: plain, typ: typ}] = k
		}
		for typ, k := range stats {
			name := k[0].name
			k[0].name, k[1].name = "OFPST_"+name+" request", "OFPST_"+name+" reply"
			out[key{version: v, class: request, typ: typ}] = k[0]
			out[key{version: v, class: reply, typ: typ}] = k[1]
		}
	}
	add(openflow.Version10, messages10, stats10)
	add(openflow.Version13, messages13, stats13)
	return out
}()

var shared = map[uint16]kind{
	0: {name: "OFPT_HELLO", step: 1}, 1: {name: "OFPT_ERROR", min: 4, step: 1},
	2: {name: "OFPT_ECHO_REQUEST", step: 1}, 3: {name: "OFPT_ECHO_REPLY", step: 1},
}

var messages10 = map[uint16]kind{
	5: {name: "FEATURES_REQUEST"}, 6: {name: "FEATURES_REPLY", min: 24, step: 48},
	7: {name: "GET_CONFIG_REQUEST"}, 8: {name: "GET_CONFIG_REPLY", min: 4}, 9: {name: "SET_CONFIG", min: 4},
	10: {name: "PACKET_IN", min: 10, step: 1}, 11: {name: "FLOW_REMOVED", min: 80}, 12: {name: "PORT_STATUS", min: 56},
	13: {name: "PACKET_OUT", min: 8, step: 1}, 14: {name: "FLOW_MOD", min: 64, step: 8}, 15: {name: "PORT_MOD", min: 24},
	18: {name: "BARRIER_REQUEST"}, 19: {name: "BARRIER_REPLY"},
	20: {name: "QUEUE_GET_CONFIG_REQUEST", min: 4}, 21: {name: "QUEUE_GET_CONFIG_REPLY", min: 8, step: 8},
}

var messages13 = map[uint16]kind{
	5: {name: "FEATURES_REQUEST"}, 6: {name: "FEATURES_REPLY", min: 24},
	7: {name: "GET_CONFIG_REQUEST"}, 8: {name: "GET_CONFIG_REPLY", min: 4}, 9: {name: "SET_CONFIG", min: 4},
	10: {name: "PACKET_IN", min: 16, step: 1}, 11: {name: "FLOW_REMOVED", min: 40, step: 8},
	12: {name: "PORT_STATUS", min: 72}, 13: {name: "PACKET_OUT", min: 16, step: 1},
	14: {name: "FLOW_MOD", min: 40, step: 8}, 15: {name: "GROUP_MOD", min: 8, step: 8}, 16: {name: "PORT_MOD", min: 32},
	17: {name: "TABLE_MOD", min: 8}, 20: {name: "BARRIER_REQUEST"}, 21: {name: "BARRIER_REPLY"},
	22: {name: "QUEUE_GET_CONFIG_REQUEST", min: 8}, 23: {name: "QUEUE_GET_CONFIG_REPLY", min: 8, step: 8},
	24: {name: "ROLE_REQUEST", min: 16}, 25: {name: "ROLE_REPLY", min: 16}, 26: {name: "GET_ASYNC_REQUEST"},
	27: {name: "GET_ASYNC_REPLY", min: 24}, 28: {name: "SET_ASYNC", min: 24}, 29: {name: "METER_MOD", min: 8, step: 8},
}

// Statistics: the request, which has the name, and the reply.

var stats10 = map[uint16][2]kind{
	0: {{name: "DESC"}, {min: 1056}}, 1: {{name: "FLOW", min: 44}, {step: 1}},
	2: {{name: "AGGREGATE", min: 44}, {min: 24}}, 3: {{name: "TABLE"}, {step: 64}},
	4: {{name: "PORT", min: 8}, {step: 104}}, 5: {{name: "QUEUE", min: 8}, {step: 32}},
	13: {{name: "PORT_DESC"}, {step: 48}},
}

var stats13 = map[uint16][2]kind{
	0: {{name: "DESC"}, {min: 1056}}, 1: {{name: "FLOW", min: 32, step: 8}, {step: 1}},
	2: {{name: "AGGREGATE", min: 32, step: 8}, {min: 24}}, 3: {{name: "TABLE"}, {step: 24}},
	4: {{name: "PORT", min: 8}, {step: 112}}, 5: {{name: "QUEUE", min: 8}, {step: 40}},
	6: {{name: "GROUP", min: 8}, {step: 8}}, 7: {{name: "GROUP_DESC"}, {step: 8}},
	8: {{name: "GROUP_FEATURES"}, {min: 40}}, 9: {{name: "METER", min: 8}, {step: 8}},
	10: {{name: "METER_CONFIG", min: 8}, {step: 8}}, 11: {{name: "METER_FEATURES"}, {min: 16}},
	12: {{name: "TABLE_FEATURES", step: 8}, {min: 64, step: 8}}, 13: {{name: "PORT_DESC"}, {step: 64}},
}
