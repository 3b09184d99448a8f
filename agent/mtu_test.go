package agent

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
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

	w.create(&model.Mirror{Name: "m", From: "l1", Remote: netip.MustParseAddr("192.0.2.99")})
	await(t, "copies are larger still", func() bool {
		return strings.Contains(h.saysOf("mirror_mtu"), "eth7, has MTU 1499, and copies of network lan need 9050")
	})
	w.delete(model.KindMirror, "m")
	w.create(&model.Mirror{Name: "m", From: "l1", To: "b1"})
	await(t, "it is there", func() bool { return len(h.status().Mirrors) == 1 && h.status().Mirrors[0].To == "b1" })
	require.Empty(t, h.saysOf("mirror_mtu"), "to the same host any fit")
}

// A proxy address whose MAC no port may use is nobody's, unless there are machines outside.
func TestProxyAddressesThatNobodyHas(t *testing.T) {
	w, one, two := blue(t)
	require.Empty(t, one.saysOf("proxy_unused"))
	var mac model.MAC
	require.NoError(t, mac.UnmarshalText([]byte("00:00:5e:00:01:01")))
	ip := netip.MustParseAddr("fe80::1")
	var c catalog.Changes
	c.Update(model.KindSubnet, "blue-v4", func(o catalog.Object) error {
		o.(*model.Subnet).ProxyAddresses = []model.ProxyAddress{{IP: ip, MAC: mac}}
		return nil
	})
	w.commit(&c)
	await(t, "nobody has it", func() bool {
		return strings.Contains(one.saysOf("proxy_unused"), "fe80::1 has 00:00:5e:00:01:01, which no port may use")
	})
	w.edit("web2", func(p *model.Port) {
		p.AllowedAddresses = []model.AllowedAddress{{Prefix: netip.PrefixFrom(ip, 128), MAC: mac}}
	})
	await(t, "web2 may", func() bool { return one.saysOf("proxy_unused") == "" && two.saysOf("proxy_unused") == "" })
}
