package agent

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

// saysOf is what a problem says, "" when there is none with this code.
func (h *host) saysOf(code string) string {
	for _, p := range h.status().Problems {
		if p.Code == code {
			return p.Message
		}
	}
	return ""
}

func TestMTUThatDoesNotFit(t *testing.T) {
	w := newWorld(t, 1)
	h := w.hosts[0]
	h.env.Link = func(netip.Addr) (Link, error) { return Link{"eth7", 1499}, nil }
	w.network("blue", 1)
	w.create(&model.PhysNet{Name: "jumbo", Type: "flat", MTU: 9000}, &model.Network{Name: "lan", PhysNet: "jumbo"},
		&model.PhysPort{Name: "up", PhysNet: "jumbo"})
	w.port("b1", "blue")
	w.port("l1", "lan")
	w.startAll()
	require.Empty(t, h.saysOf("tunnel_mtu"), "no network is here")
	h.attach("tap0", "b1")
	h.up("b1")
	require.Contains(t, h.saysOf("tunnel_mtu"), "network blue needs 1500 with encapsulation")
	require.Contains(t, h.saysOf("tunnel_mtu"), "--mtu 1449")
	h.sw.Vsctl("add-port", testBridge, "up", "--", "set", "interface", "up", "type=dummy", "mtu_request=1500")
	h.attach("tap1", "l1")
	await(t, "too small", func() bool {
		return strings.Contains(h.saysOf("uplink_mtu"), "interface up has MTU 1500 and network lan 9000")
	})
	h.sw.Vsctl("set", "interface", "up", "mtu_request=9000")
	await(t, "large enough", func() bool { return h.saysOf("uplink_mtu") == "" })
}
