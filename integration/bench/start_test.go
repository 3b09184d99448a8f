package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

const (
	fullNetworks = 5
	fullPorts    = 10_000 // of a network; each costs two flows
	fullFlows    = 2 * fullNetworks * fullPorts
	fullCommit   = 5_000           // ports in a commit
	returnTime   = 2 * time.Second // until an agent that is ready has given back what its start took
)

// An agent that is stopped and started with 100,000 flows in the switch, and a switch that is: until all flows are
// there and acknowledged, the time of Open vSwitch included. What the agent sends when it adopts the flows has to be
// nothing.
func BenchmarkStart(b *testing.B) {
	r := newRig(b)
	for i := range fullNetworks {
		r.fill(fmt.Sprintf("net%d", i), i)
	}
	r.attach(names("here", fullNetworks)...)
	r.await("all flows", r.full)
	require.Equal(b, r.status().Flows.Installed, r.installed(), "the agent knows what the switch has")
	r.stopAgent()
	began := time.Now()
	r.startAgent()
	ready := time.Since(began)
	s := r.status()
	require.Greater(b, s.Flows.Installed, fullFlows)
	b.ReportMetric(ready.Seconds(), "s-agent-ready")
	b.ReportMetric(r.cpuSeconds(), "s-agent-cpu") // the least that it takes, whoever else uses the machine
	b.ReportMetric(float64(s.Flows.Sent), "flow-mods")
	time.Sleep(returnTime)
	b.ReportMetric(r.memoryMB("VmRSS"), "MB-resident")
	b.ReportMetric(r.memoryMB("VmHWM"), "MB-peak")

	r.sw.StopVswitchd()
	r.sw.StartVswitchd() // returns when it answers
	began = time.Now()
	r.await("the switch has all flows", func() bool { return r.full() && r.installed() > fullFlows })
	b.ReportMetric(time.Since(began).Seconds(), "s-switch-full")
	b.ReportMetric(0, "ns/op")
}

func (r *rig) full() bool {
	s := r.status()
	return s.Flows.Installed > fullFlows && s.Flows.Pending == 0
}

// installed is how many flows the switch itself says it has, 0 while it does not answer.
func (r *rig) installed() (n int) {
	out, err := exec.Command("ovs-ofctl", "-O", "OpenFlow13", "dump-aggregate", r.sw.OpenFlow("br-int")).Output()
	if err != nil {
		return 0
	}
	_, text, _ := strings.Cut(string(out), "flow_count=")
	_, err = fmt.Sscan(text, &n)
	require.NoError(r.b, err)
	return n
}

// fill makes a network of many ports on another host, and one here. The many are written as the coordinator writes
// them, without its checks, which take longer than what is measured.
func (r *rig) fill(network string, n int) {
	r.define(network, fmt.Sprintf("10.%d.0.0/16", n), "unused-"+network+"-", 0)
	r.definePort(fmt.Sprintf("here%d", n), network, model.MAC{0x0a, 0xee, byte(n), 0, 0, 1})
	prefix := "far-" + network + "-"
	for from := 0; from < fullPorts; from += fullCommit {
		var t store.Txn
		for i := from; i < from+fullCommit; i++ {
			p := model.Port{Name: fmt.Sprint(prefix, i), Network: network, Subnet: network + "-v4",
				MAC: model.MAC{0x0a, 0xfa, byte(n), 0, byte(i >> 8), byte(i)},
				IP:  netip.AddrFrom4([4]byte{10, byte(n), byte(1 + i>>8), byte(i)})}
			v, err := json.Marshal(p)
			require.NoError(r.b, err)
			t.Puts = append(t.Puts, store.Doc{Value: v, Key: store.Key{Scope: store.NetworkScope(network),
				Kind: string(model.KindPort), ID: p.Name}})
		}
		_, err := r.st.Commit(context.Background(), t)
		require.NoError(r.b, err)
		r.bindElsewhere(network, prefix, from, from+fullCommit)
	}
}
