package catalog

import (
	"context"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

const (
	attemptsMax     = 32 // bounds how often a change is planned again because somebody else was quicker
	unknownAttempts = 3  // of a commit whose outcome is unknown
	unknownPause    = 200 * time.Millisecond
)

// Options replace what is random or takes time; the zero value is right for programs.
type Options struct {
	// NewID makes ids of commits; nil means random text.
	NewID func() string
	// Pick returns a number in [0, n); nil means a random one. It spreads competing allocations.
	Pick func(n int) int
	// Sleep waits in Wait between two looks at the store; nil means a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Author is kept with each change.
	Author string
}

// Catalog reads and changes the definitions in a store.
type Catalog struct {
	s store.Store
	o Options
}

// New returns the catalog of s.
func New(s store.Store, o Options) *Catalog {
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	if o.Pick == nil {
		o.Pick = mathrand.IntN
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	return &Catalog{s: s, o: o}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Verb is what is to be done with an object.
type Verb string

// The verbs. Apply creates what is absent and makes the rest as described.
const (
	Create Verb = "create"
	Update Verb = "update"
	Delete Verb = "delete"
	Apply  Verb = "apply"
)

// op is one wish.
type op struct {
	verb Verb
	ref
	object Object             // of Create and Apply
	edit   func(Object) error // of Update
	err    error              // the wish makes no sense
}

// Changes is a list of wishes that are committed together or not at all. The zero value is empty.
type Changes struct{ ops []op }

// Create asks for a new object. Fields that are zero get defaults or are allocated.
func (c *Changes) Create(o Object) { c.put(Create, o) }

// Apply asks for an object to be as described. Of an existing one, allocated fields that are zero stay as they are.
func (c *Changes) Apply(o Object) { c.put(Apply, o) }

func (c *Changes) put(v Verb, o Object) {
	r, err := refOf(o)
	c.ops = append(c.ops, op{verb: v, ref: r, object: o, err: err})
}

// Update asks for an existing object to be edited. edit gets a copy, and may be called several times.
func (c *Changes) Update(kind model.Kind, name string, edit func(Object) error) {
	c.ops = append(c.ops, op{verb: Update, ref: ref{kind, name}, edit: edit})
}

// Delete asks for an object to be removed. What uses it must be removed before, or in the same Changes.
func (c *Changes) Delete(kind model.Kind, name string) {
	c.ops = append(c.ops, op{verb: Delete, ref: ref{kind, name}})
}

// Action is what became of a wish.
type Action string

// The actions.
const (
	Created   Action = "created"
	Updated   Action = "updated"
	Deleted   Action = "deleted"
	Unchanged Action = "unchanged"
)

// Done is what became of one wish. Object is as stored now; for a deleted one, as it was.
type Done struct {
	Action Action
	Kind   model.Kind
	Name   string
	Object Object
}

// run is what stays the same over the attempts of one Commit.
type run struct {
	dry   bool                 // nothing is to be changed
	macs  map[string]model.MAC // reserved for ports, so that attempts do not use up more numbers than needed
	turns map[string]int64     // of counters, for the same reason; see turning
}

func newRun() *run { return &run{macs: map[string]model.MAC{}, turns: map[string]int64{}} }

// forget drops a reserved MAC that somebody already has.
func (r *run) forget(port string, c *store.Conflict) {
	if m, ok := r.macs[port]; ok && m.String() == c.Entry {
		delete(r.macs, port)
	}
}

// Commit makes all changes, or none. The results are in the order of the wishes.
func (c *Catalog) Commit(ctx context.Context, ch *Changes) ([]Done, error) {
	r := newRun()
	for n := range attemptsMax {
		w, err := c.plan(ctx, ch, r, n)
		if err != nil {
			return nil, err
		}
		if w.empty() {
			return w.done(), nil
		}
		if err = c.commit(ctx, w.txn); err == nil {
			return w.done(), nil
		}
		if err := w.verdict(err); err != nil {
			return nil, err
		}
	}
	return nil, refuse(ch.ops[0].ref, fieldName, "others change the same objects all the time, nothing was done "+
		"in %d attempts: try again", attemptsMax)
}

// commit commits, and asks again while nobody knows whether that has happened: the store remembers the transaction's id
// and does nothing twice.
func (c *Catalog) commit(ctx context.Context, t store.Txn) error {
	for n := 1; ; n++ {
		_, err := c.s.Commit(ctx, t)
		if !errors.Is(err, store.ErrUnknown) || n == unknownAttempts || c.o.Sleep(ctx, unknownPause) != nil {
			return err
		}
	}
}

// DryRun says what Commit would do, and refuses what it would refuse, without changing anything but counters. Allocated
// values are those of the moment.
func (c *Catalog) DryRun(ctx context.Context, ch *Changes) ([]Done, error) {
	r := newRun()
	r.dry = true
	w, err := c.plan(ctx, ch, r, 0)
	if err != nil {
		return nil, err
	}
	if err := w.rehearse(); err != nil {
		return nil, err
	}
	return w.done(), nil
}

// plan makes one attempt, up to the transaction.
func (c *Catalog) plan(ctx context.Context, ch *Changes, r *run, n int) (*work, error) {
	w := &work{ctx: ctx, c: c, run: r, attempt: n, entries: map[ref]*entry{}, subnets: map[string][]*entry{},
		checks: map[store.Key]int64{}, origins: map[store.Entry]origin{}, allowed: map[string]*allowances{}}
	w.ops = slices.Clone(ch.ops)
	steps := []func() error{w.vet, w.prefetch, w.planAll, w.checkShrunk, w.checkUplinks, w.checkAllowed, w.allocate,
		w.emit, w.rest}
	for _, step := range steps {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// vet refuses wishes that contradict each other, and puts the rest into the order of planning.
func (w *work) vet() error {
	seen := map[ref]bool{}
	var errs []error
	for _, o := range w.ops {
		if o.err != nil {
			errs = append(errs, o.err)
			continue
		}
		if seen[o.ref] {
			errs = append(errs, invalid(o.ref, fieldName, "is given twice: keep one"))
		}
		seen[o.ref] = true
	}
	w.wishes = w.ops
	w.ops = slices.Clone(w.ops)
	slices.SortStableFunc(w.ops, func(a, b op) int { return rank(a) - rank(b) })
	return errors.Join(errs...)
}

// level says how deep in the tree of references a kind is.
var level = map[model.Kind]int{model.KindPhysNet: 0, model.KindPhysPort: 1, model.KindNetwork: 1, model.KindSubnet: 2,
	model.KindPort: 3, model.KindMirror: 5}

// rank orders wishes so that what others refer to comes first, parents of ports too; deletions come before everything.
func rank(o op) int {
	if o.verb == Delete {
		return -level[o.kind] - 1
	}
	if p, ok := o.object.(*model.Port); ok && p.Parent != "" {
		return level[o.kind] + 1
	}
	return level[o.kind]
}
