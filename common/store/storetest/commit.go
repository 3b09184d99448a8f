package storetest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/store"
	"github.com/vlcp-go/vlcp/common/store/internal/valid"
)

func testDocuments(t *testing.T, s store.Store) {
	r1 := put(t, s, doc(net1, "port", "b", `{"n":1}`), doc(net1, "network", "blue", `{}`), doc(net2, "port", "b", `2`))
	require.EqualValues(t, 1, r1)
	r2 := put(t, s, doc(net1, "port", "a", ``), doc(net1, "port", "b", "1\n2 3"))
	require.EqualValues(t, 2, r2)
	got := read(t, s, net1)
	require.Equal(t, []store.Key{key(net1, "network", "blue"), key(net1, "port", "a"), key(net1, "port", "b")},
		[]store.Key{got[0].Key, got[1].Key, got[2].Key})
	require.Equal(t, []int64{r1, r2, r2}, []int64{got[0].Rev, got[1].Rev, got[2].Rev})
	require.Empty(t, got[1].Value)
	require.Equal(t, "1\n2 3", string(got[2].Value))

	docs, err := s.Get(t.Context(), key(net2, "port", "b"), key(net2, "port", "a"), key(net1, "network", "blue"))
	require.NoError(t, err)
	require.Len(t, docs, 3)
	require.Equal(t, store.Doc{Key: key(net2, "port", "b"), Rev: r1, Value: []byte(`2`)}, *docs[0])
	require.Nil(t, docs[1])
	require.Equal(t, `{}`, string(docs[2].Value))

	r3 := commit(t, s, store.Txn{Deletes: []store.Key{key(net1, "port", "a"), key(net1, "port", "zz"),
		key(net2, "port", "b")}, Puts: []store.Doc{doc(net2, "port", "b", `3`)}})
	require.EqualValues(t, 3, r3)
	require.Len(t, read(t, s, net1), 2)
	require.Equal(t, `3`, string(read(t, s, net2)[0].Value), "deletes come before puts")
	require.Empty(t, read(t, s, "net/none"))
	require.Equal(t, r3, commit(t, s, store.Txn{Checks: []store.Check{{Key: key(net2, "port", "b"), Rev: r3}}}),
		"a commit that writes nothing has the revision it saw")
}

func testChecks(t *testing.T, s store.Store) {
	k, none := key(net1, "port", "a"), key(net1, "port", "none")
	r := put(t, s, doc(net1, "port", "a", `1`))
	good := []store.Check{{Key: k, Rev: r}, {Key: k, Rev: store.Exists}, {Key: none, Rev: store.Absent}}
	commit(t, s, store.Txn{Checks: good})
	bad := []struct {
		check  store.Check
		reason store.Reason
		text   string
	}{
		{store.Check{Key: k, Rev: store.Absent}, store.ReasonExists, "port a in net/blue: exists"},
		{store.Check{Key: none, Rev: store.Exists}, store.ReasonMissing, "port none in net/blue: missing"},
		{store.Check{Key: none, Rev: r}, store.ReasonMissing, "port none in net/blue: missing"},
		{store.Check{Key: k, Rev: r + 1}, store.ReasonChanged, "port a in net/blue: changed"},
		{store.Check{Key: key("net/none", "port", "a"), Rev: 7}, store.ReasonMissing, "port a in net/none: missing"},
	}
	for _, b := range bad {
		c := refused(t, s, store.Txn{Checks: append(good[:3:3], b.check), Puts: []store.Doc{doc(net1, "x", "y", `1`)}})
		require.Equal(t, store.Conflict{Reason: b.reason, Key: b.check.Key}, *c)
		require.Equal(t, b.text, c.Error())
	}
	require.Len(t, read(t, s, net1), 1)
	require.Equal(t, r, rev(t, s))
}

func testAllOrNothing(t *testing.T, s store.Store) {
	r := commit(t, s, store.Txn{Puts: []store.Doc{doc(net1, "port", "a", `1`)},
		Claims: []store.Claim{{Index: "ip", Key: "1", Owner: "port/a", Bit: 1}}})
	write := store.Txn{ID: "x", Deletes: []store.Key{key(net1, "port", "a")},
		Puts:     []store.Doc{doc(net2, "port", "b", ``)},
		Releases: []store.Claim{claim("ip", "1", "port/a")},
		Claims:   []store.Claim{{Index: "ip", Key: "2", Owner: "port/b", Bit: 2}}}
	for name, spoil := range map[string]func(*store.Txn){
		"check":   func(t *store.Txn) { t.Checks = []store.Check{{Key: key(net2, "port", "b"), Rev: 5}} },
		"release": func(t *store.Txn) { t.Releases = append(t.Releases[:1:1], claim("ip", "1", ""), claim("ip", "1", "")) },
		"claim":   func(t *store.Txn) { t.Claims = append(t.Claims[:1:1], claim("ip", "2", "port/c")) },
		"empty":   func(t *store.Txn) { t.Empty = []string{"none", "ip"} },
	} {
		txn := write
		spoil(&txn)
		if name == "release" { // released twice is none; by somebody else it is one
			txn.Releases[0].Owner = "port/zz"
		}
		refused(t, s, txn)
		require.Equal(t, map[string]string{"1": "port/a"}, list(t, s, "ip"), name)
		require.Len(t, read(t, s, net1), 1, name)
		require.Empty(t, read(t, s, net2), name)
		free, err := s.Free(t.Context(), "ip", 0, 3, 9)
		require.NoError(t, err)
		require.Equal(t, []int64{0, 2, 3}, free, name)
		require.Equal(t, r, rev(t, s), name)
		require.Empty(t, poll(t, s, cursor(epoch(t, s), net1, r)).Changes)
	}
	require.Equal(t, r+1, commit(t, s, write), "a refused commit leaves its id unused")
}

func testRetry(t *testing.T, s store.Store) {
	txn := store.Txn{ID: "one", Checks: []store.Check{{Key: key(net1, "port", "a"), Rev: store.Absent}},
		Puts: []store.Doc{doc(net1, "port", "a", `1`)}, Claims: []store.Claim{claim("ip", "1", "port/a")}}
	first, err := s.Commit(t.Context(), txn)
	require.NoError(t, err)
	for i := range 1000 {
		commit(t, s, store.Txn{ID: fmt.Sprint("other", i), Puts: []store.Doc{doc(net1, "port", "b", `1`)}})
	}
	again, err := s.Commit(t.Context(), txn)
	require.NoError(t, err)
	require.Equal(t, first.Rev, again.Rev)
	require.True(t, first.At.Equal(again.At))
	require.EqualValues(t, 1001, rev(t, s))
	txn.ID = ""
	require.Equal(t, store.ReasonExists, refused(t, s, txn).Reason)
}

func testClaims(t *testing.T, s store.Store) {
	commit(t, s, store.Txn{Claims: []store.Claim{claim("ip", "1", "port/a"), claim("mac", "1", "port/b")}})
	c := refused(t, s, store.Txn{Claims: []store.Claim{claim("mac", "2", "x"), claim("ip", "1", "port/c")}})
	require.Equal(t, store.Conflict{Reason: store.ReasonClaimed, Index: "ip", Entry: "1", Owner: "port/a"}, *c)
	require.Equal(t, "ip 1 is held by port/a", c.Error())
	require.Equal(t, "port/a", refused(t, s, store.Txn{Claims: []store.Claim{claim("ip", "1", "port/a")}}).Owner,
		"also by the same owner")
	twice := []store.Claim{claim("new", "1", "port/x"), claim("new", "1", "port/y")}
	require.Equal(t, "port/x", refused(t, s, store.Txn{Claims: twice}).Owner, "within one commit")
	owners, err := s.Lookup(t.Context(), "ip", "0", "1", "2", "1")
	require.NoError(t, err)
	require.Equal(t, []string{"", "port/a", "", "port/a"}, owners)
	owners, err = s.Lookup(t.Context(), "none", "0")
	require.NoError(t, err)
	require.Equal(t, []string{""}, owners)
	require.Empty(t, list(t, s, "new"))
}

func testReleaseAndClaim(t *testing.T, s store.Store) {
	c := store.Claim{Index: "port", Key: "web", Owner: "blue", Bit: 7, Watched: true}
	commit(t, s, store.Txn{Claims: []store.Claim{c}})
	no := claim("port", "web", "red")
	got := refused(t, s, store.Txn{Releases: []store.Claim{no}})
	require.Equal(t, store.Conflict{Reason: store.ReasonClaimed, Index: "port", Entry: "web", Owner: "blue"}, *got)
	moved := c
	moved.Owner, moved.Bit = "red", 8
	commit(t, s, store.Txn{Releases: []store.Claim{c}, Claims: []store.Claim{moved}})
	require.Equal(t, map[string]string{"web": "red"}, list(t, s, "port"))
	free, err := s.Free(t.Context(), "port", 6, 9, 9)
	require.NoError(t, err)
	require.Equal(t, []int64{6, 7, 9}, free)
	commit(t, s, store.Txn{Releases: []store.Claim{claim("port", "web", ""), claim("port", "web", "who"),
		claim("none", "x", "y")}})
	require.Empty(t, list(t, s, "port"))
	free, err = s.Free(t.Context(), "port", 6, 9, 9)
	require.NoError(t, err)
	require.Equal(t, []int64{6, 7, 8, 9}, free, "the number goes with the entry, whatever the release says")
}

func testInUse(t *testing.T, s store.Store) {
	var claims []store.Claim
	for i := range 25 {
		claims = append(claims, claim("in:network/blue", fmt.Sprint("port/", i), fmt.Sprintf("p%02d", i)))
	}
	commit(t, s, store.Txn{Claims: claims})
	c := refused(t, s, store.Txn{Empty: []string{"in:network/red", "in:network/blue"}})
	require.Equal(t, store.ReasonInUse, c.Reason)
	require.Equal(t, "in:network/blue", c.Index)
	require.Equal(t, 25, c.Count)
	require.Len(t, c.Owners, 10)
	require.IsIncreasing(t, c.Owners)
	c = refused(t, s, store.Txn{Releases: claims[1:], Empty: []string{"in:network/blue"}})
	require.Equal(t, []string{"p00"}, c.Owners)
	require.Equal(t, "in:network/blue has 1 entries: [p00]", c.Error())
	c = refused(t, s, store.Txn{Claims: []store.Claim{claim("in:x", "k", "me")}, Empty: []string{"in:x"}})
	require.Equal(t, []string{"me"}, c.Owners)
	commit(t, s, store.Txn{Releases: claims, Empty: []string{"in:network/blue"}})
	require.Empty(t, list(t, s, "in:network/blue"))
}

func testHostileNames(t *testing.T, s store.Store) {
	names := []string{"a/b", "a%2Fb", "%", "a\nb", "a\x00b", "{x}", "}{", "*", "ä€", "\xff\xfe", " ", "0", "a b", "[a-z]",
		"doc:net/blue", "'\"`$(reboot)", "\r\n", "a:1", "a"}
	txn := store.Txn{Author: "o'\n\x00", Note: "\xff"}
	for _, n := range names {
		for _, m := range []string{"a", "a/b", n} {
			txn.Puts = append(txn.Puts, doc(store.Scope(n), m, n, n), doc("all", n, m, m))
		}
		txn.Claims = append(txn.Claims, store.Claim{Index: n, Key: n, Owner: n, Bit: 3, Watched: true},
			claim("all", n, n+" "+n))
	}
	at := commit(t, s, txn)
	for _, n := range names {
		docs := read(t, s, store.Scope(n))
		require.GreaterOrEqual(t, len(docs), 2, "%q", n)
		for _, d := range docs {
			require.Equal(t, n, d.Key.ID)
			require.Equal(t, n, string(d.Value))
		}
		one, err := s.Get(t.Context(), key("all", n, "a/b"), key(store.Scope(n), n, n))
		require.NoError(t, err)
		require.Equal(t, "a/b", string(one[0].Value))
		require.Equal(t, n, string(one[1].Value))
		require.Equal(t, map[string]string{n: n}, list(t, s, n))
		require.Equal(t, n+" "+n, list(t, s, "all")[n])
	}
	del := store.Txn{}
	for _, n := range names {
		del.Deletes = append(del.Deletes, key("all", n, "a"))
	}
	commit(t, s, del)
	b := poll(t, s, cursor(epoch(t, s), "all", at))
	require.False(t, b.Changes[0].Full)
	require.ElementsMatch(t, del.Deletes, b.Changes[0].Deleted)
}

func testInvalid(t *testing.T, s store.Store) {
	bad := map[string]store.Txn{
		"scope":       {Puts: []store.Doc{doc("", "a", "b", "")}},
		"kind":        {Deletes: []store.Key{key(net1, "", "b")}},
		"id":          {Checks: []store.Check{{Key: key(net1, "a", "")}}},
		"revision":    {Checks: []store.Check{{Key: key(net1, "a", "b"), Rev: -2}}},
		"owner":       {Claims: []store.Claim{claim("a", "b", "")}},
		"index":       {Releases: []store.Claim{claim("", "b", "")}},
		"empty":       {Empty: []string{""}},
		"bit":         {Claims: []store.Claim{{Index: "a", Key: "b", Owner: "c", Bit: valid.MaxBit + 1}}},
		"bytes":       {Puts: []store.Doc{doc(net1, "a", "b", string(make([]byte, valid.MaxValueBytes+1)))}},
		"operations":  {Empty: make([]string, valid.MaxOpsPerTxn+1)},
		"little bits": {Releases: []store.Claim{{Index: "a", Key: "b", Bit: -2}}},
	}
	for name, txn := range bad {
		_, err := s.Commit(t.Context(), txn)
		require.Error(t, err, name)
		require.NotErrorIs(t, err, store.ErrUnavailable, name)
	}
	require.Error(t, s.Beat(t.Context(), "", nil))
	_, err := s.Sequence(t.Context(), "a", 0)
	require.Error(t, err)
	_, err = s.Sequence(t.Context(), "", 1)
	require.Error(t, err)
	require.Zero(t, rev(t, s))
}
