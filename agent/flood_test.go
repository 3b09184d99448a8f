package agent

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// others defines hosts that nobody runs, and on each of them a port of blue.
func (w *world) others(n int) {
	w.t.Helper()
	var c catalog.Changes
	for i := range n {
		c.Create(&model.Port{Name: fmt.Sprintf("other%d", i), Network: "blue", MAC: model.MAC{0x0a, 1, 0, 0, byte(i >> 8),
			byte(i)}})
	}
	w.commit(&c)
	var t store.Txn
	put := func(scope store.Scope, kind model.Kind, id string, v any) {
		b, err := json.Marshal(v)
		require.NoError(w.t, err)
		t.Puts = append(t.Puts, store.Doc{Key: store.Key{Scope: scope, Kind: string(kind), ID: id}, Value: b})
	}
	for i := range n {
		id := fmt.Sprintf("far-%d", i)
		put(store.ScopeHosts, model.KindHost, id, model.Host{ID: id, Name: id,
			Tunnel: netip.AddrFrom4([4]byte{172, 16, byte(i >> 8), byte(i)})})
		port := fmt.Sprintf("other%d", i)
		put(store.NetworkScope("blue"), model.KindBinding, port, model.Binding{Port: port, Host: id, Token: "1"})
	}
	_, err := w.mem.Commit(w.t.Context(), t)
	require.NoError(w.t, err)
}

// More hosts than fit into one flow-mod: the switch takes the flows, and a broadcast goes to every host.
func TestFloodingToThousandsOfHosts(t *testing.T) {
	const hosts = 3000
	w := newWorld(t, 1)
	h := w.hosts[0]
	w.create(&model.Network{Name: "blue", PhysNet: "dc"})
	w.port("web1", "blue")
	w.startAll()
	h.attach("p1", "web1")
	h.up("web1")
	w.others(hosts)
	w.settle()
	require.Empty(t, h.status().Problems)
	trace := h.sw.Appctl("ofproto/trace", testBridge, "in_port=p1,dl_src="+h.portOf("web1").MAC+
		",dl_dst=ff:ff:ff:ff:ff:ff")
	require.Equal(t, hosts, strings.Count(trace, "->tun_dst"))

	sent := h.status().Flows.Sent
	w.port("web2", "blue")
	h.attach("p2", "web2")
	h.up("web2")
	require.LessOrEqual(t, h.status().Flows.Sent-sent, int64(4), "in, out, the ports here, and its MAC")
	before := h.dump()
	h.restart()
	w.settle()
	require.Zero(t, h.status().Flows.Sent)
	require.Equal(t, before, h.dump())
}
