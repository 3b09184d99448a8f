package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vlcp-go/vlcp/common/store"
)

var _ store.Archive = (*Store)(nil)

const imageFields = 4 // in front of the scopes

// Image implements store.Archive. It is one script: the server is busy for some milliseconds per 1,000 documents.
func (s *Store) Image(ctx context.Context) (*store.Image, error) {
	r, err := s.run(ctx, "read all documents", imageScript)
	if err != nil {
		return nil, err
	}
	list, _ := r.([]any)
	if len(list) < imageFields {
		return nil, fmt.Errorf("read all documents: %d fields in the answer", len(list))
	}
	im := &store.Image{Epoch: text(list[0]), Rev: number(text(list[1])), At: time.UnixMicro(number(text(list[2]))),
		Sequences: map[string]int64{}}
	seq := texts(list[3])
	for i := 0; i+1 < len(seq); i += 2 {
		im.Sequences[seq[i]] = number(seq[i+1])
	}
	for i := imageFields; i+1 < len(list); i += 2 {
		docs, _, err := documents(store.Scope(text(list[i])), list[i+1])
		if err != nil {
			return nil, fmt.Errorf("read all documents: %w", err)
		}
		im.Docs = append(im.Docs, docs...)
	}
	sortDocs(im.Docs)
	return im, nil
}

func sortDocs(docs []store.Doc) {
	slices.SortFunc(docs, func(a, b store.Doc) int { return a.Key.Compare(b.Key) })
}

const (
	holdFor   = time.Minute // after whoever holds it has died
	holdRenew = 10 * time.Second
)

// errHeld is for a store that another program restores or repairs.
var errHeld = errors.New("another restore or repair is at work: wait for it (one that died lets go after a minute)")

type holdKey struct{}

// What hold is asked for.
const (
	begin = "begin"
	goOn  = "go on"
	end   = "end"
)

// Hold implements store.Archive.
func (s *Store) Hold(ctx context.Context, do func(ctx context.Context) error) error {
	token := rand.Text()
	if err := s.hold(ctx, token, holdFor, begin); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(context.WithValue(ctx, holdKey{}, token))
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sleep(ctx, holdRenew); ctx.Err() == nil; sleep(ctx, holdRenew) {
			if err := s.hold(ctx, token, holdFor, goOn); err != nil && ctx.Err() == nil {
				cancel(err)
			}
		}
	}()
	err := do(ctx)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		err = cause
	}
	cancel(nil)
	<-done
	release, stop := context.WithTimeout(context.WithoutCancel(ctx), ioTimeout)
	defer stop()
	_ = s.hold(release, token, 0, end) // it ends by itself
	return err
}

func (s *Store) hold(ctx context.Context, token string, d time.Duration, what string) error {
	r, err := s.run(ctx, "hold the store", holdScript, token, d.Milliseconds(), what)
	switch n, _ := r.(int64); {
	case err != nil:
		return err
	case n == 1:
		return nil
	case what == begin:
		return errHeld
	}
	return errNotHeld
}
