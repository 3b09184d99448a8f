package cli

import (
	"context"
	"net/netip"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

func (a *app) physnetCommand() *cobra.Command {
	header := []string{"NAME", "TYPE", "VNI", "VLAN", "MTU"}
	row := func(p *model.PhysNet) []string {
		return []string{p.Name, p.Type, span(p.VNI), span(p.VLAN), number(p.MTU)}
	}
	n := &noun[model.PhysNet, *model.PhysNet]{
		kind: model.KindPhysNet, plural: "physical networks",
		example: example{create: "tenants --type vxlan --vni 10000-20000 --mtu 9000\n" +
			"  vlcp-coordinator physnet create far --type geneve --vni 30000-39999 --underlay ipv6\n" +
			"  vlcp-coordinator physnet create office --type vlan --vlan 100-199", update: "tenants --vni 10000-30000",
			name: "tenants"},
		name: func(p *model.PhysNet, name string) { p.Name = name },
		list: func(ctx context.Context, c *catalog.Catalog, _ string) (view, error) {
			list, err := c.PhysNets(ctx)
			return listOf(list, header, row), err
		},
		one: func(_ context.Context, _ *catalog.Catalog, p *model.PhysNet) (view, error) {
			return view{object: p, header: header, rows: [][]string{row(p)}}, nil
		},
		flags: func(cmd *cobra.Command, f *fields[model.PhysNet], create bool) {
			fs := cmd.Flags()
			fs.Var(&f.scratch.VNI, "vni", "range of network identifiers that networks in tunnels get theirs from")
			f.add("vni", func(to, from *model.PhysNet) { to.VNI = from.VNI })
			fs.Var(&f.scratch.VLAN, "vlan", "range of VLAN ids that networks of type vlan get theirs from")
			f.add("vlan", func(to, from *model.PhysNet) { to.VLAN = from.VLAN })
			fs.Lookup("vni").DefValue, fs.Lookup("vlan").DefValue = "", ""
			fs.Uint16Var(&f.scratch.UDPPort, "udp-port", 0, "UDP port of the tunnels; 0 is that of the type (4789, 6081)")
			f.add("udp-port", func(to, from *model.PhysNet) { to.UDPPort = from.UDPPort })
			fs.StringVar(&f.scratch.Underlay, "underlay", "", "addresses between which the tunnels are: ipv4 or ipv6; the MTU "+
				"depends on it (default ipv4)")
			f.add("underlay", func(to, from *model.PhysNet) { to.Underlay = from.Underlay })
			complete(cmd, "underlay", words(model.UnderlayIPv4, model.UnderlayIPv6), a)
			fs.IntVar(&f.scratch.MTU, "mtu", 0, "MTU of the underlay in bytes; 0 is 1500")
			f.add("mtu", func(to, from *model.PhysNet) { to.MTU = from.MTU })
			if create {
				fs.StringVar(&f.scratch.Type, "type", "", "how networks are kept apart: vxlan or geneve (tunnels), vlan (tags), "+
					"flat (one, untagged) or local (each host has its own)")
				f.add("type", func(to, from *model.PhysNet) { to.Type = from.Type })
				complete(cmd, "type", words(model.Types...), a)
				needs(cmd, "type")
			}
		},
	}
	return n.command(a)
}

func (a *app) networkCommand() *cobra.Command {
	header := []string{"NAME", "PHYSNET", "VNI", "VLAN", "MTU", "TAG", "UNKNOWN-ARP", "STRATEGY", "LEARNING"}
	row := func(n *model.Network) []string {
		unknown, learning := "flooded", "-"
		if n.SuppressARP {
			unknown = "dropped"
		}
		if n.Learning {
			learning = "yes"
		}
		return []string{n.Name, n.PhysNet, number(n.VNI), number(int64(n.VLAN)), number(n.MTU), number(n.Tag), unknown,
			n.Strategically(), learning}
	}
	n := &noun[model.Network, *model.Network]{
		kind: model.KindNetwork, plural: "networks", filter: model.KindPhysNet,
		example: example{create: "blue --physnet tenants\n" +
			"  vlcp-coordinator network create staff --physnet office --learning --unknown-unicast drop\n" +
			"  vlcp-coordinator network create campus --physnet tenants --strategy on-demand",
			update: "blue --mtu 1400\n  vlcp-coordinator network update blue --suppress-arp\n" +
				"  vlcp-coordinator network update blue --strategy auto",
			list: "--physnet tenants", name: "blue"},
		name: func(n *model.Network, name string) { n.Name = name },
		list: func(ctx context.Context, c *catalog.Catalog, physnet string) (view, error) {
			list, err := c.Networks(ctx, physnet)
			return listOf(list, header, row), err
		},
		one: func(_ context.Context, _ *catalog.Catalog, n *model.Network) (view, error) {
			return view{object: n, header: header, rows: [][]string{row(n)}}, nil
		},
		flags: func(cmd *cobra.Command, f *fields[model.Network], create bool) {
			fs := cmd.Flags()
			fs.Uint32Var(&f.scratch.VNI, "vni", 0, "network identifier in tunnels (VXLAN, Geneve); 0 has one allocated")
			f.add("vni", func(to, from *model.Network) { to.VNI = from.VNI })
			fs.Uint16Var(&f.scratch.VLAN, "vlan", 0, "VLAN id; 0 has one allocated")
			f.add("vlan", func(to, from *model.Network) { to.VLAN = from.VLAN })
			fs.IntVar(&f.scratch.MTU, "mtu", 0, "MTU for guests in bytes; 0 is the largest possible")
			f.add("mtu", func(to, from *model.Network) { to.MTU = from.MTU })
			a.learningFlags(cmd, f)
			fs.BoolVar(&f.scratch.SuppressARP, "suppress-arp", false, "whether requests for addresses that nobody is known to "+
				"have (ARP, IPv6 neighbour discovery) are dropped; for networks in tunnels")
			f.add("suppress-arp", func(to, from *model.Network) { to.SuppressARP = from.SuppressARP })
			fs.StringVar(&f.scratch.Strategy, "strategy", "", "how hosts come to the flows for ports of other hosts: prepush, "+
				"all of them; on-demand, those that their guests speak to; auto, by the number of ports (default prepush)")
			f.add("strategy", func(to, from *model.Network) { to.Strategy = from.Strategy })
			complete(cmd, "strategy", words(model.Strategies...), a)
			if create {
				fs.StringVar(&f.scratch.PhysNet, "physnet", "", "physical network")
				f.add("physnet", func(to, from *model.Network) { to.PhysNet = from.PhysNet })
				complete(cmd, "physnet", names(model.KindPhysNet), a)
				needs(cmd, "physnet")
			}
		},
	}
	return n.command(a)
}

// learningFlags are those about machines outside.
func (a *app) learningFlags(cmd *cobra.Command, f *fields[model.Network]) {
	type network = model.Network
	fs := cmd.Flags()
	fs.BoolVar(&f.scratch.Learning, "learning", false, "learn which machines there are outside, on types vlan and flat")
	f.add("learning", func(to, from *network) {
		if to.Learning = from.Learning; !from.Learning {
			to.StopLearning()
		}
	})
	fs.Uint32Var(&f.scratch.LearningMax, "learning-max", 0, "how many machines each host learns (default 1024)")
	f.add("learning-max", func(to, from *network) { to.LearningMax = from.LearningMax })
	fs.Var(&f.scratch.LearningAge, "learning-age", "how long a machine that is silent is known (default 5m)")
	fs.Lookup("learning-age").DefValue = ""
	f.add("learning-age", func(to, from *network) { to.LearningAge = from.LearningAge })
	fs.StringVar(&f.scratch.UnknownUnicast, "unknown-unicast", "", "what becomes of a guest's frame to a machine that "+
		"was not learnt: flood (to the uplink) or drop (default flood)")
	f.add("unknown-unicast", func(to, from *network) { to.UnknownUnicast = from.UnknownUnicast })
	complete(cmd, "unknown-unicast", words(model.UnknownFlood, model.UnknownDrop), a)
}

func (a *app) subnetCommand() *cobra.Command {
	header := []string{"NAME", "NETWORK", "CIDR", "GATEWAY", "RANGE", "DHCP", "PROXY"}
	row := func(s *model.Subnet) []string {
		dhcp, proxies := "off", []string(nil)
		for _, a := range s.ProxyAddresses {
			proxies = append(proxies, a.String())
		}
		if s.DHCPEnabled() {
			dhcp = text(s.DHCPServer)
		}
		return []string{s.Name, s.Network, s.CIDR.String(), text(s.Gateway), join(s.Range), dhcp,
			strings.Join(proxies, " ")}
	}
	n := &noun[model.Subnet, *model.Subnet]{
		kind: model.KindSubnet, plural: "subnets", filter: model.KindNetwork,
		example: example{create: "blue-v4 --network blue --cidr 10.10.0.0/24 --gateway 10.10.0.1 --dns 10.10.0.2",
			update: "blue-v4 --range 10.10.0.10-10.10.0.99 --lease 1h\n" +
				"  vlcp-coordinator subnet update blue-v4 --proxy-address 10.10.0.1,00:00:5e:00:01:01",
			list: "--network blue", name: "blue-v4"},
		name: func(s *model.Subnet, name string) { s.Name = name },
		list: func(ctx context.Context, c *catalog.Catalog, network string) (view, error) {
			list, err := c.Subnets(ctx, network)
			return listOf(list, header, row), err
		},
		one: func(_ context.Context, _ *catalog.Catalog, s *model.Subnet) (view, error) {
			return view{object: s, header: header, rows: [][]string{row(s)}}, nil
		},
		flags: func(cmd *cobra.Command, f *fields[model.Subnet], create bool) {
			subnetFlags(cmd, f)
			if create {
				fs := cmd.Flags()
				fs.StringVar(&f.scratch.Network, "network", "", "network")
				f.add("network", func(to, from *model.Subnet) { to.Network = from.Network })
				fs.Var(prefixValue{&f.scratch.CIDR}, "cidr", "IPv4 prefix")
				f.add("cidr", func(to, from *model.Subnet) { to.CIDR = from.CIDR })
				complete(cmd, "network", names(model.KindNetwork), a)
				needs(cmd, "network", "cidr")
			}
		},
	}
	return n.command(a)
}

func subnetFlags(cmd *cobra.Command, f *fields[model.Subnet]) {
	type subnet = model.Subnet
	fs, s := cmd.Flags(), &f.scratch
	fs.Var(addrValue{&s.Gateway}, "gateway", "router that DHCP hands out; '' is none")
	f.add("gateway", func(to, from *subnet) { to.Gateway = from.Gateway })
	fs.Var(listValue[model.AddrRange, *model.AddrRange]{&s.Range, "A-B,..."}, "range",
		"what addresses are allocated from; '' is the whole prefix")
	f.add("range", func(to, from *subnet) { to.Range = from.Range })
	fs.Var(listValue[netip.Addr, *netip.Addr]{&s.DNS, "IP,..."}, "dns", "name servers; '' is none")
	f.add("dns", func(to, from *subnet) { to.DNS = from.DNS })
	fs.Var(listValue[netip.Addr, *netip.Addr]{&s.NTP, "IP,..."}, "ntp", "time servers; '' is none")
	f.add("ntp", func(to, from *subnet) { to.NTP = from.NTP })
	fs.StringVar(&s.Domain, "domain", "", "domain name for guests; '' is none")
	f.add("domain", func(to, from *subnet) { to.Domain = from.Domain })
	s.Lease = model.DefaultLease
	fs.Var(&s.Lease, "lease", "DHCP lease time")
	f.add("lease", func(to, from *subnet) { to.Lease = from.Lease })
	fs.Var(boolValue{&s.DHCP}, "dhcp", "whether agents answer DHCP")
	fs.Lookup("dhcp").NoOptDefVal = "true"
	f.add("dhcp", func(to, from *subnet) { to.DHCP = from.DHCP })
	fs.Var(listValue[model.Route, *model.Route]{&s.Routes, "PREFIX=IP,..."}, "route",
		"static routes for guests; '' is none")
	f.add("route", func(to, from *subnet) { to.Routes = from.Routes })
	fs.Var(itemsValue[model.ProxyAddress, *model.ProxyAddress]{&s.ProxyAddresses, "IP,MAC"}, "proxy-address",
		"answer guests that ask for an address that no port has; can be given several times; '' is none")
	f.add("proxy-address", func(to, from *subnet) { to.ProxyAddresses = from.ProxyAddresses })
	fs.Var(addrValue{&s.DHCPServer}, "dhcp-server", "address that agents answer DHCP from; '' has one chosen")
	f.add("dhcp-server", func(to, from *subnet) { to.DHCPServer = from.DHCPServer })
}

// number is the text of a number whose 0 means unset.
func number[N int | int64 | uint32](n N) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatInt(int64(n), 10)
}

// span is the text of a range, "" when there is none.
func span(r model.Range) string {
	if r == (model.Range{}) {
		return ""
	}
	return r.String()
}
