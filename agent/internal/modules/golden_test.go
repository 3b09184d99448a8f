package modules_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/arp"
	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcpflows"
	"github.com/vlcp-go/vlcp/agent/internal/modules/l2"
	"github.com/vlcp-go/vlcp/agent/internal/modules/security"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/ofp"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
)

var update = flag.Bool("update", false, "write the expected flows anew")

// small is two networks: blue with four ports here, of which one may send what is not its own, one has several
// addresses and one limits, and two on other
// hosts, one of which has no tunnel, and a subnet with DHCP; red with one port here, without addresses.
func small(v *view.View) {
	dhcp, no := true, false
	addr := netip.MustParseAddr
	v.SetSelf(view.Self{Host: "h0", TunnelPort: 1, Metered: view.Metered{Agent: true, Flood: true}})
	v.Hosts.Set("h1", model.Host{ID: "h1", Name: "one", Tunnel: addr("192.0.2.1")})
	v.Hosts.Set("h2", model.Host{ID: "h2", Name: "two"})
	v.Networks.Set("blue", model.Network{Name: "blue", VNI: 10000, Tag: 1})
	v.Networks.Set("red", model.Network{Name: "red", VNI: 10001, Tag: 2})
	v.Subnets.Set("blue-v4", model.Subnet{Name: "blue-v4", Network: "blue", DHCP: &dhcp, DHCPServer: addr("10.0.0.254")})
	v.Subnets.Set("red-v4", model.Subnet{Name: "red-v4", Network: "red", DHCP: &no,
		CIDR: netip.MustParsePrefix("10.1.0.0/24"), DHCPServer: addr("10.1.0.254")})
	mac := func(n byte) model.MAC { return model.MAC{0x0a, 0, 0, 0, 0, n} }
	place := func(name, network string, n byte, p view.Place) {
		p.Network, p.MAC = network, mac(n)
		if p.Subnet = network + "-v4"; network == "blue" {
			p.IP = netip.AddrFrom4([4]byte{10, 0, 0, n})
		}
		v.Places.Set(name, p)
	}
	var allowed []model.AllowedAddress
	for _, text := range []string{"10.0.0.9", "10.0.1.0/24", "10.0.0.8,00:00:5e:00:01:01"} {
		var a model.AllowedAddress
		if err := a.UnmarshalText([]byte(text)); err != nil {
			panic(err)
		}
		allowed = append(allowed, a)
	}
	place("web1", "blue", 1, view.Place{OFPort: 5, Secured: true, Allowed: allowed})
	more := []netip.Addr{addr("10.0.0.22"), addr("2001:db8::2")}
	place("web2", "blue", 2, view.Place{OFPort: 6})
	place("many", "blue", 8, view.Place{OFPort: 8, Secured: true, More: more})
	place("slow", "blue", 9, view.Place{OFPort: 9, Limits: model.Limits{In: 1e6, Out: 2e6}, Meter: 9})
	place("far", "blue", 3, view.Place{Host: "h1"})
	place("lost", "blue", 4, view.Place{Host: "h2"})
	place("bare", "red", 5, view.Place{OFPort: 7, Secured: true})
}

// flowText is a flow as people read it.
func flowText(f pipeline.Flow) string {
	table, prio, match := of13.SplitFlowKey(f.Key)
	return fmt.Sprintf("%s %d %s [%s] %s", pipeline.TableName(table), prio, f.Owner,
		ofp.FormatMatch(oxm.Match(match)), ofp.FormatInstructions(of13.Instructions(f.Instr)))
}

// TestFlowsOfASmallTopology compares the flows of each module with the text under testdata; -update writes it anew.
func TestFlowsOfASmallTopology(t *testing.T) {
	for name, rules := range map[string]func(*view.View, pipeline.Sink){
		"l2": l2.Rules, "arp": arp.Rules, "dhcpflows": dhcpflows.Rules, "security": security.Rules,
	} {
		t.Run(name, func(t *testing.T) {
			v, flows := view.New(), map[string]string{}
			rules(v, func(_ string, changed, removed []*pipeline.Flow) {
				for _, f := range removed {
					delete(flows, f.Key+f.Owner)
				}
				for _, f := range changed {
					flows[f.Key+f.Owner] = flowText(*f)
				}
			})
			small(v)
			v.Graph.Flush()
			lines := []string{}
			for _, line := range flows {
				lines = append(lines, line+"\n")
			}
			slices.Sort(lines)
			got, path := strings.Join(lines, ""), filepath.Join("testdata", name+".txt")
			if *update {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got)

			for _, p := range []string{"web1", "web2", "many", "slow", "far", "lost", "bare"} {
				v.Places.Delete(p)
			}
			v.Graph.Flush()
			require.Empty(t, flows, "nothing is left when the ports have gone")
		})
	}
}
