package agent

import (
	"encoding/json"
	"slices"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// accepted is the acceptance that the store has, and its revision.
type accepted struct {
	model.Acceptance
	rev int64
}

// noteAcceptance remembers the acceptance, if d is one.
func (f *follower) noteAcceptance(d store.Doc) {
	if d.Key.Scope != store.ScopeStore || d.Key.Kind != string(model.KindAcceptance) {
		return
	}
	a := accepted{rev: d.Rev}
	if err := json.Unmarshal(d.Value, &a.Acceptance); err != nil {
		f.a.log.Error("acceptance of the store passed over", "error", err)
		return
	}
	f.acceptance = a
}

// covers reports whether what we know and the store does not have was given up by an operator: within an epoch by an
// acceptance that was made after the loss, otherwise by one that names the epoch that we know.
func (a *accepted) covers(h *hold, epoch string) bool {
	if h.known.epoch == epoch {
		return a.rev > h.base
	}
	return slices.Contains(a.Epochs, h.known.epoch)
}

func bindingOf(d store.Doc) (b model.Binding, err error) {
	err = json.Unmarshal(d.Value, &b)
	return b, err
}

// rewrite is a binding of ours that the store has lost, and what it has in its place.
type rewrite struct {
	rev  int64  // 0: nothing
	from string // host
}

// announceAgain has a port announced that was announced before, and of which the store does not know that.
func (b *binder) announceAgain(port string, r rewrite) {
	b.again[port] = r
	b.add([]string{port})
}
