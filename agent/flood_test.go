package agent

import (
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// others defines hosts that nobody runs, and on each of them a port of blue.
func (w *world) others(n int) {
	w.t.Helper()
	var c catalog.Changes
	for i := range n {
		c.Create(&model.Port{Name: fmt.Sprintf("other%d", i), Network: "blue", MAC: model.MAC{0x0a, 1, 0, 0, byte(i >> 8),
			byte(i)}})
	}
	w.commit(&c)
	var t store.Txn
	put := func(scope store.Scope, kind model.Kind, id string, v any) {
		b, err := json.Marshal(v)
		require.NoError(w.t, err)
		t.Puts = append(t.Puts, store.Doc{Key: store.Key{Scope: scope, Kind: string(kind), ID: id}, Value: b})
	}
	for i := range n {
		id := fmt.Sprintf("far-%d", i)
		put(store.ScopeHosts, model.KindHost, id, model.Host{ID: id, Name: id,
			Tunnel: netip.AddrFrom4([4]byte{172, 16, byte(i >> 8), byte(i)})})
		port := fmt.Sprintf("other%d", i)
		put(store.NetworkScope("blue"), model.KindBinding, port, model.Binding{Port: port, Host: id, Token: "1"})
	}
	_, err := w.mem.Commit(w.t.Context(), t)
	require.NoError(w.t, err)
}

// More hosts than fit into one flow-mod: the switch takes the flows, and a broadcast goes to every host.
func TestFloodingToThousandsOfHosts(t *testing.T) {
	const hosts = 3000
	w := newWorld(t, 1)
	h := w.hosts[0]
	w.create(&model.Network{Name: "blue", PhysNet: "dc"})
	w.port("web1", "blue")
	w.startAll()
	h.attach("p1", "web1")
	h.up("web1")
	w.others(hosts)
	w.settle()
	require.Empty(t, h.status().Problems)
	trace := h.sw.Appctl("ofproto/trace", testBridge, "in_port=p1,dl_src="+h.portOf("web1").MAC+
		",dl_dst=ff:ff:ff:ff:ff:ff")
	require.Equal(t, hosts, strings.Count(trace, "->tun_dst"))

	sent := h.status().Flows.Sent
	w.port("web2", "blue")
	h.attach("p2", "web2")
	h.up("web2")
	require.LessOrEqual(t, h.status().Flows.Sent-sent, int64(5), "in, out, the ports here, its MAC, and what it floods")
	before := h.dump()
	h.restart()
	w.settle()
	require.Zero(t, h.status().Flows.Sent)
	require.Equal(t, before, h.dump())
}

// asksForNobody is an ARP request of web1 for an address that nobody has.
func (h *host) asksForNobody(ifname, port string, n int) {
	h.t.Helper()
	p := h.portOf(port)
	mac, err := net.ParseMAC(p.MAC)
	require.NoError(h.t, err)
	from := model.MAC(mac)
	b := packet.AppendEthernet(nil, &packet.Ethernet{Dst: packet.Broadcast, Src: from, Type: packet.EtherTypeARP})
	b = packet.AppendARP(b, &packet.ARP{Op: packet.ARPRequest, SenderMAC: from, SenderIP: p.IPs[0],
		TargetIP: netip.MustParseAddr("10.1.0.200")})
	h.receives(ifname, b, n)
}

// gotten is how many frames the switch has sent to a port.
func (h *host) gotten(port string) int {
	h.t.Helper()
	m := regexp.MustCompile(`tx pkts=(\d+)`).FindStringSubmatch(h.sw.Ofctl("dump-ports", testBridge,
		fmt.Sprint(h.portOf(port).OFPort)))
	require.NotNil(h.t, m)
	n, err := strconv.Atoi(m[1])
	require.NoError(h.t, err)
	return n
}

// A guest that floods everybody is held back in the switch, and what others send to everybody is not.
func TestAFloodOfBroadcasts(t *testing.T) {
	w, h := pair(t, func(c *config.Config) { c.Broadcast.Rate = 10 })
	seen := func() int { return sum(h.metersOf(pipeline.MeterFlood)) }
	const sent = 400
	h.asksForNobody("p1", "web1", sent)
	await(t, "the switch has seen it", func() bool { return seen() == sent })
	require.Less(t, h.gotten("web2"), 10+10*int(patience/time.Second), "a burst, and ten a second")
	require.Less(t, h.gotten("web2"), sent/2)
	before := h.gotten("web1")
	h.asksForNobody("p2", "web2", 5)
	await(t, "another is heard", func() bool { return h.gotten("web1") == before+5 })

	h.countNow()
	require.GreaterOrEqual(t, h.status().Limited["flood"], int64(sent/2))
	require.True(t, h.problem("broadcast_flood", "web1"))
	require.False(t, h.problem("broadcast_flood", "web2"))
	require.False(t, h.problem("dhcp_flood", "web1"))
	require.Equal(t, uint64(h.status().Limited["flood"]), h.portOf("web1").Drops["flood"])
	require.Empty(t, h.portOf("web2").Drops)
	h.countNow()
	require.False(t, h.problem("broadcast_flood", "web1"), "it is over")

	meters := h.metersOf(pipeline.MeterFlood)
	h.restart()
	w.settle()
	require.Zero(t, h.status().Flows.Sent)
	require.Equal(t, meters, h.metersOf(pipeline.MeterFlood), "meters are adopted as they are")

	h.stop()
	h.cfg.Broadcast.Rate = 0
	h.start()
	h.ready()
	await(t, "no limit any more", func() bool { return len(h.metersOf(pipeline.MeterFlood)) == 0 })
	before = h.gotten("web2")
	h.asksForNobody("p1", "web1", sent)
	await(t, "all come", func() bool { return h.gotten("web2") == before+sent })
}

// A port costs as few flows as it can: a plain one has nine.
func TestFlowsOfAPlainPort(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	w.network("blue", 1)
	w.port("web1", "blue")
	w.port("web2", "blue")
	w.startAll()
	h.attach("p1", "web1")
	h.up("web1")
	w.settle()
	before := h.status().Flows.Installed
	h.attach("p2", "web2")
	h.up("web2")
	w.settle()
	require.Equal(t, before+9, h.status().Flows.Installed)
}

// What a meter has dropped that a restarted switch has lost is forgotten with its port: another one may get its number.
func TestLostMeterIsForgotten(t *testing.T) {
	m, meter := newMeters(nil), pipeline.MeterFlood.Of(7)
	m.want[meter] = 1
	m.count([]of13.MeterStatsEntry{{Meter: meter, Bands: []of13.BandCounter{{Packets: 5}}}})
	require.EqualValues(t, 5, m.drops(nil, []uint32{pipeline.MeterAgent.Of(7), pipeline.MeterFlood.Of(7)})["flood"])
	delete(m.want, meter)
	m.touched[meter] = true
	require.NoError(t, m.remove(nil, nil), "the switch does not have it, so nothing is sent")
	require.Empty(t, m.drops(nil, []uint32{pipeline.MeterAgent.Of(7), pipeline.MeterFlood.Of(7)}))
	require.Empty(t, m.flooding)
}
