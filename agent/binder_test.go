package agent

import (
	"context"
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/agent/internal/config"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// still is an agent that does not run, of a host with an interface that is the port web1: tests take its steps.
func still(t *testing.T) *Agent {
	t.Helper()
	cfg := config.Default()
	cfg.Tunnel.Address = netip.MustParseAddr("192.0.2.1")
	a, err := New(cfg, Env{})
	require.NoError(t, err)
	t.Cleanup(a.Close)
	a.hostID = "host1"
	a.view.SetSelf(view.Self{Host: a.hostID})
	a.view.SetLocal("web1", &vport.Local{UUID: "row", OFPort: 1})
	a.follower.watch = nobody{}
	return a
}

// nobody is a watcher of a store that tells nothing.
type nobody struct{}

func (nobody) Follow([]store.Scope, []store.Entry) {}
func (nobody) Close() error                        { return nil }

// acknowledge is what the engine does when it has sent everything and the switch has it.
func acknowledge(a *Agent) {
	for _, p := range a.view.TakeTouched() {
		a.engine.touched[p] = true
	}
	a.engine.acknowledged(a.follower.rev)
}

func documents(t *testing.T, network string) store.ScopeChange {
	t.Helper()
	c := store.ScopeChange{Scope: store.NetworkScope(network), Full: true}
	for kind, v := range map[model.Kind]any{
		model.KindNetwork: model.Network{Name: network, PhysNet: "dc", VNI: 10000, Tag: 1},
		model.KindPort:    model.Port{Name: "web1", Network: network, MAC: model.MAC{2, 0, 0, 0, 0, 1}},
	} {
		b, err := json.Marshal(v)
		require.NoError(t, err)
		id := network
		if kind == model.KindPort {
			id = "web1"
		}
		c.Docs = append(c.Docs, store.Doc{Key: store.Key{Scope: c.Scope, Kind: string(kind), ID: id}, Rev: 1, Value: b})
	}
	return c
}

// TestADefinitionAfterTheAcknowledgement: a port that was acknowledged while nobody had defined it is not announced for
// a definition that comes then, before the flows of that are acknowledged.
func TestADefinitionAfterTheAcknowledgement(t *testing.T) {
	a := still(t)
	acknowledge(a)
	require.True(t, a.binder.look["web1"], "there is something to look at")
	_, ok := a.binder.plan("web1")
	require.False(t, ok, "nobody defined it")
	require.NoError(t, a.view.Apply(store.Batch{Changes: []store.ScopeChange{documents(t, "blue")}}))
	_, ok = a.binder.plan("web1")
	require.False(t, ok, "the engine has not even seen it")
	for _, p := range a.view.TakeTouched() {
		a.engine.touched[p] = true
	}
	_, ok = a.binder.plan("web1")
	require.False(t, ok, "its flows are on their way")
	acknowledge(a)
	p, ok := a.binder.plan("web1")
	require.True(t, ok)
	require.True(t, p.bind)
	require.Equal(t, "blue", p.network)
}

// leaveAndReturn takes the interface of web1 away and brings it back.
func leaveAndReturn(a *Agent) {
	a.view.SetLocal("web1", nil)
	a.follower.localsChanged([]string{"web1"})
	a.view.SetLocal("web1", &vport.Local{UUID: "row2", OFPort: 2})
	a.follower.localsChanged([]string{"web1"})
}

// TestAPortThatLeavesAndReturnsWhileTheStoreIsAsked: what its network has stays, and is followed on.
func TestAPortThatLeavesAndReturnsWhileTheStoreIsAsked(t *testing.T) {
	blue := store.NetworkScope("blue")
	for _, when := range []string{"gone when it was asked for", "gone after that"} {
		t.Run(when, func(t *testing.T) {
			a := still(t)
			f := a.follower
			f.follow(map[string]string{"web1": "blue"}, f.wanted(map[string]string{"web1": "blue"}))
			require.NoError(t, a.view.Apply(store.Batch{Changes: []store.ScopeChange{documents(t, "blue")}}))
			f.cursor.Scopes[blue] = 7
			a.ports.synced = true
			if when == "gone after that" {
				asked := f.wanted(nil)
				require.Contains(t, asked.Scopes, blue)
				leaveAndReturn(a)
				f.follow(nil, asked)
			} else {
				a.view.SetLocal("web1", nil)
				f.localsChanged([]string{"web1"})
				asked := f.wanted(nil)
				require.NotContains(t, asked.Scopes, blue)
				leaveAndReturn(a)
				f.follow(nil, asked)
			}
			require.Equal(t, int64(7), f.cursor.Scopes[blue], "it goes on where it was")
			_, there := a.view.Port("web1")
			require.True(t, there, "its definition is in force")
			require.True(t, f.stale["web1"], "and it is looked up again")
		})
	}
}

// TestAPortThatMovedToANetworkThatWasFollowed: nobody told of it, and the port for which that network was followed
// leaves.
func TestAPortThatMovedToANetworkThatWasFollowed(t *testing.T) {
	a := still(t)
	f := a.follower
	a.ports.synced = true
	f.located["web1"] = "green"
	require.NoError(t, a.view.Apply(store.Batch{Changes: []store.ScopeChange{documents(t, "blue")}}))
	require.Contains(t, f.wanted(nil).Scopes, store.NetworkScope("blue"))
	f.lookForMissing()
	require.True(t, f.stale["web1"])
}

// TestAnAnswerForAPortThatHadLeft: it left before the poll and is back when the answer comes, which is not for now.
func TestAnAnswerForAPortThatHadLeft(t *testing.T) {
	a := still(t)
	f := a.follower
	a.ports.synced = true
	found := map[string]string{"web1": "blue"}
	a.view.SetLocal("web1", nil)
	asked := f.wanted(found) // the look-up has ended, the poll begins
	a.view.SetLocal("web1", &vport.Local{UUID: "row2", OFPort: 2})
	f.follow(found, asked)
	require.NotContains(t, f.located, "web1", "its network was not asked for")
	require.True(t, f.stale["web1"])
}

// TestAPortThatLeavesAfterTheSweep: the store had it bound to here before the agent began, the sweep found it here, and
// it left before its flows were acknowledged.
func TestAPortThatLeavesAfterTheSweep(t *testing.T) {
	a := still(t)
	b := a.binder
	bound := map[string]string{"web1": "blue"}
	require.Empty(t, b.gone(bound))
	b.swept = true
	a.view.SetLocal("web1", nil)
	acknowledge(a)
	_, ok := b.plan("web1")
	require.False(t, ok, "nothing is known of its binding")
	require.False(t, b.swept, "so it is looked for again")
	require.Equal(t, []string{"web1"}, b.gone(bound))
}

// bindingTo is the binding of web1 in the network blue.
func bindingTo(t *testing.T, host string, rev int64) store.Doc {
	t.Helper()
	b, err := json.Marshal(model.Binding{Port: "web1", Host: host, Token: "t"})
	require.NoError(t, err)
	key := store.Key{Scope: store.NetworkScope("blue"), Kind: string(model.KindBinding), ID: "web1"}
	return store.Doc{Key: key, Rev: rev, Value: b}
}

// TestAnotherAttachHere: the store says that a port is here, by an attach before this one. Whether another host has had
// it since, only a commit tells.
func TestAnotherAttachHere(t *testing.T) {
	a := still(t)
	blue := documents(t, "blue")
	blue.Docs = append(blue.Docs, bindingTo(t, "host1", 5))
	require.NoError(t, a.view.Apply(store.Batch{Changes: []store.ScopeChange{blue}}))
	acknowledge(a)
	p, ok := a.binder.plan("web1")
	require.True(t, ok)
	require.Equal(t, int64(5), p.rev)
	require.NotEqual(t, "t", p.token)
}

// TestAReplyThatComesAfterWhatHappenedSince: the store has let a port go from here and told that another host has it by
// now, before the reply to the withdrawal comes.
func TestAReplyThatComesAfterWhatHappenedSince(t *testing.T) {
	a := still(t)
	blue := documents(t, "blue")
	here := bindingTo(t, "host1", 5)
	blue.Docs = append(blue.Docs, here)
	require.NoError(t, a.view.Apply(store.Batch{Changes: []store.ScopeChange{blue}}))
	require.NoError(t, a.view.Apply(store.Batch{Changes: []store.ScopeChange{{Scope: blue.Scope, Rev: 7,
		Docs: []store.Doc{bindingTo(t, "host2", 7)}}}}))
	a.binder.committed(plan{port: "web1", network: "blue", rev: 5}, store.Doc{Key: here.Key}, store.Result{Rev: 6})
	b, ok := a.view.Binding("web1")
	require.True(t, ok)
	require.Equal(t, "host2", b.Host)
}

// TestTwoHostsBoundAPortInTwoHistories: this host did in a store that lost it, another one in the store that counts.
// Here it waits for its guest: whether that runs here is all that tells.
func TestTwoHostsBoundAPortInTwoHistories(t *testing.T) {
	a := still(t)
	blue := documents(t, "blue")
	require.NoError(t, a.view.Apply(store.Batch{Changes: []store.ScopeChange{blue}}))
	here := bindingTo(t, "host1", 9)
	p := plan{port: "web1", network: "blue", bind: true, token: "t", uuid: "row"}
	a.binder.committed(p, here, store.Result{Rev: 9})
	require.False(t, a.view.Standby("web1"))
	a.follower.hold = &hold{base: 5, refused: map[store.Scope]map[store.Key]bool{here.Key.Scope: {}}}
	there := bindingTo(t, "host2", 7)
	require.True(t, a.follower.mergeDoc(there))
	require.NoError(t, a.view.Take(there))
	require.False(t, a.view.Displaced("web1"))
	require.True(t, a.view.Standby("web1"))
	a.arrived("web1")
	acknowledge(a)
	p, ok := a.binder.plan("web1")
	require.True(t, ok)
	require.Equal(t, "host2", p.from)
}

// refusing is a store that takes no commit, and tells of each.
type refusing struct {
	store.Store
	commits *[][]string // ports of each
	during  func()      // the second one
}

func (s refusing) Commit(_ context.Context, t store.Txn) (store.Result, error) {
	var ports []string
	for _, d := range t.Puts {
		ports = append(ports, d.Key.ID)
	}
	if *s.commits = append(*s.commits, ports); len(*s.commits) == 2 {
		s.during()
	}
	return store.Result{}, &store.Conflict{Reason: store.ReasonChanged}
}

func (refusing) Close() error { return nil }

// TestCommitsOneByOneAreOfWhatIsThen: bindings that were refused together are written one by one, and each takes a
// while. A port that left and came back meanwhile is not announced before its flows are acknowledged.
func TestCommitsOneByOneAreOfWhatIsThen(t *testing.T) {
	a := still(t)
	a.view.SetLocal("web0", &vport.Local{UUID: "row0", OFPort: 7})
	blue := documents(t, "blue")
	other := documents(t, "blue").Docs
	for _, d := range other {
		if d.Key.Kind == string(model.KindPort) {
			d.Key.ID = "web0"
			d.Value = []byte(`{"name":"web0","network":"blue","mac":"02:00:00:00:00:02"}`)
			blue.Docs = append(blue.Docs, d)
		}
	}
	require.NoError(t, a.view.Apply(store.Batch{Changes: []store.ScopeChange{blue}}))
	acknowledge(a)
	var commits [][]string
	lost := rewrite{} // the store has nothing
	a.st = refusing{commits: &commits, during: func() {
		a.binder.announceAgain("web0", lost)
		leaveAndReturn(a)
		for _, p := range a.view.TakeTouched() {
			a.engine.touched[p] = true
		}
	}}
	ctx, cancel := context.WithCancel(t.Context())
	a.s.Go("binder", func(co *coroutine.Co) error {
		defer cancel()
		require.NoError(t, a.binder.settle(co, []string{"web0", "web1"}))
		require.False(t, a.engine.touched["web0"])
		require.Contains(t, a.binder.again, "web0", "what a batch said meanwhile holds")
		require.NoError(t, co.Sleep(2*retryMin))
		require.True(t, a.engine.touched["web0"], "what was refused is tried again, whether the log says why or not")
		return nil
	})
	require.ErrorIs(t, a.s.Run(ctx), context.Canceled)
	require.Equal(t, [][]string{{"web0", "web1"}, {"web0"}}, commits)
}

// TestRefusedBindingsAreTriedLaterAndLater: while a store has lost the port, they would be all that an agent does.
func TestRefusedBindingsAreTriedLaterAndLater(t *testing.T) {
	a := still(t)
	r, tried := retrials{}, 0
	ctx, cancel := context.WithCancel(t.Context())
	a.s.Go("refused", func(co *coroutine.Co) error {
		defer cancel()
		for pause := retryMin; pause < retryMax; pause = min(2*pause, retryMax) {
			r.add(a.s, "web1", func() { tried++ })
			require.Equal(t, pause, r["web1"].pause)
		}
		r.add(a.s, "web1", func() { tried++ })
		require.Equal(t, retryMax, r["web1"].pause)
		r.forget("web1")
		require.Empty(t, r)
		r.add(a.s, "web2", func() { tried++ })
		require.NoError(t, co.Sleep(2*retryMin))
		require.Equal(t, 1, tried, "each port has one timer, and none that is forgotten")
		return nil
	})
	require.ErrorIs(t, a.s.Run(ctx), context.Canceled)
}

// TestNothingIsAnnouncedWithoutOVSDB: a port that was attached before may be on another host by now.
func TestNothingIsAnnouncedWithoutOVSDB(t *testing.T) {
	for _, connected := range []bool{false, true} {
		a := still(t)
		require.NoError(t, a.view.Apply(store.Batch{Changes: []store.ScopeChange{documents(t, "blue")}}))
		a.follower.complete, a.follower.polled, a.binder.swept = true, true, true
		acknowledge(a)
		var commits [][]string
		a.st = refusing{commits: &commits, during: func() {}}
		a.ports.connected = connected
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		a.s.Go("binder", func(co *coroutine.Co) error {
			defer cancel()
			return a.binder.round(co)
		})
		require.ErrorIs(t, a.s.Run(ctx), context.Canceled)
		require.Equal(t, connected, len(commits) > 0)
	}
}
