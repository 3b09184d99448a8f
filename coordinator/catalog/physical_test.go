package catalog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

const physicalNets = `
physnets:
- {name: office, type: vlan, vlan: 100-101}
- {name: plain, type: flat, mtu: 9000}
- {name: here, type: local}
- {name: tenants, type: vxlan, vni: 100-103}
physports:
- {name: eth1, physnet: office}
- {name: eth2, physnet: plain, host: "hv*"}
networks:
- {name: blue, physnet: office, vlan: 101}
- {name: lan, physnet: plain}
- {name: alone, physnet: here}
`

func TestPhysicalNetworks(t *testing.T) {
	f := setup(t)
	f.must(physicalNets)
	f.must("networks: [{name: green, physnet: office}]")
	for name, want := range map[string]model.Network{
		"blue": {VLAN: 101, MTU: 1500}, "green": {VLAN: 100, MTU: 1500}, "lan": {MTU: 9000}, "alone": {MTU: 1500},
	} {
		o, err := f.Get(t.Context(), model.KindNetwork, name)
		require.NoError(t, err)
		n := o.(*model.Network)
		require.Equal(t, want, model.Network{VLAN: n.VLAN, VNI: n.VNI, MTU: n.MTU}, name)
	}
	uplinks, err := f.PhysPorts(t.Context(), "office")
	require.NoError(t, err)
	require.Equal(t, []model.PhysPort{{Name: "eth1", PhysNet: "office", Interface: "eth1", Host: "*", Bridge: "*"}},
		uplinks)
	f.sound()
	for change, why := range map[string]string{
		"physnets: [{name: p, type: vlan}]":                               "vlan: is missing: give a range, as in 100-199",
		"physnets: [{name: p, type: vlan, vlan: 0-9}]":                    "not within 1-4094",
		"physnets: [{name: p, type: vlan, vlan: 4000-4095}]":              "not within 1-4094",
		"physnets: [{name: p, type: flat, vlan: 1-2}]":                    "is for type vlan, not for flat",
		"physnets: [{name: p, type: local, vni: 1-2}]":                    "is for types vxlan and geneve, not for local",
		"physnets: [{name: office, type: flat}]":                          "cannot be changed from vlan to flat",
		"physnets: [{name: office, type: vlan, vlan: 100-100}]":           "leaves out 101, which network blue uses",
		"networks: [{name: x, physnet: plain}]":                           "carries one network, and has lan",
		"networks: [{name: x, physnet: office}]":                          "range 100-101 of physnet office is exhausted",
		"networks: [{name: x, physnet: office, vlan: 101}]":               "101 is already used by network blue",
		"networks: [{name: x, physnet: office, vlan: 99}]":                "99 is not in the range 100-101",
		"networks: [{name: x, physnet: office, vlan: 4095}]":              "4095 is not between 1 and 4094",
		"networks: [{name: x, physnet: office, vni: 7}]":                  "physnet office is of type vlan",
		"networks: [{name: x, physnet: tenants, vlan: 7}]":                "physnet tenants is of type vxlan",
		"networks: [{name: x, physnet: here, mtu: 1501}]":                 "1501 is over 1500",
		"networks: [{name: x, physnet: tenants, learning: true}]":         "learning: physnet tenants is of type vxlan",
		"networks: [{name: x, physnet: here, learning: true}]":            "use a physnet of type vlan or flat",
		"networks: [{name: lan, physnet: plain, learning_max: 9}]":        "learning_max: is for networks that learn",
		"networks: [{name: lan, physnet: plain, unknown_unicast: drop}]":  "unknown_unicast: is for networks that learn",
		"physports: [{name: e, physnet: tenants}]":                        "which has no uplinks",
		"physports: [{name: e, physnet: nope}]":                           "there is no physnet nope",
		"physports: [{name: a-very-long-interface, physnet: office}]":     "cannot be the name of an interface",
		`physports: [{name: e, physnet: office, host: "hv[1"}]`:           "is not a pattern",
		"networks: [{name: y, physnet: here}, {name: x, physnet: plain}]": "carries one network",
		"physnets: [{name: p, type: vlan, vlan: 101-200}]\nphysports: [{name: e, physnet: p, interface: eth1}]": "p and " +
			"office (by physport eth1) would share VLANs 101-101 on interface eth1",
		"physnets: [{name: p, type: flat}]\nphysports: [{name: e, physnet: p, interface: eth2, host: 'h*'}]": "would share " +
			"frames without a tag on interface eth2",
		"physnets: [{name: office, type: vlan, vlan: 100-200}, {name: p, type: vlan, vlan: 200-300}]\n" +
			"physports: [{name: e, physnet: p, interface: eth1}]": "would share VLANs 200-200",
	} {
		_, err := f.apply(change)
		require.ErrorContains(t, err, why, change)
	}
	var c Changes
	c.Delete(model.KindPhysNet, "office")
	_, err = f.Commit(t.Context(), &c)
	require.ErrorContains(t, err, "in use by")
}

func TestUplinksThatShareAnInterface(t *testing.T) {
	f := setup(t)
	f.must(physicalNets)
	f.must(`
physnets: [{name: p, type: vlan, vlan: 102-200}, {name: q, type: flat}]
physports:
- {name: e, physnet: p, interface: eth1}
- {name: g, physnet: q, interface: eth2, host: "gpu*"}
- {name: u, physnet: q, interface: eth1}`)
	_, err := f.apply("physnets: [{name: office, type: vlan, vlan: 100-102}]")
	require.ErrorContains(t, err, "would share VLANs 102-102", "a range that grows")
	f.sound()
}

// Of two uplinks with the same patterns nobody knows which one counts.
func TestUplinksWithTheSamePatterns(t *testing.T) {
	f := setup(t)
	f.must(`
physnets: [{name: office, type: vlan, vlan: 100-199}, {name: street, type: flat}]
physports:
- {name: eth1, physnet: office}
- {name: eth2, physnet: office, host: 'hv*'}
- {name: eth3, physnet: street}`)
	_, err := f.apply("physports: [{name: eth4, physnet: office, host: 'hv*'}]")
	require.ErrorContains(t, err, "physport eth4: host: hv*, on bridge *, is also that of physport eth2, which leads to "+
		"office, too: make one pattern more specific")
	_, err = f.apply("physports: [{name: eth2, physnet: office, host: '*'}]")
	require.ErrorContains(t, err, "physport eth2: host: *, on bridge *, is also that of physport eth1")
	f.must(`
physports:
- {name: eth4, physnet: office, host: 'hv*', bridge: br-gpu}
- {name: eth1, physnet: office, host: 'hv*'}
- {name: eth2, physnet: office, host: '*'}`) // they change places
	f.sound()
}

func TestTunnelKinds(t *testing.T) {
	f := setup(t)
	f.must(`
physnets:
- {name: far, type: geneve, vni: 7-9, underlay: ipv6}
- {name: old, type: vxlan, vni: 7-9, udp_port: 8472}
networks: [{name: a, physnet: far}, {name: b, physnet: old}]`)
	for name, want := range map[string]model.Network{"a": {VNI: 7, MTU: 1430}, "b": {VNI: 8, MTU: 1450}} {
		o, err := f.Get(t.Context(), model.KindNetwork, name)
		require.NoError(t, err)
		n := o.(*model.Network)
		require.Equal(t, want, model.Network{VNI: n.VNI, MTU: n.MTU}, "VNIs of overlapping ranges are given once: %s", name)
	}
	f.sound()
	for change, why := range map[string]string{
		"physnets: [{name: p, type: geneve}]":                            "vni: is missing",
		"physnets: [{name: p, type: geneve, vni: 1-2, underlay: ipx}]":   `underlay: "ipx" is neither`,
		"physnets: [{name: p, type: flat, udp_port: 1}]":                 "udp_port: is for types vxlan and geneve",
		"physnets: [{name: p, type: local, underlay: ipv6}]":             "underlay: is for types vxlan and geneve",
		"physnets: [{name: far, type: vxlan, vni: 7-9}]":                 "cannot be changed from geneve to vxlan",
		"physnets: [{name: old, type: vxlan, vni: 7-9, underlay: ipv6}]": "network b has MTU 1450",
		"networks: [{name: x, physnet: far, mtu: 1431}]":                 "1431 is over 1430",
		"physports: [{name: e, physnet: far}]":                           "which has no uplinks",
	} {
		_, err := f.apply(change)
		require.ErrorContains(t, err, why, change)
	}
}
