package modules_test

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
)

const learnMax = 3

// newLearners is newCarriers with networks that learn: one that drops what it does not know, one that floods it, and
// one without a tag.
func newLearners(t *testing.T, with ...func(*view.View)) *carrierRig {
	return newCarriers(t, func(v *view.View) {
		for _, change := range with {
			change(v)
		}
		for _, n := range carriers {
			n.Learning = n.PhysNet == "office" || n.PhysNet == "plain"
			n.LearningMax, n.LearningAge = learnMax, model.Duration(time.Minute)
			if n.Name != "v200" {
				n.UnknownUnicast = model.UnknownDrop
			}
			v.Networks.Set(n.Name, n)
		}
	})
}

func machine(n int) (mac model.MAC) {
	mac[0] = 2
	binary.BigEndian.PutUint32(mac[2:], uint32(n))
	return mac
}

// learnt are the machines that the switch knows of a network.
func (r *carrierRig) learnt(t *testing.T, tag uint32) (out []string) {
	t.Helper()
	for _, f := range r.s.Flows() {
		of, _ := f.Match.GetUint(oxm.Reg(pipeline.RegNetwork))
		if f.Table != pipeline.Learnt || !f.Learned || uint32(of) != tag {
			continue
		}
		require.True(t, pipeline.Learned(f.Table, f.Cookie, f.Instructions))
		require.False(t, pipeline.Ours(f.Cookie), "nobody wants it by name")
		require.EqualValues(t, 60, f.HardTimeout)
		mac, _ := f.Match.Get(oxm.EthDst)
		out = append(out, fmt.Sprintf("%x", mac.Value))
	}
	return out
}

// TestLearning: a machine outside that has spoken in a network is reached there, for as long as it was said.
func TestLearning(t *testing.T) {
	r := newLearners(t)
	m := machine(1)
	for i, at := range []struct {
		name   string
		uplink uint32
		vlans  []uint16
		out    string // of the uplink
	}{{"v100", trunkPort, []uint16{100}, "2 vlan 100"}, {"lan", plainPort, nil, "3"}} {
		guest := guestPort(1+2*i, 0)
		require.Empty(t, r.send(guest, m, nil), "%s: who is that", at.name)
		second := []string{fmt.Sprint(guestPort(1+2*i, 1))}
		require.Equal(t, second, r.sendAs(m, at.uplink, guestMAC(1), nil, at.vlans...))
		require.Equal(t, []string{at.out}, r.send(guest, m, nil), at.name)
		require.Equal(t, []string{at.out}, r.send(guest, guestMAC(2), nil), "%s: a guest of ours on another host", at.name)
		require.Len(t, r.send(guest, packet.Broadcast, nil), 2, "%s: broadcast goes out as ever", at.name)
		require.Equal(t, second, r.send(guest, guestMAC(1), nil), at.name)
	}
	require.Equal(t, []string{"2 vlan 200"}, r.send(guestPort(2, 0), machine(9), nil), "v200 floods what it does not know")
	require.Len(t, r.learnt(t, 2), 1)
	require.Empty(t, r.learnt(t, 3), "in VLAN 200 it has not spoken")

	r.now = r.now.Add(40 * time.Second)
	r.sendAs(m, trunkPort, packet.Broadcast, nil, 100)
	r.now = r.now.Add(40 * time.Second)
	r.s.Expire()
	require.NotEmpty(t, r.send(guestPort(1, 0), m, nil), "it has spoken since")
	require.Empty(t, r.send(guestPort(3, 0), m, nil), "it has been silent there")
	r.now = r.now.Add(20 * time.Second)
	r.s.Expire()
	require.Empty(t, r.send(guestPort(1, 0), m, nil))
}

// TestLearningIsBounded: who invents addresses fills his network's share of the switch, and nobody else's; who was
// known before stays known as long as it speaks.
func TestLearningIsBounded(t *testing.T) {
	r := newLearners(t)
	r.sendAs(machine(1), trunkPort, packet.Broadcast, nil, 100)
	for n := range 1000 {
		if r.now = r.now.Add(100 * time.Millisecond); n%100 == 0 {
			r.sendAs(machine(1), trunkPort, packet.Broadcast, nil, 100)
		}
		r.sendAs(machine(100+n), trunkPort, packet.Broadcast, nil, 100)
		r.s.Expire()
		require.LessOrEqual(t, len(r.learnt(t, 2)), learnMax)
	}
	require.Contains(t, r.learnt(t, 2), "020000000001")
	require.NotEmpty(t, r.send(guestPort(1, 0), machine(1), nil))
	r.sendAs(machine(1), plainPort, packet.Broadcast, nil)
	require.Len(t, r.learnt(t, 4), 1, "another network has room")
}

// TestWhoIsNotLearnt: ours are known, wherever they are, and a group is nobody.
func TestWhoIsNotLearnt(t *testing.T) {
	r := newLearners(t)
	for _, mac := range []model.MAC{guestMAC(0), guestMAC(2), virtualMAC} {
		require.NotEmpty(t, r.sendAs(mac, trunkPort, packet.Broadcast, nil, 100), "%s: forwarded as ever", mac)
	}
	require.Empty(t, r.sendAs(model.MAC{3, 0, 0, 0, 0, 1}, trunkPort, packet.Broadcast, nil, 100), "no source")
	r.send(guestPort(1, 0), packet.Broadcast, nil)
	require.Empty(t, r.learnt(t, 2), "nor is a guest that invents addresses")
	require.Equal(t, []string{fmt.Sprint(guestPort(1, 1))}, r.send(guestPort(1, 0), guestMAC(1), nil),
		"whoever says outside that he is our guest does not get its frames")
}

// TestLearningCostsWhoLearns: a network that does not learn has the flows that it always had, and in one that learns a
// port has one more, or two when another host has it.
func TestLearningCostsWhoLearns(t *testing.T) {
	count := func(r *carrierRig) map[string]int {
		out := map[string]int{}
		for _, f := range r.s.Flows() {
			tag, known := f.Match.GetUint(oxm.Reg(pipeline.RegNetwork))
			out[pipeline.TableName(f.Table)]++
			if known {
				out[fmt.Sprint("tag ", tag)]++
			}
		}
		return out
	}
	plain, learns := count(newCarriers(t)), count(newLearners(t))
	for _, table := range []string{"learn", "learnt", "outside"} {
		require.Equal(t, 1, plain[table], "the miss of %s", table)
	}
	require.Equal(t, plain["tag 1"], learns["tag 1"], "on an overlay nobody learns")
	require.Equal(t, plain["tag 2"]+2+2+1+3, learns["tag 2"], "two ports here, one there, the virtual MAC, the network")
}

// TestAnUplinkConcernsNoPortThatDoesNotLearn: when one changes, rules run for networks, and not for all of their ports.
func TestAnUplinkConcernsNoPortThatDoesNotLearn(t *testing.T) {
	runs := func(ports int) uint64 {
		r := newCarriers(t)
		for i := range ports {
			r.v.Places.Set(fmt.Sprint("far", i), view.Place{Network: "v100", MAC: machine(i), Host: "h1"})
		}
		r.v.Graph.Flush()
		before := r.v.Graph.Runs()
		r.v.Uplinks.Set("office", plainPort)
		r.v.Graph.Flush()
		return r.v.Graph.Runs() - before
	}
	require.Equal(t, runs(1), runs(50))
}

// TestProxiedAreReached: guests are told who has a proxy address, so that nobody asks outside, and who has it is not
// heard of; frames to it go out whatever becomes of those to unknown machines.
func TestProxiedAreReached(t *testing.T) {
	gateway := model.ProxyAddress{IP: netip.MustParseAddr("10.0.0.1"), MAC: machine(7)}
	r := newLearners(t, func(v *view.View) {
		v.Subnets.Set("s", model.Subnet{Name: "s", Network: "v100", CIDR: netip.MustParsePrefix("10.0.0.0/24"),
			ProxyAddresses: []model.ProxyAddress{gateway, {IP: gateway.IP.Next(), MAC: gateway.MAC},
				{IP: gateway.IP.Next().Next(), MAC: guestMAC(1)}}})
	})
	require.Equal(t, []string{"2 vlan 100"}, r.send(guestPort(1, 0), gateway.MAC, nil))
	require.Empty(t, r.send(guestPort(1, 0), machine(8), nil))
	require.Empty(t, r.send(guestPort(3, 0), gateway.MAC, nil), "in another network it is nobody")
	require.Equal(t, []string{fmt.Sprint(guestPort(1, 1))}, r.send(guestPort(1, 0), guestMAC(1), nil), "it is here")
	require.Empty(t, r.sendAs(machine(9), trunkPort, gateway.MAC, nil, 100), "what came from outside does not go back")
}
