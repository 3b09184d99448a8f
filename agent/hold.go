package agent

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/agent/internal/status"
	"github.com/vlcp-go/vlcp/agent/internal/view"
	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/sorted"
	"github.com/vlcp-go/vlcp/common/store"
)

const namedInProblem = 5 // objects that a problem names

// point is a commit in the history of a store.
type point struct {
	epoch string
	term  string
	rev   int64
}

// hold is in force while the store does not have what we know: it lost commits, or is another one. Everything stays,
// what is new is taken, and what the store has not, or has differently, is refused, until an operator accepts the store
// as it is or the store has everything again.
//
//	poll ─ Lost, or another epoch ─► hold ─ whole read ─► merge ─ nothing refused, or accepted ─► read again, follow
//	                                          ▲             │
//	                                          └── changes ──┘ refused ─► status, heartbeat ─► store accept
type hold struct {
	since   time.Time
	why     string
	known   point                              // that the definitions in force are of
	base    int64                              // what the store has of a greater revision was written since
	merged  bool                               // the store was read whole
	refused map[store.Scope]map[store.Key]bool // those that the store does not have: true; has differently: false
	rewrite map[store.Key]rewrite              // bindings of ours among them
	again   bool                               // more may be taken than when the store was read, see reconsider
}

// reconsider has the store read again, when the next batch was taken: what is here is known now, and with it which
// bindings are ours, or some that were refused are not needed any more, and what collided with them may be taken.
func (f *follower) reconsider() {
	if f.hold != nil {
		f.hold.again = true
		f.wake.Notify()
	}
}

// strange reports whether a batch is of a history that is not ours.
func (f *follower) strange(b *store.Batch) bool {
	return b.Lost || f.cursor.Epoch != "" && b.Epoch != f.cursor.Epoch
}

// begin begins to hold, or goes on when the store has lost something once more. Nothing of the batch is taken: the next
// one is whole.
func (f *follower) begin(b *store.Batch) {
	h := f.hold
	if h == nil {
		h = &hold{since: f.a.s.Now(), known: point{f.cursor.Epoch, f.cursor.Term, f.cursor.Rev}, base: b.Base}
		f.hold = h
	} else if b.Lost {
		h.base = min(h.base, b.Base)
	} else {
		h.base = b.Base
	}
	h.why = h.reason(b)
	h.merged, h.refused, h.rewrite = false, map[store.Scope]map[store.Key]bool{}, map[store.Key]rewrite{}
	f.acceptance = accepted{}
	clear(f.acked)
	f.cursor.Epoch, f.cursor.Term, f.cursor.Rev = b.Epoch, "", 0
	f.readAgain()
	f.a.log.Warn("the store is not what it was", "why", h.why)
}

func (h *hold) reason(b *store.Batch) string {
	if b.Epoch != h.known.epoch {
		return fmt.Sprintf("the store's epoch is %s, the definitions in force are of %s: a backup was restored, it was "+
			"initialised anew, or it is another deployment's", b.Epoch, h.known.epoch)
	}
	return fmt.Sprintf("the store has lost commits: it is at revision %d, and revision %d that was read from it is not "+
		"in its history after %d: a failover lost what was acknowledged, or old files were brought back", b.Rev, h.known.rev,
		h.base)
}

// emptied is for a store that has nothing at all.
func (f *follower) emptied() {
	f.leave(storeHold, "the store is empty, and was not: FLUSHALL, or a server that began anew; everything stays as it "+
		"is: bring it back with vlcp-coordinator restore FILE")
}

// blind reports whether the store is held and cannot be compared with what we have.
func (f *follower) blind() bool { return f.state == storeHold && (f.hold == nil || !f.hold.merged) }

// keepLookups has ports that we know stay in the networks that we know them in.
func (f *follower) keepLookups(found map[string]string) {
	if f.hold == nil {
		return
	}
	for n := range found {
		if p, ok := f.a.view.Port(n); ok {
			found[n] = p.Network
		}
	}
}

// merge takes in what is new of a batch, and refuses the rest. It returns what it took, for the journal.
func (f *follower) merge(b store.Batch) store.Batch {
	h := f.hold
	out := store.Batch{Epoch: h.known.epoch, Term: h.known.term, Rev: h.known.rev, RunID: b.RunID}
	for _, c := range b.Changes {
		out.Changes = append(out.Changes, f.mergeScope(&c))
	}
	if !h.merged {
		h.merged = true
		f.a.binder.swept = false // what was withdrawn may be there again
		f.a.binder.wake.Notify()
	}
	f.cursor.Epoch, f.runID = b.Epoch, b.RunID
	f.rev = b.Rev
	if b.Rev >= f.cursor.Rev || b.Term != f.cursor.Term { // else we have committed since
		f.cursor.Rev, f.cursor.Term = b.Rev, b.Term
	}
	for _, c := range b.Changes {
		f.cursor.Scopes[c.Scope] = c.Rev
	}
	f.renewing, f.polled = false, true
	f.leave(storeHold, h.why)
	return out
}

func (f *follower) mergeScope(c *store.ScopeChange) store.ScopeChange {
	h, v := f.hold, f.a.view
	before := h.refused[c.Scope]
	if c.Full || before == nil {
		h.refused[c.Scope] = map[store.Key]bool{}
	}
	took := store.ScopeChange{Scope: c.Scope, Rev: c.Rev}
	docs := slices.Clone(c.Docs)
	sorted.Stable(docs, func(a, b store.Doc) int { return mergeOrder(a.Key) - mergeOrder(b.Key) })
	for _, k := range c.Deleted {
		if !v.Has(k) {
			delete(h.refused[c.Scope], k) // was new and was refused
		}
	}
	wrote := map[store.Key]bool{}
	for _, d := range c.Docs {
		wrote[d.Key] = !c.Full
	}
	for _, k := range f.gone(c) {
		_, refused := before[k]
		p := portOf(k) // a binding goes with its port, made anew or not
		refused = refused || h.refused[c.Scope][p] || wrote[p]
		if v.Has(k) && f.mergeGone(k, refused) {
			v.Remove(k)
			took.Deleted = append(took.Deleted, k)
		}
	}
	for _, d := range docs {
		if !f.mergeDoc(d) {
			continue
		}
		delete(h.refused[c.Scope], d.Key)
		if err := v.Take(d); err != nil {
			f.a.log.Error("document passed over", "error", err)
			continue
		}
		took.Docs = append(took.Docs, d)
	}
	f.rewriteBindings(c.Scope)
	return took
}

// gone lists what a change says is not there, bindings last.
func (f *follower) gone(c *store.ScopeChange) []store.Key {
	out := slices.Clone(c.Deleted)
	if c.Full {
		seen := map[store.Key]bool{}
		for _, d := range c.Docs {
			seen[d.Key] = true
		}
		out = slices.DeleteFunc(f.a.view.Keys(c.Scope), func(k store.Key) bool { return seen[k] })
	}
	sorted.Stable(out, func(a, b store.Key) int { return mergeOrder(a) - mergeOrder(b) })
	return out
}

// rewriteBindings has those of our bindings announced again that the store has lost, where it has their ports.
func (f *follower) rewriteBindings(s store.Scope) {
	h := f.hold
	keys := sorted.Collect(maps.Keys(h.rewrite), store.Key.Compare)
	for _, k := range keys {
		_, refused := h.refused[k.Scope][k]
		switch gone := h.refused[k.Scope][portOf(k)]; {
		case k.Scope != s || gone:
		case !refused || !f.ours(k.ID):
			delete(h.rewrite, k)
		default:
			f.a.binder.announceAgain(k.ID, h.rewrite[k])
			delete(h.rewrite, k)
		}
	}
}

// portOf is the port that a binding is of.
func portOf(k store.Key) store.Key {
	k.Kind = string(model.KindPort)
	return k
}

// mergeOrder is networks before what is in them, and bindings last.
func mergeOrder(k store.Key) int {
	switch model.Kind(k.Kind) {
	case model.KindNetwork:
		return 0
	case model.KindBinding:
		return 2
	}
	return 1
}

// mergeDoc decides whether a document is taken.
func (f *follower) mergeDoc(d store.Doc) bool {
	v, h := f.a.view, f.hold
	f.noteAcceptance(d)
	switch {
	case v.Elsewhere(d.Key):
		h.refused[d.Key.Scope][d.Key] = false
		return false
	case !v.Has(d.Key) && f.collides(d):
		h.refused[d.Key.Scope][d.Key] = false
		return false
	case !v.Has(d.Key), v.Same(d):
		return true
	}
	since := d.Rev > h.base // whoever wrote it knew what he did, where it says where a port is
	switch model.Kind(d.Key.Kind) {
	case model.KindHost:
		if since || d.Key.ID == f.a.hostID || !v.Hosted(d.Key.ID) {
			return true
		}
	case model.KindBinding:
		if f.mergeBinding(d, since) {
			return true
		}
	}
	h.refused[d.Key.Scope][d.Key] = false
	return false
}

// mergeBinding decides whether a binding that differs is taken: one that was written since is, unless its port is
// refused. Of a port that is here and that we have announced, an older one is written anew.
func (f *follower) mergeBinding(d store.Doc, since bool) bool {
	if _, refused := f.hold.refused[d.Key.Scope][portOf(d.Key)]; since && !refused {
		if f.ours(d.Key.ID) {
			f.a.binder.giveWay(d.Key.ID)
		}
		return true
	}
	if !since && f.ours(d.Key.ID) {
		b, _ := bindingOf(d) // one that cannot be read is of nobody
		f.hold.rewrite[d.Key] = rewrite{rev: d.Rev, from: b.Host}
	}
	return false
}

// mergeGone decides whether what the store does not have goes. refused says that it was refused before, or that it is a
// binding that may have been deleted with its port: that is no word of its host, which announces it again if the port
// is there again.
func (f *follower) mergeGone(k store.Key, refused bool) bool {
	v, h := f.a.view, f.hold
	switch kind := model.Kind(k.Kind); {
	case kind == model.KindBinding && h.merged && !refused && !f.ours(k.ID):
		return true // withdrawn by its host, since
	case kind == model.KindBinding && f.ours(k.ID):
		h.rewrite[k] = rewrite{}
	case kind == model.KindBinding && f.bindingHere(k.ID):
		return true // of a port that has left
	case kind == model.KindHost:
		if k.ID == f.a.hostID || !v.Hosted(k.ID) {
			return true
		}
	case kind != model.KindNetwork && kind != model.KindSubnet && kind != model.KindPort && kind != model.KindBinding &&
		kind != model.KindPhysNet && kind != model.KindPhysPort && kind != model.KindSubPort &&
		kind != model.KindMirror && kind != model.KindMirrorEnd:
		return true
	}
	h.refused[k.Scope][k] = true
	return false
}

// ours reports whether a port is here and the binding that we have of it is of this attach.
func (f *follower) ours(port string) bool {
	b, bound := f.a.view.Binding(port)
	l, here := f.a.view.Local(port)
	return bound && here && b.Host == f.a.hostID && view.ClaimOf(l, port) == b.Token
}

func (f *follower) bindingHere(port string) bool {
	b, bound := f.a.view.Binding(port)
	return bound && b.Host == f.a.hostID
}

// settleHold ends the hold when there is nothing to refuse any more, or an operator has accepted the store.
func (f *follower) settleHold() {
	h := f.hold
	if h.again {
		h.again = false
		f.readAgain()
		return
	}
	if !h.merged || !f.complete || len(f.stale) > 0 || len(f.a.binder.again) > 0 {
		return
	}
	switch {
	case f.acceptance.covers(h, f.cursor.Epoch):
		f.a.log.Warn("the store was accepted as it is", "by", f.acceptance.By, "dropped", h.count())
	case h.count() == 0:
		f.a.log.Info("the store has all that was known, following it again")
	default:
		return
	}
	f.hold = nil
	for n := range f.located {
		f.stale[n] = true
	}
	f.readAgain()
}

func (h *hold) count() int {
	n := 0
	for _, keys := range h.refused {
		n += len(keys)
	}
	return n
}

// list names what is refused, sorted, at most most of it.
func (h *hold) list(most int) []model.Refusal {
	out := make([]model.Refusal, 0, h.count())
	for _, keys := range h.refused {
		for k, gone := range keys {
			out = append(out, model.Refusal{Object: k.Kind + "/" + k.ID, Gone: gone})
		}
	}
	sorted.Func(out, func(a, b model.Refusal) int { return strings.Compare(a.Object, b.Object) })
	return out[:min(len(out), most)]
}

// tell is what others are told of the hold, nil while there is none.
func (h *hold) tell() *model.Hold {
	if h == nil || !h.merged {
		return nil
	}
	return &model.Hold{Since: h.since.UTC().Truncate(time.Second), Why: h.why, Known: h.known.epoch,
		Refused: h.list(model.MaxRefused), Count: h.count()}
}

// holdProblem says what the matter is, what stays, and what to do.
func (f *follower) holdProblem() string {
	h := f.hold
	if h == nil || !h.merged {
		return f.why
	}
	what := ""
	for i, r := range h.list(namedInProblem + 1) {
		switch {
		case i == namedInProblem:
			what += " ..."
		case i > 0:
			what += ", "
			fallthrough
		default:
			what += strings.Replace(r.Object, "/", " ", 1)
		}
	}
	return fmt.Sprintf("%s; %d objects stay as they are against the store (%s), what is new is taken: put them back, or "+
		"look with vlcp-coordinator store accept --dry-run and accept", h.why, h.count(), what)
}

func (h *hold) status() *status.Hold {
	if h == nil {
		return nil
	}
	return &status.Hold{Since: h.since.UTC().Truncate(time.Second), KnownEpoch: h.known.epoch, KnownRevision: h.known.rev,
		Count: h.count(), Refused: h.list(model.MaxRefused)}
}
