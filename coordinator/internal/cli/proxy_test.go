package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Proxy addresses and suppression are given by flags, shown, exported and taken back from a file.
func TestProxyAndSuppressionFlags(t *testing.T) {
	s := newShell(t)
	s.define()
	s.ok("subnet update blue-v4 --proxy-address 10.10.0.1,00:00:5e:00:01:01 --proxy-address fe80::1,00:00:5e:00:02:01")
	s.ok("network update blue --suppress-arp")
	check := func() {
		require.Contains(t, s.ok("subnet list"), "10.10.0.1,00:00:5e:00:01:01 fe80::1,00:00:5e:00:02:01")
		require.Equal(t, []any{"10.10.0.1,00:00:5e:00:01:01", "fe80::1,00:00:5e:00:02:01"},
			s.json("subnet show blue-v4").(map[string]any)["proxy_addresses"])
		require.Equal(t, true, s.json("network show blue").(map[string]any)["suppress_arp"])
		require.Contains(t, s.ok("network list"), "dropped")
	}
	check()
	s.stdin = s.ok("export")
	s.ok("subnet update blue-v4", "--proxy-address", "")
	s.ok("network update blue --suppress-arp=false")
	require.NotContains(t, s.ok("subnet show blue-v4"), "proxy")
	require.NotContains(t, s.ok("network show blue -o yaml"), "suppress")
	s.ok("apply -f -")
	check()
	s.fails(exitUsage, `"10.10.0.1" is not a proxy address`, "subnet update blue-v4 --proxy-address 10.10.0.1")
	s.fails(exitRefused, "10.10.0.10 is already used by port web1",
		"subnet update blue-v4 --proxy-address 10.10.0.10,00:00:5e:00:01:01")
	s.fails(exitRefused, "10.10.0.1 is the gateway", "port create web2 --network blue --ip 10.10.0.1")
	s.ok("physnet create office --type vlan --vlan 100-199")
	s.fails(exitRefused, "network wire: suppress_arp: physnet office is of type vlan",
		"network create wire --physnet office --suppress-arp")
}
