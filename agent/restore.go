package agent

import (
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/agent/internal/vport"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// restoreSome is how many documents of the journal are taken in one step: a few milliseconds.
const restoreSome = 500

// restore begins with what the journal has: the store is then asked for what happened since only, and where it does not
// answer, what was defined goes on to hold.
func (f *follower) restore(co *coroutine.Co) error {
	b, err := f.a.keeper.load(co)
	if err != nil {
		return err
	}
	defer f.letCompute()
	if b.at.IsZero() {
		return nil
	}
	if err := f.restoreDocs(co, b.Batch); err != nil {
		return err
	}
	f.cursor.Epoch, f.cursor.Term, f.cursor.Rev = b.Epoch, b.Term, b.Rev
	if b.acked != nil {
		f.acked = b.acked
	}
	f.runID, f.rev, f.seen, f.restored = b.RunID, b.Rev, b.at, true
	for _, c := range b.Changes {
		f.cursor.Scopes[c.Scope] = c.Rev
	}
	f.a.log.Info("journal read", "revision", b.Rev, "scopes", len(b.Changes), "seen", b.at)
	f.a.s.After(storePatience, func() { // an answer that waits while the scheduler is busy has its turn first
		f.a.s.After(retryMin, f.goOn)
	})
	return nil
}

// letCompute lets flows be computed: what was in the journal is in the view, and nothing of it is computed twice.
func (f *follower) letCompute() {
	f.begun = true
	f.a.engine.wake.Notify()
}

// restoreDocs takes the documents of the journal into the view, which has none yet. The switch is connected meanwhile,
// and asked for its flows: it takes as long for them as we do here.
func (f *follower) restoreDocs(co *coroutine.Co, b store.Batch) error {
	kinds := map[string]int{}
	for _, c := range b.Changes {
		for i := range c.Docs {
			kinds[c.Docs[i].Key.Kind]++
		}
	}
	for kind, n := range kinds {
		f.a.view.Expect(kind, n)
	}
	for _, c := range b.Changes {
		for docs := range slices.Chunk(c.Docs, restoreSome) {
			err := f.a.view.Apply(store.Batch{Changes: []store.ScopeChange{{Scope: c.Scope, Rev: c.Rev, Docs: docs}}})
			if err != nil {
				f.a.log.Error("documents of the journal passed over", "error", err)
			}
			if err := co.Yield(); err != nil {
				return err
			}
		}
	}
	return nil
}

// goOn has the agent work with what the journal says while the store does not answer, or is one that is not followed.
// Until then the journal is not acted on: where the disk failed it may be older than the flows in the switch.
func (f *follower) goOn() {
	f.tried = true
	if f.complete || !f.restored || !f.a.ports.synced {
		return
	}
	f.complete = true
	f.a.findUplinks() // by what the journal says of physical networks: it may be younger than what OVSDB said
	f.a.log.Warn("working without the store, by the journal", "revision", f.rev, "seen", f.seen)
	f.a.engine.wake.Notify()
}

// departed says which flows are of ports that the switch knows here and that have left, whatever the journal says: that
// may be older than the flows: their OpenFlow ports may be those of others now, who would get their frames. So are
// those of networks that have no port here any more. Sub-ports that the journal does not know are where their parents
// are.
func (a *Agent) departed() func(cookie uint64) bool {
	gone := map[uint64]bool{} // by owner
	if a.ports.synced {
		a.findGone(gone)
	}
	return func(c uint64) bool { return gone[pipeline.OwnerBits(c)] }
}

func (a *Agent) findGone(gone map[uint64]bool) {
	sources := a.engine.sources
	here, kept := map[uint64]uint32{}, map[uint32]bool{}
	a.view.EachLocal(func(name string, l vport.Local) {
		o := pipeline.Owned("port/" + name)
		here[o] = l.OFPort
		if sources[o] == l.OFPort {
			kept[l.OFPort] = true
		}
	})
	for o, n := range sources {
		if now, is := here[o]; is && now != n || !is && !kept[n] {
			gone[o] = true
		}
	}
	if len(gone) == 0 {
		return
	}
	inUse, left := map[string]bool{}, map[string]bool{}
	a.view.EachPort(func(name string, p model.Port) {
		if a.view.Here(name) {
			inUse[p.Network] = true
		} else if gone[pipeline.Owned("port/"+name)] {
			left[p.Network] = true
		}
	})
	a.view.MirrorEnds.Each(func(name string, m model.Mirror) {
		if gone[pipeline.Owned("port/"+m.To)] {
			gone[pipeline.Owned("mirror/"+name)] = true
		}
	})
	for network := range left {
		if !inUse[network] {
			gone[pipeline.Owned("network/"+network)] = true
		}
	}
}

// fromStart reports whether a poll reads everything that it asks for.
func fromStart(c store.Cursor) bool {
	for _, rev := range c.Scopes {
		if rev != 0 {
			return false
		}
	}
	return true
}

// fill adds the scopes that were asked for from the start and that the store does not have, as empty ones.
func fill(b *store.Batch, asked store.Cursor) {
	told := map[store.Scope]bool{}
	for _, c := range b.Changes {
		told[c.Scope] = true
	}
	for _, s := range slices.Sorted(maps.Keys(asked.Scopes)) {
		if !told[s] && asked.Scopes[s] == 0 {
			b.Changes = append(b.Changes, store.ScopeChange{Scope: s, Full: true})
		}
	}
}
