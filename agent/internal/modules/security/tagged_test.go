package security_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
)

// taggedFlows are those of a network with a parent (port 1, with a shared MAC), a limited parent (2), a plain port (4),
// one that is not checked (5), and more that are on no wire.
func taggedFlows(more int) map[string]pipeline.Flow {
	return flowsOf(func(v *view.View) {
		v.Refused.Set(pipeline.MeterIn.Of(2), true) // there is none here
		for port := mallory; port <= guests; port++ {
			v.Places.Delete(fmt.Sprint("p", port))
		}
		parent := trunkPlace("blue", 1, 1, 0, "")
		parent.Allowed = []model.AllowedAddress{{Prefix: netip.MustParsePrefix("10.0.0.100/32"), MAC: vmac}}
		limited := trunkPlace("blue", 2, 2, 0, "")
		limited.Limits.In, limited.Meter = 1e9, 2
		open := trunkPlace("blue", 5, 5, 0, "")
		open.Secured = false
		for name, p := range map[string]view.Place{"parent": parent, "limited": limited, "open": open,
			"plain": trunkPlace("blue", 4, 4, 0, "")} {
			v.Places.Set(name, p)
		}
		for i := range more {
			p := trunkPlace("blue", 9, uint32(100+i), 0, "")
			p.MAC[1], p.IP = byte(1+i), netip.Addr{}
			v.Places.Set(fmt.Sprint("more", i), p)
		}
	})
}

// A frame that has a tag of its sender's own is not for a parent: on its interface it would be one of a sub-port, and
// so of another network. Others get it as it is.
func TestATagInANetworkReachesNoSubPort(t *testing.T) {
	toShared := func(tags ...uint16) []byte {
		f := trunkFrame(5, 1, tags...)
		copy(f, vmac[:])
		return f
	}
	for _, more := range []int{0, 100} { // flooded to at once, and in parts
		beds := map[string]bed{"model": modelOf(t, taggedFlows(more)), "Open vSwitch": realOf(t, taggedFlows(more))}
		for _, c := range []trunkCase{
			{what: "untagged", frame: trunkFrame(5, 1), out: []string{"1"}},
			{what: "untagged, limited", frame: trunkFrame(5, 2), out: []string{"2"}},
			{what: "untagged, to a shared MAC", frame: toShared(), out: []string{"1"}},
			{what: "untagged, to all", frame: trunkFrame(5, 0xff), out: []string{"1", "2", "4"}},
			{what: "to a parent", frame: trunkFrame(5, 1, 20)},
			{what: "to a limited one", frame: trunkFrame(5, 2, 20)},
			{what: "to a shared MAC", frame: toShared(20)},
			{what: "to a plain port", frame: trunkFrame(5, 4, 20), out: []string{"4/20"}},
			{what: "to all", frame: trunkFrame(5, 0xff, 20), out: []string{"4/20"}},
		} {
			for name, b := range beds {
				b.send(t, open, c.frame)
				require.Equal(t, c.out, b.tags(), "%s: %s, %d more", name, c.what, more)
			}
		}
	}
}
