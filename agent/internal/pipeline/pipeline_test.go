package pipeline

import (
	"encoding/hex"
	"net/netip"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
)

// text is a flow as ovs-ofctl prints it.
func text(t *testing.T, f Flow) string {
	t.Helper()
	b := of13.AppendFlow(nil, 1, &of13.FlowSend{Key: f.Key, Instructions: f.Instr, Cookie: f.Cookie})
	out, err := exec.Command("ovs-ofctl", "-O", "OpenFlow13", "--no-names", "ofp-print",
		hex.EncodeToString(b)).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return string(out)
}

func TestFlowsReadRightForOVS(t *testing.T) {
	o := Owner{Module: ModuleARP, Name: "port/web1"}
	ip, mac := netip.MustParseAddr("10.0.0.9"), model.MAC{0x0a, 1, 2, 3, 4, 5}
	for want, f := range map[string]Flow{
		"table:20 priority=100,arp,reg0=0x7,dl_dst=ff:ff:ff:ff:ff:ff,arp_tpa=10.0.0.9,arp_op=1": o.Flow(ARP, PrioNormal,
			Match().Reg(0, 7).Request(ip), Do().Answer(ip, mac), Reply),
		"actions=set_field:0x7->reg0,set_field:0x1->reg1,goto_table:10": o.Flow(Classify, PrioNormal, Match().InPort(3),
			Do().LoadReg(0, 7).LoadReg(1, 1), DHCP),
		"in_port=7,dl_dst=01:00:00:00:00:00/01:00:00:00:00:00": o.Flow(L2, PrioLimited, Match().InPort(7).Multicast(),
			Do().Meter(MeterFlood.Of(7)), Flood),
		"actions=meter:65543,goto_table:40": o.Flow(L2, PrioLimited, Match().InPort(7).Multicast(),
			Do().Meter(MeterFlood.Of(7)), Flood),
		"udp,tp_src=68,tp_dst=67 cookie:": o.Flow(DHCP, PrioNormal, Match().UDPSrcDst(68, 67), Do(), End),
		"actions=set_field:0x64->tun_id,set_field:10.0.0.9->tun_dst,output:4": o.Flow(L2, PrioNormal, Match(),
			Do().TunID(100).TunDst(ip).Output(4), End),
		"dl_dst=01:00:00:00:00:00/01:00:00:00:00:00": o.Flow(L2, PrioMulticast, Match().Multicast(), Do(), Flood),
		"actions=drop": o.Flow(L2, PrioMiss, Match(), Do(), End),
	} {
		require.Contains(t, text(t, f), want)
	}
	answer := text(t, o.Flow(ARP, PrioNormal, Match().ARPRequest(ip), Do().Answer(ip, mac), Reply))
	require.Contains(t, answer, "actions=set_field:0a:01:02:03:04:05->arp_tha,goto_table:21")
	reply := text(t, o.Flow(Reply, PrioNormal, Match().isARP(), Do().reply(), Back))
	require.Contains(t, reply, "actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],move:NXM_NX_ARP_THA[]->NXM_OF_ETH_SRC[],"+
		"move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],move:NXM_OF_ETH_SRC[]->NXM_NX_ARP_SHA[],"+
		"move:NXM_OF_ARP_TPA[]->NXM_NX_REG12[],move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[],"+
		"move:NXM_NX_REG12[]->NXM_OF_ARP_SPA[],set_field:2->arp_op,goto_table:24")
}

// The advertisement is made by two flows, of which the first changes which fields there are.
func TestASolicitationIsTurnedRound(t *testing.T) {
	o := Owner{Module: ModuleARP, Name: "port/web1"}
	ip, mac := netip.MustParseAddr("2001:db8::9"), model.MAC{0x0a, 1, 2, 3, 4, 5}
	ask := text(t, o.Flow(ARP, PrioNormal, Match().Request(ip), Do().Answer(ip, mac), Reply))
	require.Contains(t, ask, "dl_dst=01:00:00:00:00:00/01:00:00:00:00:00,icmp_type=135,icmp_code=0,nd_target=2001:db8::9")
	require.Contains(t, ask, "actions=set_field:0a:01:02:03:04:05->eth_dst,goto_table:21")
	var all string
	for _, f := range answerFlows() {
		all += text(t, f)
	}
	for _, want := range []string{
		"actions=set_field:1610612736->nd_reserved,set_field:2->nd_options_type,set_field:136->icmpv6_type,goto_table:22",
		"reg14=0x1,", "actions=set_field:3758096384->nd_reserved,", "nd_sll=00:00:00:00:00:00", "icmp_type=136",
		"actions=move:NXM_OF_ETH_DST[]->NXM_NX_ND_TLL[],move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]," +
			"move:NXM_NX_ND_TLL[]->NXM_OF_ETH_SRC[],move:NXM_NX_IPV6_SRC[]->NXM_NX_IPV6_DST[]," +
			"move:NXM_NX_ND_TARGET[]->NXM_NX_IPV6_SRC[],goto_table:24",
	} {
		require.Contains(t, all, want)
	}
}

func TestSubPortsReadRightForOVS(t *testing.T) {
	o := Owner{Module: ModuleL2, Name: "port/web1"}
	to := func(do Actions) Flow { return o.Flow(L2, PrioNormal, Match(), do, End) }
	back := backFlows()
	in := func(m Matcher, do Actions) Flow { return o.Flow(Classify, PrioOwn, m, do, End) }
	const push = "push_vlan:0x8100,set_field:4116->vlan_vid,"
	for _, c := range []struct {
		want string
		f    Flow
	}{
		{"table:24 priority=100,reg15=0x1000/0x1000 cookie:", back[1]},
		{"actions=push_vlan:0x8100,move:NXM_NX_REG15[0..12]->NXM_OF_VLAN_TCI[0..12],IN_PORT", back[1]},
		{"table:24 priority=0 cookie:", back[0]},
		{"in_port=3,dl_vlan=20 cookie:", in(Match().InPort(3).VLAN(20), Do())},
		{"actions=pop_vlan,set_field:0x1014->reg15", in(Match().VLAN(20), Do().TakeVLAN(20))},
		{"reg15=0x1014,in_port=3", in(Match().InPort(3).FromVLAN(20), Do())},
		{"actions=" + push + "output:3\n", to(Do().To(WayTo(3, 20, true)))},
		{"actions=output:4," + push + "output:3,pop_vlan,output:5",
			to(Do().Deliver(4).Deliver(WayTo(3, 20, false)).Deliver(5))},
		{"actions=clone(set_field:0x140003->reg2,resubmit(,50)," + push + "output(port=3,max_len=65535))",
			to(Do().Deliver(WayTo(3, 20, true)))},
	} {
		require.Contains(t, text(t, c.f), c.want)
	}
}

func TestABuilderNeverSharesItsBytes(t *testing.T) {
	o := Owner{Module: ModuleL2, Name: "port/x"}
	base := Match().Reg(0, 1)
	a, b := base.Reg(1, 1), base.Reg(1, 2)
	require.NotEqual(t, o.Flow(L2, 1, a, Do(), End).Key, o.Flow(L2, 1, b, Do(), End).Key)
	require.Equal(t, o.Flow(L2, 1, Match().Reg(0, 1).Reg(1, 1), Do(), End).Key, o.Flow(L2, 1, a, Do(), End).Key)
	do := Do().TunID(1)
	x, y := do.Output(1), do.Output(2)
	require.NotEqual(t, o.Flow(L2, 1, a, x, End).Instr, o.Flow(L2, 1, a, y, End).Instr)
}

func TestCookieTellsModuleAndMark(t *testing.T) {
	c := Cookie(ModuleDHCP, "subnet/s")
	require.True(t, Ours(c))
	require.Equal(t, ModuleDHCP, ModuleOf(c))
	require.False(t, Ours(0))
	require.NotEqual(t, c, Cookie(ModuleDHCP, "subnet/t"))
}

func TestEveryTableHasAMissFlowAndAName(t *testing.T) {
	have := map[Table]bool{}
	Static(func(_ string, flows, _ []*Flow) {
		for _, f := range flows {
			have[f.Table()] = true
			require.True(t, Ours(f.Cookie))
		}
	})
	for _, s := range Tables {
		require.True(t, have[s.Table], s.Name)
		require.Equal(t, s.Name, TableName(s.Table))
	}
}
