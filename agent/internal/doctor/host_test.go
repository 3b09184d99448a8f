package doctor

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/ovsctl"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// listen has a UDP port of an address, as a tunnel port has.
func listen(t *testing.T, address string) netip.AddrPort {
	t.Helper()
	c, err := net.ListenPacket("udp", net.JoinHostPort(address, "0"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return netip.MustParseAddrPort(c.LocalAddr().String())
}

func TestAPeerThatRefusesIsTold(t *testing.T) {
	open := listen(t, "127.0.0.2")
	cfg := config.Default()
	cfg.Tunnel.DstPort = int(open.Port())
	host := func(name, tunnel string) model.Host {
		return model.Host{Name: name, Tunnel: netip.MustParseAddr(tunnel)}
	}
	r := &Report{}
	r.peers(cfg, netip.MustParseAddr("127.0.0.1"), []model.Host{host("us", "127.0.0.1"), host("open", "127.0.0.2"),
		host("closed", "127.0.0.3"), host("six", "2001:db8::1"), {Name: "none"}})
	results := map[string]string{}
	for _, c := range r.Checks {
		results[c.Name] = c.Result
		require.Equal(t, c.Result != OK, c.Why != "" && c.Fix != "", "%+v", c)
	}
	require.Equal(t, map[string]string{"tunnel to open": OK, "tunnel to closed": Fail, "tunnel to six": Fail}, results)
}

// TestAPeerThatJustStarts: its host is announced a moment before it has its tunnel port.
func TestAPeerThatJustStarts(t *testing.T) {
	c, err := net.ListenPacket("udp", "127.0.0.4:0")
	require.NoError(t, err)
	to := netip.MustParseAddrPort(c.LocalAddr().String())
	require.NoError(t, c.Close())
	opened := make(chan net.PacketConn, 1)
	time.AfterFunc(3*refusalWait, func() {
		c, _ := net.ListenPacket("udp", to.String()) // nil shows below
		opened <- c
	})
	cfg := config.Default()
	cfg.Tunnel.DstPort = int(to.Port())
	r := &Report{}
	r.peers(cfg, netip.MustParseAddr("127.0.0.1"), []model.Host{{Name: "new", Tunnel: to.Addr()}})
	late := <-opened
	require.NotNil(t, late)
	require.NoError(t, late.Close())
	require.Equal(t, OK, r.Worst(), "%+v", r.Checks)
}

func TestTunnelsOfIPv6AreTried(t *testing.T) {
	require.NoError(t, probe(netip.IPv6Loopback(), listen(t, "::1")))
	require.Error(t, probe(netip.IPv6Loopback(), netip.AddrPortFrom(netip.IPv6Loopback(), 1)), "closed")
}

func TestTheMTUOfTheTunnelsInterface(t *testing.T) {
	for _, address := range []string{"127.0.0.1", "::1"} {
		cfg := config.Default()
		cfg.Tunnel.Address = netip.MustParseAddr(address)
		r := &Report{}
		require.Equal(t, cfg.Tunnel.Address, r.tunnel(cfg))
		require.Equal(t, OK, r.Worst())
		want := "networks can have 65486"
		if address == "::1" {
			want = "networks can have 65466"
		}
		require.Contains(t, r.Checks[1].Found, want, address)
	}
}

func TestDatapath(t *testing.T) {
	for _, c := range []struct {
		kind   string
		kernel bool
		want   string
	}{
		{"netdev", true, OK}, {"netdev", false, OK}, {"dummy", false, OK}, {"system", true, OK}, {"", true, OK},
		{"system", false, Fail}, {"", false, Fail},
	} {
		r := &Report{}
		r.datapath(config.Default(), ovsctl.Facts{Bridge: true, DatapathType: c.kind},
			Env{KernelDatapath: func() bool { return c.kernel }})
		require.Equal(t, c.want, r.Worst(), "%+v", c)
	}
}

func TestStoreWarnings(t *testing.T) {
	now := time.Unix(1000, 0)
	r := &Report{}
	r.notifications(store.Info{})
	r.clock(store.Info{Time: now.Add(-time.Minute)}, now)
	require.Len(t, r.Checks, 2)
	require.Equal(t, []string{Warn, Warn}, []string{r.Checks[0].Result, r.Checks[1].Result})
	r = &Report{}
	r.notifications(store.Info{Notifications: true})
	r.clock(store.Info{Time: now.Add(time.Second)}, now)
	require.Equal(t, OK, r.Worst())
}
