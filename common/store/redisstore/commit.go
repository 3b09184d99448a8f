package redisstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/internal/valid"
)

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, t store.Txn) (store.Result, error) {
	if err := valid.Txn(&t); err != nil {
		return store.Result{}, err
	}
	if t.ID == "" {
		t.ID = rand.Text()
	}
	args := s.encode(&t)
	commit := func(ctx context.Context) (any, error) { return commitScript.Run(ctx, s.c, s.keys, args...).Result() }
	if s.durable > 0 {
		commit = func(ctx context.Context) (any, error) { return s.commitDurably(ctx, args) }
	}
	r, doubt, err := s.attempts(ctx, commit)
	switch {
	case err != nil && doubt:
		return store.Result{}, fmt.Errorf("commit: %w: redis at %s: %w (read back what you wrote, or commit again "+
			"with the same id)", store.ErrUnknown, s.where, err)
	case err != nil:
		return store.Result{}, s.wrap("commit", err)
	}
	f, _ := r.([]any)
	if len(f) == 4 && text(f[0]) == "ok" {
		return store.Result{Rev: number(text(f[1])), At: time.UnixMicro(number(text(f[2]))), Term: text(f[3])}, nil
	}
	c := conflictOf(&t, f)
	if c == nil {
		return store.Result{}, fmt.Errorf("commit: unexpected answer %.100v", r)
	}
	return store.Result{}, fmt.Errorf("commit: %w", c)
}

// numbers gives names small numbers, from 1, so that each travels once.
type numbers struct {
	of    map[string]int
	names []any
}

func (n *numbers) get(name string) int {
	i, ok := n.of[name]
	if !ok {
		n.names = append(n.names, name)
		i = len(n.names)
		n.of[name] = i
	}
	return i
}

// section is a list of arguments with its number of rows in front.
type section struct {
	rows int
	args []any
}

func (s *section) row(args ...any) {
	s.rows++
	s.args = append(s.args, args...)
}

// encode lays t out as commit.lua reads it.
func (s *Store) encode(t *store.Txn) []any {
	scopes, indexes := numbers{of: map[string]int{}}, numbers{of: map[string]int{}}
	var checks, releases, claims, empty, deletes, puts section
	for _, c := range t.Checks {
		checks.row(scopes.get(string(c.Key.Scope)), field(c.Key), c.Rev)
	}
	for _, c := range t.Releases {
		releases.row(indexes.get(c.Index), c.Key, c.Owner)
	}
	for _, c := range t.Claims {
		claims.row(indexes.get(c.Index), c.Key, c.Owner, token(c))
	}
	for _, ix := range t.Empty {
		empty.row(indexes.get(ix))
	}
	for _, k := range t.Deletes {
		deletes.row(scopes.get(string(k.Scope)), field(k))
	}
	for _, d := range t.Puts {
		puts.row(scopes.get(string(d.Key.Scope)), field(d.Key), d.Value)
	}
	out := []any{t.ID, t.Author, t.Note, s.logLimit, maxTxnIDs, poolChunkBits, maxOwnersInError, maxTerms, flag(t.NewTerm)}
	named := []section{{len(scopes.names), scopes.names}, {len(indexes.names), indexes.names}}
	for _, sec := range append(named, checks, releases, claims, empty, deletes, puts) {
		out = append(out, sec.rows)
		out = append(out, sec.args...)
	}
	return out
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// conflictOf reads what commit.lua says when a precondition does not hold, nil when it is something else.
func conflictOf(t *store.Txn, f []any) *store.Conflict {
	if len(f) < 2 {
		return nil
	}
	what, i := text(f[0]), int(number(text(f[1])))-1
	list := t.Releases
	switch what {
	case "exists", "missing", "changed":
		if i < 0 || i >= len(t.Checks) {
			return nil
		}
		return &store.Conflict{Reason: store.Reason(what), Key: t.Checks[i].Key}
	case "in use":
		if i < 0 || i >= len(t.Empty) || len(f) != 4 {
			return nil
		}
		return &store.Conflict{Reason: store.ReasonInUse, Index: t.Empty[i], Count: int(number(text(f[2]))),
			Owners: texts(f[3])}
	case "claim":
		list = t.Claims
	case "release":
	default:
		return nil
	}
	if i < 0 || i >= len(list) || len(f) != 3 {
		return nil
	}
	return &store.Conflict{Reason: store.ReasonClaimed, Index: list[i].Index, Entry: list[i].Key, Owner: text(f[2])}
}
