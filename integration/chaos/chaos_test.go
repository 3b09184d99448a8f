package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/integration/chaos/probe"
)

func TestMain(m *testing.M) {
	enter()
	os.Exit(m.Run())
}

// short is the form for CI: restarts, black holes, roll-backs, a flow and a switch that go.
const short = "agent-killed,agent-restarted,redis-black-hole-behind,redis-flushed,redis-rolled-back,flow-deleted," +
	"vswitchd-killed"

// ciSlack is for machines of two processors that do other things, too. Frames and flow-mods have none.
const ciSlack = 2

// lines writes to the log of a test.
type lines struct{ t *testing.T }

func (l lines) Write(b []byte) (int, error) {
	l.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}

func TestChaos(t *testing.T) {
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	list, err := pick(short)
	require.NoError(t, err)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r, err := start(root, seed, lines{t})
	require.NoError(t, err)
	t.Cleanup(r.p.stop)
	r.slack = ciSlack
	if err := r.all(t.Context(), list, 0); err != nil {
		explain(lines{t}, r.l)
		require.NoError(t, err)
	}
	c, _ := r.report.total()
	require.Zero(t, r.report.failures())
	require.Greater(t, c.Sent, 10_000, "the probers sent")
	wire, err := r.p.wire.Do(probe.Command{})
	require.NoError(t, err)
	require.Greater(t, wire.Sent, uint64(10_000), "what they sent was seen on the underlay")
}

func TestLimits(t *testing.T) {
	l := limit{lost: 1, gap: 1, mods: 2, noticed: time.Second, converge: time.Second}
	good := result{Count: probe.Count{Sent: 100, Lost: 4, Gap: 4}, Starved: 3, FlowMods: 2, Noticed: 1, Converged: 1}
	require.Empty(t, l.passed(good, 1))
	for what, change := range map[string]func(*result){
		"another network": func(x *result) { x.Count.Foreign = 1 },
		"twice":           func(x *result) { x.Count.Duplicated = 1 },
		"frames lost":     func(x *result) { x.Count.Lost++ },
		"no frame":        func(x *result) { x.Count.Gap++ },
		"flow-mods":       func(x *result) { x.FlowMods++ },
		"noticed":         func(x *result) { x.Noticed = 1.1 },
		"converged":       func(x *result) { x.Converged = 1.1 },
	} {
		x := good
		change(&x)
		got := l.passed(x, 1)
		require.Len(t, got, 1, what)
		require.Contains(t, got[0], what)
	}
	require.Empty(t, l.passed(result{Noticed: 2, Converged: 2}, 2))
	l.lost, l.mods, l.noticed = noLimit, noLimit, 0
	require.Empty(t, l.passed(result{Count: probe.Count{Lost: 1e6, Gap: 1}, FlowMods: 1e6, Noticed: 1e6}, 1))
	require.Len(t, l.passed(result{Count: probe.Count{Lost: 1e6, Gap: 2}, Starved: 1e6}, 1), 1, "for whatever reason")
}

func TestReport(t *testing.T) {
	r := report{Seed: 7, Seconds: 60, Trials: []result{
		{Fault: "none", Host: "hv1", Count: probe.Count{Sent: 100}},
		{Fault: "storm", Host: "hv1", Count: probe.Count{Sent: 200, Lost: 5, Gap: 4}, Converged: 2, FlowMods: 3},
		{Fault: "storm", Host: "hv2", Count: probe.Count{Sent: 300, Lost: 6, Gap: 3}, Converged: 1,
			Failed: []string{"late"}},
	}}
	var b bytes.Buffer
	require.NoError(t, r.text(&b))
	require.Regexp(t, `storm +2 +1 +500 +11 +0 +4 +0 +0 +- +2\.0 +3\n`, b.String())
	require.Contains(t, b.String(), "FAILED: storm on hv2: late\n")
	require.Contains(t, b.String(), "seed 7: 2 faults in 60 s, 1 failed; 600 frames, 11 lost, 0 twice, "+
		"0 of another network; 3 flow-mods\n")

	b.Reset()
	require.NoError(t, r.json(&b))
	var back report
	require.NoError(t, json.Unmarshal(b.Bytes(), &back))
	require.Equal(t, r, back)
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"more"}, {"-o", "xml"}, {"--faults", "nothing"}} {
		_, err := parse(args)
		require.ErrorContains(t, err, "see chaos --help", args)
	}
	o, err := parse([]string{"--seconds", "5", "--seed", "3", "-o", "json", "--faults", "storm,flood"})
	require.NoError(t, err)
	require.Equal(t, []any{5, uint64(3), "json", 2}, []any{o.seconds, o.seed, o.output, len(o.faults)})
	o, err = parse(nil)
	require.NoError(t, err)
	require.Len(t, o.faults, len(faults))
	seen := map[string]bool{}
	for _, f := range faults {
		require.False(t, seen[f.name], f.name)
		seen[f.name] = true
	}
}

// TestASeedIsAnOrder: what happens where is the same again however long things take, and no host has its flows changed
// again and again.
func TestASeedIsAnOrder(t *testing.T) {
	order := func(seed uint64) (out []string) {
		r := &run{random: rand.New(rand.NewPCG(seed, 0)), spoilt: map[string]spoilt{}}
		took := rand.N(time.Hour)
		for i := range 300 {
			f, host := r.next(t.Context(), faults, i)
			out = append(out, f.name+" "+host)
			if !f.contested {
				continue
			}
			if i >= len(faults) {
				require.False(t, r.spoilt[host].lately(i), "%d: %s", i, out)
			}
			r.spoilt[host] = spoilt{i, time.Now().Add(-peace - took)}
		}
		return out
	}
	require.Equal(t, order(7), order(7))
	require.NotEqual(t, order(7), order(8))
}

func TestFlowsWithoutLearntOnes(t *testing.T) {
	const dump = `OFPST_FLOW reply (OF1.3) (xid=0x2):
 cookie=0x20, table=7, priority=1 actions=learn(table=8,priority=50,cookie=0x99,NXM_OF_IN_PORT[]),drop
 cookie=0x99, table=8, priority=50,reg3=0x1,in_port=2 actions=drop
 cookie=0x10, table=8, priority=50,reg3=0x1,in_port=3 actions=drop
`
	require.Equal(t, []string{"cookie=0x10, table=8, priority=50,reg3=0x1,in_port=3 actions=drop",
		"cookie=0x20, table=7, priority=1 actions=learn(table=8,priority=50,cookie=0x99,NXM_OF_IN_PORT[]),drop"},
		taught(dump), "somebody else's flow is none of them, whatever it looks like")
}
