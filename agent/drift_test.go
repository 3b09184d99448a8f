package agent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/status"
)

// l2Flow is the match of the flow to the first port.
func (h *host) l2Flow() string { return "table=30,reg0=1,dl_dst=" + h.status().Ports[0].MAC }

// repaired waits until the switch has what it had. While the clock is stopped that is at once.
func (h *host) repaired(before, what string) {
	h.t.Helper()
	await(h.t, what+" is repaired", func() bool { return h.dump() == before })
}

// TestDrift: whatever somebody does to the switch by hand is put right at once, and told.
func TestDrift(t *testing.T) {
	_, one, _ := blue(t)
	one.clock.stop()
	before := one.dump()
	require.True(t, one.status().Drift.Monitored)
	sent := one.status().Flows.Sent
	last := func() status.DriftEvent {
		r := one.status().Drift.Recent
		return r[len(r)-1]
	}

	one.sw.Ofctl("del-flows", testBridge, one.l2Flow())
	one.repaired(before, "a deleted flow")
	require.Equal(t, "deleted", last().What)
	require.Equal(t, "l2", last().TableName)
	require.Equal(t, "port/web1", last().Owner)

	one.sw.Ofctl("mod-flows", testBridge, "table=41,reg0=1,actions=drop")
	one.repaired(before, "a changed flow")
	require.Equal(t, "changed", last().What)
	require.Equal(t, "network/blue", last().Owner)
	require.Equal(t, "drop", last().Found)

	one.sw.Ofctl("add-flow", testBridge, "table=30,priority=7777,cookie=0x99,actions=NORMAL")
	one.repaired(before, "a planted flow")
	require.Equal(t, "planted", last().What)
	require.Equal(t, "NORMAL", last().Found)
	require.Equal(t, "0x99", last().Cookie)
	require.EqualValues(t, 3, one.status().Flows.Sent-sent, "one flow-mod for each")

	one.sw.Ofctl("add-flow", testBridge, "table=0,priority=0,cookie=0x99,actions=NORMAL")
	one.repaired(before, "one in place of ours")
	one.sw.Ofctl("del-flows", testBridge)
	all := int64(strings.Count(before, "\n") + 1)
	await(t, "all are missed", func() bool { return one.status().Drift.Deleted == 1+all })
	one.pass(fightPause) // for those that were changed before
	one.repaired(before, "all of them")
	d := one.status().Drift
	require.Equal(t, []int64{1 + all, 2, 1}, []int64{d.Deleted, d.Changed, d.Planted})
	await(t, "all are counted", func() bool {
		d := one.status().Drift
		return d.Repaired == d.Deleted+d.Changed+d.Planted
	})
	require.Empty(t, one.status().Problems)
}

// TestMeterDrift: a meter that is deleted takes its flows with it.
func TestMeterDrift(t *testing.T) {
	_, one, _ := blue(t)
	meters := func() string { return one.sw.Ofctl("dump-meters", testBridge) }
	before, flows := meters(), one.dump()
	require.Contains(t, before, "meter=2")
	one.clock.stop()
	for _, change := range [][]string{
		{"del-meters", testBridge},
		{"mod-meter", testBridge, "meter=2,pktps,burst,stats,bands=type=drop,rate=1,burst_size=1"},
	} {
		one.sw.Ofctl(change...)
		one.pass(meterCheck)
		await(t, "it is repaired", func() bool { return strip(meters()) == strip(before) && one.dump() == flows })
	}
	require.Positive(t, one.status().Drift.Meters)
	require.Empty(t, one.status().Problems)
}

// strip takes the transaction id off what ovs-ofctl says.
func strip(s string) string {
	_, rest, _ := strings.Cut(s, "\n")
	return rest
}

// TestForeignFlowsKept: configured so, they are left, and status says which they are.
func TestForeignFlowsKept(t *testing.T) {
	w := newWorld(t, 1)
	one := w.hosts[0]
	one.cfg.OVS.ForeignFlows = "keep"
	w.network("blue", 1)
	w.port("web1", "blue")
	w.startAll()
	one.attach("p1", "web1")
	one.up("web1")
	w.settle()
	before := one.dump()
	one.sw.Ofctl("add-flow", testBridge, "table=5,priority=7,cookie=0x1,udp,tp_dst=9,actions=drop")
	await(t, "it is told", func() bool { return one.problem("foreign_flows", testBridge) })
	require.EqualValues(t, 1, one.status().Drift.Foreign)
	one.reconnect()
	w.settle()
	require.Equal(t, 1, one.status().Flows.Foreign)
	require.Equal(t, 1, one.count(status.FlowForeign))
	require.Equal(t, 1, strings.Count(one.dump(), "cookie=0x1,"))
	one.sw.Ofctl("del-flows", testBridge, "table=5")
	await(t, "it is over", func() bool { return len(one.status().Problems) == 0 })
	one.clock.stop()
	one.sw.Ofctl("add-flow", testBridge, "table=0,priority=0,cookie=0x1,actions=NORMAL")
	one.repaired(before, "one where ours belongs")
}

// TestFight: somebody who does not stop is not answered in kind, and told of.
func TestFight(t *testing.T) {
	_, one, _ := blue(t)
	one.clock.stop()
	before := one.dump()
	sent := one.status().Flows.Sent
	for i, pause := range []time.Duration{0, fightPause, 2 * fightPause, 4 * fightPause} {
		require.Equal(t, i >= fightProblem, one.problem("flows_contested", testBridge), pause)
		one.sw.Ofctl("del-flows", testBridge, one.l2Flow())
		await(t, "it is seen", func() bool { return one.status().Drift.Deleted == int64(i+1) })
		if pause > 0 {
			one.pass(pause - time.Nanosecond)
			require.EqualValues(t, i, one.status().Flows.Sent-sent)
			require.NotEqual(t, before, one.dump(), pause)
			one.pass(time.Nanosecond)
		}
		one.repaired(before, "a flow")
		require.EqualValues(t, i+1, one.status().Flows.Sent-sent)
	}
	one.pass(fightOver + time.Second)
	require.False(t, one.problem("flows_contested", testBridge), "there is peace")
}

// TestAudit: what no monitor told is found, in slices.
func TestAudit(t *testing.T) {
	_, one, _ := blue(t)
	one.clock.stop()
	before := one.dump()
	deaf := func(on bool) {
		_, err := onScheduler(t.Context(), one.a, func() (bool, error) {
			one.a.drift.adopting, one.a.drift.queue = on, nil // what is told waits for ever
			return on, nil
		})
		require.NoError(t, err)
	}
	deaf(true)
	one.sw.Ofctl("del-flows", testBridge, one.l2Flow())
	one.sw.Ofctl("add-flow", testBridge, "table=30,priority=7777,cookie=0x99,actions=NORMAL")
	one.sw.Ofctl("mod-flows", testBridge, "table=41,reg0=1,actions=drop")
	one.pass(auditInterval)
	one.repaired(before, "what was audited")
	d := one.status().Drift
	require.Equal(t, []int64{1, 1, 1}, []int64{d.Deleted, d.Changed, d.Planted}, fmt.Sprint(d.Recent))
	require.Equal(t, stamp(one.clock.Now()), d.Audited)
}

// TestInterfaceBecomesAnotherPort: its meter stays, in whatever order the rules of the two ports run. Without it the
// switch throws the flows away that go through it.
func TestInterfaceBecomesAnotherPort(t *testing.T) {
	w, one, _ := blue(t)
	w.port("web0", "blue")
	w.port("web9", "blue")
	for _, id := range []string{"web9", "web0", "web1"} {
		one.sw.Vsctl("set", "interface", "p1", "external_ids:iface-id="+id)
		one.up(id)
		w.settle()
		require.Equal(t, 9, one.owned("port/"+id), id)
		require.Contains(t, one.sw.Ofctl("dump-meters", testBridge), "meter=2", id)
	}
	require.Zero(t, one.status().Drift.Deleted, "it is not the agent's doing either")
}

// TestFlowRestoreWait: a switch that was told to wait for its flows goes on when it has them all, and only then.
func TestFlowRestoreWait(t *testing.T) {
	w, one, _ := blue(t)
	before := one.dump()
	one.sw.StopVswitchd()
	one.sw.Vsctl("--no-wait", "set", "open_vswitch", ".", "other_config:flow-restore-wait=true", "other_config:x=y")
	await(t, "it is seen", func() bool { return one.problem("switch_waits", testBridge) })
	time.Sleep(2 * retryMin)
	require.True(t, one.problem("switch_waits", testBridge), "no flows are there yet")
	one.sw.StartVswitchd()
	await(t, "the switch goes on", func() bool {
		return !strings.Contains(one.sw.Vsctl("--no-wait", "get", "open_vswitch", ".", "other_config"), "restore")
	})
	require.Equal(t, before, one.dump(), "when all flows are there")
	require.Equal(t, "{x=y}", one.sw.Vsctl("--no-wait", "get", "open_vswitch", ".", "other_config"))
	await(t, "no problem is left", func() bool { return len(one.status().Problems) == 0 })

	one.stop() // and before the agent starts
	one.sw.StopVswitchd()
	one.sw.Vsctl("--no-wait", "set", "open_vswitch", ".", "other_config:flow-restore-wait=true")
	one.sw.StartVswitchd()
	one.start()
	one.ready()
	await(t, "the switch goes on", func() bool { return len(one.status().Problems) == 0 })
	require.Equal(t, before, one.dump())
	w.settle()
}
