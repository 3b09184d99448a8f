package catalog

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

func TestUpdates(t *testing.T) {
	f := setup(t)
	f.must(base)
	require.NoError(t, update(f, model.KindPhysNet, "tenants", func(p *model.PhysNet) { p.VNI.Hi, p.MTU = 101, 9000 }))
	require.NoError(t, update(f, model.KindNetwork, "blue", func(n *model.Network) { n.VNI, n.MTU = 101, 8950 }))
	n := get[*model.Network](f, model.KindNetwork, "blue")
	require.Equal(t, model.Network{Name: "blue", PhysNet: "tenants", VNI: 101, MTU: 8950, Tag: 1}, *n)
	owners, err := f.s.Lookup(t.Context(), "vni", "100", "101")
	require.NoError(t, err)
	require.Equal(t, []string{"", "network/blue"}, owners)
	require.NoError(t, update(f, model.KindNetwork, "blue", func(n *model.Network) { n.VNI, n.MTU = 0, 0 }))
	n = get[*model.Network](f, model.KindNetwork, "blue")
	require.Equal(t, model.Network{Name: "blue", PhysNet: "tenants", VNI: 100, MTU: 8950, Tag: 1}, *n)
	require.ErrorContains(t, update(f, model.KindPhysNet, "tenants", func(p *model.PhysNet) { p.MTU = 1500 }),
		"physnet tenants: mtu: network blue has MTU 8950, with this one 1450 would be possible")
	require.ErrorContains(t, update(f, model.KindNetwork, "blue", func(n *model.Network) { n.Name = "red" }),
		"network blue: name: cannot be changed")
	require.ErrorContains(t, update(f, model.KindNetwork, "blue", func(n *model.Network) { n.PhysNet = "red" }),
		"physnet: cannot be changed from tenants to red")
}

func TestSubnetUpdates(t *testing.T) {
	f := setup(t)
	f.must(base)
	no := false
	require.NoError(t, update(f, model.KindSubnet, "blue-v4", func(s *model.Subnet) {
		s.Gateway = ip("10.0.0.254") // the address that the DHCP server had
		s.DNS, s.Lease, s.DHCP = []netip.Addr{ip("10.0.0.9")}, model.Duration(time.Hour), &no
		s.Range = []model.AddrRange{{From: ip("10.0.0.50"), To: ip("10.0.0.60")}}
	}))
	s := get[*model.Subnet](f, model.KindSubnet, "blue-v4")
	require.Equal(t, ip("10.0.0.253"), s.DHCPServer)
	require.False(t, s.DHCPEnabled())
	all, err := f.s.List(t.Context(), "ip:blue-v4")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"10.0.0.254": "gateway", "10.0.0.253": "dhcp server", "10.0.0.2": "port/web1"}, all)
	require.NoError(t, f.create(&model.Port{Name: "web2", Network: "blue"}))
	require.Equal(t, ip("10.0.0.50"), f.port("web2").IP)
	widen := func(s *model.Subnet) { s.CIDR = cidr("10.0.0.0/16") }
	require.ErrorContains(t, update(f, model.KindSubnet, "blue-v4", widen), "cidr: cannot be changed")
	require.NoError(t, update(f, model.KindSubnet, "blue-v4", func(s *model.Subnet) { s.Gateway = netip.Addr{} }))
	require.NoError(t, f.create(&model.Port{Name: "web3", Network: "blue", IP: ip("10.0.0.254")}))
}

func TestPortUpdates(t *testing.T) {
	f := setup(t)
	f.must(base + "- {name: web2, network: blue}\n")
	f.must("subnets: [{name: blue-2, network: blue, cidr: 10.0.1.0/24}]")
	mac := model.MAC{2, 0, 0, 0, 0, 9}
	require.NoError(t, update(f, model.KindPort, "web1", func(p *model.Port) {
		p.IP, p.MAC, p.Hostname = ip("10.0.0.77"), mac, "w"
	}))
	require.Equal(t, model.Port{Name: "web1", Network: "blue", Subnet: "blue-v4", MAC: mac, IP: ip("10.0.0.77"),
		Hostname: "w"}, *f.port("web1"))
	require.ErrorContains(t, update(f, model.KindPort, "web2", func(p *model.Port) { p.IP = ip("10.0.0.77") }),
		"port web2: ip: 10.0.0.77 is already used by port web1")
	require.ErrorContains(t, update(f, model.KindPort, "web2", func(p *model.Port) { p.MAC = mac }),
		"port web2: mac: 02:00:00:00:00:09 is already used by port web1")
	require.NoError(t, update(f, model.KindPort, "web1", func(p *model.Port) { p.Subnet = "blue-2" }))
	require.Equal(t, ip("10.0.1.1"), f.port("web1").IP)
	in, err := f.s.List(t.Context(), "in:subnet/blue-v4")
	require.NoError(t, err)
	require.Equal(t, map[string]string{"web2": "port/web2"}, in)
	require.NoError(t, update(f, model.KindPort, "web1", func(p *model.Port) { p.Subnet = "" }))
	require.False(t, f.port("web1").IP.IsValid())
	require.NoError(t, f.delete(model.KindSubnet, "blue-2"))
	require.NoError(t, update(f, model.KindPort, "web1", func(p *model.Port) { p.IP = ip("10.0.0.5") }))
	require.Equal(t, "blue-v4", f.port("web1").Subnet)
}

func TestTwoPortsSwapAddressesInOneFile(t *testing.T) {
	f := setup(t)
	f.must(base + "- {name: web2, network: blue}\n")
	f.must("ports: [{name: web1, network: blue, ip: 10.0.0.3}, {name: web2, network: blue, ip: 10.0.0.2}]")
	require.Equal(t, ip("10.0.0.3"), f.port("web1").IP)
	require.Equal(t, ip("10.0.0.2"), f.port("web2").IP)
}

func TestExportAndApplyRoundTrip(t *testing.T) {
	f := setup(t)
	f.must(base + `- {name: web2, network: blue, hostname: w2, mac: "0a:00:00:00:00:01"}
`)
	f.must(`
physnets: [{name: other, type: vxlan, vni: 7, mtu: 9000}]
networks: [{name: bare, physnet: other}]
subnets:
- {name: s2, network: bare, cidr: 10.4.0.0/24, dhcp: false, range: [10.4.0.8-10.4.0.9], dns: [1.1.1.1], ntp: [1.1.1.2],
   domain: example.org, routes: [192.0.2.0/24=10.4.0.7], lease: 2h}
ports: [{name: a, network: bare}]`)
	file, err := f.Export(t.Context())
	require.NoError(t, err)
	text, err := file.Encode()
	require.NoError(t, err)
	before := f.rev()
	for _, d := range f.must(string(text)) {
		require.Equal(t, Unchanged, d.Action, d.Name)
	}
	for _, d := range f.must(base) {
		require.Equal(t, Unchanged, d.Action, "what was allocated stays when left out: %s", d.Name)
	}
	require.Equal(t, before, f.rev(), "nothing is written")

	g := setup(t)
	g.must(string(text))
	again, err := g.Export(t.Context())
	require.NoError(t, err)
	require.Equal(t, file, again, "a file moves to another store")
	require.Equal(t, "a", again.Ports[0].Name, "sorted")
}

func TestApplyChangesOnlyWhatDiffers(t *testing.T) {
	f := setup(t)
	f.must(base)
	done := f.must(strings.Replace(base, "gateway: 10.0.0.1", "gateway: 10.0.0.9, domain: d.org", 1) +
		"- {name: web2, network: blue}\n")
	var got []Action
	for _, d := range done {
		got = append(got, d.Action)
	}
	require.Equal(t, []Action{Unchanged, Unchanged, Updated, Unchanged, Created}, got)
	require.Equal(t, ip("10.0.0.3"), f.port("web2").IP, "what the gateway leaves is free after the commit, not before")
}

func TestADryRunChangesNothing(t *testing.T) {
	f := setup(t)
	file, err := ParseFile("f", []byte(base))
	require.NoError(t, err)
	before := f.rev()
	done, err := f.DryRun(t.Context(), file.Changes())
	require.NoError(t, err)
	require.Equal(t, Created, done[0].Action)
	require.Equal(t, before, f.rev())
}

func TestRangesMayShrinkWhileTheirNetworksMove(t *testing.T) {
	f := setup(t)
	f.must(base)
	f.must("physnets: [{name: tenants, type: vxlan, vni: 102-103}]\nnetworks: [{name: blue, physnet: tenants, vni: 103}]")
	require.Equal(t, uint32(103), get[*model.Network](f, model.KindNetwork, "blue").VNI)
}

func TestAPortOfANetworkWithoutSubnetHasNoAddress(t *testing.T) {
	f := setup(t)
	f.must(`
physnets: [{name: p, type: vxlan, vni: 1-9}]
networks: [{name: n, physnet: p}]
ports: [{name: a, network: n}]`)
	require.Equal(t, "", f.port("a").Subnet)
	f.must("subnets: [{name: s, network: n, cidr: 10.0.0.0/24}]")
	require.Equal(t, Unchanged, f.must("ports: [{name: a, network: n}]")[0].Action)
	require.Equal(t, Updated, f.must("ports: [{name: a, network: n, subnet: s}]")[0].Action)
	require.Equal(t, ip("10.0.0.1"), f.port("a").IP)
}
