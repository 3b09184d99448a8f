package hostnet

import (
	"fmt"
	"os"
	"os/exec"
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
