package model

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDHCPOptionText(t *testing.T) {
	for _, c := range []struct {
		text, again string
		code        uint8
		data        string
	}{
		{"66=boot.example.org", "tftp-server=boot.example.org", 66, "boot.example.org"},
		{"tftp-server=boot.example.org", "tftp-server=boot.example.org", 66, "boot.example.org"},
		{"ntp-server=10.0.0.5,10.0.0.6", "ntp-server=10.0.0.5,10.0.0.6", 42, "\x0a\x00\x00\x05\x0a\x00\x00\x06"},
		{"13=513", "boot-file-size=513", 13, "\x02\x01"},
		{"211=5", "reboot-time=5", 211, "\x00\x00\x00\x05"},
		{"19=true", "ip-forward-enable=true", 19, "\x01"},
		{"domain-search=a.example,b", "domain-search=a.example,b", 119, "\x01a\x07example\x00\x01b\x00"},
		{"224=hello, world", "224=hello, world", 224, "hello, world"},
		{"43=0x0104ff00", "43=0x0104ff00", 43, "\x01\x04\xff\x00"},
		{"224=0x6869", "224=hi", 224, "hi"},
		{"42=0x01", "ntp-server=0x01", 42, "\x01"},
		{"224=0x30783031", "224=0x30783031", 224, "0x01"},
	} {
		var o, again DHCPOption
		require.NoError(t, o.UnmarshalText([]byte(c.text)), c.text)
		require.Equal(t, DHCPOption{Code: c.code, Data: []byte(c.data)}, o, c.text)
		require.Equal(t, c.again, o.String())
		require.NoError(t, again.UnmarshalText([]byte(o.String())))
		require.Equal(t, o, again)
	}
	for _, bad := range []string{"", "66", "300=x", "tftp=x", "42=boot", "42=10.0.0.1,", "13=70000", "13=-1", "19=maybe",
		"119=-x", "43=0x1", "67=\x01", "16=10.0.0.1,10.0.0.2", "42=2001:db8::1"} {
		require.Error(t, new(DHCPOption).UnmarshalText([]byte(bad)), bad)
	}
}

func FuzzDHCPOption(f *testing.F) {
	f.Add(uint8(42), []byte{10, 0, 0, 1})
	f.Add(uint8(119), []byte("\x01a\x07example\x00"))
	f.Add(uint8(66), []byte("0xzz"))
	f.Fuzz(func(t *testing.T, code uint8, data []byte) {
		o := DHCPOption{Code: code, Data: data}
		var again DHCPOption
		require.NoError(t, again.UnmarshalText([]byte(o.String())), o.String())
		require.Equal(t, string(o.Data), string(again.Data))
		require.Equal(t, o.Code, again.Code)
	})
}

func TestPortFeaturesAreChecked(t *testing.T) {
	for _, c := range []struct{ fields, why string }{
		{`"ip": "10.0.0.5", "more_ips": ["10.0.0.6", "2001:db8::5"]`, ""},
		{`"ip": "2001:db8::5"`, "put it into more_ips"},
		{`"ip": "10.0.0.5", "more_ips": ["10.0.0.5"]`, "10.0.0.5 is given twice"},
		{`"more_ips": ["10.0.0.6", "10.0.0.6"]`, "10.0.0.6 is given twice"},
		{`"more_ips": ["fe80::1"]`, "link-local"},
		{`"more_ips": ["ff02::1"]`, "not an address that a host can have"},
		{`"more_ips": [""]`, "is not an address"},
		{`"more_ips": ["::ffff:10.0.0.1"]`, "is not an address"},
		{`"more_ips": [` + strings.Repeat(`"10.0.0.9",`, 31) + `"10.0.0.9"]`, "at most 31"},
		{`"ip": "10.0.0.5", "more_ips": ["10.0.0.6"], "allowed_addresses": ["10.0.0.6"]`, "the port's own address"},
		{`"dhcp_options": ["66=a", "tftp-server=b"]`, "option 66 is given twice"},
		{`"dhcp_options": ["51=0x00000001"]`, "option 51 cannot be given: use the subnet's lease"},
		{`"dhcp_options": ["12=www"]`, "use hostname"},
		{`"dhcp_options": ["224="]`, "has no value"},
		{`"dhcp_options": ["42=0x0102"]`, "option 42 cannot have 2 bytes"},
		{`"dhcp_options": ["224=` + strings.Repeat("x", 256) + `"]`, "at most 255"},
		{`"admin": "down"`, ""},
		{`"admin": "off"`, `admin: "off" is not up or down`},
	} {
		var p Port
		require.NoError(t, json.Unmarshal([]byte(`{"name": "web1", "network": "blue", `+c.fields+`}`), &p), c.fields)
		if err := p.Validate(); c.why == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, c.why, c.fields)
			require.ErrorContains(t, err, "port web1: ")
		}
	}
	yes := true
	p := Port{PortSecurity: &yes, Admin: "up"}
	p.Canonical()
	require.Equal(t, Port{}, p)
	p = Port{IP: netip.MustParseAddr("10.0.0.1"), MoreIPs: []netip.Addr{netip.MustParseAddr("2001:db8::1")}}
	require.Len(t, p.Addresses(), 2)
	require.False(t, p.HasIP(netip.Addr{}))
}

func TestRates(t *testing.T) {
	for text, want := range map[string]Rate{"100mbit": 1e8, "1.5gbit": 15e8, "64kbit": 64000, "1 Mbit": 1e6, "5bit": 5,
		"0": 0, "0mbit": 0} {
		var r, again Rate
		require.NoError(t, r.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, r, text)
		require.NoError(t, again.UnmarshalText([]byte(r.String())))
		require.Equal(t, r, again)
	}
	for _, bad := range []string{"", "100", "mbit", "-1mbit", "1mb", "NaNmbit", "infmbit", "1e30gbit"} {
		require.Error(t, new(Rate).UnmarshalText([]byte(bad)), bad)
	}
	for _, c := range []struct{ fields, why string }{
		{`"limit_in": "100mbit", "burst": "1mbit"`, ""},
		{`"limit_in": "0"`, "limit_in: 0 would let nothing through: leave it out (--limit-in '') for no limit"},
		{`"limit_out": "0mbit"`, "limit_out: 0 would let nothing through"},
		{`"limit_in": "1kbit"`, "limit_in: 1kbit is not between 64kbit and 1tbit"},
		{`"limit_in": "1mbit", "burst": "0"`, "burst: 0 is not between 128kbit"},
		{`"limit_in": "64001bit"`, "not a whole number of kbit"},
		{`"burst": "1mbit"`, "burst: there is no limit that it belongs to"},
	} {
		var p Port
		require.NoError(t, json.Unmarshal([]byte(`{"name": "web1", "network": "blue", `+c.fields+`}`), &p), c.fields)
		if err := p.Validate(); c.why == "" {
			require.NoError(t, err)
			require.Equal(t, Rate(1e6), p.Limits().BurstOf(p.Limits().In))
		} else {
			require.ErrorContains(t, err, c.why, c.fields)
		}
	}
	require.Equal(t, Rate(640_000), Limits{}.BurstOf(64000))
	require.Equal(t, Rate(80e6), Limits{}.BurstOf(100e6))
}
