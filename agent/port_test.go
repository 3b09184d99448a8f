package agent

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// plainFlows are the flows of a port that uses nothing of what follows: 1 in, 1 out, 2 ARP, 2 DHCP, 3 own addresses.
const plainFlows = 9

func (w *world) edit(port string, fn func(*model.Port)) {
	w.t.Helper()
	var c catalog.Changes
	c.Update(model.KindPort, port, func(o catalog.Object) error {
		fn(o.(*model.Port))
		return nil
	})
	w.commit(&c)
	w.settle()
}

// others are the flows that are not a port's own.
func (h *host) others(port string) map[string]status.Flow {
	h.t.Helper()
	out := map[string]status.Flow{}
	for _, f := range h.flows() {
		if f.Owner != "port/"+port {
			f.Packets, f.Bytes, f.AgeSeconds = 0, 0, 0
			out[f.TableName+" "+f.Match] = f
		}
	}
	return out
}

// TestPlainPortCostsNineFlows: what a port can have costs nothing where it has not.
func TestPlainPortCostsNineFlows(t *testing.T) {
	w, one, two := blue(t)
	require.Equal(t, plainFlows, one.owned("port/web1"))
	require.Equal(t, 2, two.owned("port/web1"), "to it, and ARP")
	w.edit("web1", func(p *model.Port) {
		p.MoreIPs = []netip.Addr{netip.MustParseAddr("10.1.0.77"), netip.MustParseAddr("2001:db8::77")}
	})
	require.Equal(t, plainFlows+3+3, one.owned("port/web1"))
	require.Equal(t, 4, two.owned("port/web1"))
	require.Len(t, one.portOf("web1").IPs, 3)
	w.edit("web1", func(p *model.Port) { p.MoreIPs = nil })
	require.Equal(t, plainFlows, one.owned("port/web1"))
}

// TestAdminDown: a port that is down has no flow anywhere, and of the others only the list for broadcast changes.
func TestAdminDown(t *testing.T) {
	w, one, two := blue(t)
	w.port("web3", "blue")
	one.attach("p3", "web3")
	one.up("web3")
	w.settle()
	dump, sent, before := one.dump(), one.status().Flows.Sent, one.others("web1")
	w.edit("web1", func(p *model.Port) { p.Admin = model.AdminDown })
	require.Equal(t, status.PortDown, one.portState("web1"))
	require.Zero(t, one.owned("port/web1")+two.owned("port/web1"))
	require.EqualValues(t, plainFlows+1, one.status().Flows.Sent-sent)
	for key, f := range one.others("web1") {
		if f.TableName != "flood-local" {
			require.Equal(t, before[key], f)
		}
	}
	require.Equal(t, "host1", w.boundTo("web1"), "it is still there")
	acks := one.status().DHCP.Acks
	one.says("p1", "web1", dhcpv4.MessageTypeDiscover, 3)
	one.says("p3", "web3", dhcpv4.MessageTypeDiscover, 1)
	await(t, "web3 is answered", func() bool { return one.status().DHCP.Offers == 1 })
	require.Equal(t, acks, one.status().DHCP.Acks)

	one.restart()
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	w.edit("web1", func(p *model.Port) { p.Admin = "" })
	one.up("web1")
	require.Equal(t, dump, one.dump())

	w.edit("web1", func(p *model.Port) { p.Admin = model.AdminDown })
	one.detach("p1")
	await(t, "it is withdrawn", func() bool { return w.boundTo("web1") == "" })
	one.attach("p1", "web1")
	await(t, "it is there again", func() bool { return w.boundTo("web1") == "host1" })
}

// TestDHCPOptionsOfAPort: they come from the definition of now.
func TestDHCPOptionsOfAPort(t *testing.T) {
	w, one, _ := blue(t)
	w.edit("web1", func(p *model.Port) {
		p.Hostname = "www"
		p.DHCPOptions = []model.DHCPOption{{Code: 66, Data: []byte("10.1.0.9")}}
	})
	var got model.Port
	one.a.dhcp.decide = func(frame []byte, c dhcp.Client, mac model.MAC) (*dhcp.Reply, string) {
		got = c.Port
		return dhcp.Answer(frame, c, mac)
	}
	one.says("p1", "web1", dhcpv4.MessageTypeDiscover, 1)
	await(t, "it is answered", func() bool { return one.status().DHCP.Offers == 1 })
	require.Equal(t, "www", got.Hostname)
	require.Equal(t, "tftp-server=10.1.0.9", got.DHCPOptions[0].String())
}

// meters are the meters of the switch that count bits, as ovs-ofctl shows them.
func (h *host) limits() string {
	h.t.Helper()
	var out []string
	for _, part := range strings.Split(h.sw.Ofctl("-O", "OpenFlow13", "dump-meters", testBridge), "meter=") {
		if text := strings.Join(strings.Fields(part), " "); strings.Contains(text, "kbps") {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return strings.Join(out, "\n")
}

// TestLimits: a limit is a meter each way; another rate changes the meter and no flow.
func TestLimits(t *testing.T) {
	w, one, two := blue(t)
	rate := func(r model.Rate) *model.Rate { return &r }
	dump := one.dump()
	require.Empty(t, one.limits())
	w.edit("web1", func(p *model.Port) { p.LimitIn, p.LimitOut = rate(100e6), rate(2e6) })
	port := one.portOf("web1").OFPort
	want := func(in string) string {
		return fmt.Sprintf("%d kbps burst stats bands= type=drop rate=2000 burst_size=1600\n"+
			"%d kbps burst stats bands= type=drop %s", pipeline.MeterOut.Of(port), pipeline.MeterIn.Of(port), in)
	}
	require.Equal(t, want("rate=100000 burst_size=80000"), one.limits())
	require.Equal(t, plainFlows+1, one.owned("port/web1"))
	require.Equal(t, 2, two.owned("port/web1"), "it is limited where it is")

	flows, sent := one.dump(), one.status().Flows.Sent
	w.edit("web1", func(p *model.Port) { p.LimitIn = rate(5e6) })
	require.Equal(t, want("rate=5000 burst_size=4000"), one.limits())
	require.Equal(t, flows, one.dump())
	require.Equal(t, sent, one.status().Flows.Sent)

	one.restart()
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	one.sw.Ofctl("-O", "OpenFlow13", "mod-meter", testBridge, fmt.Sprintf("meter=%d,kbps,burst,stats,bands=type=drop,"+
		"rate=9,burst_size=9", pipeline.MeterIn.Of(port)))
	await(t, "it is put right", func() bool { return one.limits() == want("rate=5000 burst_size=4000") })
	w.edit("web1", func(p *model.Port) { p.LimitIn, p.LimitOut = nil, nil })
	await(t, "no meter is left", func() bool { return one.limits() == "" })
	require.Equal(t, dump, one.dump())
}

// TestALimitHoldsOnePortBack: of a broadcast to many, a limited one loses its own and nobody else's.
func TestALimitHoldsOnePortBack(t *testing.T) {
	w, one, _ := blue(t)
	w.open("web1")
	for i := range 3 {
		name := fmt.Sprint("more", i)
		w.port(name, "blue")
		one.attach(name, name)
		one.up(name)
	}
	low := model.RateMin
	burst := model.BurstMin
	w.edit("more0", func(p *model.Port) { p.LimitIn, p.Burst = &low, &burst })
	w.edit("more1", func(p *model.Port) { p.LimitIn, p.Burst = &low, &burst })
	frame := strings.Repeat("ff", 6) + strings.Repeat("0a", 6) + "88b5" + strings.Repeat("00", 1000)
	for range 100 {
		one.sw.Appctl("netdev-dummy/receive", "p1", frame)
	}
	got := func(port string) int {
		text := one.sw.Vsctl("get", "interface", port, "statistics:tx_packets")
		n, err := strconv.Atoi(strings.TrimSpace(text))
		require.NoError(t, err)
		return n
	}
	await(t, "an unlimited one gets all", func() bool { return got("more2") >= 100 })
	for _, limited := range []string{"more0", "more1"} {
		require.Less(t, got(limited), 60)
		require.Greater(t, got(limited), 10)
	}
	await(t, "they are counted", func() bool { return one.portOf("more0").Drops["limit-in"] > 40 })
	require.Empty(t, one.portOf("more2").Drops)
}

// The datapath of the kernel has fewer meters than there are numbers for them.
func TestTheKernelLimitsRates(t *testing.T) {
	can := of13.MeterFeaturesReply{MaxMeters: 200_000, Capabilities: of13.MeterCanKbps | of13.MeterCanPktps}
	require.True(t, limitsRates(&can))
	can.MaxMeters = 1000
	require.False(t, limitsRates(&can))
}
