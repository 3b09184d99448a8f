package agent

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/insomniacslk/dhcp/dhcpv4"
	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// trunk is blue, and a sub-port of web1 in a network that nobody else there has: host2 has peer in it.
func trunk(t *testing.T) (w *world, one, two *host) {
	t.Helper()
	w, one, two = blueAnd(t, "green", "peer")
	w.create(&model.Port{Name: "sub", Network: "green", Parent: "web1", VLAN: 20})
	one.up("sub")
	w.settle()
	return w, one, two
}

// A sub-port is up where its parent is, comes and goes with it, and costs others nothing.
func TestASubPortIsWhereItsParentIs(t *testing.T) {
	w, one, two := trunk(t)
	require.Equal(t, "host1", w.boundTo("sub"))
	p := one.portOf("sub")
	require.Equal(t, status.Port{ID: "sub", Network: "green", Parent: "web1", VLAN: 20, Interface: "p1",
		State: status.PortUp, OFPort: one.portOf("web1").OFPort, MAC: p.MAC, IPs: p.IPs}, p)
	require.Equal(t, plainFlows+3, one.owned("port/web1"), "three for tags that are nobody's")
	require.Equal(t, plainFlows, one.owned("port/sub"))
	require.Equal(t, 2, two.owned("port/sub"))

	one.restart()
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	require.Equal(t, "host1", w.boundTo("sub"))

	one.detach("p1")
	await(t, "it goes with its parent", func() bool { return w.boundTo("sub") == "" && one.portState("sub") == "" })
	w.settle()
	require.Zero(t, two.owned("port/sub"))
	one.attach("p1", "web1")
	one.up("sub")
	w.delete(model.KindPort, "sub")
	await(t, "it is deleted", func() bool { return one.portState("sub") == "" && w.bound("host1") == 1 })
	w.settle()
	require.Equal(t, plainFlows, one.owned("port/web1"), "as if there had been none")
	require.Zero(t, one.owned("network/green"))
}

// The journal knows sub-ports, too: an agent that starts without the store takes nothing away.
func TestSubPortsByTheJournal(t *testing.T) {
	w, one, _ := trunk(t)
	before := one.dump()
	one.written()
	w.away()
	one.restart()
	require.Zero(t, one.status().Flows.Sent)
	require.Equal(t, before, one.dump())
	require.Equal(t, status.PortUp, one.portState("sub"))
}

// A store that has lost a sub-port takes nothing away, and gets its binding again when it has the port again.
func TestAStoreThatLosesASubPort(t *testing.T) {
	w, one, _ := blue(t)
	w.network("green", 2)
	w.settle()
	backup := w.mem.Snapshot()
	w.create(&model.Port{Name: "sub", Network: "green", Parent: "web1", VLAN: 20})
	one.up("sub")
	w.settle()
	before := one.owned("port/sub")
	w.goBack(backup)
	held := objects(w.holds(2))
	require.Equal(t, 1, held["port/sub gone=true"])
	require.Equal(t, 2, held["subport/sub gone=true"], "who has blue")
	require.Equal(t, before, one.owned("port/sub"))
	w.accept()
	await(t, "it is accepted", func() bool { return one.portState("sub") == "" })
	w.settle()
	w.create(&model.Port{Name: "sub", Network: "green", Parent: "web1", VLAN: 30})
	one.up("sub")
	w.settle()
	require.Equal(t, "host1", w.boundTo("sub"))
}

// A guest with sub-ports migrates: they are ready at the target, and there when it speaks, tagged or not.
func TestSubPortsMigrate(t *testing.T) {
	w, one, two := trunk(t)
	two.attach("q1", "web1")
	await(t, "both are ready", func() bool {
		return two.portState("web1") == status.PortStandby && two.portState("sub") == status.PortStandby
	})
	w.settle()
	require.Equal(t, "host1", w.boundTo("sub"))
	two.sw.Appctl("netdev-dummy/receive", "q1", "ffffffffffff0a0000000001"+"81000014"+"08060001")
	two.up("web1")
	two.up("sub")
	require.Equal(t, "host2", w.boundTo("web1"))
	await(t, "host1 has lost both", func() bool {
		return one.portState("web1") == status.PortElsewhere && one.portState("sub") == status.PortElsewhere
	})
	w.settle()
	require.Equal(t, "host2", w.boundTo("sub"))
	require.True(t, one.problem("port_claimed_elsewhere", "web1"))
	require.False(t, one.problem("port_claimed_elsewhere", "sub"), "what is said of its parent is of both")
	one.detach("p1")
	w.settle()
	require.Equal(t, "host2", w.boundTo("sub"))
}

// An interface cannot ask for a sub-port.
func TestAnInterfaceForASubPort(t *testing.T) {
	w, one, two := trunk(t)
	two.attach("q1", "sub")
	await(t, "it is told", func() bool { return two.problem("subport_attached", "sub") })
	w.settle()
	require.Equal(t, "host1", w.boundTo("sub"))
	require.Equal(t, "", two.portState("sub"))
	require.Equal(t, status.PortUp, one.portState("sub"))
}

// Each has a state of its own: the parent down, the sub-port goes on, and the other way round.
func TestParentAndSubPortDown(t *testing.T) {
	w, one, _ := trunk(t)
	w.edit("web1", func(p *model.Port) { p.Admin = model.AdminDown })
	require.Equal(t, status.PortDown, one.portState("web1"))
	require.Equal(t, status.PortUp, one.portState("sub"))
	require.Equal(t, plainFlows, one.owned("port/sub"))
	require.Equal(t, 3, one.owned("port/web1"))
	w.edit("web1", func(p *model.Port) { p.Admin = "up" })
	w.edit("sub", func(p *model.Port) { p.Admin = model.AdminDown })
	require.Equal(t, status.PortDown, one.portState("sub"))
	require.Zero(t, one.owned("port/sub"))
	require.Equal(t, plainFlows+3, one.owned("port/web1"), "what its guest sends with a tag is dropped still")
}

// DHCP of a sub-port is answered with its tag, and what it may not send is counted as its.
func TestDHCPOfASubPort(t *testing.T) {
	w, one, _ := trunk(t)
	record := filepath.Join(one.sw.Dir, "p1.pcap")
	one.sw.Vsctl("set", "interface", "p1", "options:tx_pcap="+record)
	mac := one.macOf("sub")
	d, err := dhcpv4.New(dhcpv4.WithMessageType(dhcpv4.MessageTypeDiscover), dhcpv4.WithHwAddr(mac))
	require.NoError(t, err)
	frame := dhcpFrame(t, mac, d.ToBytes())
	one.sw.Appctl("netdev-dummy/receive", "p1", hex.EncodeToString(tagged(frame, 20)))
	await(t, "it is answered", func() bool { return one.status().DHCP.Offers == 1 })
	var sent []byte
	await(t, "the answer is on the wire", func() bool {
		all, err := os.ReadFile(record)
		require.NoError(t, err)
		if len(all) > 24+16+18 {
			sent = all[24+16:]
		}
		return sent != nil
	})
	require.Equal(t, []byte(mac), sent[:6])
	require.Equal(t, []uint16{0x8100, 20, 0x0800}, []uint16{binary.BigEndian.Uint16(sent[12:]),
		binary.BigEndian.Uint16(sent[14:]) & 0xfff, binary.BigEndian.Uint16(sent[16:])})

	one.sw.Appctl("netdev-dummy/receive", "p1", hex.EncodeToString(tagged(frame, 21)))
	one.sw.Appctl("netdev-dummy/receive", "p1", hex.EncodeToString(frame), hex.EncodeToString(frame))
	forged := append([]byte(nil), frame...)
	copy(forged[6:], []byte(one.macOf("web1")))
	one.sw.Appctl("netdev-dummy/receive", "p1", hex.EncodeToString(tagged(forged, 20)))
	await(t, "each is counted where it belongs", func() bool {
		web1, sub := one.portOf("web1").Drops, one.portOf("sub").Drops
		return web1["vlan"] == 1 && web1["mac"] == 2 && sub["mac"] == 1
	})
	require.EqualValues(t, 1, one.status().DHCP.Offers)
	_ = w
}

// tagged puts a tag into a frame.
func tagged(frame []byte, vlan uint16) []byte {
	tag := binary.BigEndian.AppendUint16([]byte{0x81, 0}, vlan)
	return append(append(append([]byte(nil), frame[:12]...), tag...), frame[12:]...)
}

// Limits of sub-ports have numbers that no port has, and are there again after a restart.
func TestLimitsOfSubPorts(t *testing.T) {
	w, one, _ := trunk(t)
	rate := model.Rate(2e6)
	w.network("red", 3)
	w.create(&model.Port{Name: "sub2", Network: "red", Parent: "web1", VLAN: 30, LimitIn: &rate})
	one.up("sub2")
	w.edit("sub", func(p *model.Port) { p.LimitIn, p.LimitOut = &rate, &rate })
	w.edit("web1", func(p *model.Port) { p.LimitOut = &rate })
	numbers := map[uint32]bool{}
	for _, kind := range []pipeline.Kind{pipeline.MeterIn, pipeline.MeterOut} {
		for port := range one.metersOf(kind) {
			numbers[kind.Of(uint32(port))] = true
		}
	}
	require.Len(t, numbers, 4, "one for each limit: %v", numbers)
	before := one.dump()
	one.restart()
	w.settle()
	require.Zero(t, one.status().Flows.Sent)
	require.Equal(t, before, one.dump())
	w.delete(model.KindPort, "sub", "sub2")
	w.edit("web1", func(p *model.Port) { p.LimitOut = nil })
	await(t, "no meter is left", func() bool { return one.limits() == "" })
}

// More sub-ports with limits than there are numbers: the others are told.
func TestTooManyLimitsOfSubPorts(t *testing.T) {
	w, one, _ := blue(t)
	w.create(&model.Network{Name: "wide", PhysNet: "dc"}, &model.Network{Name: "green", PhysNet: "dc"})
	rate := model.Rate(2e6)
	var parents, subs []catalog.Object
	var attach []string
	for i := range pipeline.SlotsMax + 1 {
		host, ifname := fmt.Sprint("guest", i), fmt.Sprint("g", i)
		parents = append(parents, &model.Port{Name: host, Network: "wide"})
		subs = append(subs, &model.Port{Name: fmt.Sprintf("sub%03d", i), Network: "green", Parent: host, VLAN: 20,
			LimitIn: &rate})
		attach = append(attach, "--", "add-port", testBridge, ifname, "--", "set", "interface", ifname, "type=dummy",
			"external_ids:iface-id="+host)
	}
	w.create(append(parents, subs...)...)
	one.sw.Vsctl(attach...) // at once: one by one they take a minute
	one.up("sub000")
	await(t, "all are up", func() bool { return one.status().Flows.Pending == 0 && w.bound("host1") == 2*257+1 })
	require.True(t, one.problem("limit_not_enforced", fmt.Sprintf("sub%03d", pipeline.SlotsMax)))
	require.Len(t, one.metersOf(pipeline.MeterIn), pipeline.SlotsMax)
}

// Parents of each other, and of themselves, are nothing that a coordinator writes. Somebody else may, and the agent
// must not wait for them for ever.
func TestParentsInACircleAreNotWaitedFor(t *testing.T) {
	v := view.New()
	for i, p := range []model.Port{{Name: "a", Parent: "b"}, {Name: "b", Parent: "a"}, {Name: "c", Parent: "c"}} {
		p.Network, p.VLAN = "green", 20
		value, err := json.Marshal(p)
		require.NoError(t, err)
		require.NoError(t, v.Put(store.Doc{Key: store.Key{Scope: store.NetworkScope("green"), Kind: string(model.KindPort),
			ID: p.Name}, Value: value, Rev: int64(i + 1)}))
	}
	b := &binder{a: &Agent{view: v}, look: map[string]bool{}}
	require.Equal(t, []string{"a", "b", "c"}, b.waitForParents([]string{"a", "b", "c"}))
	require.Empty(t, b.look)
}
