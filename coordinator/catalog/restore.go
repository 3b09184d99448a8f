package catalog

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vlcp-go/vlcp/common/model"
	"github.com/vlcp-go/vlcp/common/store"
)

// Difference is an object that a restore changes.
type Difference struct {
	Object string `json:"object"`
	Change Action `json:"change"` // created, updated or deleted
}

// String is the line for people.
func (d Difference) String() string { return people(d.Object) + " " + string(d.Change) }

// Restored is what a restore did.
type Restored struct {
	Epoch     string       `json:"epoch"`
	Rev       int64        `json:"rev"`
	Documents int          `json:"documents"`
	Changes   []Difference `json:"changes"`
}

// NotEmpty refuses a restore onto a deployment that has definitions.
type NotEmpty struct{ Changes []Difference }

const maxShown = 50 // differences in an error text

// Error implements error.
func (e *NotEmpty) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the store has definitions; with --replace the backup takes their place, which changes %d objects:",
		len(e.Changes))
	for _, d := range e.Changes[:min(len(e.Changes), maxShown)] {
		b.WriteString("\n" + d.String())
	}
	if n := len(e.Changes) - maxShown; n > 0 {
		fmt.Fprintf(&b, "\nand %d more", n)
	}
	return b.String()
}

// RestoreOptions say how to restore.
type RestoreOptions struct {
	Replace  bool // also where there are definitions
	DryRun   bool // only say what would change
	Progress func(done, total int)
}

// Restore puts an image in place of everything that is stored, all or nothing, under a new epoch: agents hold what they
// have and take what is new until somebody accepts. An image that is not right by itself is refused.
func (c *Catalog) Restore(ctx context.Context, im *store.Image, o RestoreOptions) (*Restored, error) {
	ar, err := c.archive()
	if err != nil {
		return nil, err
	}
	load, err := prepare(im)
	if err != nil {
		return nil, err
	}
	load.Progress = o.Progress
	out := &Restored{Rev: im.Rev, Documents: len(load.Image.Docs)}
	look := func(ctx context.Context) error {
		have, err := ar.Image(ctx)
		if errors.Is(err, store.ErrNotInitialised) {
			have, err = &store.Image{}, nil
		}
		if err != nil {
			return err
		}
		out.Changes = differences(have.Docs, load.Image.Docs)
		if !o.Replace && slices.ContainsFunc(have.Docs, isDefinition) {
			return &NotEmpty{out.Changes}
		}
		return nil
	}
	if err := look(ctx); err != nil || o.DryRun {
		return out, err
	}
	return out, ar.Hold(ctx, func(ctx context.Context) error {
		if err := look(ctx); err != nil { // now nothing changes any more
			return err
		}
		out.Epoch, err = ar.Load(ctx, *load)
		return err
	})
}

// prepare checks an image, and leaves out what is of its own time only.
func prepare(im *store.Image) (*store.Load, error) {
	docs := slices.DeleteFunc(slices.Clone(im.Docs), func(d store.Doc) bool { return d.Key.Scope == store.ScopeStore })
	hosts := map[string]bool{} // of bindings: whoever is not there will announce itself, or is found by check
	for _, d := range docs {
		if d.Key.Kind == string(model.KindHost) {
			hosts[d.Key.ID] = true
		}
	}
	a := examine(docs, hosts)
	var bad []string
	for _, f := range a.flaws {
		if f.Mend == "" {
			bad = append(bad, f.String())
		}
	}
	if len(bad) > 0 {
		return nil, &Unmendable{fmt.Sprintf("the backup is not right by itself, nothing was changed:\n%s",
			strings.Join(bad[:min(len(bad), maxShown)], "\n"))}
	}
	clean := *im
	clean.Docs = a.docs
	return &store.Load{Image: &clean, Claims: a.claims()}, nil
}

func isDefinition(d store.Doc) bool {
	switch model.Kind(d.Key.Kind) {
	case model.KindPhysNet, model.KindPhysPort, model.KindNetwork, model.KindSubnet, model.KindPort,
		model.KindMirror:
		return true
	}
	return false
}

// differences lists the definitions that are not the same in both.
func differences(have, want []store.Doc) []Difference {
	out := []Difference{}
	old := map[store.Key][]byte{}
	for _, d := range have {
		if isDefinition(d) {
			old[d.Key] = d.Value
		}
	}
	note := func(k store.Key, a Action) { out = append(out, Difference{k.Kind + "/" + k.ID, a}) }
	for _, d := range want {
		if !isDefinition(d) {
			continue
		}
		value, ok := old[d.Key]
		delete(old, d.Key)
		switch {
		case !ok:
			note(d.Key, Created)
		case !bytes.Equal(value, d.Value):
			note(d.Key, Updated)
		}
	}
	for k := range old {
		note(k, Deleted)
	}
	slices.SortFunc(out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Change, b.Change), cmp.Compare(a.Object, b.Object))
	})
	return out
}
