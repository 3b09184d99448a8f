package ofp

import (
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// Messages of vendors. They join in two places: vendorKind says what they are, and vendor writes them.

// vendorKind is the kind of a message of a vendor, or of another version than 1.0 and 1.3.
func vendorKind(k key) (kind, bool) {
	if k.version < openflow.Version10 || k.version > openflow.Version14 {
		return kind{}, false
	}
	out, ok := vendorKinds[k]
	if !ok && k.vendor == openflow.VendorNicira {
		k.version = 0
		out, ok = vendorKinds[k]
	}
	return out, ok
}

// vendorKinds are messages of Nicira and of the ONF, and those of OpenFlow 1.4 that have to do with bundles. Messages
// of Nicira that all versions have are without one.
var vendorKinds = func() map[key]kind {
	out := map[key]kind{}
	message := func(v openflow.Version, vendor uint32, prefix string, kinds map[uint32]kind) {
		for subtype, k := range kinds {
			k.name = prefix + k.name
			out[key{version: v, class: vendorMessage, typ: uint16(openflow.TypeExperimenter), vendor: vendor,
				subtype: subtype}] = k
		}
	}
	stats := func(v openflow.Version, vendor uint32, prefix string, kinds map[uint32][2]kind) {
		for subtype, k := range kinds {
			name := prefix + k[0].name
			k[0].name, k[1].name = name+" request", name+" reply"
			for n, class := range [2]class{vendorRequest, vendorReply} {
				out[key{version: v, class: class, typ: statsVendor, vendor: vendor, subtype: subtype}] = k[n]
			}
		}
	}
	message(0, openflow.VendorNicira, "NXT_", niciraMessages)
	message(openflow.Version10, openflow.VendorNicira, "NXT_", niciraMessages10)
	message(openflow.Version13, openflow.VendorONF, "ONFT_", onfMessages13)
	message(openflow.Version10, openflow.VendorNicira, "NXT_", asyncConfig2)
	message(openflow.Version13, openflow.VendorNicira, "NXT_", asyncConfig2)
	stats(0, openflow.VendorNicira, "NXST_", niciraStats)
	stats(openflow.Version10, openflow.VendorNicira, "NXST_", niciraStats10)
	stats(openflow.Version13, openflow.VendorONF, "ONFST_", map[uint32][2]kind{of13.SubtypeFlowMonitor: monitorKinds})
	for typ, k := range messages14 {
		out[key{version: openflow.Version14, class: plain, typ: typ}] = k
	}
	return out
}()

var niciraMessages = map[uint32]kind{
	10: {name: "ROLE_REQUEST", min: 4}, 11: {name: "ROLE_REPLY", min: 4}, 13: {name: "FLOW_MOD", min: 32, step: 8},
	14: {name: "FLOW_REMOVED", min: 40, step: 8}, 15: {name: "FLOW_MOD_TABLE_ID", min: 8},
	16: {name: "SET_PACKET_IN_FORMAT", min: 4}, 17: {name: "PACKET_IN", min: 24, step: 1}, 18: {name: "FLOW_AGE"},
	19: {name: "SET_ASYNC_CONFIG", min: 24}, 20: {name: "SET_CONTROLLER_ID", min: 8},
	24: {name: "TLV_TABLE_MOD", min: 8, step: 8}, 25: {name: "TLV_TABLE_REQUEST"},
	26: {name: "TLV_TABLE_REPLY", min: 16, step: 8}, 28: {name: "RESUME", step: 8}, 29: {name: "CT_FLUSH_ZONE", min: 8},
	30: {name: "PACKET_IN2", step: 8}, 32: {name: "CT_FLUSH", min: 8, step: 8},
}

var niciraMessages10 = map[uint32]kind{
	12: {name: "SET_FLOW_FORMAT", min: 4}, 21: {name: "FLOW_MONITOR_CANCEL", min: 4}, 22: {name: "FLOW_MONITOR_PAUSED"},
	23: {name: "FLOW_MONITOR_RESUMED"}, 31: {name: "GROUP_MOD", min: 16, step: 8},
	132: {name: "REQUESTFORWARD", min: 8, step: 8},
}

// asyncConfig2 is of versions up to 1.3, which have nothing like it themselves.
var asyncConfig2 = map[uint32]kind{27: {name: "SET_ASYNC_CONFIG2", step: 8}}

var onfMessages13 = map[uint32]kind{
	of13.SubtypeFlowMonitorCancel:  {name: "FLOW_MONITOR_CANCEL", min: 4},
	of13.SubtypeFlowMonitorPaused:  {name: "FLOW_MONITOR_PAUSED"},
	of13.SubtypeFlowMonitorResumed: {name: "FLOW_MONITOR_RESUMED"},
	of13.SubtypeRoleStatus:         {name: "ROLE_STATUS", min: 16, step: 8},
	of13.SubtypeBundleControl:      {name: "BUNDLE_CONTROL", min: 8, step: 8},
	of13.SubtypeBundleAdd:          {name: "BUNDLE_ADD_MESSAGE", min: 8, step: 1},
	of13.SubtypeRequestForward:     {name: "REQUESTFORWARD", min: 8, step: 8},
}

var messages14 = map[uint16]kind{
	13: {name: "OFPT_PACKET_OUT", min: 16, step: 1}, 14: {name: "OFPT_FLOW_MOD", min: 40, step: 8},
	15: {name: "OFPT_GROUP_MOD", min: 8, step: 8}, 16: {name: "OFPT_PORT_MOD", min: 24, step: 8},
	33: {name: "OFPT_BUNDLE_CONTROL", min: 8, step: 8}, 34: {name: "OFPT_BUNDLE_ADD_MESSAGE", min: 8, step: 1},
}

var monitorKinds = [2]kind{{name: "FLOW_MONITOR", step: 8}, {step: 8}}

var niciraStats = map[uint32][2]kind{
	3: {{name: "IPFIX_BRIDGE"}, {min: 88}}, 4: {{name: "IPFIX_FLOW"}, {step: 88}},
}

var niciraStats10 = map[uint32][2]kind{
	0: {{name: "FLOW", min: 8, step: 8}, {step: 1}}, 1: {{name: "AGGREGATE", min: 8, step: 8}, {min: 24}},
	2: monitorKinds, 7: {{name: "GROUP", min: 8}, {step: 8}}, 8: {{name: "GROUP_DESC", min: 8}, {step: 8}},
	9: {{name: "GROUP_FEATURES"}, {min: 40}},
}

// vendor writes the body of a message of a vendor.
func (t *text) vendor() error {
	if !nicira.Is(t.msg) {
		return t.onf()
	}
	m, err := nicira.Decode(t.msg)
	if err != nil {
		return err
	}
	return t.nicira(m)
}
