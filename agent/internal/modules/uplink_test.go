package modules_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/l2"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

// The ports of a host that has networks of every type: a tunnel, a trunk with two VLANs, an interface without tags, and
// two guests in each network, of which one has the same MAC in all.
const (
	tunnelPort uint32 = 1
	trunkPort  uint32 = 2
	plainPort  uint32 = 3
)

var carriers = []model.Network{
	{Name: "overlay", PhysNet: "tenants", VNI: 10000, Tag: 1},
	{Name: "v100", PhysNet: "office", VLAN: 100, Tag: 2},
	{Name: "v200", PhysNet: "office", VLAN: 200, Tag: 3},
	{Name: "lan", PhysNet: "plain", Tag: 4},
	{Name: "alone", PhysNet: "here", Tag: 5},
}

// guestPort is the port of guest 0 or 1 of a network.
func guestPort(network, guest int) uint32 { return uint32(10*(network+1) + guest) }

type carrierRig struct {
	v   *view.View
	s   *vswitch.Switch
	out []string
	now time.Time
}

func newCarriers(t *testing.T, more ...func(*view.View)) *carrierRig {
	r := &carrierRig{v: view.New(), now: time.Unix(1000, 0)}
	r.s = vswitch.New(vswitch.Options{Now: func() time.Time { return r.now }, Emit: func(o vswitch.Out) {
		e, err := packet.ParseEthernet(o.Frame)
		require.NoError(t, err)
		text := fmt.Sprint(o.Port)
		if e.Tags[0].TPID != 0 {
			text += fmt.Sprint(" vlan ", e.Tags[0].ID())
		}
		if o.Tunnel != nil {
			text += fmt.Sprint(" vni ", o.Tunnel.Key)
		}
		r.out = append(r.out, text)
	}})
	flows := map[string]pipeline.Flow{}
	sink := func(_ string, changed, _ []*pipeline.Flow) {
		for _, f := range changed {
			flows[f.Key] = *f
		}
	}
	pipeline.Static(sink)
	l2.Rules(r.v, sink)
	r.define()
	for _, set := range more {
		set(r.v)
	}
	r.v.Graph.Flush()
	for _, n := range []uint32{tunnelPort, trunkPort, plainPort} {
		r.s.SetPort(vswitch.Port{Number: n, Tunnel: n == tunnelPort})
	}
	c := r.s.Connect(func(msg []byte) {
		m, err := of13.Decode(msg)
		require.NoError(t, err)
		_, refused := m.(*of13.Error)
		require.False(t, refused, "%+v", m)
	})
	for _, f := range flows {
		c.Handle(of13.AppendFlow(nil, 0, &of13.FlowSend{Key: f.Key, Instructions: f.Instr, Cookie: f.Cookie}))
	}
	return r
}

func (r *carrierRig) define() {
	r.v.SetSelf(view.Self{Host: "h0", TunnelPort: tunnelPort})
	for name, kind := range map[string]string{"tenants": "vxlan", "office": "vlan", "plain": "flat", "here": "local"} {
		r.v.PhysNets.Set(name, model.PhysNet{Name: name, Type: kind})
	}
	r.v.Uplinks.Set("office", trunkPort)
	r.v.Uplinks.Set("plain", plainPort)
	r.v.Hosts.Set("h1", model.Host{ID: "h1", Tunnel: tunnelOf(1)})
	for i, n := range carriers {
		r.v.Networks.Set(n.Name, n)
		for guest := range 2 {
			port := guestPort(i, guest)
			r.s.SetPort(vswitch.Port{Number: port})
			r.v.Places.Set(fmt.Sprint("p", port), view.Place{Network: n.Name, MAC: guestMAC(guest), OFPort: port,
				Allowed: routers[:guest]})
		}
		r.v.Places.Set("far-"+n.Name, view.Place{Network: n.Name, MAC: guestMAC(2), Host: "h1", Allowed: routers})
	}
}

// virtualMAC is that of a virtual router, which guest 1 and the one on the other host are.
var (
	virtualMAC = model.MAC{0, 0, 0x5e, 0, 1, 7}
	routers    = []model.AllowedAddress{{MAC: virtualMAC, Prefix: netip.MustParsePrefix("10.0.0.254/32")}}
)

func guestMAC(n int) model.MAC { return model.MAC{0x0a, 0, 0, 0, 0, byte(n)} }

// send returns where a frame comes out.
func (r *carrierRig) send(port uint32, dst model.MAC, t *vswitch.Tunnel, vlans ...uint16) []string {
	return r.sendAs(model.MAC{2, 0, 0, 0, 0, 9}, port, dst, t, vlans...)
}

func (r *carrierRig) sendAs(src model.MAC, port uint32, dst model.MAC, t *vswitch.Tunnel, vlans ...uint16) []string {
	e := packet.Ethernet{Src: src, Dst: dst, Type: 0x88b5}
	for i, v := range vlans {
		e.Tags[i] = packet.VLAN{TPID: packet.EtherTypeVLAN, TCI: v}
	}
	r.out = nil
	r.s.Receive(port, append(packet.AppendEthernet(nil, &e), make([]byte, 46)...), t)
	slices.Sort(r.out)
	return r.out
}

// TestEveryTypeOfNetwork: guests reach the others of their network, here, on other hosts and outside, and nobody else.
func TestEveryTypeOfNetwork(t *testing.T) {
	r := newCarriers(t)
	outside := []string{"1 vni 10000", "2 vlan 100", "2 vlan 200", "3"} // on the wire
	nobody := model.MAC{2, 0, 0, 0, 0, 1}
	for i, n := range carriers {
		first, second := guestPort(i, 0), fmt.Sprint(guestPort(i, 1))
		require.Equal(t, []string{second}, r.send(first, guestMAC(1), nil), n.Name)
		all, far, unknown := []string{second}, []string(nil), []string(nil)
		if i < len(outside) {
			all, far = append(all, outside[i]), outside[i:i+1]
		}
		if n.PhysNet == "office" || n.PhysNet == "plain" {
			unknown = far // there are machines outside that we do not know
		}
		slices.Sort(all)
		require.Equal(t, all, r.send(first, packet.Broadcast, nil), n.Name)
		require.Equal(t, far, r.send(first, guestMAC(2), nil), n.Name)
		require.Equal(t, unknown, r.send(first, nobody, nil), n.Name)
		require.Equal(t, all, r.send(first, virtualMAC, nil), n.Name)
	}
}

// TestSplitHorizon: what comes from outside goes to our guests of that network, and never out of a tunnel or an uplink.
func TestSplitHorizon(t *testing.T) {
	r := newCarriers(t)
	in := []struct {
		port  uint32
		t     *vswitch.Tunnel
		vlans []uint16
	}{
		{tunnelPort, &vswitch.Tunnel{Key: 10000, Src: tunnelOf(1), Dst: tunnelOf(0)}, nil},
		{trunkPort, nil, []uint16{100}}, {trunkPort, nil, []uint16{200}}, {plainPort, nil, nil},
	}
	for i, from := range in {
		guests := []string{fmt.Sprint(guestPort(i, 0)), fmt.Sprint(guestPort(i, 1))}
		require.Equal(t, guests, r.send(from.port, packet.Broadcast, from.t, from.vlans...))
		require.Equal(t, guests[1:], r.send(from.port, guestMAC(1), from.t, from.vlans...))
		require.Empty(t, r.send(from.port, guestMAC(2), from.t, from.vlans...), "not ours to deliver")
		require.Empty(t, r.send(from.port, model.MAC{2, 0, 0, 0, 0, 1}, from.t, from.vlans...))
	}
	require.Empty(t, r.send(trunkPort, packet.Broadcast, nil), "no tag on the trunk")
	require.Empty(t, r.send(trunkPort, packet.Broadcast, nil, 300), "a VLAN of nobody")
	require.Empty(t, r.send(plainPort, packet.Broadcast, nil, 100), "a tag where there are none")
}

// TestGuestsDoNotHopVLANs: the tag of a guest does not take its frame into another network.
func TestGuestsDoNotHopVLANs(t *testing.T) {
	r := newCarriers(t)
	lan, v100 := guestPort(3, 0), guestPort(1, 0)
	require.Equal(t, []string{"41 vlan 100"}, r.send(lan, packet.Broadcast, nil, 100),
		"not to the uplink, which takes no tags")
	require.Empty(t, r.send(lan, guestMAC(2), nil, 100))
	require.Equal(t, []string{"41 vlan 100"}, r.send(lan, virtualMAC, nil, 100))
	require.Equal(t, []string{"2 vlan 100", "21 vlan 200"}, r.send(v100, packet.Broadcast, nil, 200),
		"inside its own VLAN")
}

// TestStandbyDoesNotHopVLANs: nor does it on its way to a port that is ready here and that another host has.
func TestStandbyDoesNotHopVLANs(t *testing.T) {
	r := newCarriers(t, func(v *view.View) {
		for i, n := range carriers {
			v.Places.Set("far-"+n.Name, view.Place{Network: n.Name, MAC: guestMAC(2), OFPort: uint32(100 + i), Host: "h1"})
		}
	})
	for i := range carriers {
		r.s.SetPort(vswitch.Port{Number: uint32(100 + i)})
	}
	lan, v100 := guestPort(3, 0), guestPort(1, 0)
	require.Equal(t, []string{"3"}, r.send(lan, guestMAC(2), nil), "the other host has it")
	require.Equal(t, []string{"103 vlan 100"}, r.send(lan, guestMAC(2), nil, 100), "not to the uplink")
	require.Equal(t, []string{"2 vlan 100"}, r.send(v100, guestMAC(2), nil, 200), "inside its own VLAN")
}
