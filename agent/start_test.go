package agent

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/journal"
	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/controller/reconcile"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/openflow/of13"
	"github.com/vlcp-go/vlcp/common/openflow/oxm"
	"github.com/vlcp-go/vlcp/common/store"
)

// BenchmarkStart is what an agent computes until it is ready, with 100,000 flows in the switch and the journal as it
// was: the seconds of processor time that each step takes, and what lives at the end. The store and the switch cost
// nothing here; integration/bench has both.
func BenchmarkStart(b *testing.B) {
	const networks, ports = 5, 10_000
	o := journal.Options{Files: journal.Disk{}, Path: filepath.Join(b.TempDir(), "journal")}
	var c journal.Change
	c.Add(definitions(b, networks, ports), time.Unix(1, 0))
	require.NoError(b, journal.Open(o).Append(&c))
	c = journal.Change{}
	dump := dumpOf(b, started(b, o, networks, nil).engine.set)
	for b.Loop() {
		before := liveMB()
		a := started(b, o, networks, dump)
		b.ReportMetric(liveMB()-before, "live-MB")
		require.Greater(b, a.engine.set.Counts().Installed, 2*networks*ports)
		require.Empty(b, a.engine.set.Plan())
	}
}

// started is an agent that has read its journal and a dump of the switch.
func started(b *testing.B, o journal.Options, networks int, dump [][]byte) *Agent {
	cfg := config.Default()
	cfg.Tunnel.Address = netip.MustParseAddr("192.0.2.1")
	a, err := New(cfg, Env{})
	require.NoError(b, err)
	step := func(name string, fn func()) {
		began := cpuSeconds()
		fn()
		b.ReportMetric(cpuSeconds()-began, "s-"+name)
	}
	var batch store.Batch
	step("journal", func() {
		st, err := journal.Open(o).Load()
		require.NoError(b, err)
		batch = st.Batch()
	})
	step("view", func() { require.NoError(b, a.view.Apply(batch)) })
	step("note", func() { // as the store says it again, all at once
		var c journal.Change
		c.Add(batch, time.Unix(1, 0))
		require.Equal(b, len(batch.Changes[1].Docs)*networks+1, c.Documents())
	})
	step("dump", func() { a.engine.set.SetInstalled(installedOf(decoded(b, dump)), pipeline.Ours) })
	a.view.SetSelf(view.Self{Host: "self", TunnelPort: 1})
	for n := range networks {
		a.view.SetLocal(fmt.Sprint("here", n), &vport.Local{OFPort: uint32(n + 2)})
	}
	step("rules", func() { a.view.Graph.Flush() })
	step("plan", func() { a.engine.set.Plan() })
	return a
}

// definitions are networks with a port here and many elsewhere.
func definitions(b *testing.B, networks, ports int) store.Batch {
	batch := store.Batch{Epoch: "e", Rev: 1}
	var docs []store.Doc
	put := func(s store.Scope, kind model.Kind, id string, object any) {
		v, err := json.Marshal(object)
		require.NoError(b, err)
		docs = append(docs, store.Doc{Key: store.Key{Scope: s, Kind: string(kind), ID: id}, Rev: 1, Value: v})
	}
	done := func(s store.Scope) {
		batch.Changes = append(batch.Changes, store.ScopeChange{Scope: s, Rev: 1, Full: true, Docs: docs})
		docs = nil
	}
	put(store.ScopeHosts, model.KindHost, "other", &model.Host{ID: "other", Tunnel: netip.MustParseAddr("192.0.2.2")})
	done(store.ScopeHosts)
	for n := range networks {
		net := fmt.Sprint("net", n)
		s := store.NetworkScope(net)
		put(s, model.KindNetwork, net, &model.Network{Name: net, PhysNet: "dc", VNI: uint32(1000 + n), Tag: uint32(n + 1)})
		put(s, model.KindSubnet, net+"-v4", &model.Subnet{Name: net + "-v4", Network: net,
			CIDR: netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/16", n))})
		for i := range ports + 1 {
			p := model.Port{Name: fmt.Sprint("far-", net, "-", i), Network: net, Subnet: net + "-v4",
				MAC: model.MAC{0x0a, 0xfa, byte(n), 0, byte(i >> 8), byte(i)},
				IP:  netip.AddrFrom4([4]byte{10, byte(n), byte(1 + i>>8), byte(i)})}
			if i == ports {
				p.Name = fmt.Sprint("here", n)
			} else {
				put(s, model.KindBinding, p.Name, &model.Binding{Port: p.Name, Host: "other", Token: fmt.Sprint("token", i),
					At: time.Unix(int64(i), 0).UTC()})
			}
			put(s, model.KindPort, p.Name, &p)
		}
		done(s)
	}
	return batch
}

const dumpPart = 100 // flows

// dumpOf is what a switch says that has what is wanted.
func dumpOf(b *testing.B, s *reconcile.Set) (parts [][]byte) {
	r := &of13.FlowStatsReply{}
	end := func() {
		parts, r.Flows = append(parts, of13.Encode(r)), nil
	}
	s.EachWanted(func(f reconcile.Flow) {
		table, priority, match := of13.SplitFlowKey(f.Key)
		r.Flows = append(r.Flows, of13.FlowStats{Table: table, Priority: priority, Cookie: f.Cookie,
			Match: of13.Match{Fields: oxm.Match(match)}, Instructions: of13.Instructions(f.Instr)})
		if len(r.Flows) == dumpPart {
			end()
		}
	})
	end()
	return parts
}

func decoded(b *testing.B, dump [][]byte) (flows []of13.FlowStats) {
	for _, part := range dump {
		m, err := of13.Decode(part)
		require.NoError(b, err)
		flows = append(flows, m.(*of13.FlowStatsReply).Flows...)
	}
	return flows
}

// cpuSeconds is what this process has used of processors, the collector included.
func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// liveMB is what the heap has that is used.
func liveMB() float64 {
	runtime.GC()
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return float64(s[0].Value.Uint64()) / 1e6
}
