package redisstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vlcp-go/vlcp/common/sorted"
	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/internal/valid"
)

const freeWindowBytes = 4096

// Get implements store.Reader.
func (s *Store) Get(ctx context.Context, keys ...store.Key) ([]*store.Doc, error) {
	args := make([]any, 0, 2*len(keys))
	for _, k := range keys {
		args = append(args, string(k.Scope), field(k))
	}
	r, err := s.run(ctx, "read documents", getScript, args...)
	if err != nil {
		return nil, err
	}
	list, _ := r.([]any)
	out := make([]*store.Doc, len(keys))
	for i, v := range list[:min(len(list), len(keys))] {
		if v == nil {
			continue
		}
		d, err := docOf(keys[i], text(v))
		if err != nil {
			return nil, fmt.Errorf("read documents: %w", err)
		}
		out[i] = &d
	}
	return out, nil
}

// Read implements store.Reader.
func (s *Store) Read(ctx context.Context, scope store.Scope) ([]store.Doc, error) {
	r, err := s.run(ctx, "read scope", scopeScript, string(scope))
	if err != nil {
		return nil, err
	}
	docs, _, err := documents(scope, r)
	if err != nil {
		return nil, fmt.Errorf("read scope: %w", err)
	}
	return docs, nil
}

// documents takes a flat list of fields and values apart; fields without a value are gone.
func documents(scope store.Scope, r any) (docs []store.Doc, gone []store.Key, err error) {
	list, _ := r.([]any)
	docs = make([]store.Doc, 0, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		k := keyOf(scope, text(list[i]))
		if list[i+1] == nil {
			gone = append(gone, k)
			continue
		}
		d, err := docOf(k, text(list[i+1]))
		if err != nil {
			return nil, nil, err
		}
		docs = append(docs, d)
	}
	sortDocs(docs)
	sorted.Func(gone, store.Key.Compare)
	return docs, gone, nil
}

// Lookup implements store.Reader.
func (s *Store) Lookup(ctx context.Context, index string, keys ...string) ([]string, error) {
	args := make([]any, 0, 1+len(keys))
	args = append(args, index)
	for _, k := range keys {
		args = append(args, k)
	}
	r, err := s.run(ctx, "look up "+index, lookupScript, args...)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(keys))
	for i, entry := range texts(r) {
		out[i] = ownerOf(entry)
	}
	return out, nil
}

// List implements store.Reader.
func (s *Store) List(ctx context.Context, index string) (map[string]string, error) {
	r, err := s.run(ctx, "list "+index, readScript, "idx:"+index)
	if err != nil {
		return nil, err
	}
	list := texts(r)
	out := make(map[string]string, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		out[list[i]] = ownerOf(list[i+1])
	}
	return out, nil
}

// Free implements store.Reader.
func (s *Store) Free(ctx context.Context, index string, lo, hi int64, n int) ([]int64, error) {
	var out []int64
	hi = min(hi, valid.MaxBit)
	for lo = max(lo, 0); lo <= hi && len(out) < n; {
		r, err := s.run(ctx, "find free numbers of "+index, freeScript, index, lo, hi, poolChunkBits, freeWindowBytes)
		if err != nil {
			return nil, err
		}
		f := texts(r)
		if len(f) != 3 {
			return nil, fmt.Errorf("find free numbers of %s: %d fields in the answer", index, len(f))
		}
		start, taken, next := number(f[0]), f[1], number(f[2])
		for b := max(lo, start); b < next && b <= hi && len(out) < n; b++ {
			if at := (b - start) / 8; at >= int64(len(taken)) || taken[at]&(0x80>>((b-start)%8)) == 0 {
				out = append(out, b)
			}
		}
		if next <= lo {
			break // the whole range was taken
		}
		lo = next
	}
	return out, nil
}

// Sequence implements store.Store.
func (s *Store) Sequence(ctx context.Context, name string, n int) (int64, error) {
	if err := valid.Sequence(name, n); err != nil {
		return 0, err
	}
	r, err := s.run(ctx, "reserve numbers of "+name, sequenceScript, name, n, sequenceGap)
	if err != nil {
		return 0, err
	}
	return number(text(r)) - int64(n) + 1, nil
}

// Beat implements store.Store.
func (s *Store) Beat(ctx context.Context, host string, value []byte) error {
	if host == "" {
		return errors.New("beat without a host")
	}
	_, err := s.run(ctx, "write heartbeat", beatScript, host, value)
	return err
}

// Beats implements store.Store.
func (s *Store) Beats(ctx context.Context) ([]store.Beat, error) {
	r, err := s.run(ctx, "read heartbeats", beatsScript)
	if err != nil {
		return nil, err
	}
	list := texts(r)
	out := make([]store.Beat, 0, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		at, value, ok := strings.Cut(list[i+1], "\n")
		if ok {
			out = append(out, store.Beat{Host: list[i], At: time.UnixMicro(number(at)), Value: []byte(value)})
		}
	}
	slices.SortFunc(out, func(a, b store.Beat) int { return cmp.Compare(a.Host, b.Host) })
	return out, nil
}

// RemoveBeat implements store.Store.
func (s *Store) RemoveBeat(ctx context.Context, host string) error {
	_, err := s.run(ctx, "remove heartbeat", unbeatScript, host)
	return err
}

// number reads a number that a script of ours wrote; anything else is 0.
func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
