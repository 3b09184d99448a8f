package catalog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

// A host has one tunnel port: two networks with one VNI would get each other's frames, whatever their physical
// networks.
func TestPhysicalNetworksWithOneRangeShareNoVNI(t *testing.T) {
	f := setup(t)
	var objects []Object
	for _, p := range []string{"pa", "pb"} {
		objects = append(objects, &model.PhysNet{Name: p, Type: model.TypeVXLAN, VNI: model.Range{Lo: 7700, Hi: 7710}},
			&model.Network{Name: p + "-1", PhysNet: p})
	}
	require.NoError(t, f.create(objects...))
	require.NoError(t, f.create(&model.Network{Name: "pb-2", PhysNet: "pb"}))
	seen := map[uint32]bool{}
	for _, name := range []string{"pa-1", "pb-1", "pb-2"} {
		vni := get[*model.Network](f, model.KindNetwork, name).VNI
		require.False(t, seen[vni], "%s has the VNI of another", name)
		seen[vni] = true
	}
	err := f.create(&model.Network{Name: "given", PhysNet: "pb", VNI: 7700})
	require.ErrorContains(t, err, "network pa-1")
}

func TestOverlappingRangesAreRefused(t *testing.T) {
	f := setup(t)
	_, err := f.apply(`physnets: [{name: p, type: vxlan, vni: 5000-6000}]
networks: [{name: n, physnet: p}]
subnets: [{name: s, network: n, cidr: 10.0.0.0/24, range: [10.0.0.10-10.0.0.20, 10.0.0.15-10.0.0.40]}]
`)
	require.ErrorContains(t, err, "range: 10.0.0.10-10.0.0.20 and 10.0.0.15-10.0.0.40 overlap")
}
