package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/controller/controllertest"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow"
	"github.com/vlcp-go/vlcp/common/packet"
)

var (
	alice = model.MAC{2, 0, 0, 0, 0, 1}
	bob   = model.MAC{2, 0, 0, 0, 0, 2}
	carol = model.MAC{2, 0, 0, 0, 0, 3}
)

func frame(src, dst model.MAC) []byte {
	return append(packet.AppendEthernet(nil, &packet.Ethernet{Src: src, Dst: dst, Type: 0x88b5}), "hello"...)
}

// onBoth runs a test with a switch of three ports, of each version.
func onBoth(t *testing.T, body func(t *testing.T, r *controllertest.Rig, sw *controllertest.Switch)) {
	for _, v := range []openflow.Version{openflow.Version10, openflow.Version13} {
		t.Run(v.String(), func(t *testing.T) {
			controllertest.Run(t, func(r *controllertest.Rig) { body(t, r, r.Connect(v, 1, 2, 3)) }, learning(60))
		})
	}
}

const miss = "table=0, priority=0 actions=CONTROLLER:65535"

func TestItLearns(t *testing.T) {
	onBoth(t, func(t *testing.T, r *controllertest.Rig, sw *controllertest.Switch) {
		ports := func(in uint32, src, dst model.MAC) string {
			return controllertest.Ports(sw.Receive(in, frame(src, dst)))
		}
		require.Equal(t, "2,3", ports(1, alice, packet.Broadcast))
		require.Equal(t, "1", ports(2, bob, alice))
		require.Equal(t, "2", ports(1, alice, bob))
		require.Equal(t, "1,2", ports(3, carol, packet.Broadcast))
		require.Equal(t, "1,3", ports(2, bob, model.MAC{2, 9}), "not heard of yet")
		there := "table=0, priority=10,in_port=1,dl_src=02:00:00:00:00:01,dl_dst=02:00:00:00:00:02,idle_timeout=60 " +
			"actions=output:2"
		back := "table=0, priority=10,in_port=2,dl_src=02:00:00:00:00:02,dl_dst=02:00:00:00:00:01,idle_timeout=60 " +
			"actions=output:1"
		require.Equal(t, []string{there, back, miss}, sw.Flows())
		r.Wait(40 * time.Second)
		require.Equal(t, "2", ports(1, alice, bob))
		r.Wait(40 * time.Second)
		require.Equal(t, []string{there, miss}, sw.Flows(), "what is not used ends")
	})
}

func TestFlowsFollowAGuestThatMoves(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *controllertest.Rig, sw *controllertest.Switch) {
		sw.Receive(1, frame(alice, packet.Broadcast))
		sw.Receive(2, frame(bob, alice))
		require.Equal(t, "2", controllertest.Ports(sw.Receive(1, frame(alice, bob))))
		sw.Receive(3, frame(bob, packet.Broadcast)) // bob has moved
		require.Equal(t, "3", controllertest.Ports(sw.Receive(1, frame(alice, bob))))
		require.Contains(t, sw.Flows(), "table=0, priority=10,in_port=1,dl_src=02:00:00:00:00:01,"+
			"dl_dst=02:00:00:00:00:02,idle_timeout=60 actions=output:3")
	})
}

// What was learned before is forgotten when the switch connects again, but its flows are still there.
func TestFlowsFollowAGuestThatMovedBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, r *controllertest.Rig, sw *controllertest.Switch) {
		sw.Receive(2, frame(bob, packet.Broadcast))
		require.Equal(t, "2", controllertest.Ports(sw.Receive(1, frame(alice, bob))))
		sw.Disconnect(false)
		r.Wait(10 * time.Second)
		sw.Receive(3, frame(bob, packet.Broadcast))
		require.Equal(t, "3", controllertest.Ports(sw.Receive(1, frame(alice, bob))))
	})
}

func TestWhatIsKnownOfAPortGoesWithIt(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *controllertest.Rig, sw *controllertest.Switch) {
		sw.Receive(2, frame(bob, packet.Broadcast))
		sw.Receive(1, frame(alice, bob))
		require.Len(t, sw.Flows(), 2)
		sw.SetPort(2, false)
		require.Equal(t, []string{miss}, sw.Flows())
		sw.SetPort(2, true)
		require.Equal(t, "2,3", controllertest.Ports(sw.Receive(1, frame(alice, bob))))
	})
}

func TestNeighboursBehindOnePortAreLeftAlone(t *testing.T) {
	onBoth(t, func(t *testing.T, _ *controllertest.Rig, sw *controllertest.Switch) {
		sw.Receive(1, frame(alice, packet.Broadcast))
		require.Empty(t, sw.Receive(1, frame(bob, alice)))
		require.Equal(t, []string{miss}, sw.Flows())
	})
}

func TestAddressesAreForgottenAndBounded(t *testing.T) {
	onBoth(t, func(t *testing.T, r *controllertest.Rig, sw *controllertest.Switch) {
		sw.Receive(2, frame(bob, packet.Broadcast))
		r.Wait(2 * macAge)
		require.Equal(t, "2,3", controllertest.Ports(sw.Receive(1, frame(alice, bob))))
		for i := range 2 * macMax {
			sw.Receive(3, frame(model.MAC{6, 0, 0, 0, byte(i >> 8), byte(i)}, packet.Broadcast))
		}
		sw.Receive(2, frame(carol, packet.Broadcast))
		require.Equal(t, "2,3", controllertest.Ports(sw.Receive(1, frame(alice, carol))), "the table is full")
		require.Equal(t, "1", controllertest.Ports(sw.Receive(3, frame(carol, alice))), "who is known stays known")
	})
}

// A connection that comes back finds its flows as they were.
func TestAReconnectChangesNoFlow(t *testing.T) {
	onBoth(t, func(t *testing.T, r *controllertest.Rig, sw *controllertest.Switch) {
		sw.Receive(2, frame(bob, packet.Broadcast))
		sw.Receive(1, frame(alice, bob))
		before := sw.Flows()
		sw.Disconnect(false)
		r.Wait(10 * time.Second)
		require.Equal(t, before, sw.Flows())
		require.Equal(t, "2", controllertest.Ports(sw.Receive(1, frame(alice, bob))))
	})
}
