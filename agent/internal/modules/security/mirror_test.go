package security_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/packet"
)

// watched is the network of the guests with a port of another one, probe, in place of the one without an address.
//
//	port 2: victim, both directions ─► probe      port 5: open, what it sends ─► probe
//	port 3: router, what it gets, limited ─► probe
const probe = free

func watched(v *view.View) {
	v.Networks.Set("ops", model.Network{Name: "ops", VNI: 10001, Tag: 2})
	p, _ := v.Places.Peek("p4")
	p.Network = "ops"
	v.Places.Set("p4", p)
	mirrorFrom(v, "p2", model.MirrorBoth, "p4")
	mirrorFrom(v, "p3", model.MirrorIn, "p4")
	mirrorFrom(v, "p5", model.MirrorOut, "p4")
	limited, _ := v.Places.Peek("p3")
	limited.Limits.In, limited.Meter = 1e9, pipeline.SlotFirst
	v.Refused.Set(pipeline.MeterIn.Of(pipeline.SlotFirst), true) // there is none here
	v.Places.Set("p3", limited)
}

// mirrorFrom has a port copied.
func mirrorFrom(v *view.View, from, direction string, to ...string) {
	p, _ := v.Places.Peek(from)
	for _, t := range to {
		m := model.Mirror{Name: from + "-" + t, From: from, To: t, Direction: direction, VNI: model.MirrorVNIMin}
		v.Mirrors.Set(m.Name, m)
		p.MirrorIn, p.MirrorOut = p.MirrorIn || m.In(), p.MirrorOut || m.Out()
	}
	v.Places.Set(from, p)
}

func unicast(from, to uint32) []byte {
	return udp4(macOf(from), macOf(to), port(ipOf(from), 9), port(ipOf(to), 9), nil)
}

func toAll(from uint32) []byte {
	return udp4(macOf(from), bcast, port(ipOf(from), 9), port(all, 9), nil)
}

// TestMirrors sends frames through the model and through Open vSwitch.
func TestMirrors(t *testing.T) {
	request := func(from uint32, ip netip.Addr) []byte {
		return arpFrame(macOf(from), bcast, packet.ARP{Op: 1, SenderMAC: macOf(from), SenderIP: ipOf(from), TargetIP: ip})
	}
	spoofed := udp4(macOf(victim), macOf(router), port(ipOf(mallory), 9), port(ipOf(router), 9), nil)
	for name, start := range beds {
		t.Run(name, func(t *testing.T) {
			b := start(t, watched)
			for _, c := range []struct {
				what  string
				port  uint32
				frame []byte
				out   []uint32
				agent bool
			}{
				{"what it sends", victim, unicast(victim, mallory), []uint32{mallory, probe}, false},
				{"what is delivered to it", mallory, unicast(mallory, victim), []uint32{victim, probe}, false},
				{"to one whose mirror copies what it gets", victim, unicast(victim, router),
					[]uint32{router, probe, probe}, false},
				{"from that one", router, unicast(router, mallory), []uint32{mallory}, false},
				{"what is not its own", victim, spoofed, nil, false},
				{"of one that is not checked, whatever it is", open, udp4(macOf(victim), macOf(mallory),
					port(ipOf(victim), 9), port(ipOf(mallory), 9), nil), []uint32{mallory, probe}, false},
				{"to that one", mallory, unicast(mallory, open), []uint32{open}, false},
				{"between others", mallory, toAll(mallory), []uint32{victim, router, probe, probe, open}, false},
				{"its broadcast", victim, toAll(victim), []uint32{mallory, router, probe, probe, open}, false},
				{"a question, and the switch's answer", victim, request(victim, ipOf(router)),
					[]uint32{victim, probe, probe}, false},
				{"an answer, limited or not", router, request(router, ipOf(victim)), []uint32{router, probe}, false},
				{"a question of one that sends copies", open, request(open, ipOf(victim)), []uint32{probe, open}, false},
				{"for the agent", victim, udp4(macOf(victim), bcast, port(zero, 68), port(all, 67), nil),
					[]uint32{probe}, true},
				{"to an unknown MAC", victim, udp4(macOf(victim), vmac, port(ipOf(victim), 9), port(all, 9), nil),
					[]uint32{router, probe, probe}, false}, // which the router may use
				{"what who gets copies sends", probe, udp4(macOf(probe), bcast, port(zero, 9), port(all, 9), nil), nil, false},
				{"to itself", victim, unicast(victim, victim), []uint32{probe}, false},
			} {
				out, agent := b.send(t, c.port, c.frame)
				require.Equal(t, c.out, out, c.what)
				require.Equal(t, c.agent, agent, c.what)
			}
		})
	}
}

// A copy is the frame as the guest sent it or gets it, and an answer's is the answer.
func TestACopyIsTheFrame(t *testing.T) {
	for name, start := range beds {
		b := start(t, watched)
		b.send(t, mallory, unicast(mallory, victim))
		require.Equal(t, [][]byte{pad(unicast(mallory, victim)), pad(unicast(mallory, victim))}, padded(b.last()), name)
		ask := arpFrame(macOf(victim), bcast, packet.ARP{Op: 1, SenderMAC: macOf(victim), SenderIP: ipOf(victim),
			TargetIP: ipOf(mallory)})
		answer := arpFrame(macOf(mallory), macOf(victim), packet.ARP{Op: 2, SenderMAC: macOf(mallory),
			SenderIP: ipOf(mallory), TargetMAC: macOf(victim), TargetIP: ipOf(victim)})
		b.send(t, victim, ask)
		require.ElementsMatch(t, [][]byte{pad(answer), pad(ask), pad(answer)}, padded(b.last()), name)
	}
}

// pad makes a frame as long as Ethernet wants it, which dummy ports do and the model does not.
func pad(frame []byte) []byte {
	if len(frame) < 60 {
		return append(frame[:len(frame):len(frame)], make([]byte, 60-len(frame))...)
	}
	return frame
}

func padded(frames [][]byte) [][]byte {
	out := make([][]byte, len(frames))
	for i, f := range frames {
		out[i] = pad(f)
	}
	return out
}

// TestMirrorsOfSubPorts copies from and to sub-ports, of the networks of TestTrunk: s1 (port 1, VLAN 20) to p2, which
// has a sub-port itself, p4 to s2 (port 2, VLAN 30) and to the limited s3 (port 3, VLAN 20), and p3 to p4 as well.
func TestMirrorsOfSubPorts(t *testing.T) {
	flows := flowsWith(func(v *view.View) {
		defineTrunks(v)
		mirrorFrom(v, "s1", model.MirrorBoth, "p2")
		mirrorFrom(v, "p4", model.MirrorOut, "s2", "s3")
		mirrorFrom(v, "p3", model.MirrorBoth, "p2")
	})
	beds := map[string]bed{"model": modelOf(t, flows), "Open vSwitch": realOf(t, flows)}
	for _, c := range []struct {
		what  string
		port  uint32
		frame []byte
		out   []string
	}{
		{"from a sub-port", 1, trunkFrame(11, 4, 20), []string{"2", "4"}},
		{"from its parent", 1, trunkFrame(1, 0xff), []string{"2"}},
		{"to a sub-port, of one that is copied, too", 4, trunkFrame(4, 11), []string{"1/20", "2", "2/30", "3/20"}},
		{"to all", 4, trunkFrame(4, 0xff), []string{"1/20", "2", "2/30", "2/30", "3/20", "3/20"}},
		{"an answer", 1, trunkARP(11, 4, 20), []string{"1/20", "2", "2"}},
		{"of one that is not checked", 3, trunkFrame(3, 0xff), []string{"2"}},
		{"a tag there is dropped", 3, trunkFrame(3, 0xff, 21), nil},
	} {
		for name, b := range beds {
			b.send(t, c.port, c.frame)
			require.Equal(t, c.out, b.tags(), "%s: %s", name, c.what)
		}
	}
}

// A frame with a tag of its own is not copied to who has sub-ports: it would be one of those.
func TestATaggedFrameIsNotCopiedToAParent(t *testing.T) {
	flows := flowsWith(func(v *view.View) {
		defineTrunks(v)
		loose := trunkPlace("red", 5, 5, 0, "")
		loose.Secured, loose.Trunk = false, false
		v.Places.Set("p5", loose)
		mirrorFrom(v, "p5", model.MirrorBoth, "p2", "p4")
	})
	for name, b := range map[string]bed{"model": modelOf(t, flows), "Open vSwitch": realOf(t, flows)} {
		b.send(t, 5, trunkFrame(5, 0xff))
		require.Equal(t, []string{"2", "3", "4"}, b.tags(), name)
		b.send(t, 5, trunkFrame(5, 0xff, 30))
		require.Equal(t, []string{"4/30"}, b.tags(), name)
	}
}

// A mirror costs its port a few flows, and others none.
func TestAMirrorCostsOthersNothing(t *testing.T) {
	count := func(with ...func(*view.View)) map[string]int {
		out := map[string]int{}
		for _, f := range flowsOf(with...) {
			out[f.Owner]++
		}
		return out
	}
	before, after := count(), count(func(v *view.View) { mirrorFrom(v, "p2", model.MirrorBoth, "p4") })
	before["port/p2"] += 4 // sent, delivered, not back, answers
	require.Equal(t, before, after)
}
