package dc

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// failedOnce are seeds that found something, with the hosts and the hours it took, and what it was; they are run for
// ever. A seed is a run of one commit: what it finds there it may not find in a later one, where its steps are others.
var failedOnce = []struct {
	seed  uint64
	hosts int
	hours float64
	found string
}{
	{103, 3, 0.4, "a port was announced whose definition came after the acknowledgement, before its flows"},
	{119, 7, 0.4, "the VNI of a network was given to another while a host that was cut off still used it"},
	{240, 2, 0.4, "a network was dropped although a port of it had come while the store was asked"},
	{91093, 2, 0.2, "a check: three changes of a flow by hand in two minutes are told for two minutes"},
	{90051, 3, 0.25, "a port that left after the sweep of a starting agent, before the acknowledgement, stayed bound"},
	{77005, 4, 0.3, "a check: what worked by flows that were late and happened to be right was a promise"},
	{1019, 7, 0.5, "a check: an agent that held knew a port to be down whose going down the store had lost"},
	{60000, 50, 0.4, "operators put back what ports may send from by making them anew, which guests felt"},
	{24, 5, 0.6, "a check: what was on its way when the store forgot got an address that was taken, as operators knew"},
	{78012, 4, 0.3, "a flow of higher priority came after the one that it makes an exception of"},
	{2428092393554, 4, 0.5, "a port whose binding was refused for one that was gone when the log came stayed pending"},
	{109128983322600, 2, 0.15, "a heartbeat had the revision of a binding, and was not sent again when it had the port"},
	{51000657, 2, 0.53, "a check: a port with an interface of its own was announced as the sub-port of a restored store"},
	{50076, 4, 0.36, "what a demoted master had acknowledged was missing where nothing was read of it before"},
	{41000825, 2, 0.61, "a check: a guest whose port was renumbered right after it had an address did not listen again"},
	{36000549, 2, 0.15, "a check: a host was asked for its new name too soon, two answers to which were lost"},
	{35000589, 2, 0.45, "a check: the copy of an answer was taken for one, by a guest with the MAC of whom it was for"},
	{32000025, 3, 0.5, "a check: an agent without the store whose journal had lost records did as it said"},
	{27000186, 2, 0.4, "a check: a copy was taken for the frame, of guests who had lost the way between them"},
	{24000224, 2, 0.1, "a clock that jumped had a commit that was late looked for before it happened"},
	{23000805, 2, 0.82, "an agent that had stood still filled a switch that was started again by its old port numbers"},
	{22000707, 2, 0.65, "an agent that had stood still announced an attach that it had not heard the end of"},
	{22000060, 2, 0.92, "a check: a port that a store of before has as a sub-port had an interface"},
	{21000206, 2, 0.04, "a journal that did not know of a port left its flows to who has its OpenFlow port now"},
	{20000302, 2, 0.72, "a journal that was older than the flows had those taken away that lead to where a port is"},
	{20000095, 2, 0.35, "a check: an agent between two sessions of OVSDB announced the interface that it knew"},
	{11000276, 2, 0.05, "a check: a host that was cut off knew another sub-port in the VLAN that one was given"},
	{5000078, 2, 0.85, "bindings that are written one by one after a refusal were planned before the first of them"},
	{3000639, 2, 0.43, "a parent took frames of a sub-port whose network was not followed for its own"},
	{13018665513606, 7, 0.5, "a check: an agent that is told nothing announced the interface that it knew, not the next"},
}

func live(t *testing.T, o Options, hours float64) *World {
	t.Helper()
	w, err := Live(o, time.Duration(hours*float64(time.Hour)))
	require.NoError(t, err)
	return w
}

func TestSeedsThatFailedOnce(t *testing.T) {
	for _, f := range failedOnce {
		live(t, Options{Seed: f.seed, Hosts: f.hosts}, f.hours)
	}
}

// TestASeedIsARun: the same seed is the same run, to the last step.
func TestASeedIsARun(t *testing.T) {
	a, b := live(t, Options{Seed: 42, Hosts: 3}, 0.2), live(t, Options{Seed: 42, Hosts: 3}, 0.2)
	require.Equal(t, a.Trace(), b.Trace())
	require.Equal(t, a.Stats(), b.Stats())
	require.NotEqual(t, a.Trace(), live(t, Options{Seed: 43, Hosts: 3}, 0.2).Trace())
}

// TestScheduleShrinks: of a failure that takes three steps of many, these three are left.
func TestScheduleShrinks(t *testing.T) {
	was := disturbances
	t.Cleanup(func() { disturbances = was })
	bad := map[*World]int{}
	disturbances = []action{{"break", 1, func(w *World) string {
		if bad[w]++; bad[w] == 3 {
			w.fail("three bad things")
		}
		return "break"
	}}}
	r := Report{Options: Options{Hosts: 2}, Hours: 0.5}
	for r.World == nil || len(r.World.taken) <= 20 { // before the third
		r.Seed++
		r.World, r.Err = Live(r.Options, 30*time.Minute)
		require.ErrorContains(t, r.Err, "three bad things")
	}
	var trace strings.Builder
	how := r.Explain(&trace, time.Minute)
	require.Contains(t, how, "\n3 of ")
	require.Contains(t, trace.String(), "fault: break")
	require.Contains(t, trace.String(), fmt.Sprintf("FAILED: seed %d after", r.Seed))
}

// envSeconds is how long fresh seeds are lived through, in seconds of real time.
const envSeconds = "VLCP_SIM_SECONDS"

// envFirst names the first of them. make test derives it from the tree under test: every commit has seeds that nobody
// has seen, and what fails on a commit fails on it everywhere.
const envFirst = "VLCP_SIM_FIRST"

// TestFreshSeeds lives through what nobody has seen.
func TestFreshSeeds(t *testing.T) {
	seconds := 20.0
	if n, err := strconv.ParseFloat(os.Getenv(envSeconds), 64); err == nil {
		seconds = n
	}
	first, err := strconv.ParseUint(os.Getenv(envFirst), 10, 64)
	if err != nil {
		first = uint64(time.Now().UnixNano())
	}
	f := Fleet{First: first, For: time.Duration(seconds * float64(time.Second)), Hours: 0.5,
		Workers: 1} // other tests want to live, too
	total := f.Run()
	t.Log(total)
	if r := total.Failed; r != nil {
		var trace strings.Builder
		how := r.Explain(&trace, 40*time.Second)
		t.Fatalf("%s\nall that happens then:\n%s", how, trace.String())
	}
}

// TestHostsRebootWithoutTheStore: all of them, and guests reach each other as before; when the store is back, no flow
// changes.
func TestHostsRebootWithoutTheStore(t *testing.T) {
	w := live(t, Options{Seed: 13, Hosts: 4}, 0.1)
	for _, h := range w.hosts {
		h.kill()
		h.sw.Clear()
		h.away = true
		require.NoError(t, h.boot())
	}
	require.NoError(t, w.run(15*time.Second))
	for _, h := range w.hosts {
		s := h.agent.Inspect()
		require.True(t, s.Ready, h.name)
		require.Equal(t, "disconnected", s.Store.State)
		require.True(t, s.Store.FromJournal)
	}
	probes := w.stats.Probes
	require.NoError(t, w.checkReach())
	require.Greater(t, w.stats.Probes, probes, "there are guests")
	require.Positive(t, w.stats.Forged, "not all of them honest")
	for _, g := range w.allGuests() {
		g.redefined() // it boots, too
	}
	leases := w.stats.Leases
	require.NoError(t, w.run(5*time.Second))
	require.Greater(t, w.stats.Leases, leases, "DHCP is answered")
	sent := map[string]int64{}
	for _, h := range w.hosts {
		sent[h.name] = h.agent.Inspect().Flows.Sent
		h.away = false
	}
	require.NoError(t, w.run(10*time.Second))
	for _, h := range w.hosts {
		require.Equal(t, "current", h.agent.Inspect().Store.State)
		require.Equal(t, sent[h.name], h.agent.Inspect().Flows.Sent, h.name)
	}
	require.NoError(t, w.settle())
}

// TestTraceIsTheSameElsewhere: another process, one thread, memory collected all the time: the same run, also under
// the race detector. That build takes two minutes of one core on a clean machine, and nothing later.
func TestTraceIsTheSameElsewhere(t *testing.T) {
	for flag, hours := range map[string]float64{"-race=false": 0.2, "-race=true": 0.1} {
		t.Run(flag, func(t *testing.T) {
			program := filepath.Join(t.TempDir(), "sim")
			out, err := exec.Command("go", "build", flag, "-o", program, "..").CombinedOutput()
			require.NoError(t, err, "%s", out)
			c := exec.Command(program, "-seed", "42", "-hosts", "3", "-hours", fmt.Sprint(hours))
			c.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=5")
			out, err = c.CombinedOutput()
			require.NoError(t, err, "%s", out)
			require.Contains(t, string(out), fmt.Sprintf("trace %016x", live(t, Options{Seed: 42, Hosts: 3}, hours).Trace()))
		})
	}
}
