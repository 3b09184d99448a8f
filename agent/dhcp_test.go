package agent

import (
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// macOf is a port's address.
func (h *host) macOf(port string) net.HardwareAddr {
	h.t.Helper()
	for _, p := range h.status().Ports {
		if p.ID == port {
			mac, err := net.ParseMAC(p.MAC)
			require.NoError(h.t, err)
			return mac
		}
	}
	require.FailNow(h.t, "no such port", port)
	return nil
}

// says has the guest behind an interface send DHCP messages to everybody, of a type and n times.
func (h *host) says(ifname, port string, kind dhcpv4.MessageType, n int, mods ...dhcpv4.Modifier) {
	h.t.Helper()
	mac := h.macOf(port)
	d, err := dhcpv4.New(append(mods, dhcpv4.WithMessageType(kind), dhcpv4.WithHwAddr(mac))...)
	require.NoError(h.t, err)
	h.sends(ifname, mac, d.ToBytes(), n)
}

// sends has it send anything to the DHCP port.
func (h *host) sends(ifname string, mac net.HardwareAddr, payload []byte, n int) {
	h.t.Helper()
	h.receives(ifname, dhcpFrame(h.t, mac, payload), n)
}

// dhcpFrame is a frame to the DHCP port.
func dhcpFrame(t *testing.T, mac net.HardwareAddr, payload []byte) []byte {
	t.Helper()
	eth := &layers.Ethernet{SrcMAC: mac, DstMAC: layers.EthernetBroadcast, EthernetType: layers.EthernetTypeIPv4}
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IPv4zero, DstIP: net.IPv4bcast}
	udp := &layers.UDP{SrcPort: 68, DstPort: 67}
	require.NoError(t, udp.SetNetworkLayerForChecksum(ip))
	buf := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		eth, ip, udp, gopacket.Payload(payload)))
	return buf.Bytes()
}

// receives has a frame come in by an interface, n times.
func (h *host) receives(ifname string, frame []byte, n int) {
	h.t.Helper()
	for n > 0 {
		some := min(n, 30) // a dummy device queues 100, of which the switch takes 32 at a time
		n -= some
		h.sw.Appctl(append([]string{"netdev-dummy/receive", ifname}, slices.Repeat([]string{hex.EncodeToString(frame)},
			some)...)...)
	}
}

// asks is the option that names an address.
func asks(a, b, c, d byte) dhcpv4.Modifier {
	return dhcpv4.WithOption(dhcpv4.OptRequestedIPAddress(net.IPv4(a, b, c, d)))
}

// meters are those of the switch's meters that are before the agent, by port, and how many packets each has seen.
func (h *host) meters() map[int]int { return h.metersOf(pipeline.MeterAgent) }

func (h *host) metersOf(kind pipeline.Kind) map[int]int {
	h.t.Helper()
	out := map[int]int{}
	for _, m := range regexp.MustCompile(`meter:(\d+) .*packet_in_count:(\d+)`).FindAllStringSubmatch(
		h.sw.Ofctl("meter-stats", testBridge), -1) {
		number, _ := strconv.Atoi(m[1])
		if k, port := pipeline.SplitMeter(uint32(number)); k == kind {
			out[int(port)], _ = strconv.Atoi(m[2])
		}
	}
	return out
}

// countNow has the agent ask for what the meters have dropped.
func (h *host) countNow() {
	h.t.Helper()
	_, err := onCoroutine(h.t.Context(), h.a, func(co *coroutine.Co) (any, error) { return nil, h.a.meters.ask(co) })
	require.NoError(h.t, err)
}

// slow is blue with a limit of ten requests a second.
func slow(t *testing.T) (*world, *host) {
	t.Helper()
	return pair(t, func(c *config.Config) { c.DHCP.Rate = 10 })
}

// A guest that floods requests is held back in the switch, and another is answered as if nothing were.
func TestAFloodOfRequests(t *testing.T) {
	w, h := slow(t)
	require.Len(t, h.meters(), 2)
	const sent = 400
	began := time.Now()
	h.says("p1", "web1", dhcpv4.MessageTypeDiscover, sent)
	await(t, "the switch has seen it", func() bool { return sum(h.meters()) == sent })
	h.says("p2", "web2", dhcpv4.MessageTypeDiscover, 1)
	h.says("p2", "web2", dhcpv4.MessageTypeRequest, 1, asks(10, 1, 0, 3))
	await(t, "web2 is answered", func() bool { return h.status().DHCP.Acks == 1 })
	took := int64(time.Since(began)/time.Second) + 1
	require.LessOrEqual(t, h.status().DHCP.Offers, 10+10*took+1, "a burst, ten a second, and the one of web2")

	h.countNow()
	require.GreaterOrEqual(t, h.status().DHCP.Limited, sent-10-10*(took+1))
	require.True(t, h.problem("dhcp_flood", "web1"))
	require.False(t, h.problem("dhcp_flood", "web2"))
	h.countNow()
	require.False(t, h.problem("dhcp_flood", "web1"), "it is over")

	before := h.meters()
	h.restart()
	w.settle()
	require.Zero(t, h.status().Flows.Sent)
	require.Equal(t, before, h.meters(), "meters are adopted as they are")

	h.detach("p1")
	await(t, "its meter goes", func() bool { return len(h.meters()) == 1 })
	h.stop()
	h.cfg.DHCP.Rate = 20
	h.start()
	h.ready()
	await(t, "another rate", func() bool { return strings.Contains(h.sw.Ofctl("dump-meters", testBridge), "rate=20 ") })
	w.settle()
	require.Zero(t, h.status().Flows.Sent)
}

func sum(m map[int]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

// A meter that the switch refuses is gone without: everything works, and status says what does not. Other ports keep
// theirs.
func TestASwitchThatRefusesMeters(t *testing.T) {
	w, h := slow(t)
	w.port("web3", "blue")
	h.sw.Ofctl("add-meter", testBridge, "meter=77,kbps,band=type=drop,rate=1") // where ours should go
	h.sw.Vsctl("add-port", testBridge, "p3", "--", "set", "interface", "p3", "type=dummy", "ofport_request=77",
		"external_ids:iface-id=web3")
	h.up("web3")
	await(t, "meter_refused", func() bool { return h.problem("meter_refused", "web3") })
	w.settle()
	require.Equal(t, 5, strings.Count(h.dump(), "meter:"), "%s", h.dump())
	require.False(t, h.problem("meters_unavailable", testBridge))
	require.False(t, h.problem("flow_refused", testBridge))
	h.says("p3", "web3", dhcpv4.MessageTypeDiscover, 200)
	await(t, "web3 is answered", func() bool { return h.status().DHCP.Offers > 0 })
	await(t, "web3 is limited", func() bool { return h.problem("dhcp_flood", "web3") })
	h.says("p2", "web2", dhcpv4.MessageTypeRequest, 1, asks(10, 1, 0, 3))
	await(t, "web2 is answered", func() bool { return h.status().DHCP.Acks == 1 })
	s := h.status().DHCP
	require.LessOrEqual(t, s.Offers, int64(30))
	require.GreaterOrEqual(t, s.Limited, int64(160))

	require.NoError(t, h.a.s.Post(h.a.meters.tryRefused)) // with what it finds
	await(t, "it is back", func() bool { return !h.problem("meter_refused", "web3") })
	w.settle()
	require.Equal(t, 6, strings.Count(h.dump(), "meter:"), "%s", h.dump())
	require.Len(t, h.meters(), 3)
}

func TestWithoutALimit(t *testing.T) {
	w, h := slow(t)
	h.stop()
	h.cfg.DHCP.Rate, h.cfg.Broadcast.Rate = 0, 0
	h.start()
	h.ready()
	w.settle()
	require.NotContains(t, h.dump(), "meter:")
	await(t, "the meters go", func() bool { return len(h.meters()) == 0 })
	h.says("p1", "web1", dhcpv4.MessageTypeDiscover, 300)
	await(t, "all are answered", func() bool { return h.status().DHCP.Offers == 300 })
	require.Empty(t, h.status().Problems)
	require.Zero(t, h.status().DHCP.Limited)
}

// A port that has no DHCP from us may have it from somebody else, beside others in its network that have ours.
func TestDHCPIsDecidedPortByPort(t *testing.T) {
	w, h := slow(t)
	no := false
	var c catalog.Changes
	c.Create(&model.Subnet{Name: "blue-own", Network: "blue", CIDR: netip.MustParsePrefix("10.9.0.0/24"), DHCP: &no})
	c.Create(&model.Port{Name: "own1", Network: "blue", Subnet: "blue-own"})
	w.commit(&c)
	h.attach("p3", "own1")
	h.up("own1")
	w.settle()
	guest := map[string]string{"p1": "web1", "p2": "web2", "p3": "own1"}
	trace := func(ifname, dst string) string {
		return h.sw.Appctl("ofproto/trace", testBridge, "in_port="+ifname+",dl_src="+h.portOf(guest[ifname]).MAC+
			",dl_dst="+dst+
			",udp,nw_dst=255.255.255.255,udp_src=68,udp_dst=67")
	}
	port := func(ifname string) string { return h.sw.Vsctl("get", "interface", ifname, "ofport") }
	const all = "ff:ff:ff:ff:ff:ff"
	require.Contains(t, trace("p1", all), "controller(")
	require.NotContains(t, trace("p1", all), "output:"+port("p3"))
	require.NotContains(t, trace("p3", all), "controller(")
	require.Contains(t, trace("p3", all), "output:"+port("p1"))
	require.Len(t, h.meters(), 2)

	yes := true
	c = catalog.Changes{}
	c.Update(model.KindSubnet, "blue-own", func(o catalog.Object) error { o.(*model.Subnet).DHCP = &yes; return nil })
	w.commit(&c)
	await(t, "served from now on", func() bool { return strings.Contains(trace("p3", all), "controller(") })
	w.settle()
	require.Len(t, h.meters(), 3)
}

// A guest that declined its address is a problem until it takes one, gets another, goes, or has been quiet for long.
func TestDeclined(t *testing.T) {
	w, h := slow(t)
	declined := func() bool { return h.problem("dhcp_declined", "web1") }
	decline := func(ip net.IP) {
		t.Helper()
		await(t, "there are requests left", func() bool { return h.says1("web1", ip) && declined() })
	}
	decline(net.IPv4(10, 1, 0, 2))
	h.says("p1", "web1", dhcpv4.MessageTypeRequest, 1, asks(10, 1, 0, 2))
	await(t, "an ACK", func() bool { return !declined() })

	decline(net.IPv4(10, 1, 0, 2))
	var c catalog.Changes
	c.Update(model.KindPort, "web1", func(o catalog.Object) error {
		o.(*model.Port).IP = netip.MustParseAddr("10.1.0.99")
		return nil
	})
	w.commit(&c)
	await(t, "another address", func() bool { return !declined() })

	decline(net.IPv4(10, 1, 0, 99))
	h.detach("p1")
	await(t, "it went", func() bool { return h.portState("web1") == "" })
	h.attach("p1", "web1")
	h.up("web1")
	require.False(t, declined())

	decline(net.IPv4(10, 1, 0, 99))
	_, err := onScheduler(t.Context(), h.a, func() (*status.Status, error) {
		d := h.a.dhcp.declined["web1"]
		d.at = d.at.Add(-declineShown - time.Second)
		h.a.dhcp.declined["web1"] = d
		return nil, nil
	})
	require.NoError(t, err)
	require.False(t, declined())
}

// says1 declines an address once.
func (h *host) says1(port string, ip net.IP) bool {
	h.t.Helper()
	h.says("p1", port, dhcpv4.MessageTypeDecline, 1, dhcpv4.WithOption(dhcpv4.OptRequestedIPAddress(ip)))
	time.Sleep(20 * glance)
	return true
}

func TestLimiter(t *testing.T) {
	l, now := newLimiter(5), time.Unix(100, 0)
	taken := func(who uint32, n int) (got int) {
		for range n {
			if l.take(who, now) {
				got++
			}
		}
		return got
	}
	require.Equal(t, 10, taken(1, 100), "two seconds' worth at once")
	require.Equal(t, 10, taken(2, 100), "each has his own")
	require.True(t, l.limited(1, now))
	now = now.Add(time.Second)
	require.Equal(t, 5, taken(1, 100))
	now = now.Add(time.Hour)
	require.False(t, l.limited(1, now))
	require.Equal(t, 10, taken(1, 100))
	now = now.Add(time.Hour)
	for who := range uint32(3 * limiterMax) {
		now = now.Add(time.Second)
		l.take(who, now)
		require.LessOrEqual(t, len(l.buckets), limiterMax, fmt.Sprint("bucket ", who))
	}
	require.Equal(t, 1000, (func() (n int) {
		l.rate = 0
		return taken(7, 1000)
	})())
}

// Nonsense from a guest is counted, and nothing else.
func TestHostilePackets(t *testing.T) {
	w, h := slow(t)
	w.open("web2") // so that the agent has to see for itself
	mac := h.macOf("web1")
	d, err := dhcpv4.NewDiscovery(mac)
	require.NoError(t, err)
	good := d.ToBytes()
	for _, bad := range [][]byte{{}, []byte("hello"), good[:100], good[:239], append(good[:240:240], 53, 200, 1)} {
		h.sends("p1", mac, bad, 1)
	}
	await(t, "they are counted", func() bool { return h.status().DHCP.Ignored[dhcp.ReasonMalformed] == 5 })
	h.says("p1", "web1", dhcpv4.MessageTypeDiscover, 1, dhcpv4.WithRelay(net.IPv4(10, 1, 0, 9)))
	h.says("p2", "web1", dhcpv4.MessageTypeDiscover, 1)
	await(t, "strangers are not answered", func() bool {
		i := h.status().DHCP.Ignored
		return i[dhcp.ReasonRelayed] == 1 && i[dhcp.ReasonForeignMAC] == 1
	})
	h.says("p1", "web1", dhcpv4.MessageTypeDiscover, 1)
	await(t, "web1 is", func() bool { return h.status().DHCP.Offers == 1 })
	require.Empty(t, h.status().Problems)
}
