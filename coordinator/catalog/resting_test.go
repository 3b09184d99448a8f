package catalog

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// TestVNIsRestBeforeTheyAreUsedAgain: a host that is cut off still sends the frames of a deleted network.
func TestVNIsRestBeforeTheyAreUsedAgain(t *testing.T) {
	f := setup(t)
	f.must("physnets: [{name: tenants, type: vxlan, vni: 100-103}]")
	vni := func(name string, given uint32) uint32 {
		require.NoError(t, f.create(&model.Network{Name: name, PhysNet: "tenants", VNI: given}))
		return get[*model.Network](f, model.KindNetwork, name).VNI
	}
	require.EqualValues(t, 100, vni("a", 0))
	require.EqualValues(t, 101, vni("b", 0))
	require.NoError(t, f.delete(model.KindNetwork, "b", "a"))
	require.EqualValues(t, 102, vni("c", 0), "both others rest")
	require.EqualValues(t, 103, vni("d", 0))
	require.NoError(t, f.delete(model.KindNetwork, "c"))
	require.EqualValues(t, 101, vni("e", 0), "nothing else is left: b's rested longest")
	require.EqualValues(t, 102, vni("named", 102), "whoever names a number gets it")
	require.EqualValues(t, 100, vni("f", 0))
	require.ErrorContains(t, f.create(&model.Network{Name: "g", PhysNet: "tenants"}), "exhausted")
	docs, err := f.s.Read(t.Context(), guardScope)
	require.NoError(t, err)
	require.Len(t, docs, 1, "nothing rests any more: %v", docs)

	var c Changes // giving up by taking another one, and taking over in the same change
	c.Update(model.KindPhysNet, "tenants", func(o Object) error {
		o.(*model.PhysNet).VNI.Hi = 110
		return nil
	})
	c.Update(model.KindNetwork, "f", func(o Object) error { o.(*model.Network).VNI = 110; return nil })
	c.Create(&model.Network{Name: "h", PhysNet: "tenants"})
	_, err = f.Commit(t.Context(), &c)
	require.NoError(t, err)
	require.EqualValues(t, 104, get[*model.Network](f, model.KindNetwork, "h").VNI)
	require.EqualValues(t, 105, vni("i", 0), "100 rests")
}

// TestVLANsRestBeforeTheyAreUsedAgain: as VNIs do, in each physical network by themselves.
func TestVLANsRestBeforeTheyAreUsedAgain(t *testing.T) {
	f := setup(t)
	f.must("physnets: [{name: office, type: vlan, vlan: 100-102}, {name: lab, type: vlan, vlan: 100-102}]")
	vlan := func(name, on string) uint16 {
		require.NoError(t, f.create(&model.Network{Name: name, PhysNet: on}))
		return get[*model.Network](f, model.KindNetwork, name).VLAN
	}
	require.EqualValues(t, 100, vlan("a", "office"))
	require.EqualValues(t, 101, vlan("b", "office"))
	require.NoError(t, f.delete(model.KindNetwork, "b"))
	require.NoError(t, f.delete(model.KindNetwork, "a"))
	require.EqualValues(t, 100, vlan("l", "lab"), "nothing rests there")
	require.EqualValues(t, 102, vlan("c", "office"), "both others rest")
	require.EqualValues(t, 101, vlan("d", "office"), "nothing else is left: b's rested longest")
	f.sound()
	require.NoError(t, f.delete(model.KindNetwork, "l"))
	require.NoError(t, f.delete(model.KindPhysNet, "lab"))
	docs, err := f.s.Read(t.Context(), guardScope)
	require.NoError(t, err)
	var rest []string
	for _, d := range docs {
		if d.Key.Kind == string(kindResting) {
			rest = append(rest, d.Key.ID)
		}
	}
	require.Equal(t, []string{"vlan:lab/100", "vlan:office/100"}, rest, "a host does not know that lab is gone, either")
	require.EqualValues(t, 100, vlan("e", "office"))
}

// TestFewRest: what rests is bounded, the longest rested go first.
func TestFewRest(t *testing.T) {
	f := setup(t)
	f.must("physnets: [{name: tenants, type: vxlan, vni: 1-20000}]")
	txn := store.Txn{}
	for i := range int64(restingMax) {
		txn.Puts = append(txn.Puts, store.Doc{Key: restingKey(number{indexVNI, i + 1}),
			Value: fmt.Appendf(nil, `{"order":%d}`, i+1)})
	}
	_, err := f.s.Commit(t.Context(), txn)
	require.NoError(t, err)
	_, err = f.s.Sequence(t.Context(), counterResting, restingMax)
	require.NoError(t, err)
	require.NoError(t, f.create(&model.Network{Name: "a", PhysNet: "tenants"}))
	require.EqualValues(t, restingMax+1, get[*model.Network](f, model.KindNetwork, "a").VNI)
	require.NoError(t, f.delete(model.KindNetwork, "a"))
	require.NoError(t, f.create(&model.Network{Name: "b", PhysNet: "tenants"}))
	require.EqualValues(t, 1, get[*model.Network](f, model.KindNetwork, "b").VNI)
}
