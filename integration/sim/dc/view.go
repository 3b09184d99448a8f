package dc

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/memstore"
)

// view is the store as one agent sees it: the real one, when it can be reached.
type view struct {
	store.Store
	h        *Host
	hint     func(store.Hint)
	dead     bool            // the agent was killed
	deaf     bool            // notifications are lost, and nobody knows
	unknowns int             // so many commits have an unknown outcome
	old      *memstore.Store // the master that was demoted, while this host still talks to it
	lastBeat model.Beat
}

// server is who answers.
func (v *view) server() *memstore.Store {
	if v.old != nil {
		return v.old
	}
	return v.h.w.db.mem
}

func (v *view) reach(op string) error {
	if v.h.away || v.dead {
		return fmt.Errorf("%s: %w: cut by the simulator", op, store.ErrUnavailable)
	}
	return nil
}

// Get implements store.Store, and so do the others.
func (v *view) Get(ctx context.Context, keys ...store.Key) ([]*store.Doc, error) {
	if err := v.reach("get"); err != nil {
		return nil, err
	}
	return v.server().Get(ctx, keys...)
}

func (v *view) Read(ctx context.Context, s store.Scope) ([]store.Doc, error) {
	if err := v.reach("read"); err != nil {
		return nil, err
	}
	return v.server().Read(ctx, s)
}

func (v *view) Lookup(ctx context.Context, index string, keys ...string) ([]string, error) {
	if err := v.reach("lookup"); err != nil {
		return nil, err
	}
	return v.server().Lookup(ctx, index, keys...)
}

func (v *view) List(ctx context.Context, index string) (map[string]string, error) {
	if err := v.reach("list"); err != nil {
		return nil, err
	}
	return v.server().List(ctx, index)
}

func (v *view) Poll(ctx context.Context, c store.Cursor) (store.Batch, error) {
	if err := v.reach("poll"); err != nil {
		return store.Batch{}, err
	}
	return v.server().Poll(ctx, c)
}

func (v *view) Beat(ctx context.Context, host string, value []byte) error {
	if err := v.reach("beat"); err != nil || v.h.double {
		return err
	}
	if err := json.Unmarshal(value, &v.lastBeat); err != nil {
		v.h.w.fail("%s writes a heartbeat that cannot be read: %v", v.h.name, err)
	}
	return v.server().Beat(ctx, host, value)
}

func (v *view) Info(ctx context.Context) (store.Info, error) {
	if err := v.reach("info"); err != nil {
		return store.Info{}, err
	}
	return v.server().Info(ctx)
}

// Commit of a double fails the run: what it is compared with has written everything.
func (v *view) Commit(ctx context.Context, t store.Txn) (store.Result, error) {
	if err := v.reach("commit"); err != nil {
		return store.Result{}, err
	}
	if v.h.double {
		v.h.w.fail("an agent that knows only the present would change the store: %s: %s %+v", v.h.name, t.Note, t)
		return store.Result{}, store.ErrUnavailable
	}
	if v.unknowns > 0 {
		v.unknowns--
		return store.Result{}, v.h.w.db.uncertain(v.server(), t, func(r store.Result) { v.h.w.defs.announced(&t, r.Rev) })
	}
	r, err := v.server().Commit(ctx, t)
	if err == nil {
		v.h.checkCommit(&t)
		v.h.w.defs.announced(&t, r.Rev)
	}
	return r, err
}

// Watch loses what a deaf subscription loses. A gap is told all the same: it is the client's own knowledge.
func (v *view) Watch(hint func(store.Hint)) (store.Watcher, error) {
	if err := v.reach("watch"); err != nil {
		return nil, err
	}
	v.hint = func(x store.Hint) {
		told := x.Gap || x.Err != nil
		if !v.dead && (told || !v.deaf && v.old == nil && !v.h.w.db.cut) {
			hint(x)
			v.h.poke()
		}
	}
	wt, err := v.h.w.db.mem.Watch(v.hint)
	return &subscription{Watcher: wt, v: v}, err
}

// subscription takes what is to be followed to the server, which takes a moment: what happens before it is there is not
// told, and a Gap says that it is.
type subscription struct {
	store.Watcher
	v       *view
	scopes  []store.Scope
	entries []store.Entry
}

// Follow implements store.Watcher.
func (s *subscription) Follow(scopes []store.Scope, entries []store.Entry) {
	s.scopes, s.entries = scopes, entries
	w := s.v.h.w
	d := w.between(50*time.Microsecond, time.Millisecond)
	if w.chance(20) {
		d = w.between(time.Millisecond, 300*time.Millisecond)
	}
	w.after(d, func() {
		if !s.v.dead {
			s.Watcher.Follow(s.scopes, s.entries)
		}
	})
}

// Close leaves the store to the others.
func (v *view) Close() error { return nil }
