package modules_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/arp"
	"github.com/vlcp-go/vlcp/agent/internal/modules/l2"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/model"
)

// Ports that share an address and a MAC come and go in any order: what is there for all of them stays until the last
// one leaves, and not longer.
func TestWhatPortsShareGoesWithTheLastOfThem(t *testing.T) {
	v, set := view.New(), reconcile.New()
	for _, rules := range []func(*view.View, pipeline.Sink){l2.Rules, arp.Rules} {
		rules(v, func(_ string, changed, removed []*pipeline.Flow) {
			for _, f := range removed {
				set.Remove(f.Key, f.Owner)
			}
			for _, f := range changed {
				set.Put(f)
			}
		})
	}
	v.SetSelf(view.Self{Host: "h0", TunnelPort: 1})
	v.Networks.Set("blue", model.Network{Name: "blue", VNI: 10000, Tag: 1, SuppressARP: true})
	shared := []model.AllowedAddress{{Prefix: netip.MustParsePrefix("10.0.0.9/32"), MAC: model.MAC{0, 0, 0x5e, 0, 1, 1}}}
	port := func(n byte) {
		v.Places.Set(fmt.Sprint("p", n), view.Place{Network: "blue", MAC: model.MAC{0x0a, 5: n}, OFPort: uint32(n),
			IP: netip.AddrFrom4([4]byte{10, 0, 0, n}), Secured: true, Allowed: shared})
		v.Graph.Flush()
	}
	for _, order := range [][]byte{{1, 2, 3}, {3, 2, 1}, {2, 3, 1}} {
		for n := byte(3); n > 0; n-- {
			port(n)
		}
		for _, n := range order {
			v.Places.Delete(fmt.Sprint("p", n))
			v.Graph.Flush()
		}
		require.Zero(t, set.Counts().Desired, "%v", order)
	}
}

// A sub-port that is down has no place, and its guest goes on sending: what it sends with its tag is not the parent's,
// though that one may send anything.
func TestATagOfASubPortThatIsDownIsNobodys(t *testing.T) {
	v, tables := view.New(), map[string]int{}
	l2.Rules(v, func(_ string, changed, removed []*pipeline.Flow) {
		for _, f := range removed {
			tables[pipeline.TableName(f.Table())]--
		}
		for _, f := range changed {
			tables[pipeline.TableName(f.Table())]++
		}
	})
	v.Networks.Set("blue", model.Network{Name: "blue", VNI: 10000, Tag: 1})
	v.Places.Set("plain", view.Place{Network: "blue", OFPort: 4, MAC: model.MAC{0x0a, 5: 4}})
	v.Graph.Flush()
	require.Equal(t, 1, tables["classify"])
	parent := view.Place{Network: "blue", OFPort: 5, MAC: model.MAC{0x0a, 5: 5}, Trunk: true}
	v.Places.Set("parent", parent)
	v.Graph.Flush()
	const strange = 3 // any tag, and two of each kind
	require.Equal(t, 1+1+strange, tables["classify"])
	sub := view.Place{Network: "blue", OFPort: 5, MAC: model.MAC{0x0a, 5: 6}, Parent: "parent", VLAN: 3, Trunk: true}
	v.Places.Set("sub", sub)
	v.Graph.Flush()
	require.Equal(t, 1+1+1+strange, tables["classify"])
	v.Places.Delete("parent") // which is down itself
	v.Graph.Flush()
	require.Equal(t, 1+1+strange, tables["classify"])
	v.Places.Delete("sub")
	v.Graph.Flush()
	require.Equal(t, 1, tables["classify"])
}
