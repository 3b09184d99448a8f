package cli

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// What can be said of a port by flags comes back in show and export, and is taken from a file.
func TestPortFeatures(t *testing.T) {
	s := newShell(t)
	s.define()
	s.ok("port update web1 --ip 10.10.0.12 --ip 2001:db8::11 --ip 10.10.0.13 --admin down --hostname www",
		"--dhcp-option", "66=boot.example.org", "--dhcp-option", "ntp-server=10.10.0.5,10.10.0.6")
	want := map[string]any{"name": "web1", "network": "blue", "subnet": "blue-v4", "ip": "10.10.0.12",
		"more_ips": []any{"2001:db8::11", "10.10.0.13"}, "mac": "02:00:00:00:00:01", "hostname": "www", "admin": "down",
		"dhcp_options": []any{"tftp-server=boot.example.org", "ntp-server=10.10.0.5,10.10.0.6"}, "state": "admin-down"}
	require.Equal(t, want, s.json("port show web1"))
	require.Contains(t, s.ok("port list"), "10.10.0.12,2001:db8::11,10.10.0.13")
	s.stdin = s.ok("export")
	s.ok("port update web1 --admin up", "--ip", "", "--dhcp-option", "")
	require.Equal(t, map[string]any{"name": "web1", "network": "blue", "subnet": "blue-v4", "ip": "10.10.0.10",
		"mac": "02:00:00:00:00:01", "hostname": "www", "state": "down"}, s.json("port show web1"))
	s.ok("apply -f -")
	require.Equal(t, want, s.json("port show web1"))

	s.ok("port create web2 --network blue --ip 2001:db8::12")
	require.Contains(t, s.ok("port list"), "10.10.0.10,2001:db8::12", "one of IPv4 is allocated")
	s.ok("port update web2 --limit-in 100mbit --limit-out 1.5gbit --burst 2mbit")
	limited := s.json("port show web2").(map[string]any)
	require.Equal(t, []any{"100mbit", "1500mbit", "2mbit"},
		[]any{limited["limit_in"], limited["limit_out"], limited["burst"]})
	s.ok("port update web2", "--limit-in", "", "--limit-out", "", "--burst", "")
	require.NotContains(t, s.ok("port show web2"), "limit")
	for _, c := range []struct {
		code       int
		text, line string
	}{
		{exitUsage, `"100" is not a rate: write it as 100mbit`, "port update web1 --limit-in 100"},
		{exitRefused, "port web1: limit_in: 0 would let nothing through: leave it out (--limit-in '')",
			"port update web1 --limit-in 0"},
		{exitRefused, "port web1: burst: there is no limit that it belongs to", "port update web1 --burst 1mbit"},
		{exitUsage, `"66" is not a DHCP option: write it as 66=`, "port update web1 --dhcp-option 66"},
		{exitUsage, `DHCP option 42: "x" is not an IPv4 address`, "port update web1 --dhcp-option 42=x"},
		{exitRefused, "port web1: dhcp_options: option 12 cannot be given: use hostname",
			"port update web1 --dhcp-option 12=a"},
		{exitRefused, `port web1: admin: "off" is not up or down`, "port update web1 --admin off"},
		{exitRefused, "port web2: more_ips: 10.10.0.13 is already used by port web1",
			"port update web2 --ip 10.10.0.14 --ip 10.10.0.13"},
	} {
		s.fails(c.code, c.text, c.line)
	}
	for _, flag := range []string{"--ip IP", "--dhcp-option", "--admin"} {
		require.Contains(t, s.ok("port update --help"), flag)
	}
}

func TestSubPorts(t *testing.T) {
	s := newShell(t)
	s.define()
	s.ok("network create green --physnet tenants")
	s.ok("port create web1-v20 --network green --parent web1 --vlan 20")
	require.Contains(t, s.ok("port list"), "web1 (VLAN 20)")
	s.ok("port update web1-v20 --vlan 21")
	sub := s.json("port show web1-v20").(map[string]any)
	require.Equal(t, []any{"web1", 21.0}, []any{sub["parent"], sub["vlan"]})
	s.stdin = s.ok("export")
	s.ok("port update web1-v20 --vlan 22")
	s.ok("apply -f -")
	require.Contains(t, s.ok("port list"), "web1 (VLAN 21)")
	s.fails(exitRefused, "port web1: name: in use by port web1-v20", "port delete web1")
	s.fails(exitRefused, "port x: vlan: 0 is not between 1 and 4094: give the tag",
		"port create x --network green --parent web1")
	s.fails(exitNotFound, "port x: parent: there is no port web9", "port create x --network green --parent web9 --vlan 2")
	s.fails(exitUsage, "", "port update web1-v20 --parent web1")
	require.Contains(t, s.ok("port create --help"), "--parent web1 --vlan 20")
}
