package catalog

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

const proxyMAC = ",00:00:5e:00:01:01"

// withProxies is blue with the addresses, and the gateway's, answered for.
func withProxies(addresses ...string) string {
	list := ""
	for _, a := range addresses {
		list += fmt.Sprintf("%q, ", a+proxyMAC)
	}
	return "subnets:\n- {name: blue-v4, network: blue, cidr: 10.0.0.0/24, gateway: 10.0.0.1, proxy_addresses: [" + list +
		"]}\n"
}

// An address that is answered for is nobody's, whichever of the two was there first; several guests may be allowed it.
func TestProxyAddressesAreNobodys(t *testing.T) {
	for _, c := range []portCase{
		{"x", `ip: 10.0.0.7`, "port x: ip: 10.0.0.7 is a proxy address of subnet blue-v4"},
		{"x", `more_ips: [10.0.0.7]`, "more_ips: 10.0.0.7 is a proxy address of subnet blue-v4"},
		{"x", `more_ips: ["2001:db8::7"]`, "more_ips: 2001:db8::7 is a proxy address of subnet blue-v4"},
		{"y", `more_ips: ["2001:db8::7"]`, "2001:db8::7 is already used by subnet blue-v4"},
		{"x", `allowed_addresses: ["10.0.0.7,00:00:5e:00:01:01", "2001:db8::7", "10.0.0.1"]`, ""},
		{"x", `ip: 10.0.0.8`, ""},
	} {
		c.fields = "subnet: blue-v4, " + c.fields
		if c.port == "y" {
			c.fields = strings.Replace(c.fields, "blue-v4", "other", 1)
		}
		c.check(t, "physnets:\n- {name: tenants, type: vxlan, vni: 100-103}\nnetworks:\n- {name: blue, physnet: tenants}\n"+
			withProxies("10.0.0.1", "10.0.0.7", "2001:db8::7")+"- {name: other, network: blue, cidr: 10.0.1.0/24}\n")
	}
	f := setup(t)
	f.must(base)
	f.must("ports:\n- {name: x, network: blue, ip: 10.0.0.7, more_ips: ['2001:db8::7'], allowed_addresses: [10.0.0.9]}\n")
	for _, a := range []string{"10.0.0.7", "2001:db8::7"} {
		_, err := f.apply(withProxies(a))
		require.ErrorContains(t, err, "subnet blue-v4: proxy_addresses: "+a+" is already used by port x")
	}
	f.must(withProxies("10.0.0.9"))
}

// What is answered for is allocated to no port until it is given up, and the gateway may come and go.
func TestProxyAddressesAreReserved(t *testing.T) {
	f := setup(t)
	f.must("physnets:\n- {name: tenants, type: vxlan, vni: 100-103}\nnetworks:\n- {name: blue, physnet: tenants}\n" +
		withProxies("10.0.0.1", "10.0.0.2", "10.0.0.3", "fe80::1"))
	ip := func(name string) string {
		require.NoError(t, f.create(&model.Port{Name: name, Network: "blue"}))
		p, err := f.Port(t.Context(), name)
		require.NoError(t, err)
		return p.IP.String()
	}
	require.Equal(t, "10.0.0.4", ip("a"))
	f.must(withProxies("10.0.0.3", "10.0.0.5"))
	require.Equal(t, "10.0.0.2", ip("b"))
	require.Equal(t, "10.0.0.6", ip("c"))
	f.must(strings.Replace(withProxies("10.0.0.1"), "gateway: 10.0.0.1, ", "", 1))
	require.Equal(t, "10.0.0.3", ip("d"), "10.0.0.1 is no gateway any more, and answered for still")
	f.must(withProxies("10.0.0.1"))
	f.must(withProxies())
	report, err := f.Check(t.Context())
	require.NoError(t, err)
	require.Empty(t, report.Flaws)
}

// Only in tunnels is everybody known.
func TestSuppressionIsForTunnels(t *testing.T) {
	f := setup(t)
	f.must(base)
	f.must("networks:\n- {name: blue, physnet: tenants, suppress_arp: true}\n")
	for kind, why := range map[string]string{
		"vlan, vlan: 10-20": "vlan, where machines may be that are no ports",
		"flat":              "flat, where machines may be that are no ports",
		"local":             "local, where requests do not leave the host",
	} {
		_, err := f.apply("physnets:\n- {name: other, type: " + kind + "}\nnetworks:\n- {name: red, physnet: other, " +
			"suppress_arp: true}\n")
		require.ErrorContains(t, err, "network red: suppress_arp: physnet other is of type "+why)
	}
	f.must("networks:\n- {name: blue, physnet: tenants}\n")
	list, err := f.Networks(t.Context(), "")
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.False(t, list[0].SuppressARP)
}
