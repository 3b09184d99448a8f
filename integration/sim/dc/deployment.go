package dc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/coroutine"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/memstore"
	"github.com/vlcp-go/vlcp/coordinator/catalog"
)

// lateMax is how late a commit may happen whose caller was told that nobody knows.
const lateMax = 10 * time.Second

// deployment is the store's server, as it is now.
type deployment struct {
	w      *World
	mem    *memstore.Store
	skew   time.Duration // of the server's clock
	cut    bool          // subscriptions are down
	lost   bool          // it has forgotten something, and operators have not settled that
	given  bool          // operators gave up what agents held: it may go, though a host that was away has it
	epochs []string      // that it had
}

func (d *deployment) init(w *World) {
	d.w = w
	d.mem = w.memory()
}

func (d *deployment) now() time.Time { return d.w.clock.Now().Add(d.skew) }

// uncertain is a commit whose outcome the caller is not told: it happens now, later or never. done is told when
// it does.
func (d *deployment) uncertain(s *memstore.Store, t store.Txn, done func(store.Result)) error {
	commit := func() {
		if r, err := s.Commit(context.Background(), t); err == nil {
			done(r)
		}
	}
	switch d.w.rand.IntN(3) {
	case 0:
		commit()
	case 1:
		d.w.after(d.w.between(time.Second, lateMax), commit)
	}
	return fmt.Errorf("commit: %w: reply lost by the simulator", store.ErrUnknown)
}

// desk is the store as one operator's command reaches it: every call takes a moment, in which others have theirs.
type desk struct {
	store.Store
	w        *World
	co       *coroutine.Co
	unknowns int  // so many replies to commits are lost
	away     bool // from the next call on, the store cannot be reached
}

var errCutOff = fmt.Errorf("%w: cut by the simulator", store.ErrUnavailable)

// ask is one call.
func ask[T any](d *desk, fn func() (T, error)) (v T, err error) {
	if err := d.co.Sleep(d.w.between(50*time.Microsecond, 3*time.Millisecond)); err != nil {
		return v, err
	}
	if d.away {
		return v, errCutOff
	}
	v, err = fn()
	return v, errors.Join(err, d.co.Sleep(d.w.between(50*time.Microsecond, 3*time.Millisecond)))
}

// Get implements store.Store, and so do the others.
func (d *desk) Get(ctx context.Context, keys ...store.Key) ([]*store.Doc, error) {
	return ask(d, func() ([]*store.Doc, error) { return d.Store.Get(ctx, keys...) })
}

func (d *desk) Read(ctx context.Context, s store.Scope) ([]store.Doc, error) {
	return ask(d, func() ([]store.Doc, error) { return d.Store.Read(ctx, s) })
}

func (d *desk) Lookup(ctx context.Context, index string, keys ...string) ([]string, error) {
	return ask(d, func() ([]string, error) { return d.Store.Lookup(ctx, index, keys...) })
}

func (d *desk) List(ctx context.Context, index string) (map[string]string, error) {
	return ask(d, func() (map[string]string, error) { return d.Store.List(ctx, index) })
}

func (d *desk) Free(ctx context.Context, index string, lo, hi int64, n int) ([]int64, error) {
	return ask(d, func() ([]int64, error) { return d.Store.Free(ctx, index, lo, hi, n) })
}

func (d *desk) Sequence(ctx context.Context, name string, n int) (int64, error) {
	return ask(d, func() (int64, error) { return d.Store.Sequence(ctx, name, n) })
}

func (d *desk) Info(ctx context.Context) (store.Info, error) {
	return ask(d, func() (store.Info, error) { return d.Store.Info(ctx) })
}

func (d *desk) Commit(ctx context.Context, t store.Txn) (store.Result, error) {
	return ask(d, func() (store.Result, error) {
		done := func(r store.Result) { d.w.defs.committed(t, r.Rev) }
		if d.unknowns > 0 {
			d.unknowns--
			return store.Result{}, d.w.db.uncertain(d.w.db.mem, t, done)
		}
		r, err := d.Store.Commit(ctx, t)
		if err == nil {
			done(r)
		}
		return r, err
	})
}

// catalog is what an operator's command works with.
func (d *desk) catalog() *catalog.Catalog {
	return catalog.New(d, catalog.Options{NewID: d.w.newID, Pick: d.w.rand.IntN,
		Sleep: func(_ context.Context, t time.Duration) error { return d.co.Sleep(t) }, Author: "operator"})
}

// operator runs an operator's command, beside those of others.
func (w *World) operator(what string, change func(*catalog.Changes)) {
	w.command(what, func(co *coroutine.Co, d *desk) error {
		var c catalog.Changes
		change(&c)
		_, err := d.catalog().Commit(context.Background(), &c)
		return err
	})
}

// command runs fn as an operator, and says how it ended.
func (w *World) command(what string, fn func(co *coroutine.Co, d *desk) error) {
	d := &desk{Store: w.db.mem, w: w}
	if !w.calm && w.chance(5) {
		d.unknowns = 1
	} else if !w.calm && w.chance(2) {
		w.after(w.between(0, 10*time.Millisecond), func() { d.away = true })
	}
	w.s.Go("operator", func(co *coroutine.Co) error {
		d.co = co
		err := fn(co, d)
		switch _, raw := errors.AsType[*store.Conflict](err); {
		case err == nil:
			w.stats.Changes++
			w.log("operator: %s: done", what)
		case raw:
			w.fail("operator is told of a conflict of the store: %s: %v", what, err)
		default:
			w.stats.Refused++
			w.log("operator: %s: %v", what, err)
		}
		return nil
	})
}
