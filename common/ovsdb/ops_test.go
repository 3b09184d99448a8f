package ovsdb

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/vlcp-go/vlcp/common/coroutine"
)

// refused runs ops and returns the operation that the server refused.
func (r *rig) refused(co *coroutine.Co, ops ...Op) *OpError {
	r.t.Helper()
	_, err := r.c.Transact(co, ops...)
	var oe *OpError
	require.ErrorAs(r.t, err, &oe)
	return oe
}

func TestEveryOperation(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		res := r.transact(co,
			Insert("Item", "a", Row{"name": "a", "number": 1, "notes": Map{"k": "v", "l": "w"}}),
			Insert("Item", "", Row{"name": "b", "number": 2, "peers": Set{Named("a")}}),
			Insert("Item", "", Row{"name": "c"}),
			Comment("three items"), Commit(true))
		a, b := res[0].UUID, res[1].UUID
		require.Equal(t, []UUID{a}, r.c.Row("Item", b).UUIDs("peers"))

		res = r.transact(co,
			Select("Item", []Condition{{"number", ">=", 1}, {"name", "!=", "b"}}, "_uuid", "name", "peers"),
			UpdateWhere("Item", []Condition{{"name", "==", "c"}}, Row{"number": 5}),
			Mutate("Item", nil, Mutation{"number", "*=", 2}, Mutation{"tags", "insert", Set{"x", "y"}}),
			SetKey("Item", a, "notes", "k", "new"),
			Select("Item", ByUUID(a)),
			Delete("Item", []Condition{{"name", "==", "c"}}))
		require.Equal(t, []Row{{"_uuid": a, "name": "a", "peers": Set{}}}, res[0].Rows)
		require.EqualValues(t, 1, res[1].Count)
		require.EqualValues(t, 3, res[2].Count)
		require.Equal(t, Map{"k": "new", "l": "w"}, res[4].Rows[0].Map("notes"))
		require.Equal(t, a, res[4].Rows[0]["_uuid"])
		require.EqualValues(t, 1, res[5].Count)
		require.Equal(t, Set{"x", "y"}, r.c.Row("Item", a)["tags"])
		n, _ := r.c.Row("Item", b).Int("number")
		require.EqualValues(t, 4, n)
		_, c := r.item("c")
		require.Nil(t, c)

		require.EqualValues(t, 2, r.transact(co, Delete("Item", nil))[0].Count)
		require.Empty(t, r.m)
	})
}

func TestRefusalsAreTiedToTheirOperation(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		a := r.transact(co, Insert("Item", "", Row{"name": "a"}))[0].UUID
		for _, c := range []struct {
			reason string
			ops    []Op
		}{
			{"unknown column", []Op{Comment(""), Update("Item", a, Row{"no_such_column": "x"})}},
			{"syntax error", []Op{Comment(""), Insert("Nothing", "", nil)}},
			{"syntax error", []Op{Comment(""), Update("Item", a, Row{"number": "x"})}},
			{"aborted", []Op{Update("Item", a, Row{"number": 7}), Abort()}},
			{"timed out", []Op{Comment(""), Wait(0, Select("Item", ByUUID(a), "name"), "!=", Row{"name": "a"})}},
			{"not owner", []Op{Comment(""), Assert("some_lock")}},
			{"domain error", []Op{Comment(""), Mutate("Item", nil, Mutation{"number", "/=", 0})}},
			{"duplicate uuid-name", []Op{Insert("Other", "n", nil), Insert("Other", "n", nil)}},
		} {
			oe := r.refused(co, append(c.ops, Comment("not tried"))...)
			require.Equal(t, c.reason, oe.Reason, "%v", oe)
			require.Equal(t, 1, oe.Index)
			require.Equal(t, c.ops[1].Op, oe.Op)
		}
		// What only shows at the end is about the transaction.
		oe := r.refused(co, Insert("Item", "", Row{"name": "a"}))
		require.Equal(t, "constraint violation", oe.Reason)
		require.Equal(t, 1, oe.Index)
		require.ErrorContains(t, oe, "OVSDB refused the transaction: constraint violation")
		require.Len(t, r.m, 1, "nothing of a refused transaction is applied")
	})
}

func TestWaitHoldsATransactionUp(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		held := co.Go("held", func(co *coroutine.Co) error {
			_, err := r.c.Transact(co, Wait(time.Minute, Select("Other", nil, "text"), "==", Row{"text": "go"}),
				Insert("Item", "", Row{"name": "x"}))
			return err
		})
		require.NoError(t, co.Sleep(50*time.Millisecond))
		require.False(t, held.Done())
		r.transact(co, Insert("Other", "", Row{"text": "go"}))
		require.NoError(t, held.Wait(co))
		_, row := r.item("x")
		require.NotNil(t, row)
	})
}

func TestValuesOfEveryFormComeBack(t *testing.T) {
	db := startDB(t, true)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		row := Row{"name": "all \"of\" <it> \u2028 \\ é", "number": int64(math.MaxInt64), "weight": 3.0, "on": true,
			"owner": "me", "limit": int64(math.MinInt64), "tags": Set{"one"},
			"numbers": Set{int64(1<<53 + 1), int64(1<<53 + 2)}, "reals": Set{-0.5, 1e300, 1.0}, "flags": Set{false, true},
			"notes": Map{"": "x", "k": ""}, "queues": Pairs{int64(0): "zero", int64(1<<62 + 1): "far"}}
		res := r.transact(co, Insert("Item", "self", row),
			Mutate("Item", []Condition{{"name", "==", row["name"]}}, Mutation{"links", "insert", Pairs{3: Named("self")}},
				Mutation{"peers", "insert", Set{Named("self")}}))
		u := res[0].UUID
		row["reals"] = Set{-0.5, 1.0, 1e300} // sorted
		row["links"], row["peers"] = Pairs{int64(3): u}, Set{u}
		require.Equal(t, row, r.c.Row("Item", u))
		got := r.transact(co, Select("Item", ByUUID(u)))[0].Rows[0]
		delete(got, "_uuid")
		delete(got, "_version")
		require.Equal(t, row, got)

		u = r.transact(co, Insert("Item", "", nil))[0].UUID
		zero := Row{"name": "", "number": int64(0), "weight": 0.0, "on": false, "owner": Set{}, "limit": Set{},
			"tags": Set{}, "numbers": Set{}, "reals": Set{}, "flags": Set{}, "peers": Set{}, "notes": Map{},
			"queues": Pairs{}, "links": Pairs{}}
		require.Equal(t, zero, r.c.Row("Item", u))
		row["name"] = "other" // the name is an index
		r.transact(co, Update("Item", u, row))
		require.True(t, row.Equal(r.c.Row("Item", u)))
		r.m.requireCopy(t, r.c)

		_, err := r.c.Transact(co, Insert("Item", "", Row{"weight": math.NaN()}))
		require.ErrorContains(t, err, "write transact")
	})
}

func TestDatabasesAndSchemas(t *testing.T) {
	db := startDB(t, false)
	withClient(t, Options{Address: db.Addr}, func(co *coroutine.Co, r *rig) {
		r.awaitSynced(co)
		names, err := r.c.ListDatabases(co)
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"Test", "_Server"}, names)
		s, err := r.c.Schema(co, "Test")
		require.NoError(t, err)
		require.Equal(t, "1.2.3", s.Version)
		links := *s.Column("Item", "links")
		links.name = ""
		require.Equal(t, Type{Key: Integer, Value: Uuid, Max: math.MaxInt}, links)
		require.Equal(t, "Item", s.Column("Item", "peers").RefTable)
		require.Nil(t, s.Column("Nothing", "_uuid"))
		_, err = r.c.Schema(co, "Nobody")
		require.ErrorIs(t, err, ErrReply)
		require.NoError(t, r.c.Echo(co))
	})
}
