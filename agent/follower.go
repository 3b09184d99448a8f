package agent

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/store"
)

const (
	indexPort = "port" // watched: port name → network

	pollInterval     = 5 * time.Second // also without any hint: a lost notification costs at most this
	retryMin         = 100 * time.Millisecond
	retryMax         = 5 * time.Second
	storeCallTimeout = 10 * time.Second
)

// storeState is what status says of the store.
type storeState string

const (
	storeConnecting storeState = "connecting"
	storeCurrent    storeState = "current"
	storeAway       storeState = "disconnected"
	storeHold       storeState = "hold"
)

// follower brings the part of the store that this host needs into the view.
type follower struct {
	a      *Agent
	wake   *coroutine.Signal
	hints  hintBox
	watch  store.Watcher
	cursor store.Cursor

	located  map[string]string // local port → network; "" while the store does not know it
	stale    map[string]bool   // local ports to look up again
	rev      int64             // of the last poll
	moved    bool              // located changed since the watcher was told
	complete bool              // everything the local ports need has been read once
	state    storeState
	why      string // of the state
}

func newFollower(a *Agent) *follower {
	return &follower{a: a, wake: coroutine.NewSignal(a.s), located: map[string]string{}, stale: map[string]bool{},
		cursor: store.Cursor{Scopes: map[store.Scope]int64{store.ScopeHosts: 0, store.ScopePhysNets: 0}},
		state:  storeConnecting}
}

// run follows for ever, with back-off while the store cannot be reached.
func (f *follower) run(co *coroutine.Co) error {
	retry := retryMin
	for {
		err := f.round(co)
		if co.Err() != nil {
			return co.Err()
		}
		wait := pollInterval
		if err != nil {
			f.failed(err)
			wait, retry = retry, min(2*retry, retryMax)
			if err := co.Sleep(wait); err != nil {
				return err
			}
			continue
		}
		retry = retryMin
		if err := f.wake.WaitTimeout(co, wait); err != nil && co.Err() != nil {
			return co.Err()
		}
	}
}

func (f *follower) failed(err error) {
	if f.state != storeAway || f.why != err.Error() {
		f.a.log.Warn("store unreachable, flows stay as they are", "error", err)
	}
	f.state, f.why = storeAway, err.Error()
}

// round makes one pass: look-ups of new local ports, the set of scopes, one poll.
func (f *follower) round(co *coroutine.Co) error {
	if err := f.open(co); err != nil {
		return err
	}
	f.takeHints()
	if err := f.locate(co); err != nil {
		return err
	}
	f.follow()
	batch, err := call(co, func(ctx context.Context) (store.Batch, error) { return f.a.st.Poll(ctx, f.snapshot()) })
	if err != nil {
		return err
	}
	if f.cursor.Epoch != "" && batch.Epoch != f.cursor.Epoch {
		f.hold(batch.Epoch)
		return nil
	}
	f.apply(batch)
	f.complete = f.complete || f.a.ports.synced && len(f.stale) == 0
	f.a.engine.wake.Notify()
	return nil
}

// snapshot is the cursor for a poll that runs off the scheduler.
func (f *follower) snapshot() store.Cursor {
	return store.Cursor{Epoch: f.cursor.Epoch, Scopes: maps.Clone(f.cursor.Scopes)}
}

func (f *follower) apply(b store.Batch) {
	if err := f.a.view.Apply(b); err != nil {
		f.a.log.Error("documents passed over", "error", err)
	}
	f.cursor.Epoch = b.Epoch
	for _, c := range b.Changes {
		if _, ok := f.cursor.Scopes[c.Scope]; ok {
			f.cursor.Scopes[c.Scope] = c.Rev
		}
	}
	f.rev = b.Rev
	if f.state != storeCurrent {
		f.a.log.Info("store is current", "revision", b.Rev, "epoch", b.Epoch)
	}
	f.state, f.why = storeCurrent, ""
}

// hold is for a store that is not the one we knew: emptied, restored, or another deployment. Nothing is taken from it.
func (f *follower) hold(epoch string) {
	if f.state != storeHold {
		f.a.log.Error("store has another epoch, holding", "known", f.cursor.Epoch, "found", epoch)
	}
	f.state = storeHold
	f.why = fmt.Sprintf("the store's epoch is %s, the definitions in force are of %s; "+
		"restart the agent to take the new ones", epoch, f.cursor.Epoch)
}

// open connects and subscribes, once.
func (f *follower) open(co *coroutine.Co) error {
	a := f.a
	if a.st == nil {
		st, err := call(co, func(ctx context.Context) (store.Store, error) { return a.env.OpenStore(ctx, a.cfg.Redis) })
		if err != nil {
			return err
		}
		a.st = st
	}
	if f.watch != nil {
		return nil
	}
	w, err := call(co, func(context.Context) (store.Watcher, error) { return a.st.Watch(f.hint) })
	if err != nil {
		return err
	}
	f.watch = w
	f.tellWatcher()
	return nil
}

// locate asks the store which networks the ports in stale are of.
func (f *follower) locate(co *coroutine.Co) error {
	if len(f.stale) == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(f.stale))
	clear(f.stale)
	nets, err := call(co, func(ctx context.Context) ([]string, error) { return f.a.st.Lookup(ctx, indexPort, names...) })
	if err != nil {
		for _, n := range names {
			f.stale[n] = true
		}
		return err
	}
	for i, n := range names {
		if _, here := f.a.view.Local(n); here {
			old, known := f.located[n]
			f.moved = f.moved || !known || old != nets[i]
			f.located[n] = nets[i]
		}
	}
	return nil
}

// localsChanged is told the names whose local interface came or went.
func (f *follower) localsChanged(names []string) {
	for _, n := range names {
		if _, here := f.a.view.Local(n); !here {
			delete(f.located, n)
			delete(f.stale, n)
			f.moved = true
		} else if net, known := f.located[n]; !known || net == "" {
			f.stale[n] = true
		}
	}
	f.wake.Notify()
}

// follow makes the set of followed scopes equal to the networks of the local ports.
func (f *follower) follow() {
	if !f.moved {
		return
	}
	f.moved = false
	need := map[store.Scope]bool{store.ScopeHosts: true, store.ScopePhysNets: true}
	for _, n := range f.located {
		if n != "" {
			need[store.NetworkScope(n)] = true
		}
	}
	for s := range f.cursor.Scopes {
		if !need[s] {
			delete(f.cursor.Scopes, s)
			f.a.view.Drop(s)
		}
	}
	for s := range need {
		if _, ok := f.cursor.Scopes[s]; !ok {
			f.cursor.Scopes[s] = 0
		}
	}
	f.tellWatcher()
}

func (f *follower) tellWatcher() {
	scopes := slices.Sorted(maps.Keys(f.cursor.Scopes))
	entries := make([]store.Entry, 0, len(f.located))
	for _, n := range slices.Sorted(maps.Keys(f.located)) {
		entries = append(entries, store.Entry{Index: indexPort, Key: n})
	}
	f.watch.Follow(scopes, entries)
}

// hintBox collects hints between rounds, so that a storm of them costs one round.
type hintBox struct {
	mu      sync.Mutex
	posted  bool
	gap     bool
	entries map[string]bool
	down    error
}

// hint is called from a goroutine of the store.
func (f *follower) hint(h store.Hint) {
	b := &f.hints
	b.mu.Lock()
	b.gap = b.gap || h.Gap
	if h.Index == indexPort {
		if b.entries == nil {
			b.entries = map[string]bool{}
		}
		b.entries[h.Key] = true
	}
	if h.Err != nil || h.Gap {
		b.down = h.Err
	}
	post := !b.posted
	b.posted = true
	b.mu.Unlock()
	if post {
		_ = f.a.s.Post(f.wake.Notify) // fails only when the agent is stopping
	}
}

// takeHints turns what was collected into look-ups to repeat; the poll that follows covers the scopes.
func (f *follower) takeHints() {
	b := &f.hints
	b.mu.Lock()
	gap, entries := b.gap, b.entries
	b.gap, b.entries, b.posted = false, nil, false
	b.mu.Unlock()
	for n := range entries {
		if _, ok := f.located[n]; ok {
			f.stale[n] = true
		}
	}
	if !gap {
		return
	}
	for n := range f.located {
		f.stale[n] = true
	}
}

// call runs a blocking store call off the scheduler, bounded in time.
func call[T any](co *coroutine.Co, fn func(ctx context.Context) (T, error)) (T, error) {
	return coroutine.Call(co, func(ctx context.Context) (T, error) {
		ctx, cancel := context.WithTimeout(ctx, storeCallTimeout)
		defer cancel()
		return fn(ctx)
	})
}
