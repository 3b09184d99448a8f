package model

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func subnet(cidr string) Subnet {
	return Subnet{Name: "s", Network: "n", CIDR: netip.MustParsePrefix(cidr)}
}

func TestSubnetProblemsNameTheFieldAndTheWayOut(t *testing.T) {
	for want, change := range map[string]func(*Subnet){
		"cidr: 10.0.0.5/24 has host bits set, write 10.0.0.0/24": func(s *Subnet) {
			s.CIDR = netip.MustParsePrefix("10.0.0.5/24")
		},
		"gateway: 10.0.1.1 is not a usable address":   func(s *Subnet) { s.Gateway = netip.MustParseAddr("10.0.1.1") },
		"gateway: 10.0.0.255 is not a usable address": func(s *Subnet) { s.Gateway = netip.MustParseAddr("10.0.0.255") },
		"cidr: 0.0.0.0/7: the prefix length":          func(s *Subnet) { s.CIDR = netip.MustParsePrefix("0.0.0.0/7") },
		"gateway: 10.0.0.9/32 has one address": func(s *Subnet) {
			s.CIDR, s.Gateway = netip.MustParsePrefix("10.0.0.9/32"), netip.MustParseAddr("10.0.0.9")
		},
		"cidr: 224.0.0.0/8 is not a range for hosts": func(s *Subnet) { s.CIDR = netip.MustParsePrefix("224.0.0.0/8") },
		"cidr: is missing":                           func(s *Subnet) { s.CIDR = netip.Prefix{} },
		"lease: 1s is not between 1m and":            func(s *Subnet) { s.Lease = Duration(time.Second) },
		"name: 64 characters, at most 63":            func(s *Subnet) { s.Name = strings.Repeat("x", 64) },
		`name: "a b" has characters`:                 func(s *Subnet) { s.Name = "a b" },
		"domain: \"-x\" is not a host name":          func(s *Subnet) { s.Domain = "-x" },
		"range: 10.0.0.1-10.0.1.4 is not within": func(s *Subnet) {
			s.Range = []AddrRange{{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.1.4")}}
		},
	} {
		s := subnet("10.0.0.0/24")
		require.NoError(t, s.Validate())
		change(&s)
		require.ErrorContains(t, s.Validate(), want)
	}
}

func TestSubnetsOfOneAndTwoAddresses(t *testing.T) {
	for cidr, usable := range map[string]string{"10.0.0.4/31": "10.0.0.4-10.0.0.5", "10.0.0.5/32": "10.0.0.5-10.0.0.5",
		"10.0.0.4/30": "10.0.0.5-10.0.0.6"} {
		s := Subnet{Name: "s", Network: "n", CIDR: netip.MustParsePrefix(cidr)}
		require.NoError(t, s.Validate())
		require.Equal(t, usable, s.AllocationRanges()[0].String())
		require.Equal(t, LinkLocalDHCPServer, s.PickDHCPServer())
		require.Equal(t, cidr == "10.0.0.4/30", s.HasBroadcast())
	}
}

func TestPortAddress(t *testing.T) {
	s := subnet("10.0.0.0/24")
	s.Gateway, s.DHCPServer = netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.254")
	for ip, want := range map[string]string{
		"10.0.0.1": "is the gateway", "10.0.0.254": "is the DHCP server", "10.0.0.255": "broadcast",
		"10.1.0.1": "not in subnet",
	} {
		p := Port{Name: "p", Network: "n", IP: netip.MustParseAddr(ip)}
		require.ErrorContains(t, p.CheckIPs(&s), want)
	}
	p := Port{Name: "p", Network: "n", IP: netip.MustParseAddr("10.0.0.2")}
	require.NoError(t, p.CheckIPs(&s))
}

func TestDHCPServerAddress(t *testing.T) {
	s := subnet("10.0.0.0/24")
	require.Equal(t, "10.0.0.254", s.PickDHCPServer().String())
	s.Gateway = netip.MustParseAddr("10.0.0.254")
	require.Equal(t, "10.0.0.253", s.PickDHCPServer().String())
	require.NoError(t, s.setRange("10.0.0.100-10.0.0.254"))
	require.Equal(t, "10.0.0.99", s.PickDHCPServer().String())
	require.NoError(t, s.setRange("10.0.0.1-10.0.0.254"))
	require.Equal(t, "10.0.0.253", s.PickDHCPServer().String())
	small := subnet("10.0.0.0/29")
	require.Equal(t, LinkLocalDHCPServer, small.PickDHCPServer())
}

type ranges = []AddrRange

func (s *Subnet) setRange(text string) error {
	var r AddrRange
	err := r.UnmarshalText([]byte(text))
	s.Range = ranges{r}
	return err
}

func TestOffsets(t *testing.T) {
	s := subnet("10.0.0.0/8")
	a := netip.MustParseAddr("10.1.2.3")
	require.Equal(t, a, s.At(s.Offset(a)))
}

func TestTextForms(t *testing.T) {
	require.Equal(t, "24h", Duration(24*time.Hour).String())
	require.Equal(t, "1h30m", Duration(90*time.Minute).String())
	require.Equal(t, "30m", Duration(30*time.Minute).String())
	require.Equal(t, "45s", Duration(45*time.Second).String())
	var m MAC
	require.NoError(t, m.Set("0A-00-00-00-00-01"))
	require.Equal(t, "0a:00:00:00:00:01", m.String())
	require.Error(t, m.Set("0a:00"))
	var r Range
	require.Error(t, r.Set("9-1"))
	require.Error(t, r.Set("-1"))
	var route Route
	require.NoError(t, route.UnmarshalText([]byte("192.0.2.0/24=10.0.0.7")))
	require.Equal(t, "192.0.2.0/24=10.0.0.7", route.String())
}

func TestJSONRoundTripAndCanonicalForm(t *testing.T) {
	s := subnet("10.0.0.0/24")
	s.Gateway, s.Lease = netip.MustParseAddr("10.0.0.1"), DefaultLease
	require.NoError(t, s.setRange("10.0.0.10-10.0.0.20"))
	b, err := json.Marshal(s)
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"s","network":"n","cidr":"10.0.0.0/24","gateway":"10.0.0.1","range":["10.0.0.10-10.0.0.20"],
		"lease":"24h"}`, string(b))
	var back Subnet
	require.NoError(t, json.Unmarshal(b, &back))
	require.Equal(t, s, back)
	b, err = json.Marshal(Port{Name: "p", Network: "n"})
	require.NoError(t, err)
	require.JSONEq(t, `{"name":"p","network":"n"}`, string(b))
}
