package redisstore

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/vlcp-go/vlcp/common/store"
)

const batchFields = 6 // in front of the changes

// Poll implements store.Log.
func (s *Store) Poll(ctx context.Context, c store.Cursor) (store.Batch, error) {
	if len(c.Scopes) > maxScopesPerPoll {
		return store.Batch{}, fmt.Errorf("poll: %d scopes, the bound is %d", len(c.Scopes), maxScopesPerPoll)
	}
	scopes := slices.Sorted(maps.Keys(c.Scopes))
	args := make([]any, 0, 3+2*len(scopes))
	args = append(args, c.Epoch, c.Rev, c.Term)
	for _, sc := range scopes {
		args = append(args, string(sc), c.Scopes[sc])
	}
	r, err := s.run(ctx, "poll", pollScript, args...)
	if err != nil {
		return store.Batch{}, err
	}
	list, _ := r.([]any)
	if len(list) < batchFields {
		return store.Batch{}, fmt.Errorf("poll: %d fields in the answer", len(list))
	}
	b := store.Batch{Epoch: text(list[0]), RunID: text(list[1]), Rev: number(text(list[2])), Term: text(list[3]),
		Lost: text(list[4]) == "1", Base: number(text(list[5]))}
	for _, row := range list[batchFields:] {
		ch, err := changeOf(scopes, row)
		if err != nil {
			return store.Batch{}, fmt.Errorf("poll: %w", err)
		}
		b.Changes = append(b.Changes, ch)
	}
	return b, nil
}

func changeOf(scopes []store.Scope, row any) (store.ScopeChange, error) {
	f, _ := row.([]any)
	if len(f) != 4 {
		return store.ScopeChange{}, fmt.Errorf("%d fields in a change", len(f))
	}
	i := number(text(f[0])) - 1
	if i < 0 || i >= int64(len(scopes)) {
		return store.ScopeChange{}, fmt.Errorf("change of unknown scope %d", i)
	}
	docs, gone, err := documents(scopes[i], f[3])
	if err != nil {
		return store.ScopeChange{}, err
	}
	return store.ScopeChange{Scope: scopes[i], Rev: number(text(f[1])), Full: text(f[2]) == "1", Docs: docs,
		Deleted: gone}, nil
}
