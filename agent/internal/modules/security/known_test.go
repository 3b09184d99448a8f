package security_test

import (
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

var (
	gateway, gateway6, nobody, nobody6 = addr("10.0.0.50"), addr("fe80::1"), addr("10.0.0.99"), addr("2001:db8::99")
	outside                            = model.MAC{0x02, 0, 0, 0, 0, 0x99}
	vip                                = addr("10.0.0.101") // an address that router is allowed, with vmac
)

// proxies has two addresses of machines outside answered for, and that of a virtual router.
func proxies(v *view.View) {
	s, _ := v.Subnets.Peek("v4")
	s.ProxyAddresses = []model.ProxyAddress{{IP: gateway, MAC: outside}, {IP: gateway6, MAC: outside},
		{IP: vip, MAC: vmac}}
	v.Subnets.Set("v4", s)
}

// suppress has requests for unknown addresses dropped.
func suppress(v *view.View) {
	n, _ := v.Networks.Peek("blue")
	n.SuppressARP = true
	v.Networks.Set("blue", n)
}

func ask(port uint32, ip netip.Addr) []byte { return askFrom(port, ipOf(port), ip) }

func askFrom(port uint32, src, ip netip.Addr) []byte {
	return arpFrame(macOf(port), bcast, packet.ARP{Op: 1, SenderMAC: macOf(port), SenderIP: src, TargetIP: ip})
}

func solicit(port uint32, ip netip.Addr) []byte {
	return icmp6(macOf(port), llOf(port), packet.ICMPv6NeighborSolicit, 0, ndBody(packet.ICMPv6NeighborSolicit, ip,
		macOf(port)))
}

// Addresses that no port has are answered for with the MAC that was given, and who may use one himself announces it.
func TestProxyAddressesAreAnswered(t *testing.T) {
	for name, make := range beds {
		t.Run(name, func(t *testing.T) {
			b := make(t, proxies)
			for ip, mac := range map[netip.Addr]model.MAC{gateway: outside, vip: vmac} {
				out, _ := b.send(t, mallory, ask(mallory, ip))
				require.Equal(t, []uint32{mallory}, out)
				a := gopacket.NewPacket(b.last()[0], layers.LayerTypeEthernet, gopacket.Default).Layer(layers.LayerTypeARP)
				require.Equal(t, [][]byte{mac[:], ip.AsSlice()}, [][]byte{a.(*layers.ARP).SourceHwAddress,
					a.(*layers.ARP).SourceProtAddress})
			}
			out, _ := b.send(t, victim, solicit(victim, gateway6))
			require.Equal(t, []uint32{victim}, out)
			eth, _, na := advertised(t, b.last()[0])
			require.Equal(t, outside[:], []byte(eth.SrcMAC))
			require.Equal(t, gateway6.String(), na.TargetAddress.String())
			require.EqualValues(t, 0xe0, na.Flags, "router, solicited, override: a guest keeps its default route")

			mine := arpFrame(vmac, bcast, arpOf(1, vmac, vip, vip))
			out, _ = b.send(t, router, mine)
			require.Equal(t, []uint32{mallory, victim, free, open}, out, "who may have the address announces it")
			out, _ = b.send(t, mallory, ask(mallory, nobody))
			require.Equal(t, rest, out)
		})
	}
}

// With suppression, what nobody is known to have is asked for in vain, and that is counted; what only guests know is
// flooded as before.
func TestSuppression(t *testing.T) {
	all := func(but uint32) (out []uint32) {
		for p := mallory; p <= guests; p++ {
			if p != but {
				out = append(out, p)
			}
		}
		return out
	}
	for name, make := range beds {
		t.Run(name, func(t *testing.T) {
			b := make(t, proxies, suppress)
			for what, c := range map[string]struct {
				port  uint32
				to    []uint32
				frame []byte
			}{
				"a known address":        {mallory, []uint32{mallory}, ask(mallory, ipOf(victim))},
				"a known one of IPv6":    {mallory, []uint32{mallory}, solicit(mallory, victim6)},
				"the gateway":            {mallory, []uint32{mallory}, ask(mallory, gateway)},
				"the DHCP server":        {mallory, []uint32{mallory}, ask(mallory, server)},
				"an allowed address":     {mallory, all(mallory), ask(mallory, addr("10.0.0.100"))},
				"an allowed one of IPv6": {mallory, all(mallory), solicit(mallory, addr("2001:db8::1"))},
				"a link-local one":       {mallory, all(mallory), solicit(mallory, llOf(victim))},
				"gratuitous ARP":         {victim, all(victim), ask(victim, ipOf(victim))},
				"a probe for duplicates": {victim, all(victim), askFrom(victim, zero, ipOf(victim))},
				"gratuitous ARP as a reply": {victim, all(victim), arpFrame(foe, bcast, arpOf(2, foe, ipOf(victim),
					ipOf(victim)))},
				"RARP, as hypervisors do it":  {victim, all(victim), eth(foe, bcast, 0x8035, make46())},
				"of a guest without address":  {free, all(free), askFrom(free, addr("192.0.2.1"), addr("192.0.2.1"))},
				"of one without security":     {open, all(open), ask(open, nobody)},
				"virtual router, its address": {router, all(router), arpFrame(vmac, bcast, arpOf(1, vmac, vip, vip))},
				"a broadcast that is no ARP":  {mallory, all(mallory), mine(bcast)},
			} {
				out, _ := b.send(t, c.port, c.frame)
				require.Equal(t, c.to, out, what)
			}
			require.Empty(t, b.drops(t))
			for _, frame := range [][]byte{ask(mallory, nobody), solicit(mallory, nobody6), solicit(mallory, addr("fe80::99"))} {
				out, agent := b.send(t, mallory, frame)
				require.Empty(t, out)
				require.False(t, agent)
			}
			require.Equal(t, map[uint32]map[string]int{mallory: {pipeline.ReasonUnknown.String(): 3}}, b.drops(t))
		})
	}
}

func make46() []byte { return make([]byte, 46) }

// Whoever does not use it has not a flow more: one for each proxy address, and two for a network that suppresses, with
// those that are flooded nevertheless.
func TestWhatIsNotUsedCostsNoFlow(t *testing.T) {
	plain := len(flowsOf())
	const own = 1 // router is allowed an address that is answered to others
	require.Equal(t, plain+3+own, len(flowsOf(proxies)))
	const shared = 3 // allowed addresses
	require.Equal(t, plain+2+guests+shared+2*2, len(flowsOf(suppress)))
	require.Equal(t, plain, len(flowsOf(suppress, func(v *view.View) {
		n, _ := v.Networks.Peek("blue")
		n.SuppressARP = false
		v.Networks.Set("blue", n)
	})))
}
