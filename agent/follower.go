package agent

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/journal"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/store"
)

const (
	indexPort = "port" // watched: port name → network

	pollInterval     = 5 * time.Second // also without any hint: a lost notification costs at most this
	retryMin         = 100 * time.Millisecond
	retryMax         = 5 * time.Second
	storeCallTimeout = 10 * time.Second
	pollTimeout      = 4 * time.Second // of a store that answered before: with pollInterval, silence is noticed in 10 s
	storePatience    = time.Second     // then what the journal says counts, as long as the store does not say more
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
	moved    bool              // what is followed changed since the watcher was told
	runID    string            // of the server process that was polled last
	renewing bool              // the next batch replaces what we have
	complete bool              // everything the local ports need has been read once, or is as the journal says
	begun    bool              // the journal was read, if there is one, and what was in it is in the view
	restored bool              // the view began with what was in the journal
	polled   bool              // the store has told something in this life
	tried    bool              // it was asked, and has not, or not yet
	state    storeState
	why      string    // of the state
	since    time.Time // the store is not current; zero while it is
	seen     time.Time // what we have was what the store has
	notify   notify
	looked   time.Time // for missing ports, last

	catchUps   int64 // how often the store became current
	hold       *hold // nil while the store has what we know
	acceptance accepted
	acked      journal.Acked // of other terms than the cursor's, see acked.go
}

func newFollower(a *Agent) *follower {
	return &follower{a: a, wake: coroutine.NewSignal(a.s), located: map[string]string{}, stale: map[string]bool{},
		cursor: store.Cursor{Scopes: map[store.Scope]int64{store.ScopeHosts: 0, store.ScopePhysNets: 0,
			store.ScopeStore: 0}},
		state: storeConnecting, acked: journal.Acked{}}
}

// run follows for ever, with back-off while the store cannot be reached.
func (f *follower) run(co *coroutine.Co) error {
	if err := f.restore(co); err != nil {
		return err
	}
	retry := retryMin
	for {
		err := f.round(co)
		if co.Err() != nil {
			return co.Err()
		}
		wait := pollInterval
		if err != nil {
			f.failed(err)
			f.lookForMissing()
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
		if now := co.Now(); now.Sub(f.looked) >= pollInterval { // however many hints there are
			f.looked = now
			f.lookForMissing()
		}
	}
}

// poll asks a store that was current for not so long: there is little to tell, so that silence means something. What
// takes longer all the same has more time at the next try.
func (f *follower) poll(co *coroutine.Co, c store.Cursor) (store.Batch, error) {
	timeout := storeCallTimeout
	if f.state == storeCurrent {
		timeout = pollTimeout
	}
	return call(co, func(ctx context.Context) (store.Batch, error) {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		return f.a.st.Poll(ctx, c)
	})
}

func (f *follower) failed(err error) {
	if errors.Is(err, store.ErrNotInitialised) && f.cursor.Epoch != "" {
		f.emptied()
		return
	}
	if f.state != storeAway || f.why != err.Error() {
		f.a.log.Warn("store unreachable, flows stay as they are", "error", err)
	}
	f.leave(storeAway, err.Error())
}

// leave is for a store that is not current: what we have is in force as it is.
func (f *follower) leave(state storeState, why string) {
	f.state, f.why = state, why
	if f.since.IsZero() {
		f.since = f.a.s.Now()
	}
	f.goOn()
}

// round makes one pass: look-ups of new local ports, and one poll of the scopes that they need. Nothing of it counts
// before the poll has shown that the store is the one we know.
func (f *follower) round(co *coroutine.Co) error {
	if err := f.open(co); err != nil {
		return err
	}
	if err := f.askNotify(co); err != nil {
		return err
	}
	f.takeHints()
	found, err := f.locate(co)
	if err != nil {
		return err
	}
	f.keepLookups(found)
	next := f.wanted(found)
	batch, err := f.poll(co, next)
	if err != nil {
		f.lookAgain(found)
		return err
	}
	if f.runID != "" && batch.RunID != f.runID {
		f.a.log.Info("the store has another server now, or it was started again")
		f.notify.asked = time.Time{}
	}
	f.runID = batch.RunID
	strange, err := f.strangeBatch(co, &batch)
	if err != nil || strange != nil {
		f.lookAgain(found)
		if strange != nil {
			f.begin(strange)
		}
		return err
	}
	f.take(batch, found, next)
	return nil
}

// take takes a batch of the history that is followed.
func (f *follower) take(b store.Batch, found map[string]string, asked store.Cursor) {
	whole := fromStart(asked)
	if f.renewing && !whole { // asked for while the store was
		defer f.readAgain()
	}
	f.follow(found, asked)
	if f.hold != nil || f.renewing {
		fill(&b, asked)
	}
	if f.hold != nil {
		b, whole = f.merge(b), false
	} else {
		f.apply(b)
	}
	f.a.keeper.note(b, whole)
	f.complete = !f.lacksNetworks() && f.a.ports.synced && len(f.stale) == 0 || f.complete
	if f.hold != nil {
		f.settleHold()
	}
	f.a.engine.wake.Notify()
}

func (f *follower) apply(b store.Batch) {
	for _, c := range b.Changes {
		for _, d := range c.Docs {
			f.noteAcceptance(d)
		}
		if c.Full && (f.renewing || c.Rev < f.cursor.Scopes[c.Scope]) {
			f.a.view.Drop(c.Scope) // the store went back in time: what we have may be younger than what holds
		}
	}
	f.renewing = false
	if err := f.a.view.Apply(b); err != nil {
		f.a.log.Error("documents passed over", "error", err)
	}
	f.a.findUplinks()
	f.cursor.Epoch = b.Epoch
	if b.Rev >= f.cursor.Rev { // else we have committed since
		f.cursor.Rev, f.cursor.Term = b.Rev, b.Term
	}
	for _, c := range b.Changes {
		f.cursor.Scopes[c.Scope] = c.Rev
	}
	f.rev = b.Rev
	if f.state != storeCurrent {
		f.catchUps++
		f.a.log.Info("store is current", "revision", b.Rev, "epoch", b.Epoch)
	}
	f.state, f.why, f.since = storeCurrent, "", time.Time{}
	f.seen, f.polled = f.a.s.Now(), true
}

// readAgain has the next round read everything.
func (f *follower) readAgain() {
	f.renewing = true
	for s := range f.cursor.Scopes {
		f.cursor.Scopes[s] = 0
	}
	f.wake.Notify()
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
func (f *follower) locate(co *coroutine.Co) (map[string]string, error) {
	if len(f.stale) == 0 {
		return nil, nil
	}
	names := slices.Sorted(maps.Keys(f.stale))
	clear(f.stale)
	found := make(map[string]string, len(names))
	nets, err := call(co, func(ctx context.Context) ([]string, error) { return f.a.st.Lookup(ctx, indexPort, names...) })
	for i, n := range names {
		found[n] = ""
		if err == nil {
			found[n] = nets[i]
		}
	}
	if err != nil {
		f.lookAgain(found)
	}
	return found, err
}

// lookAgain is for look-ups whose outcome does not count.
func (f *follower) lookAgain(found map[string]string) {
	for n := range found {
		if f.a.view.Attached(n) {
			f.stale[n] = true
		}
	}
}

// localsChanged is told the names whose local interface came or went.
func (f *follower) localsChanged(names []string) {
	for _, n := range names {
		if !f.a.view.Attached(n) {
			delete(f.located, n)
			delete(f.stale, n)
			f.moved = true
		} else if net, known := f.located[n]; !known || net == "" {
			f.stale[n] = true
		}
	}
	f.wake.Notify()
}

// wanted is what to poll: the networks of the local ports, from where we are in each.
func (f *follower) wanted(found map[string]string) store.Cursor {
	next := store.Cursor{Epoch: f.cursor.Epoch, Rev: f.cursor.Rev, Term: f.cursor.Term, Scopes: map[store.Scope]int64{}}
	for _, s := range []store.Scope{store.ScopeHosts, store.ScopePhysNets, store.ScopeStore} {
		next.Scopes[s] = f.cursor.Scopes[s]
	}
	if !f.a.ports.synced { // what the journal had may still be needed
		maps.Copy(next.Scopes, f.cursor.Scopes)
	}
	need := func(network string) bool {
		if s := store.NetworkScope(network); network != "" {
			next.Scopes[s] = f.cursor.Scopes[s]
		}
		return true
	}
	for n, network := range f.located {
		if now, ok := found[n]; ok {
			network = now
		}
		need(network)
		if p, ok := f.a.view.Port(n); ok {
			need(p.Network) // known by another port of that network, before the hint that it moved there
		}
	}
	for n, network := range found {
		if f.a.view.Attached(n) {
			need(network)
		}
	}
	f.a.view.NeededNetworks(need)
	return next
}

// follow takes over what was looked up and the scopes that were polled, and forgets the others.
func (f *follower) follow(found map[string]string, polled store.Cursor) {
	for n, network := range found {
		_, asked := polled.Scopes[store.NetworkScope(network)]
		if here := f.a.view.Attached(n); here && network != "" && !asked {
			f.stale[n] = true // it left and came back while we were asking
		} else if here {
			old, known := f.located[n]
			f.moved = f.moved || !known || old != network
			f.located[n] = network
		}
	}
	for s, at := range f.cursor.Scopes {
		if _, ok := polled.Scopes[s]; !ok && f.wantedSoon(s) {
			polled.Scopes[s] = at // a port of it came while we were asking
		} else if !ok {
			f.drop(s)
		}
	}
	f.moved = f.moved || len(polled.Scopes) != len(f.cursor.Scopes)
	f.cursor.Scopes = polled.Scopes
	if f.moved {
		f.moved = false
		f.tellWatcher()
	}
}

// wantedSoon reports whether a local port that was not looked up yet is one of a scope, as far as we know.
func (f *follower) wantedSoon(s store.Scope) (yes bool) {
	f.a.view.EachLocal(func(name string, _ vport.Local) {
		_, located := f.located[name]
		p, ok := f.a.view.Port(name)
		yes = yes || !located && ok && store.NetworkScope(p.Network) == s
	})
	return yes || f.a.view.NeedsScope(s)
}

func (f *follower) tellWatcher() {
	scopes := slices.Sorted(maps.Keys(f.cursor.Scopes))
	entries := make([]store.Entry, 0, len(f.located))
	for _, n := range slices.Sorted(maps.Keys(f.located)) {
		entries = append(entries, store.Entry{Index: indexPort, Key: n})
	}
	f.watch.Follow(scopes, entries)
}

// call runs a blocking store call off the scheduler, bounded in time.
func call[T any](co *coroutine.Co, fn func(ctx context.Context) (T, error)) (T, error) {
	return coroutine.Call(co, func(ctx context.Context) (T, error) {
		ctx, cancel := context.WithTimeout(ctx, storeCallTimeout)
		defer cancel()
		return fn(ctx)
	})
}
