package dc

import (
	"context"
	"fmt"

	"github.com/vlcp-go/vlcp/common/store"
)

// view is the store as one agent sees it: the real one, when it can be reached.
type view struct {
	store.Store
	h        *Host
	dead     bool // the agent was killed
	deaf     bool // notifications are lost, and nobody knows
	unknowns int  // so many commits happen, and their replies are lost
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
	return v.Store.Get(ctx, keys...)
}

func (v *view) Read(ctx context.Context, s store.Scope) ([]store.Doc, error) {
	if err := v.reach("read"); err != nil {
		return nil, err
	}
	return v.Store.Read(ctx, s)
}

func (v *view) Lookup(ctx context.Context, index string, keys ...string) ([]string, error) {
	if err := v.reach("lookup"); err != nil {
		return nil, err
	}
	return v.Store.Lookup(ctx, index, keys...)
}

func (v *view) Poll(ctx context.Context, c store.Cursor) (store.Batch, error) {
	if err := v.reach("poll"); err != nil {
		return store.Batch{}, err
	}
	return v.Store.Poll(ctx, c)
}

func (v *view) Beat(ctx context.Context, host string, value []byte) error {
	if err := v.reach("beat"); err != nil {
		return err
	}
	return v.Store.Beat(ctx, host, value)
}

func (v *view) Info(ctx context.Context) (store.Info, error) {
	if err := v.reach("info"); err != nil {
		return store.Info{}, err
	}
	return v.Store.Info(ctx)
}

func (v *view) Commit(ctx context.Context, t store.Txn) (store.Result, error) {
	if err := v.reach("commit"); err != nil {
		return store.Result{}, err
	}
	r, err := v.Store.Commit(ctx, t)
	if err == nil && v.unknowns > 0 {
		v.unknowns--
		return store.Result{}, fmt.Errorf("commit: %w: reply lost by the simulator", store.ErrUnknown)
	}
	return r, err
}

// Watch loses what a deaf subscription loses. A gap is told all the same: it is the client's own knowledge.
func (v *view) Watch(hint func(store.Hint)) (store.Watcher, error) {
	if err := v.reach("watch"); err != nil {
		return nil, err
	}
	return v.Store.Watch(func(x store.Hint) {
		if !v.dead && (!v.deaf || x.Gap) {
			hint(x)
		}
	})
}

// Close leaves the store to the others.
func (v *view) Close() error { return nil }
