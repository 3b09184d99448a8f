package integration

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const blue = `
physnets:
  - {name: tenants, type: vxlan, vni: 10000-20000}
networks:
  - {name: blue, physnet: tenants}
subnets:
  - {name: blue-v4, network: blue, cidr: 10.10.0.0/24, gateway: 10.10.0.1, dns: [10.10.0.2, 10.10.0.3]}
ports:
  - {name: web1, network: blue, ip: 10.10.0.11}
  - {name: web2, network: blue, ip: 10.10.0.12}
  - {name: web3, network: blue, ip: 10.10.0.13}
`

// shortLease is the shortest there is; a client renews it after half its time.
var shortLease = strings.Replace(blue, "gateway:", "lease: 1m, gateway:", 1)

const renewTimeout = 40 * time.Second

func TestDHCP(t *testing.T) {
	l := on(t)
	l.apply(shortLease)
	clients := []dhcpClient{
		{host: "hv1", port: "web1", client: "udhcpc", ip: "10.10.0.11"},
		{host: "hv2", port: "web2", client: "dhclient", ip: "10.10.0.12"},
	}
	for i := range clients {
		clients[i].configured(l)
	}
	l.coordinator("wait")
	l.pings("web1", "10.10.0.12")
	for _, c := range clients {
		t.Run(c.client+" renews", func(t *testing.T) { c.renewed(&lab{t: t}) })
	}
}

type dhcpClient struct {
	host, port, client, ip string
	capture                *process
	acks                   int // after the first address
}

func (c *dhcpClient) configured(l *lab) {
	l.run("guest", c.host, c.port, "--dhcp", "none")
	l.exec(c.port, "ip", "link", "set", "eth0", "mtu", "1400") // attach has set what DHCP is to set
	before := l.status(c.host).DHCP
	c.capture = l.capture(c.port, "eth0", "inout", "udp port 67")
	l.run("guest", c.host, c.port, "--dhcp", c.client)

	require.Equal(l.t, c.ip, l.address(c.port), c.client)
	require.Contains(l.t, l.exec(c.port, "ip", "route"), "default via 10.10.0.1 dev eth0", c.client)
	require.Contains(l.t, l.exec(c.port, "ip", "link", "show", "eth0"), "mtu 1450", c.client)
	resolver, err := os.ReadFile(filepath.Join(labDir, "guest", c.port, "resolv.conf"))
	require.NoError(l.t, err)
	require.Equal(l.t, "nameserver 10.10.0.2\nnameserver 10.10.0.3\n", string(resolver), c.client)
	after := l.status(c.host).DHCP
	require.Greater(l.t, after.Offers, before.Offers)
	require.Greater(l.t, after.ACKs, before.ACKs)
	require.Equal(l.t, before.NAKs, after.NAKs)
	c.acks = after.ACKs
}

// renewed waits until the client has asked for its address once more, of the server alone, and has had an answer.
func (c *dhcpClient) renewed(l *lab) {
	l.within(renewTimeout, func() bool {
		out := c.capture.out.String()
		return count(out, c.ip+".68 > 10.10.0.254.67: ") > 0 && count(out, "10.10.0.254.67 > "+c.ip+".68: ") > 1
	}, "no unicast renewal: %s", c.capture.out)
	require.Greater(l.t, l.acks(c.host), c.acks)
	require.Equal(l.t, c.ip, l.address(c.port))
}

// signal sends a signal to a process that the lab has recorded.
func (l *lab) signal(name string, s syscall.Signal) {
	l.t.Helper()
	content, err := os.ReadFile(filepath.Join(labDir, "pid", name))
	require.NoError(l.t, err)
	pid, err := strconv.Atoi(strings.Fields(string(content))[0])
	require.NoError(l.t, err)
	require.NoError(l.t, syscall.Kill(pid, s))
}

// renew has the udhcpc of a guest renew its lease, and waits until the agent has answered.
func (l *lab) renew(host, guest string) {
	l.t.Helper()
	before := l.acks(host)
	l.signal("dhcp."+guest, syscall.SIGUSR1)
	l.eventually(func() bool { return l.acks(host) > before }, "the lease of %s is not renewed", guest)
}

// acks counts the answers of a host's agent, which may be one that has lost its switch or its store.
func (l *lab) acks(host string) int {
	l.t.Helper()
	s, _ := l.tryStatus(host)
	return s.DHCP.ACKs
}
