package hostnet

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

func sh(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	require.NoError(t, err, "%v: %s", args, out)
	return string(out)
}

func TestHostNamesFitAndDiffer(t *testing.T) {
	require.Equal(t, "vg-web1", HostName("web1"))
	a, b := HostName("a-very-long-port-name-1"), HostName("a-very-long-port-name-2")
	require.NotEqual(t, a, b)
	require.LessOrEqual(t, len(a), ifNameMax)
}

func TestAttachAndDetach(t *testing.T) {
	port := fmt.Sprintf("t%d", os.Getpid())
	sh(t, "ip", "netns", "add", port)
	t.Cleanup(func() {
		_ = Detach(port)
		sh(t, "ip", "netns", "del", port)
	})
	g := Guest{Port: port, Netns: port, IfName: "eth0", MAC: model.MAC{0x0a, 1, 2, 3, 4, 5}, MTU: 1450}
	host, err := Attach(g)
	require.NoError(t, err)
	require.True(t, Exists(port))
	inside := sh(t, "ip", "-n", port, "link", "show", "eth0")
	require.Contains(t, inside, "0a:01:02:03:04:05")
	require.Contains(t, inside, "mtu 1450")
	require.Contains(t, inside, "UP")
	require.Contains(t, sh(t, "ethtool", "-k", host), "tx-checksumming: off")
	require.Contains(t, sh(t, "ip", "netns", "exec", port, "ethtool", "-k", "eth0"), "tx-checksumming: off")
	_, err = Attach(g)
	require.NoError(t, err, "again replaces the pair")
	require.NoError(t, Detach(port))
	require.False(t, Exists(port))
	require.NoError(t, Detach(port))
}

func TestAttachErrorsSayTheWayOut(t *testing.T) {
	_, err := Attach(Guest{Port: "x", Netns: "no-such-namespace", IfName: "eth0", MTU: 1450})
	require.ErrorContains(t, err, "ip netns add no-such-namespace")
}

func TestLinkOf(t *testing.T) {
	for address, want := range map[string]string{"127.0.0.1": "lo", "203.0.113.77": ""} {
		name, mtu, err := LinkOf(netip.MustParseAddr(address))
		require.NoError(t, err)
		require.Equal(t, want, name)
		require.Equal(t, want != "", mtu > 0)
	}
}

// The kernel of the host does not see a guest, though with a userspace datapath it gets what the guest sends, too: it
// neither answers nor takes it, and says nothing itself.
func TestHostIsNotThere(t *testing.T) {
	host, guest := fmt.Sprintf("th%d", os.Getpid()), fmt.Sprintf("tg%d", os.Getpid())
	for _, ns := range []string{host, guest} {
		sh(t, "ip", "netns", "add", ns)
		t.Cleanup(func() { sh(t, "ip", "netns", "del", ns) })
	}
	on := func(ns string, args ...string) string {
		return sh(t, append([]string{"ip", "netns", "exec", ns}, args...)...)
	}
	on(host, "ip", "link", "add", "eth7", "type", "veth", "peer", "eth8")
	on(host, "ip", "link", "set", "eth7", "up")
	on(host, "ip", "link", "set", "eth8", "up")
	on(host, "ip", "addr", "add", "10.99.0.1/24", "dev", "eth7")
	ns, err := openNetns(host)
	require.NoError(t, err)
	defer ns.Close() //nolint:errcheck // a handle
	require.NoError(t, within(ns, func() error {
		_, err := Attach(Guest{Port: "web1", Netns: guest, IfName: "eth0", MAC: model.MAC{0x0a, 1, 2, 3, 4, 5}, MTU: 1450})
		return err
	}))
	on(guest, "ip", "addr", "add", "10.99.0.2/24", "dev", "eth0")
	mac := strings.TrimSpace(on(host, "cat", "/sys/class/net/vg-web1/address"))
	require.NotContains(t, on(host, "ip", "-6", "addr", "show", "dev", "vg-web1"), "inet6")
	for _, probe := range [][]string{{"arping", "-0", "-c", "1", "-w", "0.2", "-i", "eth0", "10.99.0.1"},
		{"ping", "-n", "-c", "1", "-W", "0.2", "10.99.0.1"}} {
		out, err := exec.Command("ip", append([]string{"netns", "exec", guest}, probe...)...).CombinedOutput()
		require.Error(t, err, "%s", out)
	}
	for _, all := range []string{"0", "2"} { // the larger one counts, and both are in use
		on(host, "sysctl", "-qw", "net.ipv4.conf.all.rp_filter="+all)
		for _, to := range []string{mac, "ff:ff:ff:ff:ff:ff"} {
			on(guest, "ip", "neigh", "replace", "10.99.0.1", "lladdr", to, "dev", "eth0")
			out, err := exec.Command("ip", "netns", "exec", guest, "ping", "-n", "-c", "1", "-W", "0.2", "10.99.0.1").
				CombinedOutput()
			require.Error(t, err, "%s", out)
			require.Regexp(t, `(?m)^IcmpInEchos +0 `, on(host, "nstat", "-asz", "IcmpInEchos"), "to %s", to)
		}
	}
	require.Zero(t, number(t, on(guest, "cat", "/sys/class/net/eth0/statistics/rx_packets")), "the host said something")
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(text))
	require.NoError(t, err)
	return n
}
