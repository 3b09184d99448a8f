package agent

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/nicira"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/packet"
	"github.com/vlcp-go/vlcp/common/store"
)

// stillClock stands.
type stillClock struct{}

func (stillClock) Now() time.Time { return time.Unix(1000, 0) }

// askers is an agent without a switch that has two guests, n0 and n1, of a network whose other ports are elsewhere.
func askers(t *testing.T, ports int) *Agent {
	a := &Agent{cfg: config.Default(), view: view.New(), s: coroutine.New(coroutine.Options{Clock: stillClock{}})}
	a.engine, a.demand = newEngine(a), newDemand(a)
	a.view.SetSelf(view.Self{Host: "h0"})
	put := func(kind model.Kind, id string, o any) {
		value, err := json.Marshal(o)
		require.NoError(t, err)
		require.NoError(t, a.view.Put(store.Doc{Rev: 1, Value: value,
			Key: store.Key{Scope: store.NetworkScope("blue"), Kind: string(kind), ID: id}}))
	}
	put(model.KindNetwork, "blue", model.Network{Name: "blue", Tag: 1, VNI: 1, Strategy: model.StrategyOnDemand})
	for i := range ports {
		name := fmt.Sprint("n", i)
		put(model.KindPort, name, model.Port{Name: name, Network: "blue", MAC: lazyMAC(i),
			IP: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})})
		if i < 2 {
			a.view.SetLocal(name, &vport.Local{UUID: name, OFPort: uint32(5 + i)})
		} else {
			put(model.KindBinding, name, model.Binding{Port: name, Host: "h1", Token: "1"})
		}
	}
	return a
}

// tell tells of a frame that a guest has sent.
func (a *Agent) tell(ofport uint32, frame []byte) {
	a.demand.needed(&nicira.PacketIn{Packet: frame, Metadata: oxm.Match(nil).Uint(oxm.InPort, uint64(ofport))})
}

func frameTo(mac model.MAC) []byte {
	return packet.AppendEthernet(nil, &packet.Ethernet{Src: model.MAC{2}, Dst: mac, Type: 0x88b5})
}

func (a *Agent) isWanted(port string) bool {
	p, _ := a.view.Places.Peek(port)
	return p.Need&view.Wanted != 0
}

// TestWhoAsksTooMuchIsNotServed: a guest that goes through all addresses at once is served as much of them as it may,
// and the next guest is served nevertheless.
func TestWhoAsksTooMuchIsNotServed(t *testing.T) {
	const ports = 1000
	a := askers(t, ports)
	for i := 2; i < ports-1; i++ {
		a.tell(5, frameTo(lazyMAC(i)))
	}
	require.Equal(t, burstSeconds*neededRate, a.demand.set.Len())
	require.EqualValues(t, ports-3, a.demand.asked)
	require.EqualValues(t, ports-3, a.demand.limited+int64(a.demand.set.Len()))
	a.tell(6, frameTo(lazyMAC(ports-1)))
	require.True(t, a.isWanted(fmt.Sprint("n", ports-1)))
}

// TestWhoIsAskedFor: who has the MAC, or the address that a request is for; nobody for what is no port of another host,
// and whatever a guest may invent.
func TestWhoIsAskedFor(t *testing.T) {
	a := askers(t, 6)
	a.tell(5, frameTo(lazyMAC(2)))
	arp := packet.AppendEthernet(nil, &packet.Ethernet{Dst: packet.Broadcast, Type: packet.EtherTypeARP})
	a.tell(5, packet.AppendARP(arp, &packet.ARP{Op: packet.ARPRequest, TargetIP: netip.AddrFrom4([4]byte{10, 3: 3})}))
	require.True(t, a.isWanted("n2") && a.isWanted("n3"))
	require.Equal(t, 2, a.demand.set.Len())
	for _, frame := range [][]byte{nil, {1}, arp, frameTo(lazyMAC(0)), frameTo(lazyMAC(1)), frameTo(lazyMAC(99)),
		frameTo(packet.Broadcast), frameTo(model.MAC{})} {
		a.tell(5, frame)
	}
	a.tell(77, frameTo(lazyMAC(4))) // nobody is behind that
	require.Equal(t, 2, a.demand.set.Len())
	require.EqualValues(t, 9, a.demand.unknown)
	solicit := append(make([]byte, 8), netip.MustParseAddr("fd00::1").AsSlice()...)
	solicit[0] = packet.ICMPv6NeighborSolicit
	six := packet.AppendEthernet(nil, &packet.Ethernet{Dst: model.MAC{0x33, 0x33}, Type: packet.EtherTypeIPv6})
	six = packet.AppendIPv6(six, &packet.IPv6{Src: netip.IPv6Unspecified(), Dst: netip.MustParseAddr("ff02::1"),
		NextHeader: packet.ProtoICMPv6}, len(solicit))
	_, ip := target(append(six, solicit...))
	require.Equal(t, "fd00::1", ip.String())
	require.True(t, pipeline.OnDemand(pipeline.WantedCookie("n2")))
	require.False(t, pipeline.OnDemand(pipeline.Cookie(pipeline.ModuleL2, "port/n2")))
}
