package flow

import (
	"encoding/hex"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of10"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

// layout is a path a, b with a branch x.
type layout struct{}

func (layout) Number(name string) (uint8, bool) {
	n, ok := map[string]uint8{"a": 0, "b": 10, "x": 20}[name]
	return n, ok
}

func (layout) Next(name string) string { return map[string]string{"a": "b"}[name] }

// ovs is a flow-mod as ovs-ofctl prints it.
func ovs(t *testing.T, version string, msg []byte) string {
	t.Helper()
	out, err := exec.Command("ovs-ofctl", "-O", version, "--no-names", "ofp-print",
		hex.EncodeToString(msg)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	_, text, _ := strings.Cut(strings.TrimSpace(string(out)), "ADD ")
	return strings.TrimPrefix(text, "priority=0 ")
}

func ovs13(t *testing.T, f Flow) string {
	table, next, err := f.Place(layout{})
	require.NoError(t, err)
	return ovs(t, "OpenFlow13", of13.Encode(&of13.FlowMod{Table: table, Priority: f.Priority, BufferID: of13.NoBuffer,
		OutPort: of13.PortAny, OutGroup: of13.AnyGroup, Match: of13.Match{Fields: f.Match.OXM()},
		Instructions: f.AppendInstructions(nil, layout{}, next)}))
}

func ovs10(t *testing.T, f Flow) (string, error) {
	_, next, err := f.Place(layout{})
	require.NoError(t, err)
	m, err := f.Match.Match10()
	if err != nil {
		return "", err
	}
	a, err := f.Append10(nil, layout{}, next)
	if err != nil {
		return "", err
	}
	return ovs(t, "OpenFlow10", of10.Encode(&of10.FlowMod{Match: m, Priority: f.Priority, BufferID: of10.NoBuffer,
		OutPort: of10.PortNone, Actions: a})), nil
}

var (
	mac  = model.MAC{2, 0, 0, 0, 0, 1}
	host = netip.MustParsePrefix("10.0.0.7/32")
	net8 = netip.MustParsePrefix("10.1.0.0/16")
	ip   = netip.MustParseAddr("10.0.0.9")
)

// Every flow means the same to Open vSwitch in both versions; where it prints them differently, the second is of 1.0.
func TestFlowsReadRightForOVS(t *testing.T) {
	for _, c := range []struct {
		f        Flow
		v13, v10 string
	}{
		{Flow{Table: "a", Match: Match{}.InPort(1).EthSrc(mac).EthDst(mac), Do: Actions{}.Output(2)},
			"in_port=1,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:01 actions=output:2", ""},
		{Flow{Table: "a", Match: Match{}.InPort(PortLocal), Do: Actions{}.Output(PortInPort).Flood()},
			"in_port=LOCAL actions=IN_PORT,FLOOD", ""},
		{Flow{Table: "a", Do: Actions{}.Controller()}, "actions=CONTROLLER:65535", ""},
		{Flow{Table: "a", Priority: 5, Match: Match{}.TCPDst(23).IPv4Src(host).IPv4Dst(net8)},
			"priority=5,tcp,nw_src=10.0.0.7,nw_dst=10.1.0.0/16,tp_dst=23 actions=drop", ""},
		{Flow{Table: "a", Match: Match{}.UDPSrc(68).UDPDst(67)}, "udp,tp_src=68,tp_dst=67 actions=drop", ""},
		{Flow{Table: "a", Match: Match{}.ICMP(8)}, "icmp,icmp_type=8 actions=drop", ""},
		{Flow{Table: "a", Match: Match{}.ARP(packet.ARPRequest).ARPTarget(ip)}, "arp,arp_tpa=10.0.0.9,arp_op=1 actions=drop",
			""},
		{Flow{Table: "a", Match: Match{}.ARP(0)}, "arp actions=drop", ""},
		{Flow{Table: "a", Match: Match{}.VLAN(7), Do: Actions{}.PopVLAN().Output(1)},
			"dl_vlan=7 actions=pop_vlan,output:1", "dl_vlan=7 actions=strip_vlan,output:1"},
		{Flow{Table: "a", Match: Match{}.Untagged()}, "vlan_tci=0x0000/0x1fff actions=drop", "vlan_tci=0x0000 actions=drop"},
		{Flow{Table: "a", Match: Match{}.EthType(packet.EtherTypeIPv4),
			Do: Actions{}.EthSrc(mac).EthDst(mac).IPv4Src(ip).IPv4Dst(ip).Output(1)},
			"ip actions=set_field:02:00:00:00:00:01->eth_src,set_field:02:00:00:00:00:01->eth_dst," +
				"set_field:10.0.0.9->ip_src,set_field:10.0.0.9->ip_dst,output:1",
			"ip actions=mod_dl_src:02:00:00:00:00:01,mod_dl_dst:02:00:00:00:00:01,mod_nw_src:10.0.0.9," +
				"mod_nw_dst:10.0.0.9,output:1"},
		{Flow{Table: "a", Do: Actions{}.Reg(3, 7).Move(oxm.NXEthSrc, oxm.NXEthDst), Goto: Next},
			"actions=set_field:0x7->reg3,move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],goto_table:10",
			"actions=load:0x7->NXM_NX_REG3[],move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],resubmit(,10)"},
		{Flow{Table: "a", Goto: "x"}, "actions=goto_table:20", "actions=resubmit(,20)"},
		{Flow{Table: "a", Do: Actions{}.ControllerWith([]byte("hi"))}, "actions=controller(userdata=68.69)", ""},
		{Flow{Table: "x", Match: Match{}.IPv6Dst(netip.MustParsePrefix("fe80::/10")).ICMPv6(135)},
			"table:20 priority=0,icmp6,ipv6_dst=fe80::/10,icmp_type=135 actions=drop", "error"},
		{Flow{Table: "a", Match: Match{}.Reg(1, 2).Multicast().TunnelID(9)},
			"reg1=0x2,tun_id=0x9,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00 actions=drop", "error"},
		{Flow{Table: "a", Do: Actions{}.PushVLAN(7).Output(1)},
			"actions=push_vlan:0x8100,set_field:4103->vlan_vid,output:1", "error"},
		{Flow{Table: "a", Do: Actions{}.Group(4)}, "actions=group:4", "error"},
	} {
		if c.v10 == "" {
			c.v10 = c.v13
		}
		require.Equal(t, c.v13, strings.TrimPrefix(ovs13(t, c.f), "priority=0,"))
		got, err := ovs10(t, c.f)
		if c.v10 == "error" {
			require.ErrorIs(t, err, ErrVersion, "%s", c.v13)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, c.v10, strings.TrimPrefix(got, "priority=0,"))
	}
}

func TestWhereAFlowCannotGo(t *testing.T) {
	for want, f := range map[string]Flow{
		`table "z": no such table`: {Table: "z"},
		`table "y": no such table`: {Table: "a", Goto: "y"},
		"from x (20) to b (10): a flow cannot send a packet back to its own or an earlier table": {Table: "x", Goto: "b"},
	} {
		_, _, err := f.Place(layout{})
		require.EqualError(t, err, want)
	}
	_, next, err := (&Flow{Table: "x", Goto: Next}).Place(layout{})
	require.NoError(t, err)
	require.Equal(t, -1, next, "the end of a path")
}

func TestActionsThatKnowTables(t *testing.T) {
	f := Flow{Table: "a", DoIn: func(ts Tables) Actions {
		n, _ := ts.Number("x")
		return Actions{}.Reg(0, uint32(n))
	}}
	require.Equal(t, "actions=set_field:0x14->reg0", ovs13(t, f))
}

func TestABuilderNeverSharesItsBytes(t *testing.T) {
	base := Match{}.InPort(1)
	a, b := base.Reg(1, 1), base.Reg(1, 2)
	require.NotEqual(t, a.OXM(), b.OXM())
	do := Actions{}.Output(1)
	x, y := do.Output(2), do.Output(3)
	require.NotEqual(t, x.OpenFlow(), y.OpenFlow())
}

func TestPortsOfBothVersions(t *testing.T) {
	for _, p := range []uint32{1, 0xfeff, PortLocal, PortFlood, PortInPort} {
		n, err := Port10(p)
		require.NoError(t, err)
		require.Equal(t, p, Port13(n))
	}
	_, err := Port10(0xff01)
	require.ErrorIs(t, err, ErrVersion)
}

func TestLearn(t *testing.T) {
	l := Learn{Table: 10, Priority: 5, IdleTimeout: 60, HardTimeout: 300, Cookie: 7}.
		MatchField(oxm.NXEthDst, oxm.NXEthSrc).LoadField(oxm.Reg(1), oxm.Reg(2)).OutputField(oxm.NXInPort)
	want := "actions=learn(table=10,idle_timeout=60,hard_timeout=300,priority=5,cookie=0x7," +
		"NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:NXM_NX_REG2[]->NXM_NX_REG1[],output:NXM_OF_IN_PORT[])"
	f := Flow{Table: "a", Do: Actions{}.Learn(l)}
	require.Equal(t, want, ovs13(t, f))
	got, err := ovs10(t, f)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// A match that goes to a switch of 1.0 comes back as it was.
func TestMatchesOfBothVersions(t *testing.T) {
	for _, m := range []Match{{}, Match{}.InPort(PortLocal).EthSrc(mac).EthDst(mac), Match{}.VLAN(7).Uint(oxm.VLANPCP, 3),
		Match{}.Untagged(), Match{}.ARP(packet.ARPRequest).ARPTarget(ip), Match{}.TCPDst(23).IPv4Src(host).IPv4Dst(net8),
		Match{}.UDPSrc(68), Match{}.ICMP(8).Uint(oxm.ICMPv4Code, 0), Match{}.EthType(0x86dd),
		Match{}.EthType(packet.EtherTypeIPv4).Uint(oxm.IPDSCP, 10)} {
		o, err := m.Match10()
		require.NoError(t, err)
		require.Equal(t, m.OXM().AppendCanonical(nil), MatchOf10(&o).OXM().AppendCanonical(nil), "%x", m.OXM())
	}
}

// A match covers those of which every packet is its own.
func TestCovers(t *testing.T) {
	ten := func(bits int) Match { return Match{}.IPv4Dst(netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), bits)) }
	for _, c := range []struct {
		wide, narrow Match
		covers       bool
	}{
		{Match{}, ten(32), true},
		{ten(32), Match{}, false},
		{ten(8), ten(16), true},
		{ten(16), ten(16), true},
		{ten(16), ten(8), false},
		{ten(32), ten(16), false},
		{Match{}.InPort(3), Match{}.InPort(3).TCPDst(23), true},
		{Match{}.InPort(3), MatchOf(oxm.Match(nil).Uint(oxm.NXInPort, 3)), true},
		{Match{}.InPort(3), Match{}.InPort(4).TCPDst(23), false},
		{Match{}.Multicast(), Match{}.EthDst(packet.Broadcast), true},
		{Match{}.EthDst(packet.Broadcast), Match{}.Multicast(), false},
	} {
		require.Equal(t, c.covers, c.wide.Covers(c.narrow), "%v %v", c.wide, c.narrow)
	}
}
