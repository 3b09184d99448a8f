package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

func testPoll(t *testing.T, s store.Store) {
	r1 := put(t, s, doc(net1, "port", "a", `1`), doc(net1, "port", "b", `1`))
	put(t, s, doc(net2, "port", "c", `1`))
	c := store.Cursor{Scopes: map[store.Scope]int64{net1: 0, "net/none": 0}}
	b := poll(t, s, c)
	require.Equal(t, epoch(t, s), b.Epoch)
	require.NotEmpty(t, b.RunID)
	require.EqualValues(t, 2, b.Rev)
	require.Equal(t, []store.ScopeChange{{Scope: net1, Rev: r1, Full: true, Docs: read(t, s, net1)}}, onlyFilled(b))

	c.Epoch, c.Scopes[net1] = b.Epoch, r1
	b = poll(t, s, c)
	require.Empty(t, b.Changes, "nothing new")
	require.EqualValues(t, 2, b.Rev)

	put(t, s, doc(net1, "port", "a", `2`), doc(net1, "port", "x", `1`))
	commit(t, s, store.Txn{Deletes: []store.Key{key(net1, "port", "x"), key(net1, "port", "b")}})
	last := put(t, s, doc(net1, "port", "a", `3`))
	b = poll(t, s, c)
	require.Equal(t, []store.ScopeChange{{Scope: net1, Rev: last,
		Docs:    []store.Doc{{Key: key(net1, "port", "a"), Rev: last, Value: []byte(`3`)}},
		Deleted: []store.Key{key(net1, "port", "b"), key(net1, "port", "x")}}}, b.Changes)
}

// onlyFilled drops empty scopes read for the first time: they may be told of or not.
func onlyFilled(b store.Batch) []store.ScopeChange {
	var out []store.ScopeChange
	for _, c := range b.Changes {
		if !c.Full || c.Rev != 0 {
			out = append(out, c)
		}
	}
	return out
}

func testPollTrimmed(t *testing.T, s store.Store) {
	first := put(t, s, doc(net1, "port", "gone", `1`))
	commit(t, s, store.Txn{Deletes: []store.Key{key(net1, "port", "gone")},
		Puts: []store.Doc{doc(net1, "port", "keep", `1`)}})
	var last int64
	for i := range LogLimit * 6 {
		last = put(t, s, doc(net1, "port", "a", fmt.Sprint(i)))
	}
	b := poll(t, s, cursor(epoch(t, s), net1, first))
	require.Len(t, b.Changes, 1)
	require.True(t, b.Changes[0].Full)
	require.Equal(t, read(t, s, net1), b.Changes[0].Docs)
	require.Equal(t, last, b.Changes[0].Rev)
	b = poll(t, s, cursor(epoch(t, s), net1, last-LogLimit/2))
	require.False(t, b.Changes[0].Full)
	require.Len(t, b.Changes[0].Docs, 1)
}

func testPollEmptied(t *testing.T, s store.Store) {
	r := put(t, s, doc(net1, "port", "a", `1`), doc(net1, "port", "b", `1`))
	put(t, s, doc(net1, "port", "c", `1`))
	last := commit(t, s, store.Txn{Deletes: []store.Key{key(net1, "port", "a"), key(net1, "port", "b"),
		key(net1, "port", "c")}})
	b := poll(t, s, cursor(epoch(t, s), net1, r))
	require.Equal(t, []store.ScopeChange{{Scope: net1, Rev: last, Full: true, Docs: b.Changes[0].Docs}}, b.Changes)
	require.Empty(t, b.Changes[0].Docs)
	again := put(t, s, doc(net1, "port", "a", `2`))
	b = poll(t, s, cursor(epoch(t, s), net1, last))
	require.False(t, b.Changes[0].Full)
	require.Equal(t, again, b.Changes[0].Rev)
	require.Len(t, b.Changes[0].Docs, 1)
}

func testPollStrange(t *testing.T, s store.Store) {
	put(t, s, doc(net2, "port", "a", `1`))
	put(t, s, doc(net1, "port", "a", `1`))
	put(t, s, doc(net2, "port", "a", `1`))
	r := put(t, s, doc(net1, "port", "a", `2`))
	ep := epoch(t, s)
	for name, c := range map[string]store.Cursor{
		"from the future":                    cursor(ep, net1, r+5),
		"between two changes":                cursor(ep, net1, 3),
		"before the first":                   cursor(ep, net1, 1),
		"another epoch":                      cursor("other", net1, r),
		"no epoch":                           cursor("", net1, 2),
		"another epoch and a scope not ours": {Epoch: "other", Scopes: map[store.Scope]int64{net1: 0, "net/none": 0}},
	} {
		b := poll(t, s, c)
		require.Equal(t, ep, b.Epoch, name)
		filled := onlyFilled(b)
		require.Len(t, filled, 1, name)
		require.True(t, filled[0].Full, name)
		require.Equal(t, r, filled[0].Rev, name)
		require.Len(t, filled[0].Docs, 1, name)
	}
	b := poll(t, s, cursor(ep, "net/none", 7))
	require.Len(t, b.Changes, 1)
	require.True(t, b.Changes[0].Full, "a scope that went away")
	require.Zero(t, b.Changes[0].Rev)
	require.Empty(t, b.Changes[0].Docs)
	require.Empty(t, poll(t, s, store.Cursor{Epoch: ep}).Changes)
}

// testPollEqualsRead plays a random history to readers of different laziness: what they have is what Read returns.
func testPollEqualsRead(t *testing.T, s store.Store) {
	const readers, steps = 4, 250
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	var have [readers]replica
	for i := range have {
		have[i] = replica{c: store.Cursor{Scopes: map[store.Scope]int64{net1: 0, net2: 0}},
			docs: map[store.Key]store.Doc{}}
	}
	for range steps {
		txn := store.Txn{}
		for range 1 + r.IntN(4) {
			k := key([]store.Scope{net1, net2}[r.IntN(2)], "port", fmt.Sprint(r.IntN(12)))
			if r.IntN(3) == 0 {
				txn.Deletes = append(txn.Deletes, k)
			} else {
				txn.Puts = append(txn.Puts, store.Doc{Key: k, Value: []byte(fmt.Sprint(r.IntN(1000)))})
			}
		}
		commit(t, s, txn)
		for i := range have {
			if r.IntN(1<<(2*i)) == 0 {
				have[i].poll(t, s)
			}
		}
	}
	for i := range have {
		have[i].poll(t, s)
		for _, sc := range []store.Scope{net1, net2} {
			var mine []store.Doc
			for _, d := range have[i].docs {
				if d.Key.Scope == sc {
					mine = append(mine, d)
				}
			}
			require.ElementsMatch(t, read(t, s, sc), mine, "reader %d of %s", i, sc)
		}
	}
}

// replica is a reader's copy of what it follows.
type replica struct {
	c    store.Cursor
	docs map[store.Key]store.Doc
}

func (r *replica) poll(t *testing.T, s store.Store) {
	t.Helper()
	b := poll(t, s, r.c)
	for _, c := range b.Changes {
		if c.Full {
			for k := range r.docs {
				if k.Scope == c.Scope {
					delete(r.docs, k)
				}
			}
		}
		for _, d := range c.Docs {
			r.docs[d.Key] = d
		}
		for _, k := range c.Deleted {
			delete(r.docs, k)
		}
		r.c.Scopes[c.Scope] = c.Rev
	}
	r.c.Epoch = b.Epoch
}

func testBigCommit(t *testing.T, s store.Store) {
	const n = 5000
	txn := store.Txn{ID: "big"}
	for i := range n {
		id := fmt.Sprint("p", i)
		sc := store.NetworkScope(fmt.Sprint(i % 3))
		txn.Checks = append(txn.Checks, store.Check{Key: key(sc, "port", id), Rev: store.Absent})
		txn.Claims = append(txn.Claims, store.Claim{Index: "port", Key: id, Owner: "blue", Bit: store.NoBit, Watched: true},
			store.Claim{Index: "ip", Key: id, Owner: id, Bit: int64(i)})
		txn.Puts = append(txn.Puts, doc(sc, "port", id, `{"name":"`+id+`"}`))
	}
	r := commit(t, s, txn)
	require.Len(t, list(t, s, "port"), n)
	b := poll(t, s, store.Cursor{Scopes: map[store.Scope]int64{"net/0": 0, "net/1": 0, "net/2": 0}})
	total := 0
	for _, c := range b.Changes {
		require.Equal(t, r, c.Rev)
		total += len(c.Docs)
	}
	require.Equal(t, n, total)
	ep := epoch(t, s)
	again := store.Txn{Releases: txn.Claims, Claims: txn.Claims, Puts: txn.Puts}
	commit(t, s, again)
	b = poll(t, s, cursor(ep, "net/1", r))
	require.False(t, b.Changes[0].Full)
	require.Len(t, b.Changes[0].Docs, n/3+1)
	gone := store.Txn{Releases: txn.Claims, Empty: []string{"port", "ip"}}
	for _, d := range txn.Puts {
		gone.Deletes = append(gone.Deletes, d.Key)
	}
	commit(t, s, gone)
	require.Empty(t, list(t, s, "ip"))
	require.Empty(t, read(t, s, "net/1"))
}
