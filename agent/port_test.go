package agent

import (
	"net/netip"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcp"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// plainFlows are the flows of a port that uses nothing of what follows: 1 in, 1 out, 2 ARP, 2 DHCP, 3 own addresses.
const plainFlows = 9

func (w *world) edit(port string, fn func(*model.Port)) {
	w.t.Helper()
	var c catalog.Changes
	c.Update(model.KindPort, port, func(o catalog.Object) error {
		fn(o.(*model.Port))
		return nil
	})
	w.commit(&c)
	w.settle()
}

// others are the flows that are not a port's own.
func (h *host) others(port string) map[string]status.Flow {
	h.t.Helper()
	out := map[string]status.Flow{}
	for _, f := range h.flows() {
		if f.Owner != "port/"+port {
			f.Packets, f.Bytes, f.AgeSeconds = 0, 0, 0
			out[f.TableName+" "+f.Match] = f
		}
	}
	return out
}

// TestPlainPortCostsNineFlows: what a port can have costs nothing where it has not.
func TestPlainPortCostsNineFlows(t *testing.T) {
	w, one, two := blue(t)
	require.Equal(t, plainFlows, one.owned("port/web1"))
	require.Equal(t, 2, two.owned("port/web1"), "to it, and ARP")
	w.edit("web1", func(p *model.Port) {
		p.MoreIPs = []netip.Addr{netip.MustParseAddr("10.1.0.77"), netip.MustParseAddr("2001:db8::77")}
	})
	require.Equal(t, plainFlows+3+1, one.owned("port/web1"))
	require.Equal(t, 3, two.owned("port/web1"))
	require.Len(t, one.portOf("web1").IPs, 3)
	w.edit("web1", func(p *model.Port) { p.MoreIPs = nil })
	require.Equal(t, plainFlows, one.owned("port/web1"))
}

// TestAdminDown: a port that is down has no flow anywhere, and of the others only the list for broadcast changes.
func TestAdminDown(t *testing.T) {
	w, one, two := blue(t)
	w.port("web3", "blue")
	one.attach("p3", "web3")
	one.up("web3")
	w.settle()
	dump, sent, before := one.dump(), one.status().Flows.Sent, one.others("web1")
	w.edit("web1", func(p *model.Port) { p.Admin = model.AdminDown })
	require.Equal(t, status.PortDown, one.portState("web1"))
	require.Zero(t, one.owned("port/web1")+two.owned("port/web1"))
	require.EqualValues(t, plainFlows+1, one.status().Flows.Sent-sent)
	for key, f := range one.others("web1") {
		if f.TableName != "flood-local" {
			require.Equal(t, before[key], f)
		}
	}
	require.Equal(t, "host1", w.boundTo("web1"), "it is still there")
	acks := one.status().DHCP.Acks
	one.says("p1", "web1", dhcpv4.MessageTypeDiscover, 3)
	one.says("p3", "web3", dhcpv4.MessageTypeDiscover, 1)
	await(t, "web3 is answered", func() bool { return one.status().DHCP.Offers == 1 })
	require.Equal(t, acks, one.status().DHCP.Acks)

	one.restart()
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	w.edit("web1", func(p *model.Port) { p.Admin = "" })
	one.up("web1")
	require.Equal(t, dump, one.dump())

	w.edit("web1", func(p *model.Port) { p.Admin = model.AdminDown })
	one.detach("p1")
	await(t, "it is withdrawn", func() bool { return w.boundTo("web1") == "" })
	one.attach("p1", "web1")
	await(t, "it is there again", func() bool { return w.boundTo("web1") == "host1" })
}

// TestDHCPOptionsOfAPort: they come from the definition of now.
func TestDHCPOptionsOfAPort(t *testing.T) {
	w, one, _ := blue(t)
	w.edit("web1", func(p *model.Port) {
		p.Hostname = "www"
		p.DHCPOptions = []model.DHCPOption{{Code: 66, Data: []byte("10.1.0.9")}}
	})
	var got model.Port
	one.a.dhcp.decide = func(frame []byte, c dhcp.Client, mac model.MAC) (*dhcp.Reply, string) {
		got = c.Port
		return dhcp.Answer(frame, c, mac)
	}
	one.says("p1", "web1", dhcpv4.MessageTypeDiscover, 1)
	await(t, "it is answered", func() bool { return one.status().DHCP.Offers == 1 })
	require.Equal(t, "www", got.Hostname)
	require.Equal(t, "tftp-server=10.1.0.9", got.DHCPOptions[0].String())
}
