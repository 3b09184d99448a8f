package model

import (
	"encoding/json"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestProxyAddressesAreChecked(t *testing.T) {
	const mac = ",00:00:5e:00:01:01"
	for _, c := range []struct{ list, why string }{
		{`["10.0.0.1` + mac + `", "10.0.0.9` + mac + `", "2001:db8::1` + mac + `", "fe80::1, 00-00-5e-00-02-01"]`, ""},
		{`["10.0.0.1"]`, `"10.0.0.1" is not a proxy address: write it as 10.0.0.1,00:00:5e:00:01:01`},
		{`["10.0.0.0/24` + mac + `"]`, "is not a proxy address"},
		{`["fe80::1%eth0` + mac + `"]`, "is not a proxy address"},
		{`["10.0.0.1,00:00:00:00:00:00"]`, "00:00:00:00:00:00 is not the hardware address of an interface"},
		{`["10.0.0.1,01:00:5e:00:00:01"]`, "is not the hardware address"},
		{`["10.0.1.1` + mac + `"]`, "10.0.1.1 is not a usable address of 10.0.0.0/24"},
		{`["10.0.0.255` + mac + `"]`, "is not a usable address"},
		{`["ff02::1` + mac + `"]`, "ff02::1 is not an address that a host can have"},
		{`["::` + mac + `"]`, "is not an address that a host can have"},
		{`["10.0.0.254` + mac + `"]`, "is the DHCP server address"},
		{`["10.0.0.9` + mac + `", "10.0.0.9` + mac + `"]`, "10.0.0.9 is given twice"},
	} {
		s := Subnet{Name: "s", Network: "n", CIDR: netip.MustParsePrefix("10.0.0.0/24"), Gateway: addr(10<<24 + 1),
			DHCPServer: addr(10<<24 + 254)}
		err := json.Unmarshal([]byte(c.list), &s.ProxyAddresses)
		if err == nil {
			err = s.Validate()
		}
		if c.why == "" {
			require.NoError(t, err)
			again, err := json.Marshal(s.ProxyAddresses)
			require.NoError(t, err)
			require.Contains(t, string(again), `"fe80::1,00:00:5e:00:02:01"`)
			continue
		}
		require.ErrorContains(t, err, c.why, c.list)
	}
}

// The DHCP server gets an address that is left, if there is one.
func TestTheDHCPServerIsNoProxyAddress(t *testing.T) {
	s := Subnet{CIDR: netip.MustParsePrefix("10.0.0.0/28"), Gateway: addr(10<<24 + 14)}
	for last := 13; last > 0; last-- {
		require.Equal(t, addr(10<<24+uint32(last)), s.PickDHCPServer())
		s.ProxyAddresses = append(s.ProxyAddresses, ProxyAddress{IP: addr(10<<24 + uint32(last)), MAC: MAC{2}})
	}
	require.Equal(t, LinkLocalDHCPServer, s.PickDHCPServer())
}
