package memstore

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/store"
)

var _ store.Archive = (*Store)(nil)

var errHeld = errors.New("another restore or repair is at work")

// Image implements store.Archive.
func (s *Store) Image(ctx context.Context) (*store.Image, error) {
	if err := s.enter(ctx, opRead); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return s.image(), nil
}

func (s *Store) image() *store.Image {
	im := &store.Image{Epoch: s.d.epoch, Rev: s.d.rev, At: s.o.Now(), Sequences: maps.Clone(s.d.seqs)}
	for _, sc := range slices.Sorted(maps.Keys(s.d.scopes)) {
		im.Docs = append(im.Docs, s.d.read(sc)...)
	}
	return im
}

// Survey implements store.Archive. Nothing below the documents can be damaged here.
func (s *Store) Survey(ctx context.Context) (*store.Survey, error) {
	if err := s.enter(ctx, opRead); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	out := &store.Survey{Image: *s.image(), Scopes: map[store.Scope]int64{}}
	for sc, x := range s.d.scopes {
		out.Scopes[sc] = x.rev
	}
	for ix, x := range s.d.indexes {
		for key, h := range x.entries {
			out.Claims = append(out.Claims, store.Claim{Index: ix, Key: key, Owner: h.owner, Bit: h.bit, Watched: h.watched})
		}
	}
	slices.SortFunc(out.Claims, func(a, b store.Claim) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.Key, b.Key))
	})
	return out, nil
}

// Hold implements store.Archive.
func (s *Store) Hold(ctx context.Context, do func(ctx context.Context) error) error {
	s.mu.Lock()
	busy := s.held
	s.held = true
	s.mu.Unlock()
	if busy {
		return errHeld
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.held = false
	}()
	return do(ctx)
}

// Load implements store.Archive.
func (s *Store) Load(ctx context.Context, l store.Load) (string, error) {
	if err := s.enter(ctx, opInit); err != nil {
		return "", err
	}
	defer s.mu.Unlock()
	if !s.held {
		return "", errors.New("load: the store is not held")
	}
	d := newData()
	d.rev, d.beats = l.Image.Rev, s.d.beats
	for _, doc := range l.Image.Docs {
		sc := d.scope(doc.Key.Scope)
		sc.docs[name{doc.Key.Kind, doc.Key.ID}] = doc
		sc.rev, d.rev = max(sc.rev, doc.Rev), max(d.rev, doc.Rev)
	}
	for _, c := range l.Claims {
		d.claim(c)
	}
	for _, seqs := range []map[string]int64{l.Image.Sequences, s.d.seqs} {
		for n, v := range seqs {
			d.seqs[n] = max(d.seqs[n], v)
		}
	}
	if l.Keep {
		s.keep(d, l.Touched)
	} else {
		d.epoch, d.base = s.o.NewID(), d.rev
	}
	s.d, s.held = d, false
	if l.Progress != nil {
		l.Progress(len(l.Image.Docs), len(l.Image.Docs))
	}
	return d.epoch, nil
}

// keep takes the history over into d.
func (s *Store) keep(d *data, touched []store.Scope) {
	d.epoch, d.base, d.writer, d.terms, d.done, d.doneIDs = s.d.epoch, s.d.base, s.d.writer, s.d.terms, s.d.done,
		s.d.doneIDs
	d.rev = max(d.rev, s.d.rev) + 1
	for sc, x := range s.d.scopes {
		d.scope(sc).rev, d.scope(sc).log = x.rev, x.log
	}
	for _, sc := range touched {
		d.scope(sc).rev, d.scope(sc).log = d.rev, nil
	}
}
