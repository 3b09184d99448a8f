package security_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// A network blue with two parents, and a network green with sub-ports of both, a limited one of a third parent in a
// network of its own, and a port of its own. All addresses are the same in both networks.
//
//	port 1: p1 in blue, VLAN 20: s1 in green        port 2: p2 in blue, VLAN 30: s2 in green
//	port 3: p3 in red (not checked), VLAN 20: s3 in green, limited       port 4: p4 in green

// place is a port of the test: its address ends with n.
func trunkPlace(network string, n byte, port uint32, vlan uint16, parent string) view.Place {
	return view.Place{Network: network, MAC: model.MAC{0x0a, 0, 0, 0, 0, n}, IP: netip.AddrFrom4([4]byte{10, 0, 0, n}),
		Subnet: network, OFPort: port, Secured: true, Trunk: port < 4, VLAN: vlan, Parent: parent}
}

func trunkFlows() map[string]pipeline.Flow { return flowsWith(defineTrunks) }

func defineTrunks(v *view.View) {
	v.Refused.Set(pipeline.MeterIn.Of(pipeline.SlotFirst), true) // there is none here
	for i, n := range []string{"blue", "green", "red"} {
		v.Networks.Set(n, model.Network{Name: n, VNI: uint32(10000 + i), Tag: uint32(i + 1)})
	}
	v.Subnets.Set("green", model.Subnet{Name: "green", Network: "green", CIDR: netip.MustParsePrefix("10.0.0.0/24"),
		DHCPServer: server})
	open := trunkPlace("red", 3, 3, 0, "")
	open.Secured = false
	limited := trunkPlace("green", 13, 3, 20, "p3")
	limited.Limits.In, limited.Meter = 1e9, pipeline.SlotFirst
	six := trunkPlace("green", 4, 4, 0, "")
	six.More = []netip.Addr{addr("2001:db8::4")}
	for name, p := range map[string]view.Place{
		"p1": trunkPlace("blue", 1, 1, 0, ""), "s1": trunkPlace("green", 11, 1, 20, "p1"),
		"p2": trunkPlace("blue", 2, 2, 0, ""), "s2": trunkPlace("green", 12, 2, 30, "p2"),
		"p3": open, "s3": limited, "p4": six,
	} {
		v.Places.Set(name, p)
	}
}

func trunkMAC(n byte) model.MAC { return model.MAC{0x0a, 0, 0, 0, 0, n} }

// trunkFrame is a packet from one to another; tags are put in front, the outermost first.
func trunkFrame(src, dst byte, tags ...uint16) []byte {
	to := trunkMAC(dst)
	if dst == 0xff {
		to = bcast
	}
	return inTags(udp4(trunkMAC(src), to, port(netip.AddrFrom4([4]byte{10, 0, 0, src}), 9), port(netip.AddrFrom4(
		[4]byte{10, 0, 0, dst}), 9), nil), tags...)
}

func inTags(frame []byte, tags ...uint16) []byte {
	for _, t := range slices.Backward(tags) {
		frame = slices.Concat(frame[:12], []byte{0x81, 0, byte(t >> 8), byte(t)}, frame[12:])
	}
	return frame
}

func trunkARP(src, target byte, tags ...uint16) []byte {
	return inTags(arpFrame(trunkMAC(src), bcast, packet.ARP{Op: 1, SenderMAC: trunkMAC(src),
		SenderIP: netip.AddrFrom4([4]byte{10, 0, 0, src}), TargetIP: netip.AddrFrom4([4]byte{10, 0, 0, target})}), tags...)
}

// trunkCase is a frame, and the ports and tags that it has to leave by: PORT, or PORT/VLAN.
type trunkCase struct {
	what  string
	port  uint32
	frame []byte
	out   []string
	agent bool
	drop  trunkDrops // what is counted, by way
}

type trunkDrops = map[uint32]map[string]int

var trunkCases = []trunkCase{
	{"untagged is the parent's", 1, trunkFrame(1, 2), []string{"2"}, false, nil},
	{"tagged is the sub-port's", 1, trunkFrame(11, 12, 20), []string{"2/30"}, false, nil},
	{"to a port", 1, trunkFrame(11, 4, 20), []string{"4"}, false, nil},
	{"from a port", 4, trunkFrame(4, 11), []string{"1/20"}, false, nil},
	{"to a limited sub-port", 4, trunkFrame(4, 13), []string{"3/20"}, false, nil},
	{"from a sub-port of an open parent", 3, trunkFrame(13, 4, 20), []string{"4"}, false, nil},
	{"to the other network", 1, trunkFrame(11, 2, 20), nil, false, nil},
	{"to its own parent", 1, trunkFrame(11, 1, 20), nil, false, nil},
	{"broadcast of the parent", 1, trunkFrame(1, 0xff), []string{"2"}, false, nil},
	{"broadcast of a sub-port", 1, trunkFrame(11, 0xff, 20), []string{"2/30", "3/20", "4"}, false, nil},
	{"broadcast of a port", 4, trunkFrame(4, 0xff), []string{"1/20", "2/30", "3/20"}, false, nil},
	{"an answer comes back with the tag", 1, trunkARP(11, 4, 20), []string{"1/20"}, false, nil},
	{"and without", 1, trunkARP(1, 2), []string{"1"}, false, nil},
	{"of IPv6, too", 1, inTags(icmp6(trunkMAC(11), trunkMAC(11).LinkLocal(), packet.ICMPv6NeighborSolicit, 0,
		ndBody(packet.ICMPv6NeighborSolicit, addr("2001:db8::4"), trunkMAC(11))), 20), []string{"1/20"}, false, nil},
	{"who has the parent's address is not known", 1, trunkARP(11, 1, 20), []string{"2/30", "3/20", "4"}, false, nil},
	{"for itself", 1, trunkARP(11, 11, 20), []string{"2/30", "3/20", "4"}, false, nil},
	{"the server of the sub-port's network", 2, inTags(arpFrame(trunkMAC(12), bcast, packet.ARP{Op: 1,
		SenderMAC: trunkMAC(12), SenderIP: addr("10.0.0.12"), TargetIP: server}), 30), []string{"2/30"}, false, nil},
	{"DHCP of a sub-port", 1, inTags(udp4(trunkMAC(11), bcast, port(zero, 68), port(all, 67), nil), 20), nil, true, nil},
	{"DHCP of the parent has no server", 1, udp4(trunkMAC(1), bcast, port(zero, 68), port(all, 67), nil),
		[]string{"2"}, false, nil},
	{"an unknown tag", 1, trunkFrame(11, 4, 21), nil, false, trunkDrops{1: {"vlan": 1}}},
	{"the tag of another's", 1, trunkFrame(11, 4, 30), nil, false, trunkDrops{1: {"vlan": 1}}},
	{"an unknown tag at an open parent", 3, trunkFrame(3, 0xff, 21), nil, false, trunkDrops{3: {"vlan": 1}}},
	{"two tags", 1, trunkFrame(11, 4, 20, 30), nil, false, trunkDrops{1: {"vlan": 1}}},
	{"a priority tag", 1, trunkFrame(1, 2, 0), nil, false, trunkDrops{1: {"vlan": 1}}},
	{"the parent as the sub-port", 1, trunkFrame(11, 2), nil, false, trunkDrops{1: {"mac": 1}}},
	{"the sub-port as the parent", 1, trunkFrame(1, 4, 20), nil, false, trunkDrops{1 | 20<<16: {"mac": 1}}},
	{"the sub-port with the parent's address", 1, inTags(udp4(trunkMAC(11), trunkMAC(4), port(addr("10.0.0.1"), 9),
		port(addr("10.0.0.4"), 9), nil), 20), nil, false, trunkDrops{1 | 20<<16: {"source": 1}}},
	{"a sub-port as a server", 1, inTags(udp4(trunkMAC(11), trunkMAC(4), port(addr("10.0.0.11"), 67),
		port(addr("10.0.0.4"), 68), nil), 20), nil, false, trunkDrops{1 | 20<<16: {"server": 1}}},
}

// TestTrunk sends frames through the model and through Open vSwitch.
func TestTrunk(t *testing.T) {
	total := trunkDrops{}
	beds := map[string]bed{"model": modelOf(t, trunkFlows()), "Open vSwitch": realOf(t, trunkFlows())}
	for _, c := range trunkCases {
		for way, n := range c.drop {
			for why := range n {
				if total[way] == nil {
					total[way] = map[string]int{}
				}
				total[way][why]++
			}
		}
		for name, b := range beds {
			_, agent := b.send(t, c.port, c.frame)
			require.Equal(t, c.out, b.tags(), "%s: %s", name, c.what)
			require.Equal(t, c.agent, agent, "%s: %s", name, c.what)
			require.Equal(t, total, b.drops(t), "%s: %s", name, c.what)
		}
	}
}

// A sub-port costs what a port costs, a parent three flows more, and others nothing.
func TestASubPortCostsWhatAPortCosts(t *testing.T) {
	byOwner := map[string]int{}
	for _, f := range trunkFlows() {
		byOwner[f.Owner]++
	}
	plain := byOwner["port/p4"] - 3 // without an address of IPv6
	require.Equal(t, plain, byOwner["port/s1"], fmt.Sprint(byOwner))
	require.Equal(t, plain-1+3, byOwner["port/p1"], "no DHCP there, and three for strange tags")
	require.Equal(t, byOwner["port/p1"], byOwner["port/p2"])
}
