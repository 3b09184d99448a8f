package redisstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/vlcp-go/vlcp/common/store"
)

// surveyor reads all keys of a deployment and notes what no commit leaves.
type surveyor struct {
	s   *Store
	out *store.Survey
	rev int64

	pools  map[string][]byte // key → bits, as stored
	bells  map[string]bool
	logs   map[store.Scope]string // the revision of the last entry, "" of an empty one
	ids    map[string]string
	idlog  []string
	beats  map[string]bool
	beatOf []string
}

// types of the keys, by the first word of their names.
var keyTypes = map[string]string{
	"meta": "hash", "scopes": "hash", "seq": "hash", "ids": "hash", "idlog": "list",
	"terms": "list", "beats": "set", "doc": "hash", "bnd": "hash", "log": "stream", "idx": "hash", "pool": "string",
	"at":   "string",
	"beat": "string", "probe": "string",
}

// Survey implements store.Archive. It reads key by key, so that the server is never busy with it for long.
func (s *Store) Survey(ctx context.Context) (*store.Survey, error) {
	info, err := s.Info(ctx)
	if err != nil {
		return nil, err
	}
	v := &surveyor{s: s, rev: info.Rev, pools: map[string][]byte{}, bells: map[string]bool{},
		logs: map[store.Scope]string{}, beats: map[string]bool{},
		out: &store.Survey{Image: store.Image{Epoch: info.Epoch, Rev: info.Rev, At: info.Time,
			Sequences: map[string]int64{}}, Scopes: map[store.Scope]int64{}}}
	keys, err := s.scan(ctx)
	if err != nil {
		return nil, s.wrap("survey", err)
	}
	for part := range slices.Chunk(keys, loadChunk) {
		if err := v.read(ctx, part); err != nil {
			return nil, s.wrap("survey", err)
		}
	}
	after, err := s.Info(ctx)
	if err != nil {
		return nil, err
	}
	v.rev = max(v.rev, after.Rev) // what was committed meanwhile is not ahead
	sortDocs(v.out.Docs)
	v.compare()
	return v.out, nil
}

func (v *surveyor) flaw(f store.Flaw, format string, args ...any) {
	f.Text = fmt.Sprintf(format, args...)
	v.out.Flaws = append(v.out.Flaws, f)
}

// read reads the values of keys, in two round trips.
func (v *surveyor) read(ctx context.Context, keys []string) error {
	types, lives := make([]*redis.StatusCmd, len(keys)), make([]*redis.DurationCmd, len(keys))
	_, err := v.s.c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, k := range keys {
			types[i], lives[i] = p.Type(ctx, v.s.prefix+k), p.PTTL(ctx, v.s.prefix+k)
		}
		return nil
	})
	if err != nil {
		return err
	}
	cmds := make([]redis.Cmder, len(keys))
	_, err = v.s.c.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, k := range keys {
			if lives[i].Val() > 0 {
				v.flaw(store.Flaw{Code: "key_expires", Object: k, Mended: true}, "goes away in %s by a time to "+
					"live, which nothing of ours has", lives[i].Val().Round(time.Second))
			}
			if v.known(k, types[i].Val()) {
				cmds[i] = v.value(ctx, p, k, types[i].Val())
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	for i, c := range cmds {
		if c != nil && c.Err() == nil {
			v.take(keys[i], c)
		}
	}
	return nil
}

// kept reports whether a load leaves a key as it is.
func kept(key string) bool { return !replaced(key, &store.Load{Keep: true}) }

// known reports whether a key is one that we understand, and notes when it is not.
func (v *surveyor) known(key, typ string) bool {
	head, rest, named := strings.Cut(key, ":")
	want, ok := keyTypes[head]
	alone := !slices.Contains([]string{"doc", "bnd", "log", "idx", "pool", "at", "beat", "probe"}, head)
	switch {
	case typ == "none":
		return false // it went meanwhile
	case head == strings.TrimSuffix(loadPrefix, ":"):
		v.flaw(store.Flaw{Code: "key_left", Object: key, Mended: true}, "was left by a restore or repair that did not end")
		return false
	case !ok || named == alone || named && rest == "":
		v.flaw(store.Flaw{Code: "key_unknown", Object: key, Mended: true}, "is a key that this program does not know: "+
			"another program's, or a later version's")
		return false
	case typ != want:
		v.flaw(store.Flaw{Code: "key_type", Object: key, Mended: !kept(key) || head == "log",
			Scope: scopeOf(head, rest)},
			"is a %s, and must be a %s", typ, want)
		return false
	}
	return true
}

func scopeOf(head, rest string) store.Scope {
	if head == "doc" || head == "bnd" || head == "log" {
		return store.Scope(rest)
	}
	return ""
}

// value asks for what a key holds.
func (v *surveyor) value(ctx context.Context, p redis.Pipeliner, key, typ string) redis.Cmder {
	full := v.s.prefix + key
	switch {
	case typ == "hash":
		return p.HGetAll(ctx, full)
	case typ == "stream":
		return p.XRevRangeN(ctx, full, "+", "-", 1)
	case typ == "set":
		return p.SMembers(ctx, full)
	case typ == "list":
		return p.LRange(ctx, full, 0, -1)
	}
	return p.Get(ctx, full)
}

// take sorts what a key holds to where it is compared.
func (v *surveyor) take(key string, c redis.Cmder) {
	head, rest, _ := strings.Cut(key, ":")
	switch c := c.(type) {
	case *redis.MapStringStringCmd:
		v.takeHash(head, rest, c.Val())
	case *redis.XMessageSliceCmd:
		v.logs[store.Scope(rest)] = ""
		for _, e := range c.Val() {
			v.logs[store.Scope(rest)], _, _ = strings.Cut(e.ID, "-")
		}
	case *redis.StringSliceCmd:
		for _, x := range c.Val() {
			if head == "beats" {
				v.beats[x] = true
			} else if head == "idlog" {
				v.idlog = append(v.idlog, x)
			}
		}
	case *redis.StringCmd:
		switch head {
		case "pool":
			v.pools[key] = []byte(c.Val())
		case "at":
			v.bells[key] = true
		case "beat":
			v.beatOf = append(v.beatOf, rest)
		}
	}
}

func (v *surveyor) takeHash(head, rest string, m map[string]string) {
	switch head {
	case "scopes":
		for sc, rev := range m {
			v.out.Scopes[store.Scope(sc)] = number(rev)
		}
	case "seq":
		for name, n := range m {
			v.out.Sequences[name] = number(n)
		}
	case "ids":
		v.ids = m
	case "doc", "bnd":
		for f, value := range m {
			v.takeDoc(head, store.Scope(rest), f, value)
		}
	case "idx":
		for key, entry := range m {
			v.takeEntry(rest, key, entry)
		}
	}
}

func (v *surveyor) takeDoc(head string, sc store.Scope, f, value string) {
	k := keyOf(sc, f)
	d, err := docOf(k, value)
	if err != nil || home(k) != head+":"+string(sc) || field(k) != f || k.Kind == "" || k.ID == "" {
		v.flaw(store.Flaw{Code: "document_broken", Object: head + ":" + string(sc) + " " + f, Scope: sc, Mended: true},
			"is not a document of ours: %.60q", value)
		return
	}
	v.out.Docs = append(v.out.Docs, d)
}

func (v *surveyor) takeEntry(index, key, entry string) {
	tok, owner, ok := strings.Cut(entry, " ")
	number, watched := strings.CutSuffix(tok, "w")
	c := store.Claim{Index: index, Key: key, Owner: owner, Bit: store.NoBit, Watched: watched}
	var err error
	if number != "-" {
		c.Bit, err = strconv.ParseInt(number, 10, 64)
	}
	if !ok || err != nil || c.Bit < store.NoBit {
		v.flaw(store.Flaw{Code: "entry_broken", Object: "idx:" + index + " " + key, Mended: true},
			"is not an entry of ours: %.60q", entry)
		return
	}
	v.out.Claims = append(v.out.Claims, c)
}
