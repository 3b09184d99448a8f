package modules_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/l2"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/common/vswitch"
)

// newLazy is newCarriers with flows on demand in all networks but the local one; need is of the guests on another host.
func newLazy(t *testing.T, need view.Need) *carrierRig {
	return newCarriers(t, func(v *view.View) {
		for _, n := range carriers[:4] {
			v.Lazies.Set(n.Name, true)
			far, _ := v.Places.Peek("far-" + n.Name)
			far.Need = need
			v.Places.Set("far-"+n.Name, far)
		}
	})
}

// tells are the frames that the agent is told of.
func (r *carrierRig) tells(t *testing.T) *[]string {
	out := &[]string{}
	c := r.s.Connect(func(msg []byte) {
		m, err := of13.Decode(msg)
		require.NoError(t, err)
		if e, ok := m.(*of13.Experimenter); ok {
			p, err := nicira.DecodePacketIn(e)
			require.NoError(t, err)
			require.LessOrEqual(t, len(p.Packet), 128)
			*out = append(*out, fmt.Sprintf("%s of %d", p.UserData, p.InPort()))
		}
	})
	c.Handle(of13.Encode(&of13.SetConfig{MissSendLen: of13.MaxLenAll}))
	c.Handle(of13.Encode(nicira.For13(&nicira.SetPacketInFormat{Format: nicira.PacketInNXM2})))
	return out
}

// TestOnDemand: who has no flow is reached, and nobody else, and the agent is told; who has one is, and it is not.
func TestOnDemand(t *testing.T) {
	r := newLazy(t, view.LazyL2|view.LazyARP)
	told := r.tells(t)
	guest, nobody := guestPort(0, 0), machine(77)
	expect := func(want []string, got []string, agent int) {
		t.Helper()
		if want == nil {
			want = []string{}
		}
		require.Equal(t, want, append([]string{}, got...))
		require.Len(t, *told, agent)
		for _, text := range *told {
			require.Equal(t, fmt.Sprint("needed of ", guest), text)
		}
		*told = nil
	}
	remote, local := "1 vni 10000", fmt.Sprint(guestPort(0, 1))
	expect([]string{remote}, r.send(guest, guestMAC(2), nil), 1)
	expect([]string{remote}, r.send(guest, nobody, nil), 1)
	expect([]string{local}, r.send(guest, guestMAC(1), nil), 0)
	expect([]string{remote, local}, r.send(guest, virtualMAC, nil), 0)
	expect([]string{remote, local}, r.send(guest, packet.Broadcast, nil), 0)
	arp := packet.AppendEthernet(nil, &packet.Ethernet{Src: guestMAC(0), Dst: packet.Broadcast, Type: packet.EtherTypeARP})
	r.out = nil
	r.s.Receive(guest, packet.AppendARP(arp, &packet.ARP{Op: 1, SenderMAC: guestMAC(0)}), nil)
	expect([]string{remote, local}, r.out, 1)
	from := &vswitch.Tunnel{Key: 10000, Src: tunnelOf(1), Dst: tunnelOf(0)}
	expect(nil, r.send(tunnelPort, nobody, from), 0)
	expect([]string{fmt.Sprint(guest)}, r.send(tunnelPort, guestMAC(0), from), 0)

	guest = guestPort(1, 0)
	expect([]string{"2 vlan 100"}, r.send(guest, guestMAC(2), nil), 0) // it leaves by the uplink anyway
	r.out = nil
	r.s.Receive(guest, packet.AppendARP(arp, &packet.ARP{Op: 1, SenderMAC: guestMAC(0)}), nil)
	expect([]string{"2 vlan 100", fmt.Sprint(guestPort(1, 1))}, r.out, 1)

	r = newLazy(t, view.LazyL2|view.LazyARP|view.Wanted)
	told = r.tells(t)
	expect([]string{remote}, r.send(guestPort(0, 0), guestMAC(2), nil), 0)
}

// TestOnDemandCostsWhoUsesIt: other networks have the flows that they always had. Where flows are on demand, a port of
// another host that nobody speaks to has none, and one here has one more, where its network is in tunnels.
func TestOnDemandCostsWhoUsesIt(t *testing.T) {
	count := func(r *carrierRig) map[string]int {
		out := map[string]int{}
		for _, f := range r.s.Flows() {
			if tag, known := f.Match.GetUint(oxm.Reg(pipeline.RegNetwork)); known {
				out[fmt.Sprint("tag ", tag)]++
			}
			if port, known := f.Match.GetUint(oxm.InPort); known {
				out[fmt.Sprint("port ", port)]++
			}
			out["all"]++
			if f.Table == pipeline.Needed {
				out["needed"]++
			}
		}
		return out
	}
	plain := count(newCarriers(t))
	require.Equal(t, 2, plain["needed"], "those of every bridge")
	require.Equal(t, 1, plain[fmt.Sprint("port ", guestPort(0, 0))])
	lazy := count(newLazy(t, view.LazyL2|view.LazyARP))
	require.Equal(t, plain["tag 1"]+3-1, lazy["tag 1"], "the network, without the port on the other host")
	require.Equal(t, plain["tag 5"], lazy["tag 5"])
	require.Equal(t, 1+2, lazy[fmt.Sprint("port ", guestPort(0, 0))], "groups, which have no meter here, and others")
	require.Equal(t, 1+1, lazy[fmt.Sprint("port ", guestPort(1, 0))])
	require.Equal(t, plain[fmt.Sprint("port ", guestPort(4, 0))], lazy[fmt.Sprint("port ", guestPort(4, 0))])
	wanted := count(newLazy(t, view.LazyL2|view.LazyARP|view.Wanted))
	require.Equal(t, lazy["tag 1"]+1, wanted["tag 1"])
}

// TestASwitchRemembersWhatIsOnDemand: also of a network that has no port here that is up, since an agent that starts
// would have the flows for all of its ports else, if its strategy is auto and its size is between the two.
func TestASwitchRemembersWhatIsOnDemand(t *testing.T) {
	for _, n := range carriers {
		n.SuppressARP = n.VNI != 0
		v, cookies := view.New(), map[uint64]bool{}
		l2.Rules(v, func(_ string, changed, _ []*pipeline.Flow) {
			for _, f := range changed {
				require.Equal(t, pipeline.Needed, f.Table())
				cookies[f.Cookie] = true
			}
		})
		v.Networks.Set(n.Name, n)
		v.Lazies.Set(n.Name, true)
		v.Graph.Flush()
		require.Equal(t, map[uint64]bool{pipeline.LazyCookie(n.Name): true}, cookies, n.Name)
	}
}

// TestUnneededPortsCostLittle: thousands of them are no flows, and one that comes or goes sends none.
func TestUnneededPortsCostLittle(t *testing.T) {
	r := newRig(t, 0)
	lazy := model.Network{Name: "blue", VNI: 1000, Tag: 1, MTU: 1450, Strategy: model.StrategyOnDemand}
	r.put(scopeBlue, model.KindNetwork, "blue", lazy)
	for i := range 1000 {
		r.port(i)
	}
	require.Less(t, r.sync(), 200, "for hosts, and for the five ports here")
	r.port(1001)
	require.Zero(t, r.sync())
	r.v.WantPort("p1001")
	require.Equal(t, 2, r.sync(), "to it and its ARP reply")
	r.remove(1001)
	require.Equal(t, 2, r.sync())
}
