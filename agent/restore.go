package agent

import (
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/pipeline"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// restore begins with what the journal has: the store is then asked for what happened since only, and where it does not
// answer, what was defined goes on to hold.
func (f *follower) restore(co *coroutine.Co) error {
	st, err := f.a.keeper.load(co)
	if err != nil {
		return err
	}
	if st.At.IsZero() {
		return nil
	}
	if err := f.a.view.Apply(st.Batch()); err != nil {
		f.a.log.Error("documents of the journal passed over", "error", err)
	}
	f.cursor.Epoch, f.cursor.Term, f.cursor.Rev = st.Epoch, st.Term, st.Rev
	f.runID, f.rev, f.seen, f.restored = st.RunID, st.Rev, st.At, true
	for name, s := range st.Scopes {
		f.cursor.Scopes[name] = s.Rev
	}
	f.a.log.Info("journal read", "revision", st.Rev, "scopes", len(st.Scopes), "seen", st.At)
	f.a.s.After(storePatience, func() { // an answer that waits while the scheduler is busy has its turn first
		f.a.s.After(retryMin, f.goOn)
	})
	return nil
}

// goOn has the agent work with what the journal says while the store does not answer, or is one that is not followed.
// Until then the journal is not acted on: it may be seconds older than the flows in the switch.
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

// departed are the cookies of the flows of ports that the journal says are bound to here and that have left meanwhile:
// their OpenFlow ports may be those of others now, who would get their frames. So are those of networks that have no
// port here any more. A journal may be older than the flows: those of a port that the switch does not know here lead to
// where it is.
func (a *Agent) departed() map[uint64]bool {
	out := map[uint64]bool{}
	if !a.ports.synced {
		return out
	}
	inUse, left := map[string]bool{}, map[string]string{}
	a.view.EachPort(func(name string, p model.Port) {
		switch b, bound := a.view.Binding(name); {
		case a.view.Here(name):
			inUse[p.Network] = true
		case bound && b.Host == a.hostID && a.engine.wasHere(name):
			left[name] = p.Network
		}
	})
	for name, network := range left {
		for _, m := range pipeline.Modules {
			out[pipeline.Cookie(m, "port/"+name)] = true
			if !inUse[network] {
				out[pipeline.Cookie(m, "network/"+network)] = true
			}
		}
	}
	return out
}

// wasHere reports whether the switch had an OpenFlow port for a port when its flows were read.
func (e *engine) wasHere(port string) bool {
	return slices.ContainsFunc(pipeline.Modules, func(m pipeline.Module) bool {
		return e.sources[pipeline.Cookie(m, "port/"+port)]
	})
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
