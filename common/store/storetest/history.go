package storetest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
)

// RunHistory tests what a store reports that went back in time. save keeps its state, and what it returns brings that
// back in the way that the implementation can lose data: a server started from old files, a promotion.
//
// The contract: a reader whose last known commit (Cursor.Rev and Term, from a Batch or a Result) is not in the store's
// history is told so with Batch.Lost, by the first poll and by every later one, however many commits were made since;
// it gets every scope whole; and Base divides what may be older than that commit from what was written since. A restart
// that loses nothing is not reported.
func RunHistory(t *testing.T, open func(t *testing.T) (s store.Store, save func() (back func()))) {
	tests := map[string]func(t *testing.T, s store.Store, save func() func()){
		"nothing lost": testNothingLost, "went back": testWentBack, "overtaken": testOvertaken,
		"lost twice": testLostTwice, "new term": testNewTerm, "numbers": testLostNumbers,
	}
	for name, run := range tests {
		t.Run(name, func(t *testing.T) {
			s, save := open(t)
			_, err := s.Init(t.Context())
			require.NoError(t, err)
			run(t, s, save)
		})
	}
}

// commitFull is commit with the whole result.
func commitFull(t *testing.T, s store.Store, txn store.Txn) store.Result {
	t.Helper()
	r, err := s.Commit(t.Context(), txn)
	require.NoError(t, err)
	return r
}

func putFull(t *testing.T, s store.Store, sc store.Scope, id string) store.Result {
	t.Helper()
	return commitFull(t, s, store.Txn{Puts: []store.Doc{doc(sc, "port", id, `1`)}})
}

// reader is a cursor that has read all there is, of a scope that changes and one that does not.
func reader(t *testing.T, s store.Store) store.Cursor {
	t.Helper()
	c := store.Cursor{Scopes: map[store.Scope]int64{net1: 0, net2: 0}}
	b := poll(t, s, c)
	require.False(t, b.Lost)
	c.Epoch, c.Rev, c.Term = b.Epoch, b.Rev, b.Term
	for _, ch := range b.Changes {
		c.Scopes[ch.Scope] = ch.Rev
	}
	return c
}

func testNothingLost(t *testing.T, s store.Store, save func() func()) {
	putFull(t, s, net2, "z")
	r := putFull(t, s, net1, "a")
	require.NotEmpty(t, r.Term)
	c := reader(t, s)
	require.Equal(t, r.Term, c.Term)
	same := putFull(t, s, net1, "b")
	require.Equal(t, r.Term, same.Term, "one server, one term")
	save()()
	b := poll(t, s, c)
	require.False(t, b.Lost)
	require.Zero(t, b.Base)
	require.Len(t, b.Changes, 1)
	require.False(t, b.Changes[0].Full, "positions still mean something")
	next := putFull(t, s, net1, "c")
	require.NotEqual(t, r.Term, next.Term, "another server")
	require.False(t, poll(t, s, c).Lost)
	c.Rev, c.Term = same.Rev, next.Term
	require.True(t, poll(t, s, c).Lost, "that revision is of another term")
}

func testWentBack(t *testing.T, s store.Store, save func() func()) {
	putFull(t, s, net2, "z")
	kept := putFull(t, s, net1, "a")
	back := save()
	putFull(t, s, net1, "b")
	c := reader(t, s)
	back()
	for range 2 {
		b := poll(t, s, c)
		require.True(t, b.Lost)
		require.Equal(t, kept.Rev, b.Rev)
		require.Equal(t, kept.Rev, b.Base)
		require.Len(t, b.Changes, 2, "also of the scope that has not moved")
		for _, ch := range b.Changes {
			require.True(t, ch.Full)
			require.Len(t, ch.Docs, 1)
		}
	}
	c.Rev, c.Term = 0, ""
	require.False(t, poll(t, s, c).Lost, "who knows nothing has lost nothing")
}

// testOvertaken has the store make other commits until its revision is beyond what the reader knows.
func testOvertaken(t *testing.T, s store.Store, save func() func()) {
	putFull(t, s, net1, "a")
	kept := putFull(t, s, net2, "z")
	back := save()
	putFull(t, s, net1, "b")
	lost := putFull(t, s, net1, "c")
	c := reader(t, s)
	require.Equal(t, lost.Rev, c.Rev)
	back()
	var last store.Result
	for range 5 {
		last = putFull(t, s, net1, "d")
		b := poll(t, s, c)
		require.True(t, b.Lost)
		require.Equal(t, kept.Rev, b.Base)
		require.Len(t, b.Changes, 2)
	}
	require.Greater(t, last.Rev, lost.Rev)
	c = reader(t, s)
	putFull(t, s, net1, "e")
	require.False(t, poll(t, s, c).Lost, "who has read the new history is in it")
}

func testLostTwice(t *testing.T, s store.Store, save func() func()) {
	putFull(t, s, net1, "a")
	first := save()
	putFull(t, s, net1, "b")
	old := reader(t, s)
	first()
	putFull(t, s, net1, "c")
	second := save()
	putFull(t, s, net1, "d")
	young := reader(t, s)
	second()
	putFull(t, s, net1, "e")
	b := poll(t, s, old)
	require.True(t, b.Lost)
	require.EqualValues(t, 1, b.Base)
	b = poll(t, s, young)
	require.True(t, b.Lost)
	require.EqualValues(t, 2, b.Base)
}

// testNewTerm gives up what readers knew beyond a revision, even on the same server.
func testNewTerm(t *testing.T, s store.Store, _ func() func()) {
	a := putFull(t, s, net1, "a")
	b := commitFull(t, s, store.Txn{ID: "x", NewTerm: true, Puts: []store.Doc{doc(net1, "port", "b", `1`)}})
	require.NotEqual(t, a.Term, b.Term)
	require.Equal(t, b, commitFull(t, s, store.Txn{ID: "x", NewTerm: true}), "a retry is no other term")
	c := store.Cursor{Epoch: epoch(t, s), Rev: a.Rev, Term: a.Term, Scopes: map[store.Scope]int64{net1: a.Rev}}
	require.False(t, poll(t, s, c).Lost)
	c.Rev = b.Rev
	require.True(t, poll(t, s, c).Lost)
}

// testLostNumbers: what was given out is not given out again, though nobody knows any more that it was.
func testLostNumbers(t *testing.T, s store.Store, save func() func()) {
	next := func() int64 {
		n, err := s.Sequence(t.Context(), "mac", 10)
		require.NoError(t, err)
		return n
	}
	require.EqualValues(t, 1, next())
	back := save()
	require.EqualValues(t, 11, next())
	last := next()
	back()
	n := next()
	require.Greater(t, n, last+9)
	require.Equal(t, n+10, next(), "one gap is enough")
}
