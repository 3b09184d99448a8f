package redisstore

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/vlcp-go/vlcp/common/store"
)

const (
	loadChunk     = 500     // commands or fields in one piece
	loadBytes     = 1 << 20 // of values in one piece
	loadPrefix    = "load:"
	cleanTimeout  = 10 * time.Second
	bitsPerByte   = 8
	highestOfByte = 0x80
)

var errNotHeld = errors.New("the store is not held any more: its server lost that, or it took too long; nothing was " +
	"changed, try again")

// Load implements store.Archive: it writes everything below load:TOKEN: in pieces, and one script puts it in place of
// what is there.
func (s *Store) Load(ctx context.Context, l store.Load) (string, error) {
	token, _ := ctx.Value(holdKey{}).(string)
	if token == "" {
		return "", errNotHeld
	}
	old, err := s.scan(ctx)
	if err != nil {
		return "", s.wrap("load", err)
	}
	st := &staging{s: s, prefix: s.prefix + loadPrefix + token + ":", progress: l.Progress}
	rev, err := st.layOut(ctx, &l)
	if err != nil {
		return "", err
	}
	if err := st.write(ctx); err != nil {
		st.clean(ctx)
		return "", s.wrap("load", err)
	}
	var drop section
	for _, k := range old {
		if replaced(k, &l) {
			drop.row(k)
		}
	}
	take := section{}
	for _, k := range slices.Sorted(maps.Keys(st.keys)) {
		take.row(k)
	}
	args := []any{token, flag(l.Keep), rand.Text(), schema, rev}
	for _, sec := range []section{drop, take} {
		args = append(append(args, sec.rows), sec.args...)
	}
	r, err := s.run(ctx, "load", swapScript, args...)
	if err != nil {
		st.clean(ctx)
		return "", err
	}
	if epoch, ok := r.(string); ok {
		return epoch, nil
	}
	st.clean(ctx)
	return "", errNotHeld
}

// replaced reports whether a key goes when l comes. Heartbeats and probes say what is now.
func replaced(key string, l *store.Load) bool {
	head, rest, _ := strings.Cut(key, ":")
	switch head {
	case "meta", "beats", "beat", "probe":
		return false
	case "terms", "ids", "idlog":
		return !l.Keep
	case "log":
		return !l.Keep || slices.Contains(l.Touched, store.Scope(rest))
	}
	return true // also what is left of a load that died
}

// scan lists the keys of the deployment, without the prefix.
func (s *Store) scan(ctx context.Context) ([]string, error) {
	node, err := s.node(ctx)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	for cursor := uint64(0); ; {
		keys, next, err := node.Scan(ctx, cursor, s.prefix+"*", loadChunk).Result()
		if err != nil {
			return nil, err
		}
		for _, k := range keys {
			seen[strings.TrimPrefix(k, s.prefix)] = true
		}
		if cursor = next; cursor == 0 {
			return slices.Sorted(maps.Keys(seen)), nil
		}
	}
}

// staging is what is to be loaded, as commands.
type staging struct {
	s        *Store
	prefix   string
	progress func(done, total int)
	cmds     []staged
	keys     map[string]bool // without prefix
}

// staged is one command; args do not have the key.
type staged struct {
	name, key string
	args      []any
}

func (st *staging) add(name, key string, args ...any) {
	st.cmds = append(st.cmds, staged{name, key, args})
	st.keys[key] = true
}

// hash adds the fields of a hash, in pieces.
func (st *staging) hash(key string, flat []any) {
	for part := range slices.Chunk(flat, 2*loadChunk) {
		st.add("hset", key, part...)
	}
}

// layOut turns l into commands, and returns the revision that the store will have.
func (st *staging) layOut(ctx context.Context, l *store.Load) (int64, error) {
	st.keys = map[string]bool{}
	rev, scopes := l.Image.Rev, map[store.Scope]int64{}
	docs := map[string][]any{}
	for _, d := range l.Image.Docs {
		rev = max(rev, d.Rev)
		scopes[d.Key.Scope] = max(scopes[d.Key.Scope], d.Rev)
		docs[home(d.Key)] = append(docs[home(d.Key)], field(d.Key), strconv.FormatInt(d.Rev, 10)+"\n"+string(d.Value))
	}
	if l.Keep {
		kept, err := st.s.c.HGetAll(ctx, st.s.prefix+"scopes").Result()
		if err != nil {
			return 0, st.s.wrap("load", err)
		}
		for sc, r := range kept {
			scopes[store.Scope(sc)] = max(scopes[store.Scope(sc)], number(r))
			rev = max(rev, number(r))
		}
		rev++
		for _, sc := range l.Touched {
			scopes[sc] = rev
		}
	}
	for _, key := range slices.Sorted(maps.Keys(docs)) {
		st.hash(key, docs[key])
	}
	var flat []any
	for _, sc := range slices.Sorted(maps.Keys(scopes)) {
		flat = append(flat, string(sc), scopes[sc])
	}
	st.hash("scopes", flat)
	flat = nil
	for _, name := range slices.Sorted(maps.Keys(l.Image.Sequences)) {
		flat = append(flat, name, l.Image.Sequences[name])
	}
	st.hash("seq", flat)
	st.claims(l.Claims)
	return rev, nil
}

func (st *staging) claims(claims []store.Claim) {
	entries := map[string][]any{}
	pools := map[string]map[int64][]byte{}
	for _, c := range claims {
		entries[c.Index] = append(entries[c.Index], c.Key, token(c)+" "+c.Owner)
		if c.Watched {
			st.add("set", bell(store.Entry{Index: c.Index, Key: c.Key}), c.Owner)
		}
		if c.Bit != store.NoBit {
			setBit(pools, c.Index, c.Bit)
		}
	}
	for _, ix := range slices.Sorted(maps.Keys(entries)) {
		st.hash("idx:"+ix, entries[ix])
	}
	for _, ix := range slices.Sorted(maps.Keys(pools)) {
		for _, chunk := range slices.Sorted(maps.Keys(pools[ix])) {
			st.add("set", poolKey(ix, chunk), pools[ix][chunk])
		}
	}
}

func poolKey(index string, chunk int64) string { return fmt.Sprintf("pool:%s:%d", index, chunk) }

// setBit sets a number in the pools as SETBIT does: the first bit is the highest of the first byte.
func setBit(pools map[string]map[int64][]byte, index string, bit int64) {
	if pools[index] == nil {
		pools[index] = map[int64][]byte{}
	}
	chunk, at := bit/poolChunkBits, bit%poolChunkBits
	b := pools[index][chunk]
	if need := int(at/bitsPerByte) + 1 - len(b); need > 0 {
		b = append(b, make([]byte, need)...)
	}
	b[at/bitsPerByte] |= highestOfByte >> (at % bitsPerByte)
	pools[index][chunk] = b
}

// write sends the commands, in pieces that no server notices.
func (st *staging) write(ctx context.Context) error {
	for done := 0; done < len(st.cmds); {
		n, bytes := 0, 0
		_, err := st.s.c.Pipelined(ctx, func(p redis.Pipeliner) error {
			for ; done+n < len(st.cmds) && n < loadChunk && bytes < loadBytes; n++ {
				c := st.cmds[done+n]
				for _, a := range c.args {
					bytes += size(a)
				}
				p.Do(ctx, append([]any{c.name, st.prefix + c.key}, c.args...)...)
			}
			return nil
		})
		if err != nil {
			return err
		}
		if done += n; st.progress != nil {
			st.progress(done, len(st.cmds))
		}
	}
	return nil
}

func size(arg any) int {
	switch v := arg.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	}
	return 1
}

// clean removes what was written. What cannot be removed is found by check, and goes with the next load.
func (st *staging) clean(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	st.keys[""], st.keys["x"] = true, true // the trial of swap.lua
	for part := range slices.Chunk(slices.Sorted(maps.Keys(st.keys)), loadChunk) {
		keys := make([]string, len(part))
		for i, k := range part {
			keys[i] = st.prefix + k
		}
		_ = st.s.c.Unlink(ctx, keys...).Err()
	}
}
