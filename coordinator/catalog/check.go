package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/store"
)

// Report is what a check found, or a repair did.
type Report struct {
	Epoch     string `json:"epoch"`
	Rev       int64  `json:"rev"`
	Documents int    `json:"documents"`
	Entries   int    `json:"entries"` // of indexes
	Flaws     []Flaw `json:"flaws"`
	// Mended: what has a Mend was mended.
	Mended bool `json:"mended"`
}

// Mendable is how many of the flaws repair mends.
func (r *Report) Mendable() int {
	n := 0
	for _, f := range r.Flaws {
		if f.Mend != "" {
			n++
		}
	}
	return n
}

var errNoArchive = errors.New("this store cannot be looked into")

func (c *Catalog) archive() (store.Archive, error) {
	a, ok := c.s.(store.Archive)
	if !ok {
		return nil, errNoArchive
	}
	return a, nil
}

// Check looks for everything that is not as commits leave it. The store goes on working meanwhile, so that what changes
// just then may look wrong: a flaw is one that is seen twice.
func (c *Catalog) Check(ctx context.Context) (*Report, error) {
	first, _, err := c.survey(ctx)
	if err != nil || len(first.Flaws) == 0 {
		return first, err
	}
	second, _, err := c.survey(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[Flaw]bool{}
	for _, f := range first.Flaws {
		seen[f] = true
	}
	second.Flaws = slices.DeleteFunc(second.Flaws, func(f Flaw) bool { return !seen[f] })
	return second, nil
}

// survey reads everything once, and works out what would be right.
func (c *Catalog) survey(ctx context.Context) (*Report, *store.Load, error) {
	ar, err := c.archive()
	if err != nil {
		return nil, nil, err
	}
	sv, err := ar.Survey(ctx)
	if err != nil {
		return nil, nil, err
	}
	beats, err := c.s.Beats(ctx)
	if err != nil {
		return nil, nil, err
	}
	hosts := map[string]bool{}
	for _, b := range beats {
		hosts[b.Host] = true
	}
	a := examine(sv.Docs, hosts)
	a.hold(sv.Claims)
	r := &Report{Epoch: sv.Epoch, Rev: sv.Rev, Documents: len(sv.Docs), Entries: len(sv.Claims), Flaws: []Flaw{}}
	for _, f := range sv.Flaws {
		x := Flaw{Code: f.Code, Object: f.Object, Problem: f.Text}
		if f.Mended {
			x.Mend = "it is written anew"
		}
		if f.Scope != "" {
			a.touched[f.Scope] = true
		}
		r.Flaws = append(r.Flaws, x)
	}
	r.Flaws = append(r.Flaws, a.flaws...)
	load := &store.Load{Image: &sv.Image, Claims: a.claims(), Keep: true,
		Touched: slices.Sorted(maps.Keys(a.touched))}
	load.Image.Docs = a.docs
	return r, load, nil
}

// Repair mends what Check finds and can be mended, in one step that happens completely or not at all. Definitions stay
// as they are, and so do epoch and revisions: agents notice nothing but what was wrong.
func (c *Catalog) Repair(ctx context.Context, progress func(done, total int)) (*Report, error) {
	ar, err := c.archive()
	if err != nil {
		return nil, err
	}
	var r *Report
	err = ar.Hold(ctx, func(ctx context.Context) error {
		var load *store.Load
		if r, load, err = c.survey(ctx); err != nil {
			return err
		}
		for _, f := range r.Flaws {
			if f.Code == codeLater {
				return &Unmendable{fmt.Sprintf("%s: it would lose what a later version knows: use that version", f)}
			}
		}
		if r.Mendable() == 0 {
			return nil
		}
		load.Progress = progress
		if _, err := ar.Load(ctx, *load); err != nil {
			return err
		}
		r.Mended = true
		return nil
	})
	return r, err
}

// Unmendable says why a repair or restore was refused. Nothing was changed.
type Unmendable struct{ Reason string }

// Error implements error.
func (e *Unmendable) Error() string { return e.Reason }
