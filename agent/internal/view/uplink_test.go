package view

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
)

func TestTheMostSpecificUplinkCounts(t *testing.T) {
	v := New()
	for _, n := range []model.PhysNet{{Name: "office", Type: "vlan"}, {Name: "plain", Type: "flat"},
		{Name: "o", Type: "vxlan"}} {
		v.PhysNets.Set(n.Name, n)
	}
	for _, p := range []model.PhysPort{
		{Name: "any", PhysNet: "office", Interface: "eth0"},
		{Name: "gpu", PhysNet: "office", Interface: "bond0", Host: "gpu*"},
		{Name: "gpu7", PhysNet: "office", Interface: "eth7", Host: "gpu7"},
		{Name: "gpu7-x", PhysNet: "office", Interface: "eth8", Host: "gpu7", Bridge: "br-x"},
		{Name: "gpu-?", PhysNet: "office", Interface: "eth9", Host: "gpu-?"},
		{Name: "gpu-2", PhysNet: "office", Interface: "eth10", Host: "gpu-?"},
		{Name: "plain", PhysNet: "plain", Interface: "gone", Host: "hv*"},
	} {
		v.physPorts[p.Name] = p
	}
	find := func(name string) uint32 {
		return map[string]uint32{"eth0": 1, "bond0": 2, "eth7": 3, "eth8": 4, "eth9": 5, "eth10": 6}[name]
	}
	for host, want := range map[string]string{"hv1": "any", "gpu3": "gpu", "gpu7": "gpu7", "gpu-1": "gpu-2"} {
		got := v.SetUplinks(host, "br-int", find)
		require.Len(t, got, 2, "those that have uplinks")
		require.Equal(t, want, got[0].Name, host)
		require.Equal(t, host == "gpu-1", len(got[0].Others) > 0, host)
		port, _ := v.Uplinks.Peek("office")
		require.Equal(t, find(got[0].Interface), port, host)
		_, there := v.Uplinks.Peek("plain")
		require.False(t, there)
	}
	require.Equal(t, "gpu7-x", v.SetUplinks("gpu7", "br-x", find)[0].Name)
	require.Equal(t, Uplink{PhysNet: "plain"}, v.SetUplinks("gpu7", "br-x", find)[1])
	require.Equal(t, Uplink{PhysNet: "plain", Name: "plain", Interface: "gone"}, v.SetUplinks("hv1", "br-int", find)[1])
	clear(v.physPorts)
	v.SetUplinks("hv1", "br-int", find)
	_, there := v.Uplinks.Peek("office")
	require.False(t, there)
}
