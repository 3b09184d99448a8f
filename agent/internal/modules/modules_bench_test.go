// Package modules_test measures the modules together, from a changed document to encoded flow-mods.
package modules_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/modules/arp"
	"github.com/vlcp-go/vlcp/agent/internal/modules/dhcpflows"
	"github.com/vlcp-go/vlcp/agent/internal/modules/l2"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/store"
)

const (
	hosts     = 20
	ownPorts  = 5
	scopeBlue = store.Scope("net/blue")
)

// rig is everything between the store and the connection.
type rig struct {
	t   testing.TB
	v   *view.View
	set *reconcile.Set
	rev int64
	buf []byte
}

func newRig(t testing.TB, ports int) *rig {
	t.Helper()
	r := &rig{t: t, v: view.New(), set: reconcile.New()}
	sink := func(_ string, changed, removed []*pipeline.Flow) {
		for _, f := range removed {
			r.set.Remove(f.Key, f.Owner)
		}
		for _, f := range changed {
			r.set.Put(f)
		}
	}
	pipeline.Static(sink)
	l2.Rules(r.v, sink)
	arp.Rules(r.v, sink)
	dhcpflows.Rules(r.v, sink)
	r.set.SetInstalled(nil, pipeline.Ours)
	r.v.SetSelf(view.Self{Host: "h0", TunnelPort: 1})
	for i := range hosts {
		id := "h" + strconv.Itoa(i)
		r.put(store.ScopeHosts, model.KindHost, id, model.Host{ID: id, Name: id, Tunnel: netip.AddrFrom4([4]byte{192, 0, 2,
			byte(i)})})
	}
	r.put(scopeBlue, model.KindNetwork, "blue", model.Network{Name: "blue", VNI: 1000, Tag: 1, MTU: 1450})
	r.put(scopeBlue, model.KindSubnet, "s", model.Subnet{Name: "s", Network: "blue",
		CIDR:       netip.MustParsePrefix("10.0.0.0/16"),
		DHCPServer: netip.MustParseAddr("10.0.255.254")})
	for i := range ports {
		r.port(i)
	}
	for i := range ownPorts {
		r.v.SetLocal("p"+strconv.Itoa(i), &vport.Local{UUID: "u", Name: "i", OFPort: uint32(10 + i)})
	}
	r.sync()
	return r
}

func (r *rig) put(scope store.Scope, kind model.Kind, id string, v any) {
	b, err := json.Marshal(v)
	require.NoError(r.t, err)
	r.rev++
	require.NoError(r.t, r.v.Put(store.Doc{Key: store.Key{Scope: scope, Kind: string(kind), ID: id}, Rev: r.rev,
		Value: b}))
}

// port defines a port and binds it to one of the other hosts.
func (r *rig) port(i int) {
	name := "p" + strconv.Itoa(i)
	r.put(scopeBlue, model.KindPort, name, model.Port{Name: name, Network: "blue", Subnet: "s",
		MAC: model.MAC{0x0a, 0, 0, 0, byte(i >> 8), byte(i)}, IP: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})})
	if i >= ownPorts {
		r.put(scopeBlue, model.KindBinding, name, model.Binding{Port: name, Host: "h" + strconv.Itoa(1+i%(hosts-1)),
			Token: "1"})
	}
}

func (r *rig) remove(i int) {
	name := "p" + strconv.Itoa(i)
	r.v.Remove(store.Key{Scope: scopeBlue, Kind: string(model.KindBinding), ID: name})
	r.v.Remove(store.Key{Scope: scopeBlue, Kind: string(model.KindPort), ID: name})
}

// sync computes and "sends" what changed, and returns how many flow-mods that were.
func (r *rig) sync() int {
	r.v.Graph.Flush()
	ops := r.set.Plan()
	r.buf = r.buf[:0]
	for _, op := range ops {
		r.buf = of13.AppendFlow(r.buf, 1, &of13.FlowSend{Key: op.Flow.Key, Instructions: op.Flow.Instr,
			Cookie: op.Flow.Cookie})
		r.set.Done(op)
	}
	return len(ops)
}

func TestAddingAPortSendsTheSameHoweverManyThereAre(t *testing.T) {
	for _, size := range []int{100, 10_000} {
		r := newRig(t, size)
		r.port(size + 1)
		require.Equal(t, 2, r.sync(), "to it and its ARP reply; %d ports", size)
		r.remove(size + 1)
		require.Equal(t, 2, r.sync())
		require.Zero(t, r.sync())
	}
}

// One port is added to a network, and removed again: the flow-mods are counted.
func BenchmarkAddPort(b *testing.B) {
	for _, size := range []int{100, 10_000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			r := newRig(b, size)
			sent, n := 0, 0
			b.ReportAllocs()
			for b.Loop() {
				r.port(size + 1)
				sent += r.sync()
				r.remove(size + 1)
				r.sync()
				n++
			}
			b.ReportMetric(float64(sent)/float64(n), "flow-mods/add")
		})
	}
}
