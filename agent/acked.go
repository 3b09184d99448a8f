package agent

import (
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/agent/internal/journal"
	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/store"
)

// committed is told of a commit of our own: the store has acknowledged it, and must not lose it. One of another term
// than what was read last may be of another history: that is for the next poll to say. But it is not forgotten: the
// server may be another one by then, and what we have put into the view would be in no store.
func (f *follower) committed(r store.Result) {
	if r.Term != f.cursor.Term {
		f.acked[r.Term] = max(f.acked[r.Term], r.Rev)
		f.wake.Notify()
	} else if r.Rev > f.cursor.Rev {
		f.cursor.Rev = r.Rev
	}
}

// strangeBatch returns what shows that the store does not have the history that we know, or not the commits of ours
// that it has acknowledged since; nil when it has. batch is of the poll that asked for the former.
func (f *follower) strangeBatch(co *coroutine.Co, batch *store.Batch) (*store.Batch, error) {
	if f.strange(batch) {
		return batch, nil
	}
	for _, term := range slices.Sorted(maps.Keys(f.acked)) {
		rev := f.acked[term]
		b, err := f.poll(co, store.Cursor{Epoch: f.cursor.Epoch, Rev: rev, Term: term})
		if err != nil {
			return nil, err
		}
		if f.strange(&b) {
			f.cursor.Rev, f.cursor.Term = rev, term
			return &b, nil
		}
		if f.acked[term] == rev && batch.Rev >= rev { // else there was another one meanwhile, or the batch is of before
			delete(f.acked, term)
		}
	}
	return nil, nil
}

// ackedSince are the commits of ours that the store has acknowledged and that a batch up to rev does not have.
func (f *follower) ackedSince(rev int64) journal.Acked {
	if f.hold != nil { // after a restart the store is read whole, and compared with what is kept
		return nil
	}
	out := maps.Clone(f.acked)
	if f.cursor.Rev > rev {
		out[f.cursor.Term] = f.cursor.Rev
	}
	return out
}
